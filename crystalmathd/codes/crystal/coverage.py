"""Which elements each basis set of CRYSTAL's own library (BASISSET) has.

An element that is not in a set ends the run: "Basis set is not implemented for
requested element".
"""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.libraries import key

_SOURCE: Final = (
    "one-atom cells of the elements 1 to 99, run with CRYSTAL23 1.0.1 "
    "(MACE, github.com/DjokicMa/MACE)"
)


def _numbers(text: str) -> frozenset[int]:
    """Read `1-53 -39 -57-71`: ranges, and with a sign in front what they lack."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.lstrip("-").partition("-")
        span = set(range(int(first), int(last or first) + 1))
        found = found - span if part.startswith("-") else found | span
    return frozenset(found)


_ELEMENTS: Final = {
    name: _numbers(text)
    for name, text in {
        "STO-3G": "1-53",
        "SOLDEF2MSVP": "1-53",
        "POB-TZVP": "1-53 -39 -43 83",
        "POB-DZVP": "1-53 -43 74 83",
        "POB-DZVP-REV2": "1-35 -2 -10 -18",
        "POB-TZVP-REV2": "1-84 -2 -10 -18 -36 -43 -54 -57-71",
        "DEF2-MSVP": "1-80 86",
        "MINIX": "1-80 86",
        "MTZVP": "1-57 72-78",
    }.items()
}
_BY_KEY: Final = {key(name): elements for name, elements in _ELEMENTS.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """The elements of a library set, and where that is known from."""

    elements: frozenset[int]
    source: str


def libraries_with(atomic_number: int) -> tuple[str, ...]:
    """Return the POB sets of the library that have an element."""
    return tuple(
        name
        for name, elements in _ELEMENTS.items()
        if name.startswith("POB") and atomic_number in elements
    )


def library_coverage(name: str) -> Coverage | None:
    """Return what is known of a library's set; None: nothing."""
    elements = _BY_KEY.get(key(name))
    return None if elements is None else Coverage(elements=elements, source=_SOURCE)
