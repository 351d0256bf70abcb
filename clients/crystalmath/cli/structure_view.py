"""A structure drawn in characters: one cell, its outline, the atoms by their symbols.

Only additions and products: no library for arrays is needed for a few hundred atoms.
"""

import math
from itertools import product
from typing import Final

from crystalmath.cli.output import Output
from crystalmath_protocol.structures import Preview

Point = tuple[float, float, float]

AZIMUTH_DEG: Final = -72.0
ELEVATION_DEG: Final = 14.0
MOST_DRAWN: Final = 2_000
_ASPECT: Final = 2.0
"""A character is about twice as high as it is wide."""
_BORDER: Final = 1e-3
_EDGE: Final = "·"
_COLOURS: Final = {
    (0, 0, 0): "bright_black",
    (1, 0, 0): "red",
    (0, 1, 0): "green",
    (1, 1, 0): "yellow",
    (0, 0, 1): "blue",
    (1, 0, 1): "magenta",
    (0, 1, 1): "cyan",
    (1, 1, 1): "white",
}


def structure_view(preview: Preview, columns: int, lines: int, output: Output) -> str:
    """Return the picture, at most so large; empty if there is too much to be drawn.

    Symbols in front hide those behind.
    """
    looks = {one.atomic_number: one for one in preview.looks}
    balls = _balls(preview)
    if len(balls) > MOST_DRAWN or columns < 1 or lines < 1:
        return ""
    edges = _edges(preview)
    points = [at for _, at in balls] + [end for edge in edges for end in edge]
    page = _Page(points, columns, lines)
    for start, end in edges:
        page.line(start, end)
    for number, at in balls:
        page.write(looks[number].symbol, looks[number].colour, at)
    return page.text(output)


class _Page:
    """Cells of characters, each with what is nearest to the viewer there."""

    def __init__(self, points: list[Point], columns: int, lines: int) -> None:
        seen = [_seen(point) for point in points]
        self._left = min(x for x, _, _ in seen)
        self._top = max(y for _, y, _ in seen)
        width = max(x for x, _, _ in seen) - self._left
        height = self._top - min(y for _, y, _ in seen)
        self._scale = min(
            (columns - 3) / max(width, 1.0),
            _ASPECT * (lines - 1) / max(height, 1.0),
            _ASPECT * 4.0,
        )
        self._cells: dict[tuple[int, int], tuple[float, str, str]] = {}

    def _place(self, point: Point) -> tuple[int, int, float]:
        x, y, depth = _seen(point)
        column = round((x - self._left) * self._scale)
        line = round((self._top - y) * self._scale / _ASPECT)
        return column, line, depth

    def line(self, start: Point, end: Point) -> None:
        """Draw an edge with dots, behind every atom."""
        first, last = self._place(start), self._place(end)
        steps = max(abs(first[0] - last[0]), abs(first[1] - last[1]), 1)
        for step in range(steps + 1):
            part = step / steps
            column = round(first[0] + part * (last[0] - first[0]))
            line = round(first[1] + part * (last[1] - first[1]))
            self._cells.setdefault((line, column), (-math.inf, _EDGE, ""))

    def write(self, symbol: str, colour: str, at: Point) -> None:
        column, line, depth = self._place(at)
        for offset, letter in enumerate(symbol):
            place = line, column + offset
            if place not in self._cells or self._cells[place][0] <= depth:
                self._cells[place] = depth, letter, colour

    def text(self, output: Output) -> str:
        last = max(line for line, _ in self._cells)
        return "\n".join(self._row(line, output) for line in range(last + 1))

    def _row(self, line: int, output: Output) -> str:
        columns = [column for row, column in self._cells if row == line]
        found = ""
        for column in range(max(columns, default=-1) + 1):
            _, letter, colour = self._cells.get((line, column), (0.0, " ", ""))
            found += output.paint(letter, _nearest(colour)) if colour else letter
        return found


def _nearest(colour: str) -> str:
    """Return the colour of terminals that is like `#rrggbb`."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    middle = (max(red, green, blue) + min(red, green, blue)) / 2
    if max(red, green, blue) - min(red, green, blue) < 0x40:  # noqa: PLR2004 - grey
        return "white" if middle > 0x60 else "bright_black"  # noqa: PLR2004 - likewise
    bits = int(red > middle), int(green > middle), int(blue > middle)
    return _COLOURS[bits]


def _seen(point: Point) -> Point:
    """Return right, up and towards the viewer."""
    azimuth, elevation = math.radians(AZIMUTH_DEG), math.radians(ELEVATION_DEG)
    x, y, z = point
    right = -x * math.sin(azimuth) + y * math.cos(azimuth)
    level = x * math.cos(azimuth) + y * math.sin(azimuth)
    up = z * math.cos(elevation) - level * math.sin(elevation)
    return right, up, level * math.cos(elevation) + z * math.sin(elevation)


def _balls(preview: Preview) -> list[tuple[int, Point]]:
    """Return the atoms in the cell, and those on its borders again."""
    structure = preview.sourced.structure
    vectors = structure.lattice_a
    found = []
    for number, at in zip(structure.atomic_numbers, structure.positions_a, strict=True):
        inside = _fractions(at, vectors)
        whole = [math.floor(x + _BORDER) for x in inside]
        start = _moved(at, vectors, [-n for n in whole])
        shifts = [
            (0, 1) if x - n < _BORDER else (0,)
            for x, n in zip(inside, whole, strict=True)
        ]
        found += [(number, _moved(start, vectors, shift)) for shift in product(*shifts)]
    return found


def _moved(
    at: Point, vectors: tuple[Point, ...], steps: "list[int] | tuple[int, ...]"
) -> Point:
    x, y, z = (
        at[axis] + sum(n * one[axis] for n, one in zip(steps, vectors, strict=True))
        for axis in range(3)
    )
    return x, y, z


def _fractions(at: Point, vectors: tuple[Point, ...]) -> list[float]:
    """Return the place along each vector: by the vectors across the others."""
    return [
        _dot(at, across) / _dot(vector, across)
        for vector, across in zip(vectors, _across(vectors), strict=True)
    ]


def _across(vectors: tuple[Point, ...]) -> list[Point]:
    if len(vectors) == len("abc"):
        a, b, c = vectors
        return [_cross(b, c), _cross(c, a), _cross(a, b)]
    if len(vectors) == len("ab"):
        a, b = vectors
        normal = _cross(a, b)
        return [_cross(b, normal), _cross(normal, a)]
    return list(vectors)


def _edges(preview: Preview) -> list[tuple[Point, Point]]:
    vectors = preview.sourced.structure.lattice_a
    found = []
    for axis in range(len(vectors)):
        for corner in product((0, 1), repeat=len(vectors) - 1):
            steps = [*corner[:axis], 0, *corner[axis:]]
            start = _moved((0.0, 0.0, 0.0), vectors, steps)
            steps[axis] = 1
            found.append((start, _moved((0.0, 0.0, 0.0), vectors, steps)))
    return found


def _dot(one: Point, other: Point) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


def _cross(one: Point, other: Point) -> Point:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )
