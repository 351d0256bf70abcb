"""A slab rolled up to a tube (NANOTUBE, SWCNT).

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions. The rules are those of Y. Noel, P. D'Arco, R. Demichelis, C. M.
Zicovich-Wilson, R. Dovesi, J. Comput. Chem. 31, 855 (2010), as two outputs show them.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import Cell, distinct
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.crystal.supercells import lattice_points

Array = NDArray[np.float64]

_ZERO: Final = 1e-5
_MOST: Final = 200
"""A vector along the axis is looked for up to so many times each of the slab's."""


def rolled(cell: Cell, around: tuple[int, int], line: int) -> Cell:
    """Return the tube along x of which the lattice vector `around` is the girth.

    Raises
    ------
    DeckError
        If this is no slab, or no lattice vector is at right angles to `around`.
    """
    if cell.dimension != len(around) or not any(around):
        raise DeckError(line, "a tube is rolled from a slab, along a lattice vector.")
    girth = np.array([*around, 0], dtype=np.float64)
    axis = _axis(cell, girth, line)
    turns = np.array([girth, axis, [0, 0, 1]])
    points = lattice_points(turns, cell.dimension)
    # Along the axis in periods, around it in turns, and the height above the slab.
    places = (cell.fractions[:, None, :] + points) @ np.linalg.inv(turns)
    turn, along, height = np.moveaxis(places.reshape(-1, 3), 1, 0)
    radius = np.linalg.norm(girth @ cell.lattice_a) / (2 * np.pi) + height
    angle = 2 * np.pi * turn
    rotations, translations = _operators(cell, turns, points)
    return replace(
        cell,
        dimension=1,
        lattice_a=np.diag([float(np.linalg.norm(axis @ cell.lattice_a)), 1, 1]),
        labels=tuple(np.repeat(cell.labels, len(points)).tolist()),
        sources=tuple(np.repeat(cell.sources, len(points)).tolist()),
        marks=tuple(np.repeat(cell.marks, len(points)).tolist()),
        fractions=np.column_stack(
            [along, radius * np.cos(angle), radius * np.sin(angle)]
        ),
        rotations=rotations,
        translations=translations,
    )


def _axis(cell: Cell, girth: Array, line: int) -> Array:
    """Return the shortest lattice vector at right angles, to the left of `girth`."""
    metric = cell.lattice_a @ cell.lattice_a.T
    first, second = (metric @ girth)[:2]
    for n in range(_MOST):
        for m in range(-_MOST, _MOST) if n else range(1, 2):
            is_square = abs(n * first + m * second) < _ZERO * np.linalg.norm(metric)
            if is_square and np.gcd(n, m) == 1:
                left = girth[0] * m - girth[1] * n
                axis: Array = np.array([n, m, 0]) * np.sign(left)
                return axis
    raise DeckError(line, "no lattice vector of the slab can be the axis of this tube.")


def _operators(cell: Cell, turns: Array, points: Array) -> tuple[Array, Array]:
    """Return what is left of the slab's operators: helices, axes, mirror planes."""
    inverse = np.linalg.inv(turns)
    is_flat = bool(np.abs(cell.fractions[:, 2]).max() < _ZERO)
    rotations, translations = [], []
    for rotation, translation in zip(cell.rotations, cell.translations, strict=True):
        turned = inverse.T @ rotation @ turns.T
        keeps_side = turned[2, 2] > 0 or is_flat
        if not keeps_side or np.abs(turned - np.diag(np.diag(turned))).max() > _ZERO:
            continue
        for turn, along, _ in (translation + points) @ inverse:
            angle, sense = 2 * np.pi * turn, turned[0, 0]
            cosine, sine = np.cos(angle), np.sin(angle)
            rotations.append(
                [
                    [turned[1, 1], 0, 0],
                    [0, cosine, -sine * sense],
                    [0, sine, cosine * sense],
                ]
            )
            translations.append([along, 0, 0])
    return distinct(np.array(rotations), np.array(translations), 1)
