"""What is drawn of a structure, as seen from a point: x right, y up, z to the viewer.

numpy and scipy are needed: this is imported inside functions.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.models.structures import Structure
from crystalmathd.structures.kinds import vectors_of
from crystalmathd.structures.looks import covalent_radius_a
from crystalmathd.structures.neighbours import bonds, fractions, full_lattice

Array = NDArray[np.float64]

MOST_BALLS: Final = 5_000
AZIMUTH_DEG: Final = -72.0
ELEVATION_DEG: Final = 14.0
_BORDER: Final = 1e-3
_BALL: Final = 0.5
_SUNK: Final = 0.85
_SHELL: Final = 1.25
"""Of the shortest bond of an atom: up to here its bonds are drawn."""
_AXES: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Points in Å from the middle of everything.

    `balls`: one a number. `sticks`: halves of bonds with the atom whose colour they
    have. `edges` of the cell. `names` of its vectors. `corners`: all points.
    """

    numbers: tuple[int, ...]
    balls: Array
    sticks: tuple[tuple[Array, Array, int], ...]
    edges: tuple[tuple[Array, Array], ...]
    names: tuple[tuple[str, Array], ...]
    corners: Array
    size_a: float


def scene(structure: Structure) -> Scene:
    """Return one cell, with the atoms on all of its borders, turned to the viewer.

    Raises
    ------
    ValueError
        If there are more than 5000 balls.
    """
    numbers, balls = _balls(structure)
    if len(numbers) > MOST_BALLS:
        raise ValueError(f"{len(numbers)} atoms are more than a picture shows")
    vectors = np.array(structure.lattice_a).reshape(-1, _AXES)
    edges = _edges(vectors)
    corners = np.vstack([balls, *(np.array(edge) for edge in edges)])
    middle = (corners.max(axis=0) + corners.min(axis=0)) / 2
    turn = _turn()

    def seen(points: Array) -> Array:
        turned: Array = (points - middle) @ turn.T
        return turned

    placed = seen(balls)
    sticks = []
    for first, second in _bonded(numbers, balls):
        half = (placed[first] + placed[second]) / 2
        for one in (first, second):
            start = _surface(placed[one], half, ball_radius_a(numbers[one]))
            sticks.append((start, half, numbers[one]))
    return Scene(
        numbers=tuple(numbers),
        balls=placed,
        sticks=tuple(sticks),
        edges=tuple((seen(start), seen(end)) for start, end in edges),
        names=tuple(
            (name, seen(_beyond(vector)))
            for name, vector in zip("abc", vectors, strict=False)
        ),
        corners=seen(corners) + np.sign(seen(corners)),
        size_a=max(float(np.ptp(corners, axis=0).max()), 2.5),
    )


def ball_radius_a(atomic_number: int) -> float:
    """Return the radius of a ball: small enough for bonds to be seen between balls."""
    return _BALL * covalent_radius_a(atomic_number)


def _surface(centre: Array, end: Array, radius_a: float) -> Array:
    """Return where a stick leaves its ball."""
    way = end - centre
    length = float(np.linalg.norm(way))
    found: Array = centre + way * min(_SUNK * radius_a / max(length, 1e-9), 1.0)
    return found


def _beyond(vector: Array) -> Array:
    """Return where the name of a vector stands: a little behind its end."""
    found: Array = vector + 0.5 * vector / np.linalg.norm(vector)
    return found


def _turn() -> Array:
    """Return the axes of the viewer as rows: right, up, towards."""
    azimuth, elevation = np.radians(AZIMUTH_DEG), np.radians(ELEVATION_DEG)
    towards = np.array(
        (
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        )
    )
    right = np.array((-np.sin(azimuth), np.cos(azimuth), 0.0))
    return np.array((right, np.cross(towards, right), towards))


def _balls(structure: Structure) -> tuple[list[int], Array]:
    """Return the atoms in the cell, and again those on its borders."""
    lattice, inside = full_lattice(structure), fractions(structure)
    size = structure.dimension
    inside[:, :size] -= np.floor(inside[:, :size] + _BORDER)
    numbers, found = [], []
    for number, at in zip(structure.atomic_numbers, inside, strict=True):
        shifts = [
            (0.0, 1.0) if axis < size and abs(at[axis]) < _BORDER else (0.0,)
            for axis in range(_AXES)
        ]
        for shift in product(*shifts):
            numbers.append(number)
            found.append((at + np.array(shift)) @ lattice)
    return numbers, np.array(found)


def _edges(vectors: Array) -> list[tuple[Array, Array]]:
    """Return the edges of the cell: twelve, four, one or none."""
    found = []
    for axis in range(len(vectors)):
        for corner in product((0.0, 1.0), repeat=len(vectors) - 1):
            steps = np.insert(np.array(corner), axis, 0.0)
            start = steps @ vectors
            found.append((start, start + vectors[axis]))
    return found


def _bonded(numbers: list[int], places: Array) -> list[tuple[int, int]]:
    """Return the pairs of balls that are drawn as bonded: the nearest of both.

    In a compound the metals are near enough to each other to be bonded too: that would
    hide everything.
    """
    alone = Structure(
        dimension=0,
        lattice_a=(),
        atomic_numbers=tuple(numbers),
        positions_a=vectors_of(places),
    )
    found = bonds(alone)
    nearest = np.full(len(numbers), np.inf)
    np.minimum.at(nearest, found.first, found.distances_a)
    limit = _SHELL * np.minimum(nearest[found.first], nearest[found.second])
    kept = (found.first < found.second) & (found.distances_a <= limit)
    return list(
        zip(found.first[kept].tolist(), found.second[kept].tolist(), strict=True)
    )
