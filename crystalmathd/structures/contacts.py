"""The shortest distance in a crystal, without a library."""

import math
from collections.abc import Sequence
from typing import Final

from crystalmathd.models.structures import Vector

_MOST_BOXES: Final = 200
_HALF: Final = tuple(
    (x, y, z)
    for x in (-1, 0, 1)
    for y in (-1, 0, 1)
    for z in (-1, 0, 1)
    if (x, y, z) > (0, 0, 0)
)
"""One of each pair of opposite neighbours of a box."""


def closest_pair(
    fractions: Sequence[Vector], lattice_a: Sequence[Vector], within_a: float
) -> tuple[float, int, int] | None:
    """Return the shortest distance below `within_a`, Å, and its two atoms (from 0).

    Atoms are sorted into boxes of the cell that are no thinner than `within_a`, so
    that only neighbours are looked at. Images of one atom are not compared.
    """
    lattice = tuple(lattice_a)
    nx, ny, nz = (
        max(1, min(_MOST_BOXES, int(height / within_a))) for height in _heights(lattice)
    )
    inside = [(u % 1.0, v % 1.0, w % 1.0) for u, v, w in fractions]
    boxes: dict[tuple[int, int, int], list[int]] = {}
    for at, (u, v, w) in enumerate(inside):
        key = (int(u * nx) % nx, int(v * ny) % ny, int(w * nz) % nz)
        boxes.setdefault(key, []).append(at)
    best: tuple[float, int, int] | None = None
    limit = within_a * within_a
    for (x, y, z), members in boxes.items():
        others = [
            (at, partner)
            for n, at in enumerate(members)
            for partner in members[n + 1 :]
        ]
        for dx, dy, dz in _HALF:
            there = boxes.get(((x + dx) % nx, (y + dy) % ny, (z + dz) % nz))
            if there is not None:
                others += [(at, partner) for at in members for partner in there]
        for at, partner in others:
            if at == partner:
                continue
            square = _square(inside[at], inside[partner], lattice)
            if square < limit:
                limit = square
                best = (math.sqrt(square), at, partner)
    return best


def fractions_of(
    positions_a: Sequence[Vector], lattice_a: Sequence[Vector]
) -> list[Vector] | None:
    """Return positions in units of three vectors; None if these span no cell."""
    a, b, c = lattice_a
    rows = [cross(b, c), cross(c, a), cross(a, b)]
    volume = sum(x * y for x, y in zip(a, rows[0], strict=True))
    if not volume:
        return None
    p, q, r = (tuple(x / volume for x in row) for row in rows)
    return [
        (
            x * p[0] + y * p[1] + z * p[2],
            x * q[0] + y * q[1] + z * q[2],
            x * r[0] + y * r[1] + z * r[2],
        )
        for x, y, z in positions_a
    ]


def cross(one: Vector, other: Vector) -> Vector:
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d


def _square(one: Vector, other: Vector, lattice: Sequence[Vector]) -> float:
    """Return the square of a distance in Å², by the nearest image in fractions."""
    u, v, w = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    u, v, w = u - round(u), v - round(v), w - round(w)
    a, b, c = lattice
    x = u * a[0] + v * b[0] + w * c[0]
    y = u * a[1] + v * b[1] + w * c[1]
    z = u * a[2] + v * b[2] + w * c[2]
    return x * x + y * y + z * z


def _heights(lattice: Sequence[Vector]) -> list[float]:
    """Return the distances between opposite faces of the cell, Å."""
    a, b, c = lattice
    normals = [cross(b, c), cross(c, a), cross(a, b)]
    volume = abs(sum(x * y for x, y in zip(a, normals[0], strict=True)))
    return [volume / (math.hypot(*normal) or 1.0) for normal in normals]
