"""A structure as POSCAR of VASP 5 and later: species together, positions Direct.

Source: vasp.at wiki, page POSCAR. 16 decimals: VASP looks for operators within
SYMPREC 1e-5, and a third written with fewer digits is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Vector
from crystalmathd.structures.elements import symbol

_AXES: Final = 3
_LONGEST_TITLE: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouped:
    """Atoms one element after the other, as POSCAR, POTCAR and MAGMOM count them.

    `order`: for each atom of the file, which of the cell's atoms it is.
    """

    elements: tuple[str, ...]
    counts: tuple[int, ...]
    order: tuple[int, ...]


def grouped(elements_of_atoms: Sequence[str]) -> Grouped:
    """Group atoms by element; elements and atoms keep the order they come in."""
    members: dict[str, list[int]] = {}
    for at, element in enumerate(elements_of_atoms):
        members.setdefault(element, []).append(at)
    return Grouped(
        elements=tuple(members),
        counts=tuple(len(one) for one in members.values()),
        order=tuple(at for one in members.values() for at in one),
    )


def write_poscar(sourced: SourcedStructure, comment: str) -> str:
    """Write a crystal; atoms of one element stand together (`grouped`).

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
    real = [n for n, number in enumerate(structure.atomic_numbers) if number]
    return poscar_text(
        comment,
        structure.lattice_a,
        [fractions[n] for n in real],
        grouped([symbol(structure.atomic_numbers[n]) for n in real]),
        may_move=[sourced.may_move[n] for n in real] if sourced.may_move else (),
    )


def poscar_text(
    title: str,
    lattice_a: Sequence[Vector],
    fractions: Sequence[Vector],
    atoms: Grouped,
    *,
    may_move: Sequence[tuple[bool, bool, bool]] = (),
) -> str:
    """Write a cell; `fractions` and `may_move` are in its order, not the file's."""
    flags = ["".join(" T" if may else " F" for may in one) for one in may_move]
    lines = [
        " ".join(title.split())[:_LONGEST_TITLE] or "structure",
        "1.0",
        *(number_row(vector) for vector in lattice_a),
        " ".join(atoms.elements),
        " ".join(map(str, atoms.counts)),
        *(["Selective dynamics"] if flags else []),
        "Direct",
        *(
            number_row(fractions[at]) + (flags[at] if flags else "")
            for at in atoms.order
        ),
    ]
    return "\n".join((*lines, ""))


def number_row(values: Sequence[float]) -> str:
    return " ".join(f"{value:21.16f}" for value in values)
