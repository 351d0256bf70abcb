"""Coordinates of atoms as pw.x reads them: numbers, and sums and products of them.

Source: runs of pw.x 6.7. It takes `1/4`, `-(1/4)`, `2*-1` and `2^2/16`, and stops at
`+0.25`, `1/4+`, `2**2` and at every function.
"""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.espresso.cards import Row
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, InputFinding

_AXES: Final = 3
_FACTOR: Final = r"-?(?:(?:\d+\.?\d*|\.\d+)(?:[ed][+-]?\d+)?|\0)"
_SUM: Final = re.compile(rf"{_FACTOR}(?:[-+*/^]{_FACTOR})*", re.IGNORECASE)
_LONGEST: Final = 256
"""Characters of a word that pw.x keeps."""
_NUMBER: Final = re.compile(r"-?[\d.]+(?:[ed][+-]?\d+)?", re.IGNORECASE)
TOO_LARGE: Final = 1e6
"""Of a coordinate, in whatever unit."""
_INNERMOST: Final = re.compile(r"\(([^()]+)\)")


def is_coordinate(word: str) -> bool:
    """Tell whether pw.x reads a word as a number; what stands in () is one factor."""
    if len(word) > _LONGEST or "\0" in word:
        return False
    while (inner := _INNERMOST.search(word)) is not None:
        if _SUM.fullmatch(inner[1]) is None:
            return False
        word = f"{word[: inner.start()]}\0{word[inner.end() :]}"
    return _SUM.fullmatch(word) is not None


def _is_finite(word: str) -> bool:
    """Tell whether a number is one of this world; of an expression nothing is asked."""
    if _NUMBER.fullmatch(word) is None:
        return True
    number = fortran_float(word)
    return number is not None and abs(number) < TOO_LARGE


def coordinate_findings(row: Row, places: Places) -> Iterator[InputFinding]:
    """Yield the first coordinate of an atom at which pw.x stops, in its own place."""
    for index, word in enumerate(row.words[1 : 1 + _AXES], start=1):
        if not is_coordinate(word):
            what = "is no coordinate: neither a number nor an expression"
        elif not _is_finite(word):
            what = "is too large for a coordinate"
        else:
            continue
        yield places.at(
            places.position(row.start)[0],
            "pw.coordinate",
            ERROR,
            f"{shown(word)} {what}.",
            fix="write a number",
            word=index,
        )
        return
