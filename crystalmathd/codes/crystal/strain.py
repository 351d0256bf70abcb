"""Lattice vectors from the lengths and angles that a cell is printed with."""

import math
from typing import Final

from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Vector

_ROUNDS: Final = 12
"""Newton's iteration for a root doubles its digits each time; strains are small."""

_ROUNDING: Final = 1e-12

Cell = tuple[float, float, float, float, float, float]
"""a, b, c in Å, alpha, beta, gamma in degrees."""


def strained(lattice: tuple[Vector, ...], cell: Cell) -> tuple[Vector, ...]:
    """Return the vectors of a cell that came from `lattice` by a strain.

    At a point of an optimisation CRYSTAL prints lengths and angles only. It deforms
    the cell by symmetric strains, without rotation: of all vectors with these lengths
    and angles, they are the ones that a symmetric matrix makes of the first vectors.
    """
    if _agrees(lattice, cell) or not lattice:
        return lattice
    if len(lattice) == 1:
        length = math.hypot(*lattice[0])
        return tuple(_scaled(vector, cell[0] / length) for vector in lattice)
    first = _completed(lattice)
    inverse = _inverse(first)
    if inverse is None:
        return lattice
    metric = _metric(cell, len(lattice))
    square = _product(_product(inverse, metric), _transposed(inverse))
    root = _square_root(square)
    return lattice if root is None else _product(first, root)[: len(lattice)]


def _agrees(lattice: tuple[Vector, ...], cell: Cell) -> bool:
    lengths = [math.hypot(*vector) for vector in lattice]
    if any(abs(a - b) > 1e-7 for a, b in zip(lengths, cell, strict=False)):  # noqa: PLR2004  # Å
        return False
    pairs = {3: ((1, 2), (0, 2), (0, 1)), 2: ((), (), (0, 1))}
    for pair, angle in zip(pairs.get(len(lattice), ()), cell[3:], strict=False):
        if not pair:
            continue
        one, other = lattice[pair[0]], lattice[pair[1]]
        cosine = _dot(one, other) / (lengths[pair[0]] * lengths[pair[1]])
        if abs(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) - angle) > 1e-5:  # noqa: PLR2004  # degrees
            return False
    return True


def _completed(lattice: tuple[Vector, ...]) -> Tensor:
    """Add a unit vector along z to the two of a slab, which lie in the xy plane."""
    if len(lattice) == 2:  # noqa: PLR2004  # a slab
        return (lattice[0], lattice[1], (0.0, 0.0, 1.0))
    return (lattice[0], lattice[1], lattice[2])


def _metric(cell: Cell, dimension: int) -> Tensor:
    a, b, c, alpha, beta, gamma = cell
    if dimension == 2:  # noqa: PLR2004  # a slab
        c, alpha, beta = 1.0, 90.0, 90.0
    ab, ac, bc = (
        a * b * math.cos(math.radians(gamma)),
        a * c * math.cos(math.radians(beta)),
        b * c * math.cos(math.radians(alpha)),
    )
    return ((a * a, ab, ac), (ab, b * b, bc), (ac, bc, c * c))


def _square_root(matrix: Tensor) -> Tensor | None:
    """Return the root of a matrix near unity (Denman and Beavers' iteration)."""
    root: Tensor = matrix
    other: Tensor = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    for _ in range(_ROUNDS):
        inverse_root, inverse_other = _inverse(root), _inverse(other)
        if inverse_root is None or inverse_other is None:
            return None
        better = _mean(root, inverse_other)
        other = _mean(other, inverse_root)
        if _are_alike(better, root):
            return better
        root = better
    return root


def _are_alike(one: Tensor, other: Tensor) -> bool:
    return all(
        abs(x - y) < _ROUNDING
        for row, column in zip(one, other, strict=True)
        for x, y in zip(row, column, strict=True)
    )


def _mean(one: Tensor, other: Tensor) -> Tensor:
    return (
        _middle(one[0], other[0]),
        _middle(one[1], other[1]),
        _middle(one[2], other[2]),
    )


def _middle(one: Vector, other: Vector) -> Vector:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2, (one[2] + other[2]) / 2


def _product(one: Tensor, other: Tensor) -> Tensor:
    x, y, z = _transposed(other)
    a, b, c = one
    return (
        (_dot(a, x), _dot(a, y), _dot(a, z)),
        (_dot(b, x), _dot(b, y), _dot(b, z)),
        (_dot(c, x), _dot(c, y), _dot(c, z)),
    )


def _transposed(matrix: Tensor) -> Tensor:
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix
    return ((xx, yx, zx), (xy, yy, zy), (xz, yz, zz))


def _inverse(matrix: Tensor) -> Tensor | None:
    a, b, c = matrix
    volume = _dot(a, _cross(b, c))
    if not volume or not math.isfinite(volume):
        return None
    factor = 1 / volume
    return _transposed(
        (
            _scaled(_cross(b, c), factor),
            _scaled(_cross(c, a), factor),
            _scaled(_cross(a, b), factor),
        )
    )


def _scaled(vector: Vector, factor: float) -> Vector:
    return vector[0] * factor, vector[1] * factor, vector[2] * factor


def _dot(one: Vector, other: Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _cross(one: Vector, other: Vector) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )
