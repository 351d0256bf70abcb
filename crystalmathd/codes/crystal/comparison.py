"""What of a CRYSTAL deck its energy depends on, beside the geometry."""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.crystal.deck import AtomBasis, Deck, Keyword
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.models.comparisons import Method

_TOLERANCES: Final = frozenset(
    {
        *("TOLINTEG", "TOLPSEUD", "POLEORDR", "NOBIPOLA", "NOBIPCOU", "NOBIPEXCH"),
        *("BIPOLAR", "BIPOEXCH", "BIPOSIZE", "SMEAR", "LDREMO"),
        *("RADIAL", "ANGULAR", "LGRID", "XLGRID", "XXLGRID", "XXXLGRID", "HUGEGRID"),
        *("OLDGRID", "TOLLGRID", "TOLLDENS", "RADSAFE"),
    }
)
"""Keywords of numerics that shift an energy, with all that stands inside of DFT."""
_NO_FUNCTIONAL: Final = frozenset({"SPIN", "BATCHPNT", "LIMBEK", *_TOLERANCES})
_CORRECTIONS: Final = ("DFTD3", "DFTD4", "GRIMME", "GCP", "GCPAUTO")


def method(deck: bytes) -> Method | None:
    """Return what a deck says; None if it cannot be read."""
    try:
        read = read_deck(deck.decode("latin-1"))
    except DeckError:
        return None
    tolerances = {
        one.name: " ".join(one.values) or "set"
        for one in _all(read.scf)
        if one.name in _TOLERANCES
    }
    return Method(
        code="crystal",
        functional=_functional(read),
        bases=_bases(read),
        tolerances=tolerances,
    )


def _all(keywords: tuple[Keyword, ...]) -> Iterator[Keyword]:
    for keyword in keywords:
        yield from keyword.walk()


def _functional(deck: Deck) -> str:
    words = []
    for keyword in deck.scf:
        if keyword.name in {"DFT", *_CORRECTIONS}:
            inside = _all(keyword.children)
            named = [_text(one) for one in inside if one.name not in _NO_FUNCTIONAL]
            words.append(" ".join([keyword.name, *keyword.values, *named]))
    return "; ".join(words) or "HF"


def _text(keyword: Keyword) -> str:
    return " ".join((keyword.name, *keyword.values))


def _bases(deck: Deck) -> Mapping[str, str] | None:
    if deck.basis is None:
        return None
    ghosts = {"basis": deck.basis.name} if deck.basis.name is not None else {}
    return {**ghosts, **{str(one.label): _basis(one) for one in deck.basis.entries}}


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
