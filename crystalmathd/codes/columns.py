"""Rows of numbers in columns, aligned at the decimal points; no word is changed."""

import re
from collections.abc import Callable, Sequence
from itertools import groupby, zip_longest
from typing import Final

_NUMBER: Final = re.compile(r"([+-]?\d*)(\.?\d*(?:[EeDd][+-]?\d+)?)")
_GAP: Final = "  "
_WIDEST: Final = 120
"""A table that would become wider stays as it is."""


def aligned(rows: Sequence[str], *, indent: str = "") -> list[str]:
    """Return rows with their words in columns; rows of one length belong together.

    A row with a comma, which parts values too, and an empty one stay as they are.
    """
    found: list[str] = []
    for count, group in groupby(rows, _n_words):
        some = list(group)
        found += _table(some, indent) if count else [row.rstrip() for row in some]
    return found


def formatted(
    lines: Sequence[str], tables: Sequence[tuple[int, int]], *, indent: str = ""
) -> list[str]:
    """Return lines with some ranges of them aligned: first and last, from 1."""
    new = list(lines)
    for first, last in tables:
        new[first - 1 : last] = aligned(new[first - 1 : last], indent=indent)
    return new


def with_remarks(
    rows: Sequence[str], align: Callable[[list[str]], list[str]], signs: str
) -> list[str]:
    """Return rows aligned up to their remarks, which begin at one of the signs."""
    remark = re.compile(rf"\s*[{re.escape(signs)}]")
    found = [remark.search(row) for row in rows]
    bare = [
        row if match is None else row[: match.start()]
        for row, match in zip(rows, found, strict=True)
    ]
    return [
        new
        if match is None
        else f"{new}  {row[match.start() :].strip()}".rstrip()
        if new
        else row.rstrip()
        for new, row, match in zip(align(bare), rows, found, strict=True)
    ]


def _n_words(row: str) -> int:
    return 0 if "," in row else len(row.split())


def _table(rows: list[str], indent: str) -> list[str]:
    cells = [[_parted(word) for word in row.split()] for row in rows]
    lefts = [
        max(len(left) for left, _ in column) for column in zip(*cells, strict=True)
    ]
    rights = [max(len(right) for _, right in col) for col in zip(*cells, strict=True)]
    new = [
        indent
        + _GAP.join(
            left.rjust(before) + right.ljust(after)
            for (left, right), before, after in zip(row, lefts, rights, strict=True)
        ).rstrip()
        for row in cells
    ]
    is_wide = max(map(len, new)) > max(_WIDEST, *map(len, rows))
    return [row.rstrip() for row in rows] if is_wide else new


def _parted(word: str) -> tuple[str, str]:
    """Return what stands before and behind the place where a column is aligned."""
    match = _NUMBER.fullmatch(word)
    if match is None or not any(letter.isdigit() for letter in word):
        return "", word
    return match[1], match[2]


def same_words(old: Sequence[str], new: Sequence[str]) -> bool:
    """Tell whether two texts hold the same words, line by line."""
    return all(
        (one or "").split() == (other or "").split()
        for one, other in zip_longest(old, new)
    )
