"""For which elements the basis sets that CRYSTAL23 carries exist (BASISSET).

Measured with CRYSTAL23 1.0.1 on cells of one atom, elements 1 to 99, by the authors of
MACE (github.com/DjokicMa/MACE). An element that is not in a set ends the run: "Basis
set is not implemented for requested element".
"""

from typing import Final

SOURCE: Final = "MACE, measured with CRYSTAL23 1.0.1"


def _numbers(ranges: str, *, without: str = "") -> frozenset[int]:
    return frozenset(_expanded(ranges)) - frozenset(_expanded(without))


def _expanded(ranges: str) -> list[int]:
    found: list[int] = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


_COVERAGE: Final[dict[str, frozenset[int]]] = {
    "STO3G": _numbers("1-53"),
    "SOLDEF2MSVP": _numbers("1-53"),
    "POBTZVP": _numbers("1-53 83", without="39 43"),
    "POBDZVP": _numbers("1-53 74 83", without="43"),
    "POBDZVPREV2": _numbers("1-35", without="2 10 18"),
    "POBTZVPREV2": _numbers("1-84", without="2 10 18 36 43 54 57-71"),
    "DEF2MSVP": _numbers("1-80 86"),
    "MINIX": _numbers("1-80 86"),
    "MTZVP": _numbers("1-57 72-78"),
}

NAMES: Final = (
    *("STO-3G", "STO-6G", "POB-DZVP", "POB-DZVPP", "POB-DZVP-REV2", "POB-TZVP"),
    *("POB-TZVP-REV2", "SOLDEF2MSVP", "SOL-DEF2-MSVP", "DEF2-MSVP", "DEF2-SVP"),
    *("MTZVP", "MINIX", "SOLMINIX"),
)
"""Libraries that decks name, or that were measured."""

BASIS_OF_METHOD: Final = {
    "HSESOL3C": "SOLDEF2MSVP",
    "PBESOL03C": "SOLDEF2MSVP",
    "R2SCANSOL3C": "SOLDEF2MSVP",
    "R2SCAN0SOL3C": "SOLDEF2MSVP",
    "R2SCANPOB3C": "POBTZVPREV2",
    "R2SCAN0POB3C": "POBTZVPREV2",
    "PBEH3C": "DEF2MSVP",
    "HSE3C": "DEF2MSVP",
    "HF3C": "MINIX",
    "HFSOL3C": "SOLMINIX",
    "B973C": "MTZVP",
}
"""The basis that a composite method was made with: "has to be combined with"."""


def key(name: str) -> str:
    """Return a name without case and hyphens: SOL-DEF2-MSVP is SOLDEF2MSVP."""
    return name.upper().replace("-", "").replace("_", "")


def elements(name: str) -> frozenset[int] | None:
    """Return the elements of a set; None if they were not measured."""
    return _COVERAGE.get(key(name))


def is_known(name: str) -> bool:
    return key(name) in {key(one) for one in NAMES}
