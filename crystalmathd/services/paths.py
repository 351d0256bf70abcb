"""A path through reciprocal space: how far its points are, and what its corners are."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Final

from crystalmathd.models.figures import Mark
from crystalmathd.models.quantities import Bands, KLabel
from crystalmathd.models.structures import Structure, Vector

GAMMA: Final = "Γ"
_FEWEST: Final = 8
"""Points of a list that is taken for a path without being called one."""
_MOSTLY: Final = 0.75
"""Part of the points of a path that go straight on; a mesh turns more often."""
_STRAIGHT: Final = 1 - 1e-4
_JUMP: Final = 5.0
"""Of the usual step; a longer one has no points on it, so it is no way."""
_SAME: Final = 1e-6
_LARGEST_DENOMINATOR: Final = 16


def is_path(kpoints: Sequence[Vector]) -> bool:
    """Tell whether a list of k-points walks along lines.

    The rows of a fine mesh are lines too, but parallel ones with a jump between them.
    """
    steps = [step for step in _steps(kpoints) if math.hypot(*step) > _SAME]
    if len(steps) < _FEWEST:
        return False
    straight = [one for one, other in pairwise(steps) if _goes_on(one, other)]
    if len(straight) < _MOSTLY * (len(steps) - 1):
        return False
    usual = median(math.hypot(*step) for step in steps)
    has_jumps = any(math.hypot(*step) > _JUMP * usual for step in steps)
    return not has_jumps or not all(_goes_on(straight[0], one) for one in straight)


def with_path(
    bands: Bands, structure: Structure | None
) -> tuple[tuple[float, ...], tuple[KLabel, ...]]:
    """Return distances and labels, those that are missing from the k-points.

    Distances that are computed are 1/Å (with 2π) where the lattice is known, else in
    units of the reciprocal lattice.
    """
    points = bands.kpoints
    n_points = len(bands.energies_ev[0]) if bands.energies_ev else 0
    if len(points) != n_points:
        return bands.distances, bands.labels
    lattice = () if structure is None else structure.lattice_a
    lengths = [math.hypot(*_cartesian(step, lattice)) for step in _steps(points)]
    usual = median([one for one in lengths if one > _SAME] or [0.0])
    distances = bands.distances
    if len(distances) != n_points:
        place = [0.0]
        for one in lengths:
            place.append(place[-1] + (one if one <= _JUMP * usual else 0.0))
        distances = tuple(place)
    return distances, bands.labels or _corners(points, lengths, usual)


def begin_of_path(kpoints: Sequence[Vector]) -> int:
    """Return the first point of the path; in front of it a hybrid lists its mesh."""
    lengths = [math.hypot(*step) for step in _steps(kpoints)]
    usual = median([one for one in lengths if one > _SAME] or [0.0])
    walked = (at for at, one in enumerate(lengths) if one <= _JUMP * usual)
    return next(walked, 0)


def marks(labels: Sequence[KLabel], distances: Sequence[float]) -> tuple[Mark, ...]:
    """Return the labels at their places; those of a jump, `U|K`, at one."""
    span = (max(distances) - min(distances)) if distances else 0.0
    found: list[Mark] = []
    for one in labels:
        if one.index >= len(distances):
            continue
        at = distances[one.index]
        if found and abs(at - found[-1].at) <= _SAME * span:
            names = found[-1].label.split("|")
            if one.name not in names:
                found[-1] = Mark(at=found[-1].at, label="|".join((*names, one.name)))
            continue
        found.append(Mark(at=at, label=one.name))
    return tuple(found)


def name_of(point: Vector) -> str:
    """Return Γ, or the fractions: `1/2 0 1/2`."""
    if all(abs(x) < _SAME for x in point):
        return GAMMA
    return " ".join(map(_fraction, point))


def _fraction(x: float) -> str:
    near = Fraction(x).limit_denominator(_LARGEST_DENOMINATOR)
    return str(near) if abs(float(near) - x) < _SAME * 10 else f"{x:.3f}"


def _corners(
    points: Sequence[Vector], lengths: Sequence[float], usual: float
) -> tuple[KLabel, ...]:
    """Name the ends of the path, its corners and both sides of its jumps."""
    steps = _steps(points)
    last = len(points) - 1
    found = []
    for index, point in enumerate(points):
        if 0 < index < last:
            before, after = steps[index - 1], steps[index]
            is_jump = max(lengths[index - 1], lengths[index]) > _JUMP * usual
            is_twice = min(lengths[index - 1], lengths[index]) <= _SAME
            if not (is_jump or is_twice) and _goes_on(before, after):
                continue
        found.append(KLabel(index=index, name=name_of(point)))
    return tuple(found)


def _steps(points: Sequence[Vector]) -> list[Vector]:
    return [(b[0] - a[0], b[1] - a[1], b[2] - a[2]) for a, b in pairwise(points)]


def _goes_on(one: Vector, other: Vector) -> bool:
    size = math.hypot(*one) * math.hypot(*other)
    along = sum(a * b for a, b in zip(one, other, strict=True))
    return size > 0 and along >= _STRAIGHT * size


def _cartesian(step: Vector, lattice: Sequence[Vector]) -> Vector:
    """Return a step in 1/Å; as it is without three lattice vectors."""
    if len(lattice) != len("abc"):
        return step
    a, b, c = lattice
    volume = sum(x * y for x, y in zip(a, _cross(b, c), strict=True))
    if not volume:
        return step
    axes = (_cross(b, c), _cross(c, a), _cross(a, b))
    x, y, z = (
        2
        * math.pi
        * sum(s * axis[i] for s, axis in zip(step, axes, strict=True))
        / volume
        for i in range(3)
    )
    return x, y, z


def _cross(a: Vector, b: Vector) -> Vector:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
