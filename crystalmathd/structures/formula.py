"""Chemical formulas of the atoms in a cell, in Hill order.

Carbon first, then hydrogen, then the others by the alphabet; without carbon all by
the alphabet. Ghosts are no atoms: they are left out.
"""

import math
from collections import Counter
from collections.abc import Iterable

from crystalmathd.models.formulas import in_hill_order
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol


def formula(atomic_numbers: Iterable[int]) -> str:
    """Return the formula of the whole cell: `Mg4 O4`, `C2 H6 O`."""
    return " ".join(in_hill_order(_counts(atomic_numbers)))


def reduced_formula(atomic_numbers: Iterable[int]) -> tuple[str, int]:
    """Return the formula of one unit and how many the cell holds: (`MgO`, 4).

    Without atoms: an empty formula, no unit.
    """
    counts = _counts(atomic_numbers)
    units = math.gcd(*counts.values())
    reduced = {element: count // units for element, count in counts.items()}
    return "".join(in_hill_order(reduced)), units


def unit_formula(structure: Structure) -> str:
    """Return the formula of one unit; a molecule is a unit as it is: `O2`."""
    numbers = structure.atomic_numbers
    if structure.lattice_a:
        return reduced_formula(numbers)[0]
    return "".join(in_hill_order(_counts(numbers)))


def _counts(atomic_numbers: Iterable[int]) -> dict[str, int]:
    return Counter(symbol(number) for number in atomic_numbers if number != 0)
