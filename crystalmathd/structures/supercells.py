"""Larger cells of the same structure.

numpy is needed: this is imported inside functions.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import Step
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import vectors_of, with_atoms
from crystalmathd.structures.neighbours import full_lattice, positions
from crystalmathd.structures.soundness import MOST_ATOMS

Array = NDArray[np.float64]

_AXES: Final = 3
_WHOLE: Final = 1e-6


def supercell(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the cell of the vectors `matrix` · old vectors; copies stand together.

    Raises
    ------
    StructureFaultError
        If the matrix has no volume, mixes in a direction that does not repeat, or
        makes too many atoms.
    """
    matrix = whole_matrix(step.matrix)
    dimension = sourced.structure.dimension
    outside = matrix - np.eye(_AXES)
    if outside[dimension:].any() or outside[:, dimension:].any():
        raise StructureFaultError(
            f"the structure repeats in {dimension} directions: only those can be "
            "multiplied"
        )
    n_cells, n_atoms = n_cells_of(matrix), sourced.structure.n_atoms
    if not n_cells:
        raise StructureFaultError("the cell of these vectors has no volume")
    if n_cells * n_atoms > MOST_ATOMS:
        raise StructureFaultError(
            f"{n_cells} cells of {n_atoms} atoms are {n_cells * n_atoms} atoms; at "
            f"most {MOST_ATOMS} are made"
        )
    points = lattice_points(matrix)
    old = full_lattice(sourced.structure)
    at = positions(sourced.structure)
    placed = (at[:, None] + (points @ old)[None]).reshape(-1, _AXES)
    atoms = np.repeat(np.arange(len(at)), len(points))
    vectors = (matrix @ old)[:dimension]
    return with_atoms(sourced, atoms.tolist(), vectors_of(placed), vectors_of(vectors))


def whole_matrix(rows: tuple[tuple[float, float, float], ...]) -> NDArray[np.int64]:
    """Return a matrix of whole numbers.

    Raises
    ------
    StructureFaultError
        If it is none, or not 3 × 3.
    """
    matrix = np.array(rows, dtype=np.float64)
    if matrix.shape != (_AXES, _AXES) or not np.allclose(
        matrix, np.round(matrix), atol=_WHOLE
    ):
        raise StructureFaultError("a supercell is 3 × 3 whole numbers")
    return np.round(matrix).astype(np.int64)


def n_cells_of(matrix: NDArray[np.int64]) -> int:
    """Return how many old cells are in the new one: its volume over theirs."""
    return round(abs(float(np.linalg.det(matrix))))


def lattice_points(matrix: NDArray[np.int64]) -> Array:
    """Return the points of the old lattice in the new cell, in the old vectors.

    Empty if the new cell has no volume.
    """
    if not 0 < n_cells_of(matrix) <= MOST_ATOMS:
        return np.zeros((0, _AXES))
    corners = np.array(np.meshgrid(*[[0, 1]] * _AXES)).reshape(_AXES, -1).T @ matrix
    axes = [
        np.arange(low, high + 1)
        for low, high in zip(corners.min(axis=0), corners.max(axis=0), strict=True)
    ]
    grid = np.array(np.meshgrid(*axes, indexing="ij")).reshape(_AXES, -1).T
    inside = grid @ np.linalg.inv(matrix)
    kept = ((inside > -_WHOLE) & (inside < 1 - _WHOLE)).all(axis=1)
    found: Array = grid[kept].astype(np.float64)
    return found
