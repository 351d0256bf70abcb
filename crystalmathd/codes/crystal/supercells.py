"""A larger cell, and the labels and operators that CRYSTAL gives it.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import Cell, shortest

Array = NDArray[np.float64]

_ZERO: Final = 1e-5
_PARTS: Final = 24
"""Origins are looked for at multiples of 1/24: all that operators can lie at."""


def expanded(cell: Cell, matrix: Array) -> Cell:
    """Return a supercell; as CRYSTAL does, without operators that translate."""
    cell = without_translations(_at_best_origin(cell))
    inverse = np.linalg.inv(matrix)
    rotations = inverse.T @ cell.rotations @ matrix.T
    whole = np.isclose(rotations, np.round(rotations), atol=_ZERO).all(axis=(1, 2))
    whole |= cell.dimension == 0
    points = lattice_points(matrix, cell.dimension)
    home = cell.fractions.copy()
    # CRYSTAL counts from the images in [-1/2, 1/2); its labels depend on that.
    home[:, : cell.dimension] -= np.floor(home + 0.5 + _ZERO)[:, : cell.dimension]
    fractions = (home[:, None, :] + points) @ inverse
    return replace(
        cell,
        lattice_a=matrix @ cell.lattice_a,
        labels=tuple(np.repeat(cell.labels, len(points)).tolist()),
        sources=tuple(np.repeat(cell.sources, len(points)).tolist()),
        marks=tuple(np.repeat(cell.marks, len(points)).tolist()),
        fractions=fractions.reshape(-1, 3),
        rotations=rotations[whole],
        translations=cell.translations[whole] @ inverse,
    )


def lattice_points(matrix: Array, dimension: int) -> Array:
    """Return the lattice points of one supercell, in the order of CRYSTAL's labels.

    That is the order of their indices from 0 up, the last index first, without those
    that a vector of the supercell makes of others.
    """
    inverse = np.linalg.inv(matrix)
    n_points = round(abs(np.linalg.det(matrix)))
    found: dict[tuple[int, ...], Array] = {}
    for index in np.ndindex(*([n_points] * dimension)):
        point = np.zeros(3)
        point[:dimension] = index
        inside = np.round((point @ inverse) % 1 / _ZERO).astype(np.int64)
        key = tuple((inside % round(1 / _ZERO)).tolist())
        found.setdefault(key, point)
        if len(found) == n_points:
            break
    return np.array(list(found.values()))


def _at_best_origin(cell: Cell) -> Cell:
    """Return the cell with its origin where the fewest operators translate."""
    periodic = np.arange(3) < cell.dimension
    steps = [np.arange(_PARTS if is_periodic else 1) for is_periodic in periodic]
    grid = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T / _PARTS
    n_still = np.zeros(len(grid), dtype=np.int64)
    for rotation, translation in zip(cell.rotations, cell.translations, strict=True):
        moves = grid @ rotation.T - grid + translation
        n_still += (np.abs(shortest(moves, cell.dimension)) < _ZERO).all(axis=1)
    best = int(n_still.argmax())
    if n_still[best] == n_still[0]:
        return cell
    origin = grid[best]
    return replace(
        cell,
        fractions=cell.fractions - origin,
        translations=cell.translations + cell.rotations @ origin - origin,
    )


def without_translations(cell: Cell) -> Cell:
    moves = shortest(cell.translations, cell.dimension)
    still = (np.abs(moves) < _ZERO).all(axis=1)
    return replace(
        cell,
        rotations=cell.rotations[still],
        translations=np.zeros((int(still.sum()), 3)),
    )
