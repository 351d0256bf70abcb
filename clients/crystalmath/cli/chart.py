"""Curves in braille dots on a pair of axes, for any figure of the daemon."""

import math
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

import msgspec

from crystalmath.cli.plot import dots
from crystalmath_protocol.figures import Curve, Figure

LABEL_WIDTH: Final = 10
MOST_NAMES: Final = 6
_DOT_COLUMNS: Final = 2
_DOT_ROWS: Final = 4
_TINY: Final = 1e-300

Point = tuple[float, float]
Dot = tuple[int, int]


def chart(figure: Figure, width: int, height: int) -> list[str]:
    """Return the figure as lines: title, curves with numbers at both axes, labels."""
    columns = max(width - LABEL_WIDTH - 2, 10)
    rows = max(height, 4)
    figure = _totals(figure)
    if figure.y_range is not None:
        figure = _within(figure, figure.y_range)
    curves = [_points(curve, is_log=figure.is_log_y) for curve in figure.curves]
    points = [point for curve in curves for point in curve]
    if not points:
        return []
    if any(curve.style == "sticks" for curve in figure.curves):
        points.append((points[0][0], 0.0))
    x_low, x_high = _range([x for x, _ in points])
    y_low, y_high = _range([y for _, y in points])
    lines: list[Sequence[Dot]] = []
    for curve, found in zip(figure.curves, curves, strict=True):
        placed = [
            (
                round((x - x_low) / (x_high - x_low) * (columns * _DOT_COLUMNS - 1)),
                round((y_high - y) / (y_high - y_low) * (rows * _DOT_ROWS - 1)),
            )
            for x, y in found
        ]
        zero = round(y_high / (y_high - y_low) * (rows * _DOT_ROWS - 1))
        lines += _lines(curve, placed, zero)
    cells = dots(lines, columns, rows)
    labels = _y_labels(y_low, y_high, rows, is_log=figure.is_log_y)
    drawn = [
        f"{label:>{LABEL_WIDTH}} ┤{row}".rstrip()
        for label, row in zip(labels, cells, strict=True)
    ]
    return [
        f"{figure.title}",
        f"{figure.y_label}",
        *drawn,
        *_x_axis(figure, x_low, x_high, columns),
        *_names(figure),
        *([f"{' ' * (LABEL_WIDTH + 2)}{figure.note}"] if figure.note else []),
    ]


def _totals(figure: Figure) -> Figure:
    """Return the figure with its totals alone, where it has parts beside them."""
    totals = [curve for curve in figure.curves if curve.name.startswith("total")]
    if not totals or len(totals) == len(figure.curves):
        return figure
    return msgspec.structs.replace(figure, curves=tuple(totals))


def _within(figure: Figure, shown: tuple[float, float]) -> Figure:
    """Return the figure with the pieces of its curves that lie in the shown values."""
    low, high = shown
    curves = []
    for curve in figure.curves:
        pairs = zip(curve.x, curve.y, strict=True)
        for is_shown, piece in groupby(pairs, lambda pair: low <= pair[1] <= high):
            if is_shown:
                xs, ys = zip(*piece, strict=True)
                curves.append(msgspec.structs.replace(curve, x=xs, y=ys))
    return msgspec.structs.replace(figure, curves=tuple(curves))


def _points(curve: Curve, *, is_log: bool) -> list[Point]:
    pairs = zip(curve.x, curve.y, strict=True)
    if not is_log:
        return list(pairs)
    return [(x, math.log10(max(y, _TINY))) for x, y in pairs]


def _lines(curve: Curve, placed: Sequence[Dot], zero: int) -> list[Sequence[Dot]]:
    if curve.style == "sticks":
        return [((x, zero), (x, y)) for x, y in placed]
    if len(placed) == 1:
        return [(placed[0], placed[0])]
    return list(pairwise(placed))


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if high > low:
        return low, high
    room = abs(low) or 1.0
    return low - room / 2, high + room / 2


def _y_labels(low: float, high: float, rows: int, *, is_log: bool) -> list[str]:
    """Return a label for each row; every third or fourth has one."""
    every = max((rows - 1) // 4, 1)
    labels = []
    for row in range(rows):
        value = high - (high - low) * row / (rows - 1)
        is_shown = row % every == 0
        labels.append(_number(value, high - low, is_log=is_log) if is_shown else "")
    return labels


def _number(value: float, span: float, *, is_log: bool = False) -> str:
    if is_log:
        return f"{10**value:.1e}"
    digits = min(max(2 - math.floor(math.log10(span)), 0), 6)
    return f"{value:.{digits}f}"


def _x_axis(figure: Figure, low: float, high: float, columns: int) -> list[str]:
    marks = [
        (round((mark.at - low) / (high - low) * (columns - 1)), mark.label)
        for mark in figure.marks
        if low <= mark.at <= high
    ]
    if not marks or figure.is_log_y:
        span = high - low
        middle = (low + high) / 2
        if _counts(figure):
            middle = float(round(middle))
        ends = [low, middle, high] if low < middle < high else [low, high]
        marks = [
            (
                round((at - low) / span * (columns - 1)),
                f"{at:.0f}" if _counts(figure) else _number(at, span),
            )
            for at in ends
        ]
    ruler = ["─"] * columns
    text = [" "] * columns
    end = 0
    for place, label in marks:
        ruler[place] = "┬"
        start = max(place - len(label) // 2, 0)
        start = max(min(start, columns - len(label)), 0)
        if start >= end and 0 < len(label) <= columns:
            text[start : start + len(label)] = label
            end = start + len(label) + 1
    margin = " " * (LABEL_WIDTH + 2)
    return [
        f"{' ' * LABEL_WIDTH} └{''.join(ruler)}",
        f"{margin}{''.join(text)}".rstrip(),
        f"{margin}{figure.x_label}",
    ]


def _counts(figure: Figure) -> bool:
    """Tell whether the x axis counts something, as steps do."""
    return all(x.is_integer() for curve in figure.curves for x in curve.x)


def _names(figure: Figure) -> list[str]:
    names = list(dict.fromkeys(curve.name for curve in figure.curves if curve.name))
    if len(names) < 2:  # noqa: PLR2004 - one needs no name
        return []
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"{' ' * (LABEL_WIDTH + 2)}drawn: {', '.join(names[:MOST_NAMES])}{more}"]
