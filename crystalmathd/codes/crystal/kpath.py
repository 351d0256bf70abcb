"""A path through reciprocal space as CRYSTAL walks it, line by line.

The end points of a line are whole numbers over one denominator (ISS of the deck). A
line that goes on where the last one ended has no point at its beginning. Source:
fort.25 and the k-points listed in outputs of CRYSTAL14 to 23.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from crystalmathd.models.quantities import KLabel
from crystalmathd.models.structures import Vector

Ends = tuple[int, int, int]
GAMMA: Final = "Γ"


@dataclass(frozen=True, kw_only=True, slots=True)
class PathLine:
    """One straight piece; `step` is the distance between points, 1/bohr."""

    start: Ends
    end: Ends
    n_points: int
    step: float


def kpoints(lines: Sequence[PathLine], denominator: int | None) -> tuple[Vector, ...]:
    """Return every point in units of the reciprocal lattice; none without these."""
    if not denominator:
        return ()
    found: list[Vector] = []
    for index, line in enumerate(lines):
        goes_on = _goes_on(lines, index)
        parts = line.n_points if goes_on else max(line.n_points - 1, 1)
        # Whole numbers until the one division: every point is rounded once.
        below = parts * denominator
        (ax, ay, az), (bx, by, bz) = line.start, line.end
        for number in range(line.n_points):
            on = number + 1 if goes_on else number
            x = (ax * parts + (bx - ax) * on) / below
            y = (ay * parts + (by - ay) * on) / below
            z = (az * parts + (bz - az) * on) / below
            found.append((x, y, z))
    return tuple(found)


def distances(lines: Sequence[PathLine]) -> tuple[float, ...]:
    """Return how far each point is along the path; a jump between lines is no way."""
    found: list[float] = []
    for index, line in enumerate(lines):
        begin = found[-1] if found else 0.0
        first = 1 if _goes_on(lines, index) else 0
        found += [begin + (first + n) * line.step for n in range(line.n_points)]
    return tuple(found)


def labels(lines: Sequence[PathLine], denominator: int | None) -> tuple[KLabel, ...]:
    """Name the points where lines begin and end."""
    found: list[KLabel] = []
    count = 0
    for index, line in enumerate(lines):
        if not _goes_on(lines, index):
            found.append(KLabel(index=count, name=name_of(line.start, denominator)))
        count += line.n_points
        found.append(KLabel(index=count - 1, name=name_of(line.end, denominator)))
    return tuple(found)


def name_of(ends: Ends, denominator: int | None) -> str:
    """Return Γ, `1/2 0 1/2`; the whole numbers where the denominator is unknown."""
    if not any(ends):
        return GAMMA
    return " ".join(str(Fraction(n, denominator or 1)) for n in ends)


def _goes_on(lines: Sequence[PathLine], index: int) -> bool:
    return index > 0 and lines[index - 1].end == lines[index].start
