"""Functionals as people call them, and the records that CRYSTAL takes for them.

Sources: the keyword table in `words` (CRYSTALpytools' base/crysd12.py and decks that
ran), and for the parameters of D3 the table of simple-dftd3 (assets/parameters.toml,
Becke-Johnson damping) with the publications named there.
"""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.words import BLOCKS

HARTREE_FOCK: Final = "HF"

_ALIASES: Final = {
    "LDA": "SVWN",
    "PBEXC": "PBE",
    "PBESOL": "PBESOLXC",
    "PW91": "PWGGA/PWGGA",
    "BP86": "BECKE/P86",
    "WC": "WCGGA/PBE",
    "HSE": "HSE06",
    "PBE1PBE": "PBE0",
    "B3PW91": "B3PW",
    "M06-L": "M06L",
    "M06-2X": "M062X",
    "M06-HF": "M06HF",
    "RHF": HARTREE_FOCK,
    "UHF": HARTREE_FOCK,
    "HARTREE-FOCK": HARTREE_FOCK,
}
_EXCHANGES: Final = "LDA VBH BECKE MPW91 PBE PBESOL PWGGA SOGGA WCGGA"
_EXCHANGE: Final = tuple(_EXCHANGES.split())
_CORRELATIONS: Final = "PWLSD PZ VBH VWN LYP P86 PBE PBESOL PWGGA WL B95"
_CORRELATION: Final = tuple(_CORRELATIONS.split())
PARTS: Final = {"EXCHANGE": _EXCHANGE, "CORRELAT": _CORRELATION}
"""What the record behind these keywords may hold."""

_WITHOUT_DATA: Final = (
    "SPIN OLDGRID LGRID XLGRID XXLGRID XXXLGRID HUGEGRID BECKE SAVIN DISTGRID RADSAFE "
    "NUMERICA"
)
NO_FUNCTIONALS: Final = frozenset(
    word
    for word, shape in BLOCKS["dft"].items()
    if shape or word in _WITHOUT_DATA.split()
)
"""Words of a DFT block that are no functional in one word."""
STAND_ALONE: Final = frozenset(
    word
    for word in BLOCKS["dft"]
    if word not in NO_FUNCTIONALS and not word.endswith("-D3")
)
"""Functionals that one keyword names, without their forms with D3."""

COMPOSITE: Final = {
    "HF3C": "MINIX",
    "HFSOL3C": "SOLMINIX",
    "PBEH3C": "def2-mSVP",
    "HSE3C": "def2-mSVP",
    "B973C": "mTZVP",
    "PBESOL03C": "SOLDEF2MSVP",
    "HSESOL3C": "SOLDEF2MSVP",
}
"""Methods with corrections and a basis set of their own → that set in the library.

Those of r2SCAN (R2SCANSOL3C and others) are not here: no source at hand tells their
library sets.
"""

_OWN_BLOCK: Final = frozenset({"HF3C", "HFSOL3C"})

_WITH_D3: Final = {
    name: f"{name}-D3" if f"{name}-D3" in BLOCKS["dft"] else ""
    for name in sorted(STAND_ALONE)
} | {"B97H": "B97-D3"}

_D3_PARAMETERS: Final = {
    # Functional → s8, a1, a2 (bohr) of Becke and Johnson's damping; s6 is 1.
    "HF": (0.9171, 0.3385, 2.8830, "10.1002/jcc.21759"),
    "PBESOLXC": (2.9491, 0.4466, 6.1742, "10.1039/c0cp02984j"),
    "B3PW": (2.8524, 0.4312, 4.4693, "10.1039/c0cp02984j"),
    "CAM-B3LYP": (2.0674, 0.3708, 5.4743, "10.1039/c0cp02984j"),
    "PW6B95": (0.7257, 0.2076, 6.3750, "10.1039/c0cp02984j"),
    "SCAN": (0.0, 0.5380, 5.4200, "10.1103/physrevb.94.115144"),
    "R2SCAN": (0.78981345, 0.49484001, 5.73083694, "10.1063/5.0041008"),
    "R2SCANH": (1.1236, 0.4709, 5.9157, "10.1063/5.0086040"),
    "R2SCAN0": (1.1846, 0.4534, 5.8972, "10.1063/5.0086040"),
    "R2SCAN50": (1.3294, 0.4311, 5.9240, "10.1063/5.0086040"),
}

_BECKE_JOHNSON: Final = 4
"""VERSION of the block DFTD3."""

_NEEDS_FINE_GRID: Final = ("SCAN", "M05", "M06", "MN15", "REVM06")


@dataclass(frozen=True, kw_only=True, slots=True)
class Functional:
    """A Hamiltonian in CRYSTAL's words.

    `dft` are records inside the DFT block (none: there is no such block), `scf` those
    beside it: a 3c method's or a dispersion's. `basis` is the library set that belongs
    to a composite method.
    """

    name: str
    dft: tuple[str, ...] = ()
    scf: tuple[str, ...] = ()
    basis: str | None = None
    references: tuple[str, ...] = ()

    @property
    def wants_fine_grid(self) -> bool:
        """Whether its energy is not smooth on the usual grid (meta-GGA)."""
        return any(word in self.name for word in _NEEDS_FINE_GRID)


def functional(
    name: str, *, dispersion: str = "", hybrid_percent: float | None = None
) -> Functional:
    """Return the records for a functional as people write it.

    Raises
    ------
    InputRefusedError
        If CRYSTAL has none of this name, or not with this dispersion or share of
        exchange.
    """
    wanted = name.strip().upper().replace(" ", "").replace("²", "2").replace("_", "-")
    if wanted.endswith("-D3") and not dispersion:
        wanted, dispersion = wanted.removesuffix("-D3"), "D3"
    if wanted.replace("-", "") in COMPOSITE:
        return _composite(wanted.replace("-", ""), dispersion, hybrid_percent)
    wanted = _ALIASES.get(wanted, wanted)
    if "/" in wanted:
        found = _pair(wanted, hybrid_percent)
    elif hybrid_percent is not None:
        raise InputRefusedError(
            "hybrid_percent goes with EXCHANGE/CORRELATION (`PBE/PBE`): a functional "
            "with a name has its own share of exchange."
        )
    elif wanted == HARTREE_FOCK:
        found = Functional(name=HARTREE_FOCK)
    elif wanted in STAND_ALONE:
        found = Functional(name=wanted, dft=(wanted,))
    else:
        raise InputRefusedError(
            f"{name} is no functional that CRYSTAL has: HF, "
            f"{', '.join(sorted(STAND_ALONE | set(COMPOSITE)))}, or exchange and "
            "correlation as PBESOL/PBESOL."
        )
    return _with_dispersion(found, dispersion)


def _composite(name: str, dispersion: str, hybrid_percent: float | None) -> Functional:
    if dispersion or hybrid_percent is not None:
        raise InputRefusedError(
            f"{name} has its own corrections: neither dispersion nor hybrid_percent "
            "may be added."
        )
    is_block = name in _OWN_BLOCK
    return Functional(
        name=name,
        dft=() if is_block else (name,),
        scf=(name, "END") if is_block else (),
        basis=COMPOSITE[name],
    )


def _pair(wanted: str, hybrid_percent: float | None) -> Functional:
    exchange, _, correlation = wanted.partition("/")
    if exchange not in _EXCHANGE or correlation not in _CORRELATION:
        raise InputRefusedError(
            f"{wanted} is no pair of exchange ({', '.join(_EXCHANGE)}) and "
            f"correlation ({', '.join(_CORRELATION)})."
        )
    hybrid = () if hybrid_percent is None else ("HYBRID", f"{hybrid_percent:g}")
    share = "" if hybrid_percent is None else f"-{hybrid_percent:g}%"
    return Functional(
        name=f"{exchange}/{correlation}{share}",
        dft=("EXCHANGE", exchange, "CORRELAT", correlation, *hybrid),
    )


def _with_dispersion(found: Functional, dispersion: str) -> Functional:
    if not dispersion:
        return found
    if dispersion.upper().replace("(BJ)", "") != "D3":
        raise InputRefusedError(f"dispersion is D3 or empty, not {dispersion!r}.")
    suffixed = _WITH_D3.get(found.name)
    if suffixed:
        return Functional(name=suffixed, dft=(suffixed,))
    if found.name not in _D3_PARAMETERS:
        raise InputRefusedError(
            f"no parameters of D3 are known for {found.name}; with D3 there are "
            f"{', '.join([*filter(None, _WITH_D3.values()), *_D3_PARAMETERS])}."
        )
    s8, a1, a2, doi = _D3_PARAMETERS[found.name]
    block = ("DFTD3", "VERSION", str(_BECKE_JOHNSON), "S6", "1.0", "S8", f"{s8:.9g}")
    return Functional(
        name=f"{found.name}-D3",
        dft=found.dft,
        scf=(*block, "A1", f"{a1:.9g}", "A2", f"{a2:.9g}", "END"),
        references=(f"D3 parameters of {found.name}: https://doi.org/{doi}",),
    )
