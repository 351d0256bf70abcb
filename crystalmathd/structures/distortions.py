"""Strained cells and moved atoms.

numpy is needed: this is imported inside functions.
"""

import math
import random
from dataclasses import replace
from typing import Final

import numpy as np

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Vector
from crystalmathd.models.transforms import Step
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import vectors_of
from crystalmathd.structures.neighbours import positions

_LARGEST_STRAIN: Final = 0.5
_LARGEST_MOVE_A: Final = 50.0
_AXES: Final = 3


def strained(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure with x → (1 + ε) x for its vectors and positions.

    Raises
    ------
    StructureFaultError
        If ε is not 3 × 3, or larger than 0.5 somewhere.
    """
    strain = np.array(step.matrix, dtype=np.float64)
    if strain.shape != (_AXES, _AXES) or not np.isfinite(strain).all():
        raise StructureFaultError("a strain has six components (Voigt) or 3 × 3")
    if np.abs(strain).max() > _LARGEST_STRAIN:
        raise StructureFaultError(
            f"a strain of more than {_LARGEST_STRAIN} is no strain; 1 % is 0.01"
        )
    deformed = (np.eye(_AXES) + strain).T
    structure = sourced.structure
    lattice = np.array(structure.lattice_a).reshape(-1, _AXES) @ deformed
    return replace(
        sourced,
        structure=replace(
            structure,
            lattice_a=vectors_of(lattice),
            positions_a=vectors_of(positions(structure) @ deformed),
        ),
    )


def displaced(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure with some atoms moved by one vector.

    Raises
    ------
    StructureFaultError
        If there is no such atom, or no vector.
    """
    vector = step.vector_a
    if vector is None or not math.hypot(*vector) < _LARGEST_MOVE_A:
        raise StructureFaultError(
            f"a displacement is three numbers in Å, shorter than {_LARGEST_MOVE_A:g}"
        )
    moved = set(chosen_atoms(sourced, step))
    return _moved(sourced, [vector if n in moved else None for n in _range(sourced)])


def rattled(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure with every atom moved at random, the same for a seed.

    Directions are even over the sphere, lengths even from 0 to the amplitude.

    Raises
    ------
    StructureFaultError
        If the amplitude is none.
    """
    amplitude = step.amplitude_a
    if amplitude is None or not 0 < amplitude < _LARGEST_MOVE_A:
        raise StructureFaultError("the amplitude is a positive number of Å")
    # The generator of Python's `random` gives the same numbers in every version.
    dice = random.Random(step.seed)  # noqa: S311 - no secret
    return _moved(sourced, [_thrown(dice, amplitude) for _ in _range(sourced)])


def chosen_atoms(sourced: SourcedStructure, step: Step) -> tuple[int, ...]:
    """Return the atoms that a step names, counted from 0.

    Raises
    ------
    StructureFaultError
        If it names none, or one that is not there.
    """
    n_atoms = sourced.structure.n_atoms
    if not step.atoms:
        raise StructureFaultError("the step names no atom")
    for atom in step.atoms:
        if not 1 <= atom <= n_atoms:
            raise StructureFaultError(
                f"there is no atom {atom}; they are counted from 1 to {n_atoms}"
            )
    return tuple(dict.fromkeys(atom - 1 for atom in step.atoms))


def _range(sourced: SourcedStructure) -> range:
    return range(sourced.structure.n_atoms)


def _thrown(dice: random.Random, amplitude: float) -> Vector:
    height = dice.uniform(-1, 1)
    angle = dice.uniform(0, 2 * math.pi)
    length = dice.uniform(0, amplitude)
    across = math.sqrt(1 - height**2)
    return (
        length * across * math.cos(angle),
        length * across * math.sin(angle),
        length * height,
    )


def _moved(sourced: SourcedStructure, moves: list[Vector | None]) -> SourcedStructure:
    structure = sourced.structure
    placed = tuple(
        at if move is None else (at[0] + move[0], at[1] + move[1], at[2] + move[2])
        for at, move in zip(structure.positions_a, moves, strict=True)
    )
    return replace(sourced, structure=replace(structure, positions_a=placed))
