"""The atoms of a structure made exactly consistent with its group.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.standing import Atoms, Standing

Array = NDArray[np.float64]

_REACH: Final = 8.0
"""An image is looked for so many tolerances away: operators and origin that are found
in inexact atoms are inexact themselves."""

_LEAST_REACH_A: Final = 0.02
_MOST_REACH_A: Final = 0.3
"""Less than half of the shortest bond, that of hydrogen."""

_ROUNDS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """An irreducible atom: the first of the given atoms there, and its coordinates."""

    atom: int
    coordinates: Array


def symmetrised(
    atoms: Atoms, standing: Standing, tolerance_a: float
) -> tuple[Standing, tuple[Site, ...]]:
    """Return the standing with cell and origin fitted, and the irreducible sites.

    Raises
    ------
    InputRefusedError
        If an operator of the group leads from an atom to no other of its kind.
    """
    reach = min(max(_REACH * tolerance_a, _LEAST_REACH_A), _MOST_REACH_A)
    fitted = standing
    sites: tuple[Site, ...] = ()
    for _ in range(_ROUNDS):
        coordinates = fitted.coordinates(atoms.positions_a)
        found = list(_orbits(coordinates, atoms, fitted, reach))
        sites = tuple(orbit.site for orbit in found)
        # What all atoms have in common is an error of the origin.
        moves = np.zeros_like(coordinates)
        for orbit in found:
            moves[orbit.members] = orbit.moves
        common = moves.mean(axis=0)
        fitted = replace(fitted, shift=fitted.shift + common)
        if not fitted.dimension:
            fitted = _turned(fitted, coordinates + common, coordinates + moves)
        if np.abs(common).max() < 1e-13:  # noqa: PLR2004  of a vector
            break
    return fitted, sites


def _turned(standing: Standing, given: Array, wanted: Array) -> Standing:
    """Return a molecule's axes turned so that the atoms come nearest to their sites."""
    left, _, right = np.linalg.svd(given.T @ wanted)
    sign = np.sign(np.linalg.det(left @ right))
    turn = left @ np.diag([1.0, 1.0, sign]) @ right
    return replace(
        standing, vectors_a=turn.T @ standing.vectors_a, shift=standing.shift @ turn
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Orbit:
    """A site, the given atoms at its images, and the steps on to those."""

    site: Site
    members: NDArray[np.int64]
    moves: Array


def _orbits(
    coordinates: Array, atoms: Atoms, standing: Standing, reach_a: float
) -> Iterator[_Orbit]:
    is_done = np.zeros(len(coordinates), dtype=bool)
    for atom in range(len(coordinates)):
        if is_done[atom]:
            continue
        same = np.flatnonzero(atoms.kinds == atoms.kinds[atom])
        orbit = _orbit(atom, same, coordinates, standing, reach_a)
        if orbit is None:
            raise InputRefusedError(
                f"atom {atom + 1} has no image under an operator of group "
                f"{standing.setting.number} ({standing.setting.symbol}): write it "
                "without symmetry, or with a smaller tolerance."
            )
        is_done[orbit.members] = True
        yield orbit


def _orbit(
    atom: int,
    same: NDArray[np.int64],
    coordinates: Array,
    standing: Standing,
    reach_a: float,
) -> _Orbit | None:
    rotations = standing.setting.rotations
    translations = standing.setting.translations
    own = coordinates[atom]
    images = rotations @ own + translations
    steps = standing.nearest(coordinates[same][None, :, :] - images[:, None, :])
    distances = np.linalg.norm(steps @ standing.vectors_a, axis=2)
    is_there = distances < reach_a
    if not is_there.any(axis=1).all():
        return None
    operators, members = np.nonzero(is_there)
    back = np.linalg.inv(rotations)
    moves = np.einsum("nij,nj->ni", back[operators], steps[operators, members])
    position = own + moves.mean(axis=0)
    is_fixing = is_there[:, int(np.searchsorted(same, atom))]
    position = _on_site(position, own, standing, is_fixing)
    images = rotations @ position + translations
    away = standing.nearest(images[:, None, :] - coordinates[same][None, :, :])
    nearest = np.linalg.norm(away @ standing.vectors_a, axis=2).argmin(axis=0)
    found = np.unique(members)
    return _Orbit(
        site=Site(atom=atom, coordinates=chosen_image(position, standing)),
        members=same[found],
        moves=away[nearest[found], found],
    )


def _on_site(
    position: Array, near: Array, standing: Standing, is_fixing: NDArray[np.bool_]
) -> Array:
    """Return the position on the site that some operators leave where it is.

    The mean of those operators is the projection on to the site, of whole numbers and
    fractions: 1/3 comes out as such.
    """
    rotations = standing.setting.rotations[is_fixing]
    translations = standing.setting.translations[is_fixing]
    away = rotations @ near + translations - near
    translations = translations - (away - standing.nearest(away))
    site: Array = rotations.mean(axis=0) @ position + translations.mean(axis=0)
    return site


def chosen_image(position: Array, standing: Standing) -> Array:
    """Return the image to write: of a crystal the one next to the origin."""
    size = standing.dimension
    images = position[None]
    if size == 3:  # noqa: PLR2004
        setting = standing.setting
        images = setting.rotations @ position + setting.translations
    inside = images.copy()
    inside[:, :size] -= np.floor(images[:, :size] + 1e-9)
    rounded = np.round(inside, 6)
    keys = [(round(float(row.sum()), 6), *map(float, row)) for row in rounded]
    chosen: Array = inside[min(range(len(keys)), key=keys.__getitem__)]
    return chosen


def fitted_lattice(standing: Standing) -> Array:
    """Return the conventional vectors (rows, Å) with the symmetry of all operators.

    Only their lengths and angles are those of the structure, not where they point.
    """
    metric = standing.vectors_a @ standing.vectors_a.T
    rotations = standing.setting.rotations
    mean = (rotations.transpose(0, 2, 1) @ metric @ rotations).mean(axis=0)
    lattice: Array = np.linalg.cholesky(mean)
    return lattice
