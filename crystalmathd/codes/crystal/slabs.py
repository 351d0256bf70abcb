"""A slab cut out of a crystal parallel to a plane (SLABCUT).

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions. The rules are those that an output of CRYSTAL09 spells out: two
lattice vectors in the plane, a third that leads to the next plane, the atoms between
two planes as layers from the top down, and as many as are asked for, from one of them.
Which side is up is not known: a crystal whose two sides differ is refused.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import PRIMITIVE, Cell
from crystalmathd.codes.crystal.records import DeckError

Array = NDArray[np.float64]

_REACH: Final = 6
"""Lattice vectors are looked for up to so many times each primitive one."""

_ZERO: Final = 1e-5
_SAME_LAYER_A: Final = 1e-3
_MOST_LAYERS: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Planes:
    """A crystal in vectors of which two lie in the plane, (3, 3), right-handed.

    `fractions` are those of the atoms in these vectors, the third in [0, 1).
    """

    vectors_a: Array
    indices: Array
    fractions: Array

    @property
    def height_a(self) -> float:
        """Distance of two planes."""
        a, b, _ = self.vectors_a
        area = float(np.linalg.norm(np.cross(a, b)))
        return abs(float(np.linalg.det(self.vectors_a))) / area

    def layers(self) -> list[list[int]]:
        """Return the atoms of each layer, the highest first."""
        order = np.argsort(-self.fractions[:, 2], kind="stable")
        found: list[list[int]] = []
        last = np.inf
        for atom in order:
            height = self.fractions[atom, 2] * self.height_a
            if last - height > _SAME_LAYER_A:
                found.append([])
            found[-1].append(int(atom))
            last = height
        return found


def cut(cell: Cell, plane: Array, first: int, n_layers: int, line: int) -> Cell:
    """Return the slab of `n_layers` layers from layer `first` down.

    `plane` holds the Miller indices in the crystallographic cell. The slab lies around
    z = 0, x along its first vector.

    Raises
    ------
    DeckError
        If there is no such plane or layer, or the crystal differs from itself turned
        over, so that the result would depend on which side CRYSTAL calls the upper.
    """
    if cell.dimension != len(plane) or not plane.any():
        raise DeckError(line, "a slab is cut out of a crystal, along a plane h k l.")
    planes = _planes(cell, plane, line)
    if not _is_same_turned_over(cell, planes):
        raise DeckError(
            line, "which side of this plane CRYSTAL calls the upper is not known here."
        )
    layers = planes.layers()
    if not 1 <= first <= len(layers) or not 1 <= n_layers <= _MOST_LAYERS:
        raise DeckError(
            line, f"there are {len(layers)} layers; {first} {n_layers} is no slab."
        )
    chosen = [
        (atom, -(at // len(layers)))
        for at in range(first - 1, first - 1 + n_layers)
        for atom in layers[at % len(layers)]
    ]
    atoms = [atom for atom, _ in chosen]
    fractions = planes.fractions[atoms]
    fractions[:, 2] += [drop for _, drop in chosen]
    return _slab(cell, planes, atoms, fractions)


def _is_same_turned_over(cell: Cell, planes: _Planes) -> bool:
    """Say whether an operator maps each height between two planes on its negative."""
    return any(
        turned[2, 2] < 0 and abs(moved[2] - round(moved[2])) < _ZERO
        for turned, moved in _turning(cell, planes)
    )


def _turning(cell: Cell, planes: _Planes) -> list[tuple[Array, Array]]:
    """Return the operators, in the planes' vectors, that map planes on planes."""
    inverse = np.linalg.inv(planes.indices)
    pairs = [
        (inverse.T @ rotation @ planes.indices.T, translation @ inverse)
        for rotation, translation in zip(cell.rotations, cell.translations, strict=True)
    ]
    return [pair for pair in pairs if np.abs(pair[0][2, :2]).max() < _ZERO]


def _planes(cell: Cell, plane: Array, line: int) -> _Planes:
    to_conventional = np.linalg.inv(PRIMITIVE[cell.setting.centring])
    # What one primitive vector climbs, in the distance of two lattice planes.
    climbs = np.round(np.linalg.inv(to_conventional) @ plane * 6).astype(np.int64)
    climbs //= np.gcd.reduce(climbs)
    steps = np.arange(-_REACH, _REACH + 1)
    indices = np.array(np.meshgrid(steps, steps, steps, indexing="ij")).reshape(3, -1).T
    lengths = np.linalg.norm(indices @ cell.lattice_a, axis=1)
    indices = indices[np.lexsort((*(-indices.T), np.round(lengths, 6)))]
    rise = indices @ climbs
    flat, up = indices[(rise == 0) & indices.any(axis=1)], indices[np.abs(rise) == 1]
    a, b = _shortest_pair(flat, cell.lattice_a)
    c = next((one for one in up if np.linalg.det([a, b, one]) > 0), None)
    if c is None:
        raise DeckError(line, "no lattice vector leads from this plane to the next.")
    chosen = np.array([a, b, c], dtype=np.float64)
    fractions = cell.fractions @ np.linalg.inv(chosen)
    fractions[:, 2] -= np.floor(fractions[:, 2] + _ZERO)
    return _Planes(
        vectors_a=chosen @ cell.lattice_a, indices=chosen, fractions=fractions
    )


def _shortest_pair(flat: Array, lattice: Array) -> tuple[Array, Array]:
    """Return two vectors that span all lattice points of the plane, at 90° or more."""
    a = flat[0]
    for b in flat[1:]:
        normal = np.cross(a, b)
        if normal.any() and np.gcd.reduce(normal) == 1:
            return (a, -b) if (a @ lattice) @ (b @ lattice) > _ZERO else (a, b)
    raise LookupError(lattice)


def _slab(cell: Cell, planes: _Planes, atoms: list[int], fractions: Array) -> Cell:
    """Return the slab with those operators of the crystal that turn it on itself."""
    a, b, c = planes.vectors_a
    x = a / np.linalg.norm(a)
    z = np.cross(a, b)
    z /= np.linalg.norm(z)
    frame = np.array([x, np.cross(z, x), z])
    lattice = np.array([frame @ a, frame @ b, [0, 0, 1]])
    middle = (fractions[:, 2].max() + fractions[:, 2].min()) / 2
    # How far the third vector leads along the two of the plane.
    slant = (frame @ c @ np.linalg.inv(lattice))[:2]
    from_middle = fractions[:, 2] - middle
    flat = fractions[:, :2] + np.outer(from_middle, slant)
    heights = from_middle * planes.height_a
    rotations, translations = _operators(cell, planes, middle)
    return replace(
        cell,
        dimension=2,
        lattice_a=lattice,
        labels=tuple(cell.labels[atom] for atom in atoms),
        sources=tuple(cell.sources[atom] for atom in atoms),
        marks=tuple(cell.marks[atom] for atom in atoms) if cell.marks else (),
        fractions=np.column_stack([flat, heights]),
        rotations=rotations,
        translations=translations,
        setting=replace(cell.setting, centring="P"),
    )


def _operators(cell: Cell, planes: _Planes, middle: float) -> tuple[Array, Array]:
    rotations, translations = [], []
    for turned, moved in _turning(cell, planes):
        # The same operator behind whole steps of the third vector is one as well.
        climb = middle - turned[2, 2] * middle
        if abs(moved[2] - climb - round(moved[2] - climb)) > _ZERO:
            continue
        flat = np.zeros((3, 3))
        flat[:2, :2], flat[2, 2] = turned[:2, :2], turned[2, 2]
        rotations.append(flat)
        translations.append([*(moved[:2] + turned[:2, 2] * middle), 0])
    return np.array(rotations), np.array(translations)
