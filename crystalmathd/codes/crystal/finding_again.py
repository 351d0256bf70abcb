"""Where the atoms of a structure are in the cell that a deck makes of it.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import (
    PRIMITIVE,
    Cell,
    conventional_lattice,
    shortest,
)
from crystalmathd.codes.crystal.deck import Geometry
from crystalmathd.codes.crystal.sites import Site
from crystalmathd.codes.crystal.standing import Atoms, Standing

Array = NDArray[np.float64]

_FAR_A: Final = 0.5
"""No tolerance that is asked for moves an atom so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundAgain:
    """The atoms of a structure in CRYSTAL's cell; the fields of `WrittenGeometry`."""

    order: tuple[int, ...]
    places: tuple[int, ...]
    turn: Array
    n_given_cells: int
    largest_shift_a: float
    largest_strain_a: float


def found_again(
    atoms: Atoms,
    standing: Standing,
    sites: Sequence[Site],
    geometry: Geometry,
    cell: Cell,
) -> FoundAgain:
    """Return where each given atom is in the cell that was read back.

    Raises
    ------
    InputRefusedError
        If the cell is not that of the structure: no such deck is given out.
    """
    n_cells = _volume(atoms.vectors_a) / _volume(cell.lattice_a)
    n_given_cells = round(n_cells)
    places, distances = _places(atoms, standing, sites, cell)
    counts = np.bincount(places, minlength=len(cell.labels))
    if (
        abs(n_cells - n_given_cells) > 0.01 * n_given_cells
        or (counts != n_given_cells).any()
        or distances.max() > _FAR_A
    ):
        raise InputRefusedError(
            f"group {standing.setting.number} ({standing.setting.symbol}) does not "
            f"give the structure back: {len(places)} atoms were given, "
            f"{n_given_cells} times {len(cell.labels)} come back. Ask for a smaller "
            "tolerance or no symmetry."
        )
    conventional = conventional_lattice(geometry, standing.setting)
    turn = _turn(standing.vectors_a, conventional)
    size = standing.dimension
    ends = (standing.vectors_a @ turn.T - conventional)[:size]
    _, first = np.unique(places, return_index=True)
    return FoundAgain(
        order=tuple(int(atom) for atom in first),
        places=tuple(int(place) for place in places),
        turn=turn,
        n_given_cells=n_given_cells,
        largest_shift_a=float(distances.max()),
        largest_strain_a=float(np.linalg.norm(ends, axis=1).max(initial=0.0)),
    )


def _volume(vectors_a: Array) -> float:
    return abs(float(np.linalg.det(vectors_a)))


def _places(
    atoms: Atoms, standing: Standing, sites: Sequence[Site], cell: Cell
) -> tuple[NDArray[np.int64], Array]:
    """Return the nearest atom of the same kind for each given one, and how far, Å."""
    to_primitive = np.linalg.inv(PRIMITIVE[standing.setting.centring])
    given = standing.coordinates(atoms.positions_a) @ to_primitive
    kinds = np.array([atoms.kinds[sites[source].atom] for source in cell.sources])
    places = np.empty(len(given), dtype=np.int64)
    distances = np.empty(len(given))
    for atom, fractions in enumerate(given):
        steps = shortest(cell.fractions - fractions, cell.dimension)
        away = np.linalg.norm(steps @ cell.lattice_a, axis=1)
        away[kinds != atoms.kinds[atom]] = np.inf
        places[atom] = away.argmin()
        distances[atom] = away.min()
    return places, distances


def _turn(given_a: Array, conventional_a: Array) -> Array:
    """Return the rotation that turns the given vectors (rows) on to CRYSTAL's.

    Raises
    ------
    InputRefusedError
        If it would have to be a mirror: the crystal would become its own image.
    """
    left, _, right = np.linalg.svd(np.linalg.inv(given_a) @ conventional_a)
    turn: Array = (left @ right).T
    if np.linalg.det(turn) < 0:
        raise InputRefusedError("the standard setting would mirror the structure.")
    return turn
