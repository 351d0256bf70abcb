"""Atoms that lie in each other, without a library: one search, one table of limits.

Checks of inputs and what makes inputs ask here, so that they say the same.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Final, NamedTuple

from crystalmathd.models.inputs import ERROR, WARNING
from crystalmathd.models.structures import Structure, Vector

OVERLAP: Final = "structure.overlap"
CLOSE: Final = "structure.close_atoms"
"""How findings name them, whatever code the input is for."""
OVERLAP_A: Final = 0.5
"""No two nuclei are nearer: the shortest bond there is, of H2, has 0.74 Å."""
CLOSE_A: Final = 0.65
"""Nearer than this is no bond, but what somebody squeezed may be meant."""

SAME_PLACE_A: Final = 0.001
"""Nearer than this, no pair is looked for that is nearer still."""

_MUCH_NEARER: Final = 0.7
_BEYOND: Final = 1e15
"""Of so large a coordinate no digit is left behind the point."""
_MOST_BOXES: Final = 1_000_000
_ROUNDING: Final = 1e-9
_AXES: Final = 3
_HALF: Final = tuple(
    one for one in product((-1, 0, 1), repeat=_AXES) if one > (0, 0, 0)
)
"""One of each pair of opposite neighbours of a box."""


class Near(NamedTuple):
    """Two atoms, counted from 0, that are near each other; `first` ≤ `second`.

    An atom with itself is an atom and its own image in the next cell.
    """

    distance_a: float
    first: int
    second: int

    @property
    def severity(self) -> str:
        return ERROR if self.distance_a < OVERLAP_A else WARNING

    @property
    def code(self) -> str:
        return OVERLAP if self.distance_a < OVERLAP_A else CLOSE


def nearest(structure: Structure) -> Near | None:
    """Return the nearest two atoms that are nearer than CLOSE_A; ghosts lie anywhere.

    Images along the vectors of the structure count, whatever its dimension.
    """
    real = [at for at, number in enumerate(structure.atomic_numbers) if number > 0]
    positions = [structure.positions_a[at] for at in real]
    lattice = _completed(structure.lattice_a, positions)
    fractions = fractions_of(positions, lattice)
    found = closest_pair(fractions, lattice) if fractions else None
    if found is None:
        return None
    return Near(found.distance_a, real[found.first], real[found.second])


def closest_pair(
    fractions: Sequence[Vector], lattice_a: Sequence[Vector]
) -> Near | None:
    """Return the nearest two atoms of a crystal that are nearer than CLOSE_A.

    Where the atoms meet their own images, only that is told; of atoms that lie in
    one place, the first two. None of what spans no cell, or lies beyond all bounds.
    """
    if not _are_sound(lattice_a) or not _are_sound(fractions):
        return None
    lattice = _reduced(lattice_a)
    inside = fractions_of([_sum(at, lattice_a) for at in fractions], lattice)
    if not inside:
        return None
    itself = min(math.hypot(*_sum(one, lattice)) for one in _HALF)
    if itself < CLOSE_A:
        return Near(itself, 0, 0)
    best = _nearer(inside, lattice, CLOSE_A)
    while best is not None and best.distance_a > SAME_PLACE_A:
        nearer = _nearer(inside, lattice, best.distance_a)
        if nearer is None:
            break
        best = nearer
    return best


def _nearer(
    fractions: Sequence[Vector], lattice: Sequence[Vector], limit: float
) -> Near | None:
    """Return the nearest two atoms within a limit, or the first that are much nearer.

    Atoms are sorted into boxes of the cell that are no thinner than the limit, so that
    only neighbours are looked at. Few atoms have room in a box if none are much
    nearer: the pairs looked at are in proportion to the atoms, however dense.
    """
    heights = _heights(lattice)
    # In a reduced cell the nearest image is one step away at most, and only
    # where the cell is thin.
    shifts = list(product(*((0,) if h > 2 * limit else (-1, 0, 1) for h in heights)))
    best = None
    enough = _MUCH_NEARER * limit
    for one, other in _neighbours(fractions, heights, limit):
        gap = [
            u - v - round(u - v)
            for u, v in zip(fractions[one], fractions[other], strict=True)
        ]
        for x, y, z in shifts:
            away = math.hypot(*_sum((gap[0] + x, gap[1] + y, gap[2] + z), lattice))
            if away < limit:
                limit = away
                best = Near(away, min(one, other), max(one, other))
        if limit < enough:
            break
    return best


def fractions_of(
    positions_a: Sequence[Vector], lattice_a: Sequence[Vector]
) -> list[Vector] | None:
    """Return positions in units of three vectors; None if these span no cell."""
    a, b, c = lattice_a
    rows = [cross(b, c), cross(c, a), cross(a, b)]
    volume = _dot(a, rows[0])
    if not volume or not math.isfinite(volume):
        return None
    p, q, r = ((x / volume, y / volume, z / volume) for x, y, z in rows)
    return [(_dot(at, p), _dot(at, q), _dot(at, r)) for at in positions_a]


def cross(one: Vector, other: Vector) -> Vector:
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d


def triple(vectors: Sequence[Vector]) -> float:
    """Return the volume that three vectors span, negative if they are left-handed."""
    a, b, c = vectors
    return _dot(a, cross(b, c))


def _neighbours(
    fractions: Sequence[Vector], heights: Sequence[float], thickness_a: float
) -> Iterator[tuple[int, int]]:
    """Yield pairs of atoms in the same box, then in boxes side by side."""
    nx, ny, nz = (max(1, min(_MOST_BOXES, int(h / thickness_a))) for h in heights)
    boxes: dict[tuple[int, int, int], list[int]] = {}
    for at, (u, v, w) in enumerate(fractions):
        key = (int(u % 1.0 * nx) % nx, int(v % 1.0 * ny) % ny, int(w % 1.0 * nz) % nz)
        boxes.setdefault(key, []).append(at)
    for members in boxes.values():
        yield from combinations(members, 2)
    for (x, y, z), members in boxes.items():
        around = {((x + i) % nx, (y + j) % ny, (z + k) % nz) for i, j, k in _HALF}
        for key in around - {(x, y, z)}:
            yield from product(members, boxes.get(key, ()))


def _reduced(lattice_a: Sequence[Vector]) -> list[Vector]:
    """Return vectors of the same lattice that are as short as can be (Minkowski)."""
    rows = sorted(lattice_a, key=_square)
    before = math.inf
    while (now := math.fsum(map(_square, rows))) < before * (1 - _ROUNDING):
        before = now
        short, middle, long = rows
        middle = _shortened(middle, short)
        long = _shortened(_shortened(long, short), middle)
        both = ((i, j, 1) for i in (0, 1, -1) for j in (0, 1, -1))
        long = min((_sum(one, (short, middle, long)) for one in both), key=_square)
        rows = sorted((short, middle, long), key=_square)
    return rows


def _shortened(row: Vector, by: Vector) -> Vector:
    times = _dot(row, by) / (_square(by) or 1.0)
    if not math.isfinite(times):
        return row
    return _sum((1, -round(times), 0), (row, by, by))


def _completed(
    lattice_a: Sequence[Vector], positions_a: Sequence[Vector]
) -> list[Vector]:
    """Return three vectors: those that repeat, and long ones across them."""
    rows = list(lattice_a)
    while len(rows) < _AXES:
        axes = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
        if len(rows) == len("ab"):
            axes = [cross(rows[0], rows[1])]
        elif rows:
            axes = [cross(rows[0], axis) for axis in axes]
        across = max(axes, key=_square)
        length = math.hypot(*across) or 1.0
        heights = [_dot(at, across) / length for at in positions_a] or [0.0]
        scale = (max(heights) - min(heights) + 4 * CLOSE_A) / length
        rows.append((across[0] * scale, across[1] * scale, across[2] * scale))
    return rows


def _sum(numbers: Sequence[float], vectors: Sequence[Vector]) -> Vector:
    (u, v, w), (a, b, c) = numbers, vectors
    return (
        u * a[0] + v * b[0] + w * c[0],
        u * a[1] + v * b[1] + w * c[1],
        u * a[2] + v * b[2] + w * c[2],
    )


def _dot(one: Vector, other: Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _are_sound(vectors: Iterable[Vector]) -> bool:
    return all(
        -_BEYOND < x < _BEYOND and -_BEYOND < y < _BEYOND and -_BEYOND < z < _BEYOND
        for x, y, z in vectors
    )


def _square(one: Vector) -> float:
    return _dot(one, one)


def _heights(lattice: Sequence[Vector]) -> list[float]:
    """Return the distances between opposite faces of the cell, Å."""
    a, b, c = lattice
    normals = [cross(b, c), cross(c, a), cross(a, b)]
    volume = abs(_dot(a, normals[0]))
    return [volume / (math.hypot(*normal) or 1.0) for normal in normals]
