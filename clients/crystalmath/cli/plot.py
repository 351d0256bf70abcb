"""Drawing numbers with characters: a curve in braille dots, a line of blocks."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇█"
_BLANK: Final = "\N{BRAILLE PATTERN BLANK}"
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Unicode braille patterns: the bit of a dot by row and column in its cell."""
_CELL_ROWS: Final = 4
_CELL_COLUMNS: Final = 2
_MOST_SPREAD: Final = 6
"""Dots between two cycles at most: a short curve does not fill the width."""
_TINY: Final = 1e-16


def decades(changes: Sequence[float | None]) -> list[float]:
    """Return log10 of the sizes; what is missing is left out, zero is very small."""
    return [
        math.log10(max(abs(change), _TINY)) for change in changes if change is not None
    ]


def curve(values: Sequence[float], width: int, height: int) -> list[str]:
    """Return `height` lines that draw log10 values, with a power of ten at the left.

    The last values are drawn if not all have room. Empty without two values.
    """
    label_width = 6
    columns = max(width - label_width - 1, 1) * _CELL_COLUMNS
    shown = list(values[-columns:])
    if len(shown) < 2 or height < 2:  # noqa: PLR2004 - a line has two ends
        return []
    low, high, step = _axis(shown, height)
    spread = max(min(_MOST_SPREAD, (columns - 1) // (len(shown) - 1)), 1)
    rows = height * _CELL_ROWS
    points = [
        (index * spread, round((high - value) / (high - low) * (rows - 1)))
        for index, value in enumerate(shown)
    ]
    cells = dots([points], points[-1][0] // _CELL_COLUMNS + 1, height)
    labels = [""] * height
    for decade in range(high, low - 1, -step):
        labels[round((high - decade) / (high - low) * (height - 1))] = f"1e{decade:+d}"
    return [
        f"{label:>{label_width}} {line}".rstrip(f" {_BLANK}")
        for label, line in zip(labels, cells, strict=True)
    ]


def dots(
    lines: Sequence[Sequence[tuple[int, int]]], columns: int, rows: int
) -> list[str]:
    """Return rows of braille cells in which lines are drawn, from dot to dot.

    A cell has two dots beside and four above each other; (0, 0) is at the upper left.
    """
    bits = [[0] * columns for _ in range(rows)]
    for line in lines:
        for (x0, y0), (x1, y1) in pairwise(line):
            steps = max(abs(x1 - x0), abs(y1 - y0), 1)
            for step in range(steps + 1):
                x = x0 + round((x1 - x0) * step / steps)
                y = y0 + round((y1 - y0) * step / steps)
                dot = _DOTS[y % _CELL_ROWS][x % _CELL_COLUMNS]
                bits[y // _CELL_ROWS][x // _CELL_COLUMNS] |= dot
    return ["".join(chr(ord(_BLANK) + cell) for cell in row) for row in bits]


def _axis(values: Sequence[float], height: int) -> tuple[int, int, int]:
    """Return the lowest and highest power of ten, and how far labels are apart."""
    high = math.ceil(max(values))
    span = max(high - math.floor(min(values)), 1)
    step = math.ceil(span / (height - 1))
    return high - step * math.ceil(span / step), high, step


def blocks(values: Sequence[float], width: int) -> str:
    """Return the last values as a line of blocks, the highest the fullest."""
    shown = list(values[-width:])
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    scale = (len(BLOCKS) - 1) / ((high - low) or 1)
    return "".join(BLOCKS[round((value - low) * scale)] for value in shown)
