"""A structure as POSCAR of VASP 5 and later: species together, positions Direct.

Source: vasp.at wiki, page POSCAR. 16 decimals: VASP looks for operators within
SYMPREC 1e-5, and a third written with fewer digits is none.
"""

from collections.abc import Sequence
from typing import Final

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Vector
from crystalmathd.structures.elements import symbol

_AXES: Final = 3


def species_order(atomic_numbers: Sequence[int]) -> tuple[int, ...]:
    """Return the atoms (from 0) as a POSCAR lists them: by element, in first order."""
    first = {number: n for n, number in reversed(list(enumerate(atomic_numbers)))}
    return tuple(
        sorted(range(len(atomic_numbers)), key=lambda n: (first[atomic_numbers[n]], n))
    )


def write_poscar(sourced: SourcedStructure, comment: str) -> str:
    """Write a crystal; atoms of one element stand together (`species_order`).

    Ghosts are left out. Selective dynamics are written if they are known.

    Raises
    ------
    ValueError
        If it does not repeat in three directions.
    """
    structure = sourced.structure
    fractions = structure.fractional
    if structure.dimension != _AXES or fractions is None:
        raise ValueError(
            "a POSCAR repeats in three directions: put vacuum where nothing repeats "
            "first"
        )
    order = [
        n
        for n in species_order(structure.atomic_numbers)
        if structure.atomic_numbers[n]
    ]
    numbers = [structure.atomic_numbers[n] for n in order]
    kinds = list(dict.fromkeys(numbers))
    lines = [
        " ".join(comment.split())[:200] or "structure",
        "1.0",
        *(_row(vector) for vector in structure.lattice_a),
        " ".join(map(symbol, kinds)),
        " ".join(str(numbers.count(kind)) for kind in kinds),
        *(["Selective dynamics"] if sourced.may_move else []),
        "Direct",
        *(_row(fractions[n]) + _flags(sourced, n) for n in order),
    ]
    return "\n".join((*lines, ""))


def _row(vector: Vector) -> str:
    return "".join(f"{x:22.16f}" for x in vector)


def _flags(sourced: SourcedStructure, n: int) -> str:
    if not sourced.may_move:
        return ""
    return "".join(" T" if may else " F" for may in sourced.may_move[n])
