"""The point group of a molecule, and the molecule turned to CRYSTAL's axes.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.points import NUMBERS, point_operators
from crystalmathd.codes.crystal.standing import Atoms, Standing, setting_of

Array = NDArray[np.float64]

_LOOSE: Final = 10.0
"""A pair of atoms is tried as the image of another if distances agree within so many
tolerances: whether it is one is decided by all atoms."""

_FLAT: Final = 0.05
"""Sine of the least angle at the centre with which two atoms make a plane."""

_FIRST_TRIED: Final = 4
_PARALLEL: Final = 1e-3
_ATOM: Final = 45
_LINE: Final = 15
_LINE_WITH_CENTRE: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class _Molecule:
    """Positions in Å from the centre, (n, 3)."""

    positions_a: Array
    kinds: NDArray[np.int64]
    tolerance_a: float

    def has(self, operator: Array) -> bool:
        """Say whether an operator puts every atom on one of its kind."""
        # Most of what is tried fails for the first atoms already.
        first = slice(_FIRST_TRIED)
        return self._has(operator, first) and self._has(operator, slice(None))

    def _has(self, operator: Array, part: slice) -> bool:
        images = self.positions_a[part] @ operator.T
        away = np.linalg.norm(images[:, None, :] - self.positions_a[None, :, :], axis=2)
        away[self.kinds[part][:, None] != self.kinds[None, :]] = np.inf
        return bool((away.min(axis=1) < self.tolerance_a).all())


def point_standing(atoms: Atoms, tolerance_a: float) -> Standing:
    """Return the molecule in the largest point group that the reader of decks knows.

    The centre of the atoms is the origin and the axis of highest order is z.
    """
    centre = atoms.positions_a.mean(axis=0)
    molecule = _Molecule(
        positions_a=atoms.positions_a - centre,
        kinds=atoms.kinds,
        tolerance_a=tolerance_a,
    )
    number, axes, n_operators = _group(molecule)
    setting = setting_of("MOLECULE", number)
    n_written = len(setting.rotations)
    return Standing(
        kind="MOLECULE",
        setting=setting,
        vectors_a=axes,
        shift=-centre @ np.linalg.inv(axes),
        reduced_from=(f"{n_operators} operators" if n_operators > n_written else ""),
    )


def _group(molecule: _Molecule) -> tuple[int, Array, int]:
    """Return the group's number, the axes as rows, and how many operators there are.

    A line has more than any number: as many as its group in CRYSTAL are counted.
    """
    line = _line(molecule)
    if line is not None:
        number = _ATOM
        if np.abs(molecule.positions_a).max() > molecule.tolerance_a:
            has_centre = molecule.has(-np.eye(3))
            number = _LINE_WITH_CENTRE if has_centre else _LINE
        return number, _axes(line, np.eye(3)[np.abs(line).argmin()]), 0
    found = _operators(molecule)
    for number in _by_order():
        generators = point_operators(number, 1)
        if len(generators) > len(found):
            continue
        for axes in _orientations(found):
            turned = [axes.T @ one @ axes for one in generators]
            if all(_is_among(one, found) for one in turned):
                return number, axes, len(found)
    return 1, np.eye(3), len(found)


@cache
def _by_order() -> tuple[int, ...]:
    """Return the groups, the largest first; of equal ones those with the axis z."""
    return tuple(
        sorted(NUMBERS, key=lambda number: (-len(point_operators(number, 1)), -number))
    )


def _line(molecule: _Molecule) -> Array | None:
    """Return the direction of the line that holds all atoms; None: none does."""
    positions = molecule.positions_a
    lengths = np.linalg.norm(positions, axis=1)
    longest = positions[lengths.argmax()]
    if lengths.max() <= molecule.tolerance_a:
        return np.array([0.0, 0.0, 1.0])
    along = longest / lengths.max()
    off = np.linalg.norm(positions - np.outer(positions @ along, along), axis=1)
    return along if off.max() <= molecule.tolerance_a else None


def _operators(molecule: _Molecule) -> list[Array]:
    """Return all operators: what leads from one pair of atoms to an equal pair."""
    first, second = _pair(molecule)
    start = _frame(molecule.positions_a[first], molecule.positions_a[second])
    found: list[Array] = []
    for one, other in _equal_pairs(molecule, first, second):
        end = _frame(molecule.positions_a[one], molecule.positions_a[other])
        for side in (1.0, -1.0):
            operator = end.T @ np.diag([1.0, 1.0, side]) @ start
            if molecule.has(operator) and not _is_among(operator, found):
                found.append(operator)
    return found


def _pair(molecule: _Molecule) -> tuple[int, int]:
    """Return two atoms that make a plane with the centre, with few equal to them."""
    lengths = np.linalg.norm(molecule.positions_a, axis=1)
    loose = _LOOSE * molecule.tolerance_a
    n_equal = [
        int(((abs(lengths - length) < loose) & (molecule.kinds == kind)).sum())
        for length, kind in zip(lengths, molecule.kinds, strict=True)
    ]
    order = sorted(
        range(len(lengths)), key=lambda atom: (n_equal[atom], -lengths[atom])
    )
    # Of six atoms one at most is the centre: each other makes a plane with some atom.
    pairs = [(one, other) for one in order[:6] for other in order if one != other]
    return max(
        pairs,
        key=lambda pair: (
            _sine(*(molecule.positions_a[atom] for atom in pair)) > _FLAT,
            -n_equal[pair[0]] * n_equal[pair[1]],
            _sine(*(molecule.positions_a[atom] for atom in pair)),
        ),
    )


def _sine(one: Array, other: Array) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    # An atom in the centre makes no plane.
    if lengths < 1e-2:  # noqa: PLR2004  Å²
        return 0.0
    return float(np.linalg.norm(np.cross(one, other))) / lengths


def _equal_pairs(
    molecule: _Molecule, first: int, second: int
) -> Iterator[tuple[int, int]]:
    positions, kinds = molecule.positions_a, molecule.kinds
    loose = _LOOSE * molecule.tolerance_a
    lengths = np.linalg.norm(positions, axis=1)
    apart = np.linalg.norm(positions[first] - positions[second])

    def equal(atom: int) -> list[int]:
        is_equal = (kinds == kinds[atom]) & (abs(lengths - lengths[atom]) < loose)
        return [int(one) for one in np.flatnonzero(is_equal)]

    for one, other in product(equal(first), equal(second)):
        away = np.linalg.norm(positions[one] - positions[other])
        if one != other and abs(away - apart) < loose:
            yield one, other


def _frame(one: Array, other: Array) -> Array:
    """Return orthonormal rows: along the first, towards the other, normal to both."""
    first = one / np.linalg.norm(one)
    second = other - (other @ first) * first
    second /= np.linalg.norm(second)
    return np.array([first, second, np.cross(first, second)])


def _is_among(operator: Array, found: list[Array]) -> bool:
    return any(np.abs(operator - one).max() < 0.1 for one in found)  # noqa: PLR2004


def _orientations(operators: list[Array]) -> Iterator[Array]:
    """Yield axes, as rows, of which z and x are those of operators."""
    axes = list(_axes_of(operators))
    for z in axes:
        normal = [x for x in axes if abs(x @ z) < 0.02]  # noqa: PLR2004
        for x in normal or [np.eye(3)[np.abs(z).argmin()]]:
            yield _axes(z, x)
    if not axes:
        yield np.eye(3)


def _axes_of(operators: list[Array]) -> Iterator[Array]:
    """Yield the axis of every rotation and the normal of every mirror, once."""
    found: list[Array] = []
    for operator in operators:
        proper = operator * np.sign(np.linalg.det(operator))
        if np.abs(proper - np.eye(3)).max() < 0.1:  # noqa: PLR2004
            continue
        _, _, rows = np.linalg.svd(proper - np.eye(3))
        axis = rows[-1]
        if not any(abs(abs(axis @ one) - 1) < _PARALLEL for one in found):
            found.append(axis)
            yield axis


def _axes(z: Array, near: Array) -> Array:
    """Return right-handed orthonormal rows x, y, z, with x as `near` as it can be."""
    x = near - (near @ z) * z
    x = x / np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])
