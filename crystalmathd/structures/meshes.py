"""Meshes of k-points: as dense as asked for, and as symmetric as the lattice."""

import math
from collections.abc import Sequence
from typing import Any, Final

from crystalmathd.models.structures import Vector

Mesh = tuple[int, int, int]

_AXES: Final = 3
_SAME: Final = 1e-6
"""Lengths that differ by rounding alone give the same number of points."""


def reciprocal_lengths_per_a(lattice_a: Sequence[Vector]) -> tuple[float, ...]:
    """Return the lengths of three reciprocal vectors in Å⁻¹, with their factor 2π."""
    a, b, c = lattice_a
    volume = abs(_dot(a, _cross(b, c)))
    return tuple(
        2 * math.pi * math.hypot(*across) / volume
        for across in (_cross(b, c), _cross(c, a), _cross(a, b))
    )


def mesh_for(
    lattice_a: Sequence[Vector],
    spacing_per_a: float,
    *,
    n_periodic: int = _AXES,
    rotations: Sequence[Any] = (),
) -> Mesh:
    """Return the coarsest Γ-centred mesh whose points are no farther apart than asked.

    `spacing_per_a`: Å⁻¹, with the factor 2π. Directions behind the first `n_periodic`
    get one point. `rotations`: integer matrices that act on fractional positions; if
    one of them does not bring the mesh on itself, all periodic directions get the
    largest number.
    """
    counts = [
        max(1, math.ceil(length / spacing_per_a - _SAME))
        for length in reciprocal_lengths_per_a(lattice_a)
    ]
    counts[n_periodic:] = [1] * (_AXES - n_periodic)
    if not all(_keeps(rotation, counts) for rotation in rotations):
        counts[:n_periodic] = [max(counts[:n_periodic])] * n_periodic
    return counts[0], counts[1], counts[2]


def denser(mesh: Mesh, *, n_periodic: int = _AXES) -> Mesh:
    """Return the next mesh: a point more along every periodic direction."""
    x, y, z = (n + (axis < n_periodic) for axis, n in enumerate(mesh))
    return x, y, z


def _keeps(rotation: Any, counts: Sequence[int]) -> bool:  # noqa: ANN401
    """Tell whether all k = m_i / n_i go to points of the same form.

    A rotation W of positions acts on k, as a row, by its inverse; the group has that
    too, so W itself may be looked at.
    """
    return all(
        (int(rotation[i][j]) * counts[j]) % counts[i] == 0
        for i in range(_AXES)
        for j in range(_AXES)
    )


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(one, other, strict=True))


def _cross(one: Sequence[float], other: Sequence[float]) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )
