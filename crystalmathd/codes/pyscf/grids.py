"""The integration grid of the density functional. Only the engine imports this.

PySCF's periodic Becke grid is cut at the faces of the cell: for diamond (PBE,
STO-3G, 12 electrons) it loses 9e-4 electrons and 2e-4 hartree at level 4, and gives
another energy when the origin is moved. Here every atom keeps its own atomic grid
(1e-5 electrons and 1e-5 hartree at the same level), and each point is shared among the
atoms by a function of one distance each, P(r) = exp(-2 r) / r^3.

Source: M. Franchini, P. H. T. Philipsen, L. Visscher, J. Comput. Chem. 34, 1819
(2013), equations 4 and 5. Lengths in bohr.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyscf.dft import gen_grid
from pyscf.pbc import dft

Array = NDArray[np.float64]

# PySCF has no types: these names only say what is meant.
Crystal = Any
Grids = Any

_LEVEL: Final = 3
"""Of PySCF's atomic grids, 0 to 9; level 5 moves diamond by 4e-5 hartree."""

_LIGHT: Final = 0.3
"""Share of hydrogen against other atoms, from the source."""

_SMALLEST_WEIGHT: Final = 1e-11
_REACH_BOHR: Final = 11.0
"""Atoms this much farther from a point than the nearest have no share: exp(-22)."""

_BLOCK: Final = 1000
_NUCLEUS_BOHR: Final = 1e-8


def crystal_grids(cell: Crystal) -> Grids:
    """Return the grid of all atoms of the cell."""
    grids = dft.gen_grid.BeckeGrids(cell)
    grids.level = _LEVEL
    atomic = gen_grid.gen_atomic_grids(cell, level=_LEVEL, prune=gen_grid.nwchem_prune)
    parts = [
        part
        for atom in range(cell.natm)
        for part in _atom_grid(cell, atom, *atomic[cell.atom_symbol(atom)])
    ]
    grids.coords = np.concatenate([coordinates for coordinates, _ in parts])
    grids.weights = np.concatenate([weights for _, weights in parts])
    return grids


def _atom_grid(
    cell: Crystal, atom: int, points: Array, volumes: Array
) -> Iterator[tuple[Array, Array]]:
    """Yield points and weights of one atom, from the nucleus outwards."""
    home = cell.atom_coord(atom)
    radii = np.linalg.norm(points, axis=1)
    # No point of space is farther than this from an image of the atom itself.
    covering = np.linalg.norm(cell.lattice_vectors(), axis=1).sum() / 2
    order = np.argsort(radii, kind="stable")
    order = order[radii[order] < covering + _REACH_BOHR]
    positions, charges = _images(cell, home, 2 * covering + 2 * _REACH_BOHR)
    distances = np.linalg.norm(positions - home, axis=1)
    for start in range(0, len(order), _BLOCK):
        chosen = order[start : start + _BLOCK]
        near = distances < 2 * radii[chosen[-1]] + _REACH_BOHR
        coordinates = points[chosen] + home
        share = _share(coordinates, positions[near], charges[near], home)
        weights = share * volumes[chosen]
        kept = np.abs(share) > _SMALLEST_WEIGHT
        yield coordinates[kept], weights[kept]


def _images(cell: Crystal, home: Array, radius: float) -> tuple[Array, Array]:
    """Return positions and nuclear charges of all atoms within `radius` of `home`."""
    translations = cell.get_lattice_Ls(rcut=radius, discard=False)
    positions = (translations[:, None, :] + cell.atom_coords()[None, :, :]).reshape(
        -1, 3
    )
    charges = np.tile(cell.atom_charges(), len(translations))
    is_near = np.linalg.norm(positions - home, axis=1) < radius
    return positions[is_near], charges[is_near]


def _share(coordinates: Array, positions: Array, charges: Array, home: Array) -> Array:
    """Return the part of each point that belongs to the atom at `home`."""
    is_home = np.linalg.norm(positions - home, axis=1) < _NUCLEUS_BOHR
    squares = (
        (coordinates**2).sum(axis=1)[:, None]
        + (positions**2).sum(axis=1)
        - 2 * coordinates @ positions.T
    )
    distances = np.sqrt(np.maximum(squares, _NUCLEUS_BOHR**2))
    nearest = distances.min(axis=1, keepdims=True)
    factors = np.exp(2 * (nearest - distances)) * (nearest / distances) ** 3
    factors *= np.where(charges == 1, _LIGHT, 1.0)
    share: Array = factors[:, is_home].sum(axis=1) / factors.sum(axis=1)
    return share
