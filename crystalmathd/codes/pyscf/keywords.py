"""What the embedded engine does with each keyword of a deck: this table is all.

A keyword is *honoured*, or *ignored* because it is numerics or printing of another
program that has no counterpart here (the result names it), or refused because
without it the deck would mean something else. What is in no list is refused.
"""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.pyscf.methods import FUNCTIONALS

HONOURED: Final[dict[str, frozenset[str]]] = {
    "geometry": frozenset(
        {
            *("SUPERCEL", "SUPERCELL", "SUPERCON", "ELASTIC", "ATOMSUBS", "ATOMREMO"),
            *("ATOMINSE", "ATOMDISP", "KEEPSYMM", "BREAKSYM", "ANGSTROM", "BOHR"),
            "FRACTION",
        }
    ),
    "basis": frozenset(),
    "scf": frozenset(
        {"RHF", "UHF", "DFT", "SHRINK", "TOLDEE", "MAXCYCLE", "SPINLOCK", "ATOMSPIN"}
    ),
    "dft": frozenset({*FUNCTIONALS, "EXCHANGE", "CORRELAT", "HYBRID", "SPIN"}),
}

_PRINTING: Final = "printing and files of CRYSTAL"
_SCREENING: Final = "PySCF screens integrals by a precision of its own"
_MIXING: Final = "convergence is reached with PySCF's own DIIS"
_MEMORY: Final = "memory, disk and parallel options of CRYSTAL"
_GUESS: Final = "the start density is PySCF's own; the converged energy is the same"
_GRID: Final = "the integration grid is PySCF's own"
_SYMMETRY: Final = "the energy does not depend on how symmetry is used"
_ANALYSIS: Final = "analysis that the engine does not make; the energy is the same"

_PRINT_WORDS: Final = (
    "SYMMOPS SYMMDIR PRSYMDIR ATOMSYMM NOPRINT PARAMPRT SETPRINT PRINTOUT"
)

_IGNORED: Final = (
    (
        "geometry",
        _PRINTING,
        (
            f"{_PRINT_WORDS} EXTPRT CIFPRT CIFPRTSYM COORPRT NEIGHBOR NEIGHPRT "
            "RAYCOV ATOMS LATVEC MOLDRAW FINDSYM STRUCPRT GAUSS98 TENSOR"
        ),
    ),
    (
        "geometry",
        _SYMMETRY,
        "MODISYMM SYMMREMO TRASREMO ORIGIN NOSHIFT SMALLDIST",
    ),
    ("basis", _PRINTING, _PRINT_WORDS),
    (
        "scf",
        _PRINTING,
        (
            f"{_PRINT_WORDS} NEIGHPRT KSYMMPRT EIGS FULLTIME MEMOPRT PRTDIIS SAVEWF "
            "NOSAVEWF SAVEPRED NOFMWF"
        ),
    ),
    (
        "scf",
        _SCREENING,
        (
            "TOLINTEG TOLPSEUD BIPOLAR NOBIPOLA NOBIPCOU NOBIPEXC MADELIND POLEORDR "
            "EXCHPERM EXCHGENE"
        ),
    ),
    (
        "scf",
        _MIXING,
        (
            "FMIXING DIIS NODIIS DIISALLK SLOSHING HISTDIIS THREDIIS THRKDIIS SLOSHFAC "
            "ANDERSON BROYDEN LEVSHIFT NOSHIFT TOLDEP"
        ),
    ),
    (
        "scf",
        _MEMORY,
        (
            "BIPOSIZE EXCHSIZE ILASIZE INTGPACK SCFDIR NODIRECT NOMONDIR MONDIR "
            "SEMIDIR MPP LOWMEM NOLOWMEM CMPLXFAC REPLDATA STDIAG"
        ),
    ),
    ("scf", _GUESS, "GUESSP GUESSPAT"),
    ("scf", _SYMMETRY, "NOSYMADA"),
    ("scf", _ANALYSIS, "PPAN GRADCAL"),
    (
        "dft",
        _GRID,
        (
            "OLDGRID LGRID XLGRID XXLGRID XXXLGRID HUGEGRID RADIAL ANGULAR TOLLDENS "
            "TOLLGRID BECKE SAVIN BATCHPNT CHUNKS DISTGRID RADSAFE LIMBEK BASIS"
        ),
    ),
)

IGNORED: Final[dict[str, dict[str, str]]] = {
    block: {
        word: reason
        for where, reason, words in _IGNORED
        if where == block
        for word in words.split()
    }
    for block in HONOURED
}
"""Block → keyword → why it has no counterpart."""

_REFUSED: Final = (
    ("asks for open shells with common orbitals", "ROHF"),
    ("sets the spin in a way that PySCF has not", "SPINLOC2 BETALOCK SPINEDIT"),
    ("asks for spin-orbit coupling", "SPINORBIT TWOCOMPON"),
    ("asks for occupations at an electronic temperature", "SMEAR"),
    ("removes functions of the basis set", "LDREMO"),
    ("changes the Hamiltonian", "EIGSHIFT FIELD FIELDCON POINTCHG NUMERICA"),
    ("adds a dispersion or basis set correction", "DFTD3 GCP GCPAUTO GRIMME"),
    ("is a composite method with corrections", "HF3C HFSOL3C"),
    ("asks for more than an SCF energy", "MP2 CPHF CPKS POSTSCF"),
    ("asks for a geometry optimisation", "OPTGEOM"),
    ("asks for frequencies", "FREQCALC ANHARM"),
    ("asks for elastic or piezoelectric constants", "ELASTCON ELAPIEZO PIEZOCON"),
    ("asks for photoelastic constants", "PHOTOELA"),
    ("asks for an equation of state", "EOS QHA"),
    ("asks for a series of configurations", "CONFCNT CONFRAND RUNCONFS"),
    ("asks for a test run without an energy", "TESTGEOM TESTPDIM TESTRUN TEST STOP"),
    ("gives the cell a charge", "CHARGED"),
    ("changes which atoms carry functions", "GHOSTS ATOMBSSE MOLEBSSE"),
    ("makes a larger cell for another task", "SCELCONF SCELPHONO"),
    (
        "changes the atoms or the cell",
        ("ATOMORDE ATOMROT HYDROSUB PURIFY PRIMITIV REDEFLAT ROTCRY USESAED MAKESAED"),
    ),
    (
        "makes a system of fewer dimensions",
        "SLABCUT SLAB NANOTUBE SWCNT NANOROD NANOCRYS CLUSTER MOLECULE MOLSPLIT",
    ),
    ("sets internal switches of CRYSTAL", "SETINF"),
)

REFUSED: Final[dict[str, str]] = {
    word: reason for reason, words in _REFUSED for word in words.split()
}
"""Keyword → what it would change. Words that are in no table are refused too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A keyword that the engine cannot take, and why."""

    keyword: Keyword
    reason: str

    def __str__(self) -> str:
        return f"{self.keyword.written} {self.reason}"


def ignored(deck: Deck) -> tuple[Keyword, ...]:
    """Return the keywords that have no counterpart, in the order of the deck."""
    return tuple(
        word for word in _relevant(deck) if word.name in IGNORED.get(word.block, {})
    )


def refusals(deck: Deck) -> tuple[Refusal, ...]:
    """Return the keywords that would change the meaning, in the order of the deck."""
    return tuple(
        Refusal(keyword=word, reason=_reason(word))
        for word in _relevant(deck)
        if word.name not in HONOURED.get(word.block, frozenset())
        and word.name not in IGNORED.get(word.block, {})
    )


def _relevant(deck: Deck) -> list[Keyword]:
    """Return the keywords to look at: of the sub-blocks only DFT is one of ours."""
    basis = deck.basis.keywords if deck.basis else ()
    words = [*deck.edits, *basis]
    for keyword in deck.scf:
        words.append(keyword)
        if keyword.name == "DFT":
            words += keyword.children
    return words


def _reason(keyword: Keyword) -> str:
    if not keyword.is_known:
        hint = "; CRYSTAL reads upper case only" if not keyword.name.isupper() else ""
        return f"is not a known keyword of the {keyword.block} block{hint}"
    if keyword.block == "dft":
        return REFUSED.get(keyword.name, "is not a functional of the embedded engine")
    return REFUSED.get(keyword.name, "has no counterpart and may change the energy")
