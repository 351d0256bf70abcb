"""Which atomic orbitals the projected densities of states are on.

Source: ` *** PROJECTION   1 ATOMIC ORBITALS     1   2   3` and the lines below it, four
characters a number from column 38 on, in outputs of CRYSTAL14 to 23.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

_HEAD: Final = " *** PROJECTION"
_PROJECTION: Final = re.compile(r" \*\*\* PROJECTION +(\d{1,9}) ATOMIC ORBITALS")
_FIRST_COLUMN: Final = 37
_WIDTH: Final = 4


def read_projections(lines: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each projection in its order: `AO 1-5 9`; empty without."""
    names: list[str] = []
    for index, line in enumerate(lines):
        if not line.startswith(_HEAD):
            continue
        match = _PROJECTION.match(line)
        if match is None:
            continue
        if int(match[1]) == 1:
            names = []
        orbitals = list(_orbitals(line))
        for below in range(index + 1, len(lines)):
            more = lines[below]
            if more[:_FIRST_COLUMN].strip() or not more.strip():
                break
            orbitals += _orbitals(more)
        names.append(f"AO {_ranges(orbitals)}")
    return tuple(names)


def _orbitals(line: str) -> Iterator[int]:
    """Yield the numbers of a line, up to what is none."""
    for begin in range(_FIRST_COLUMN, len(line.rstrip()), _WIDTH):
        word = line[begin : begin + _WIDTH].strip()
        if not word.isdecimal():
            return
        yield int(word)


def _ranges(numbers: Iterable[int]) -> str:
    """1 2 3 7 → `1-3 7`."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        found.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return " ".join(found)
