"""What of a CRYSTAL deck its energy depends on, beside the geometry."""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.crystal.deck import AtomBasis, Deck, Keyword
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.models.comparisons import Method

_TOLERANCES: Final = frozenset(
    {
        *("TOLINTEG", "TOLPSEUD", "POLEORDR", "NOBIPOLA", "NOBIPCOU", "NOBIPEXC"),
        *("BIPOLAR", "BIPOEXCH", "SMEAR", "LDREMO", "NUMERICA"),
        *("RADIAL", "ANGULAR", "LGRID", "XLGRID", "XXLGRID", "XXXLGRID", "HUGEGRID"),
        *("OLDGRID", "TOLLGRID", "TOLLDENS", "RADSAFE", "BECKE", "SAVIN"),
    }
)
"""Keywords of numerics that shift an energy, with all that stands inside of DFT."""

_PARAMETERS: Final = frozenset(
    {"HYBRID", "NONLOCAL", "SR-OMEGA", "MR-OMEGA", "LR-OMEGA", "SR-HYB-WB97X"}
)
"""What of a functional its printed name does not always say."""

_ADDITIONS: Final = frozenset(
    {
        *("DFTD3", "DFTD4", "GRIMME", "GCP", "GCPAUTO", "HF3C", "HFSOL3C"),
        *("EIGSHIFT", "SPINORBIT", "TWOCOMPON", "GHOSTS", "ATOMBSSE", "MOLEBSSE"),
        *("FIELD", "FIELDCON", "POINTCHG"),
    }
)
"""Terms of the energy, and atoms without electrons, each with its parameters."""

_SPINS: Final = frozenset({"UHF", "ROHF", "SPIN"})
"""Open shells. SPINLOCK and ATOMSPIN choose a state of the same method."""

_NO_FUNCTIONAL: Final = frozenset(
    {
        *("BATCHPNT", "LIMBEK", "CHUNKS", "DISTGRID"),
        *_TOLERANCES,
        *_PARAMETERS,
        *_SPINS,
    }
)
_PRINTING: Final = frozenset({"PRINT", "PRINTC6", "PRINTEMISS"})


def method(deck: bytes) -> Method | None:
    """Return what a deck says; None if it cannot be read."""
    try:
        read = read_deck(deck.decode("latin-1"))
    except DeckError:
        return None
    return Method(
        code="crystal",
        functional=_functional(read),
        bases=_bases(read),
        tolerances=_tolerances(read),
    )


def _tolerances(deck: Deck) -> Mapping[str, str]:
    of_basis = deck.basis.keywords if deck.basis is not None else ()
    found = {
        one.name: " ".join(one.values) or "set"
        for one in _all(deck.scf)
        if one.name in _TOLERANCES | _PARAMETERS
    }
    found |= {
        one.name: _with_parameters(one) or "set"
        for one in (*deck.edits, *of_basis, *deck.scf)
        if one.name in _ADDITIONS
    }
    shells = [one.name for one in _all(deck.scf) if one.name in _SPINS]
    if shells:
        found["SPIN"] = "restricted open" if "ROHF" in shells else "unrestricted"
    if any(one.name == "CHARGED" for one in of_basis):
        found["CHARGED"] = _formal_electrons(deck)
    return found


def _with_parameters(keyword: Keyword) -> str:
    inside = sorted(
        _text(one) for one in _all(keyword.children) if one.name not in _PRINTING
    )
    return " ".join([*keyword.values, *inside])


def _formal_electrons(deck: Deck) -> str:
    """Return the electrons of each label: with CHARGED they are the cell's charge."""
    entries = deck.basis.entries if deck.basis is not None else ()
    return " ".join(
        f"{one.label}:{sum(shell.electrons for shell in one.shells):g}"
        for one in entries
    )


def _all(keywords: tuple[Keyword, ...]) -> Iterator[Keyword]:
    for keyword in keywords:
        yield from keyword.walk()


def _functional(deck: Deck) -> str:
    words = []
    for keyword in deck.scf:
        if keyword.name == "DFT":
            inside = _all(keyword.children)
            words += [_text(one) for one in inside if one.name not in _NO_FUNCTIONAL]
    is_dft = any(keyword.name == "DFT" for keyword in deck.scf)
    return " ".join(["DFT", *sorted(words)]) if is_dft else "HF"


def _text(keyword: Keyword) -> str:
    return " ".join((keyword.name, *keyword.values))


def _bases(deck: Deck) -> Mapping[str, str] | None:
    if deck.basis is None:
        return None
    library = {"basis": deck.basis.name} if deck.basis.name is not None else {}
    return {**library, **{str(one.label): _basis(one) for one in deck.basis.entries}}


def _basis(one: AtomBasis) -> str:
    """Return a basis set in one line; its formal charges only begin the SCF."""
    parts = []
    core = one.core_potential
    if core is not None:
        terms = [f"{a:g} {c:g} {n}" for a, c, n in core.terms]
        name = core.library or f"ECP {core.effective_charge:g}"
        parts.append(" ".join([name, *terms]))
    for shell in one.shells:
        primitives = [
            f"{p.exponent:g} {p.coefficient:g}"
            + ("" if p.p_coefficient is None else f" {p.p_coefficient:g}")
            for p in shell.primitives
        ]
        size = shell.n_primitives if not primitives else ""
        head = f"{shell.type.name} {shell.source.name} {size} {shell.scale:g}"
        parts.append(" ".join([head, *primitives]))
    return "; ".join(parts)
