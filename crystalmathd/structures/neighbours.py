"""Which atoms are near each other, across the borders of the cell as well.

numpy and scipy are needed: this is imported inside functions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crystalmathd.models.previews import Contact
from crystalmathd.models.structures import Structure
from crystalmathd.structures.looks import covalent_radius_a

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

BONDED: Final = 1.25
"""Atoms are bonded below so many times the sum of their covalent radii: of ionic,
metallic and covalent solids each has its network, and van der Waals gaps none."""
_FIRST_REACH_A: Final = 3.0
_LAST_REACH_A: Final = 50.0
_AXES: Final = 3
_MOST_POINTS: Final = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Pairs of atoms: `first` in the cell, `second` moved by `shifts` vectors.

    Each pair stands in both directions. `shifts` is (n, 3), zeros where nothing
    repeats.
    """

    first: Whole
    second: Whole
    shifts: Whole
    distances_a: Array


def full_lattice(structure: Structure) -> Array:
    """Return three vectors as rows: those that repeat, then unit vectors across."""
    rows = [np.array(vector) for vector in structure.lattice_a]
    for axis in np.eye(_AXES)[::-1]:
        if len(rows) == _AXES:
            break
        basis = np.linalg.qr(np.array(rows).T)[0] if rows else np.zeros((_AXES, 0))
        across = axis - basis @ (basis.T @ axis)
        if np.linalg.norm(across) > 1e-3:  # noqa: PLR2004 - not along the others
            rows.append(across / np.linalg.norm(across))
    lattice: Array = np.array(rows)
    if np.linalg.det(lattice) < 0 and len(structure.lattice_a) < _AXES:
        lattice[-1] *= -1
    return lattice


def fractions(structure: Structure) -> Array:
    """Return the positions in the vectors of `full_lattice`, (n_atoms, 3)."""
    found: Array = positions(structure) @ np.linalg.inv(full_lattice(structure))
    return found


def positions(structure: Structure) -> Array:
    found: Array = np.array(structure.positions_a, dtype=np.float64).reshape(-1, _AXES)
    return found


def pairs_within(structure: Structure, reach_a: float) -> Pairs:
    """Return every pair that is nearer than `reach_a`, Å.

    Raises
    ------
    ValueError
        If there would be too many points to look through.
    """
    lattice = full_lattice(structure)
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    repeats = np.arange(_AXES) < structure.dimension
    whole = np.floor(fractions(structure)).astype(np.int64) * repeats
    inside = positions(structure) - whole @ lattice
    counts = np.where(repeats, np.ceil(reach_a / heights), 0).astype(np.int64)
    if float(np.prod(2.0 * counts + 1)) * len(inside) > _MOST_POINTS:
        raise ValueError("the cell is too large, or its vectors are too short")
    axes = [np.arange(-n, n + 1) for n in counts]
    shifts = np.array(np.meshgrid(*axes, indexing="ij")).reshape(_AXES, -1).T
    points = (inside[None] + (shifts @ lattice)[:, None]).reshape(-1, _AXES)
    tree = cKDTree(points)
    near = tree.query_ball_point(inside, reach_a)
    first = np.repeat(np.arange(len(inside)), [len(one) for one in near])
    flat = np.concatenate([np.array(one, dtype=np.int64) for one in near])
    second, cells = flat % len(inside), shifts[flat // len(inside)]
    distances = np.linalg.norm(points[flat] - inside[first], axis=1)
    itself = (first == second) & (cells == 0).all(axis=1)
    cells = cells + whole[first] - whole[second]
    kept = ~itself
    return Pairs(
        first=first[kept],
        second=second[kept],
        shifts=cells[kept],
        distances_a=distances[kept],
    )


def bonds(structure: Structure) -> Pairs:
    """Return the pairs that are bonded; ghosts have no bonds."""
    radii = np.array([covalent_radius_a(n) for n in structure.atomic_numbers])
    pairs = pairs_within(structure, BONDED * 2 * float(radii.max()))
    numbers = np.array(structure.atomic_numbers)
    limits = BONDED * (radii[pairs.first] + radii[pairs.second])
    kept = pairs.distances_a < limits
    kept &= (numbers[pairs.first] > 0) & (numbers[pairs.second] > 0)
    return Pairs(
        first=pairs.first[kept],
        second=pairs.second[kept],
        shifts=pairs.shifts[kept],
        distances_a=pairs.distances_a[kept],
    )


def shortest_contact(structure: Structure) -> Contact | None:
    """Return the nearest two atoms; None of a single atom that does not repeat.

    A ghost counts as no atom.
    """
    real = np.array(structure.atomic_numbers) > 0
    reach = _FIRST_REACH_A
    while reach <= _LAST_REACH_A:
        pairs = pairs_within(structure, reach)
        kept = np.flatnonzero(real[pairs.first] & real[pairs.second])
        if len(kept):
            at = kept[int(np.argmin(pairs.distances_a[kept]))]
            first, second = sorted((int(pairs.first[at]), int(pairs.second[at])))
            radii = [
                covalent_radius_a(structure.atomic_numbers[one])
                for one in (first, second)
            ]
            return Contact(
                distance_a=float(pairs.distances_a[at]),
                first=first + 1,
                second=second + 1,
                radii_a=sum(radii),
            )
        reach *= 2
    return None
