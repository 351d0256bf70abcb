"""Fewer directions that repeat for what stands in vacuum; vacuum for what has none.

numpy and scipy are needed: this is imported inside functions.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import Step
from crystalmathd.structures.boxes import BoxRefusedError, boxed
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import vectors_of, with_atoms
from crystalmathd.structures.neighbours import fractions, full_lattice
from crystalmathd.structures.shape import NAMES, gaps

_AXES: Final = 3
_MOST_VACUUM_A: Final = 1000.0
_PERPENDICULAR: Final = 1e-3


def reduced(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure without the vectors that lead across vacuum.

    What is left lies along x (a polymer), or in the plane of x and y (a slab); its
    atoms are brought together where the border of the cell cut them.

    Raises
    ------
    StructureFaultError
        If there is no vacuum in as many directions.
    """
    structure = sourced.structure
    wanted = step.dimension
    empty = {"abc".index(gap.direction) for gap in gaps(structure)}
    if wanted is None or not 0 <= wanted < structure.dimension:
        raise StructureFaultError(
            f"the structure repeats in {structure.dimension} directions: fewer of them "
            "are wanted"
        )
    if structure.dimension - len(empty) > wanted:
        raise StructureFaultError(
            f"there is no vacuum that makes it {NAMES[wanted]}: only "
            f"{len(empty)} directions have some"
        )
    widest = sorted(gaps(structure), key=lambda gap: -gap.width_a)
    dropped = {
        "abc".index(gap.direction) for gap in widest[: structure.dimension - wanted]
    }
    order = [n for n in range(structure.dimension) if n not in dropped]
    lattice = full_lattice(structure)
    inside = fractions(structure)
    for axis in dropped:
        inside[:, axis] = _together(inside[:, axis])
    axes = _axes(lattice[order])
    placed = inside @ lattice @ axes.T
    vectors = lattice[order] @ axes.T
    vectors[np.abs(vectors) < 1e-12] = 0  # noqa: PLR2004 - Å
    placed[:, wanted:] -= (
        placed[:, wanted:].max(axis=0) + placed[:, wanted:].min(axis=0)
    ) / 2
    atoms = range(structure.n_atoms)
    return with_atoms(sourced, list(atoms), vectors_of(placed), vectors_of(vectors))


def with_vacuum(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure in three vectors, with vacuum where nothing repeats.

    Raises
    ------
    StructureFaultError
        If it repeats in three directions already, or the vacuum is no length.
    """
    if sourced.structure.dimension == _AXES:
        raise StructureFaultError("it repeats in three directions already")
    if step.vacuum_a is None or not 0 < step.vacuum_a < _MOST_VACUUM_A:
        raise StructureFaultError("the vacuum is a positive number of Å")
    try:
        return replace(sourced, structure=boxed(sourced.structure, step.vacuum_a))
    except BoxRefusedError as error:
        raise StructureFaultError(str(error)) from error


def _together(places: np.ndarray) -> np.ndarray:
    """Return fractions of one direction with the widest gap outside."""
    wrapped = places % 1
    ordered = np.sort(wrapped)
    steps = np.diff(ordered, append=ordered[0] + 1)
    start = ordered[(int(np.argmax(steps)) + 1) % len(ordered)]
    found: np.ndarray = np.where(wrapped < start - 1e-9, wrapped + 1, wrapped)
    return found


def _axes(vectors: np.ndarray) -> np.ndarray:
    """Return axes (rows) with the first vector along x, the second in the xy plane."""
    if not len(vectors):
        return np.eye(_AXES)
    x = vectors[0] / np.linalg.norm(vectors[0])
    if len(vectors) > 1:
        z = np.cross(vectors[0], vectors[1])
    else:
        # The axis that is most across, so that a cell along the axes keeps them.
        z = np.eye(_AXES)[2] if abs(x[2]) < 1 - _PERPENDICULAR else np.eye(_AXES)[1]
        z = z - x * (x @ z)
    z = z / np.linalg.norm(z)
    return np.array((x, np.cross(z, x), z))
