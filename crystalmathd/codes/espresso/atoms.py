"""Atoms as Quantum ESPRESSO names and places them → Structure."""

import re
from collections.abc import Sequence
from typing import Final

from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import SYMBOLS, atomic_number

_LETTERS: Final = re.compile(r"[A-Za-z]+")
_LONGEST_SYMBOL: Final = 2


def element(label: str) -> int:
    """Return the atomic number that a label stands for; 0 if it is no element.

    A label is a symbol with something behind it that is no letter: `Fe1`, `O_a`.
    """
    letters = _LETTERS.match(label)
    if letters is None:
        return 0
    for length in (len(letters[0]), _LONGEST_SYMBOL, 1):
        number = atomic_number(letters[0][:length])
        if number:
            return number
    return 0


def structure(
    labels: Sequence[str],
    positions_a: Sequence[Vector],
    lattice_a: tuple[Vector, ...],
) -> Structure:
    """Make a crystal of labelled atoms; labels are kept if they are not symbols."""
    known = {label: element(label) for label in dict.fromkeys(labels)}
    is_plain = all(SYMBOLS[number] == label for label, number in known.items())
    return Structure(
        dimension=3,
        lattice_a=lattice_a,
        atomic_numbers=tuple(known[label] for label in labels),
        positions_a=tuple(positions_a),
        labels=() if is_plain else tuple(labels),
    )


def cartesian(fractional: Vector, lattice_a: Sequence[Vector]) -> Vector:
    """Return a position in units of the cell's vectors as a Cartesian one."""
    u, v, w = fractional
    a, b, c = lattice_a
    return (
        u * a[0] + v * b[0] + w * c[0],
        u * a[1] + v * b[1] + w * c[1],
        u * a[2] + v * b[2] + w * c[2],
    )
