"""How the electrons of a free atom fill shells of a basis set: CHE of a deck."""

from collections.abc import Mapping, Sequence
from typing import Final

_FILLING: Final = "1s 2s 2p 3s 3p 4s 3d 4p 5s 4d 5p 6s 4f 5d 6p 7s 5f 6d 7p"
_LETTERS: Final = "spdfg"
CAPACITY: Final = (2, 6, 10, 14, 18)
"""Electrons that fill one shell, by angular momentum."""

_EXCEPTIONS: Final = {
    # Element → electrons moved from the first subshell to the second.
    24: ("4s", "3d", 1),
    29: ("4s", "3d", 1),
    41: ("5s", "4d", 1),
    42: ("5s", "4d", 1),
    44: ("5s", "4d", 1),
    45: ("5s", "4d", 1),
    46: ("5s", "4d", 2),
    47: ("5s", "4d", 1),
    57: ("4f", "5d", 1),
    58: ("4f", "5d", 1),
    64: ("4f", "5d", 1),
    78: ("6s", "5d", 1),
    79: ("6s", "5d", 1),
    89: ("5f", "6d", 1),
    90: ("5f", "6d", 2),
    91: ("5f", "6d", 1),
    92: ("5f", "6d", 1),
    93: ("5f", "6d", 1),
    96: ("5f", "6d", 1),
}
"""Ground states that do not follow the order of filling. Source: NIST Atomic Spectra
Database, ground levels; Lr (7s2 7p1) is left in the order of filling."""

_CORES: Final = {
    0: "",
    2: "1s",
    10: "1s 2s 2p",
    18: "1s 2s 2p 3s 3p",
    28: "1s 2s 2p 3s 3p 3d",
    36: "1s 2s 2p 3s 3p 3d 4s 4p",
    46: "1s 2s 2p 3s 3p 3d 4s 4p 4d",
    54: "1s 2s 2p 3s 3p 3d 4s 4p 4d 5s 5p",
    60: "1s 2s 2p 3s 3p 3d 4s 4p 4d 4f",
    68: "1s 2s 2p 3s 3p 3d 4s 4p 4d 4f 5s 5p",
    78: "1s 2s 2p 3s 3p 3d 4s 4p 4d 4f 5s 5p 5d",
    92: "1s 2s 2p 3s 3p 3d 4s 4p 4d 4f 5s 5p 5d 5f",
}
"""Electrons in an effective core potential → the subshells that it stands for."""


class NoOccupationError(Exception):
    """The shells cannot hold the atom's electrons; the message says which."""


def configuration(atomic_number: int) -> dict[str, int]:
    """Return the electrons of each subshell (`3d`) of the neutral atom."""
    left = atomic_number
    found: dict[str, int] = {}
    for subshell in _FILLING.split():
        count = min(left, CAPACITY[_LETTERS.index(subshell[1])])
        found[subshell] = count
        left -= count
    if atomic_number in _EXCEPTIONS:
        source, target, count = _EXCEPTIONS[atomic_number]
        found[source] -= count
        found[target] += count
    return {subshell: count for subshell, count in found.items() if count}


def valence(atomic_number: int, n_core: int) -> dict[int, int]:
    """Return the electrons outside a core of so many, by angular momentum.

    Raises
    ------
    NoOccupationError
        If the core is not made of whole subshells that the atom has filled.
    """
    filled = configuration(atomic_number)
    core = _CORES[n_core].split() if n_core in _CORES else None
    if core is None or any(
        filled.get(name, 0) < CAPACITY[_LETTERS.index(name[1])] for name in core
    ):
        raise NoOccupationError(
            f"{n_core} electrons are not a core of filled subshells"
        )
    found: dict[int, int] = {}
    for subshell, count in filled.items():
        if subshell not in core:
            angular = _LETTERS.index(subshell[1])
            found[angular] = found.get(angular, 0) + count
    return found


def shell_electrons(
    angular_momenta: Sequence[int], wanted: Mapping[int, int]
) -> tuple[int, ...]:
    """Fill shells of these angular momenta in order, each up to its capacity.

    Raises
    ------
    NoOccupationError
        If the shells of one angular momentum are too few for its electrons.
    """
    left = dict(wanted)
    found = []
    for angular in angular_momenta:
        count = min(left.get(angular, 0), CAPACITY[angular])
        left[angular] = left.get(angular, 0) - count
        found.append(count)
    for angular, count in left.items():
        if count:
            raise NoOccupationError(
                f"{count} {_LETTERS[angular]} electrons find no shell in the set"
            )
    return tuple(found)
