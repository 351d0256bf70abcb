"""What every structure must be before anything is made of it."""

import math
from typing import Final

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import SYMBOLS
from crystalmathd.structures.faults import StructureFaultError

MOST_ATOMS: Final = 20_000
"""So many are read as text and JSON in some ms, between two answers to others."""
_FLAT: Final = 1e-6
_AXES: Final = 3


def check_atoms(sourced: SourcedStructure) -> None:
    """See that the lists belong together, and that the vectors span a cell.

    Raises
    ------
    StructureFaultError
        If not.
    """
    structure = sourced.structure
    n_atoms = structure.n_atoms
    if not 0 < n_atoms <= MOST_ATOMS:
        raise StructureFaultError(f"it has {n_atoms} atoms; 1 to {MOST_ATOMS} are read")
    if len(structure.positions_a) != n_atoms:
        raise StructureFaultError(
            f"{n_atoms} elements and {len(structure.positions_a)} positions are given"
        )
    if len(structure.lattice_a) > _AXES or structure.dimension != len(
        structure.lattice_a
    ):
        raise StructureFaultError("it has not one vector for each direction")
    if not all(0 <= number < len(SYMBOLS) for number in structure.atomic_numbers):
        raise StructureFaultError("an atomic number is not in 0 to 118")
    numbers = (*structure.lattice_a, *structure.positions_a)
    if not all(math.isfinite(x) for vector in numbers for x in vector):
        raise StructureFaultError("a coordinate is no finite number")
    for name, values in (
        ("moments", sourced.moments_ub),
        ("flags of movement", sourced.may_move),
        ("labels", structure.labels),
    ):
        if values and len(values) != n_atoms:
            raise StructureFaultError(f"{n_atoms} atoms have {len(values)} {name}")
    if not all(map(math.isfinite, (*sourced.moments_ub, sourced.charge))):
        raise StructureFaultError("a moment or the charge is no finite number")
    if _is_flat(structure):
        raise StructureFaultError("the vectors of the cell are too short or parallel")


def _is_flat(structure: Structure) -> bool:
    """Tell whether the vectors span less than their number of directions."""
    gram = [
        [
            math.fsum(x * y for x, y in zip(a, b, strict=True))
            for b in structure.lattice_a
        ]
        for a in structure.lattice_a
    ]
    lengths = math.prod(_length(vector) for vector in structure.lattice_a)
    return bool(gram) and _determinant(gram) <= (_FLAT * lengths) ** 2


def _length(vector: Vector) -> float:
    return math.hypot(*vector)


def _determinant(rows: list[list[float]]) -> float:
    if len(rows) == 1:
        return rows[0][0]
    return math.fsum(
        (-1) ** column
        * rows[0][column]
        * _determinant([row[:column] + row[column + 1 :] for row in rows[1:]])
        for column in range(len(rows))
    )
