"""Which atomic orbitals the projected densities of states are on.

Source: `*** PROJECTION   1 ATOMIC ORBITALS     1   2   3`, outputs of CRYSTAL14 to 23.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

_PROJECTION: Final = re.compile(
    r" \*\*\* PROJECTION +(\d+) ATOMIC ORBITALS((?: *\d+)*)"
)
_MORE: Final = re.compile(r" {30,}((?: *\d+)+) *$")


def read_projections(lines: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each projection in its order: `AO 1-5 9`; empty without."""
    names: list[str] = []
    for index, line in enumerate(lines):
        match = _PROJECTION.match(line)
        if match is None:
            continue
        if int(match[1]) == 1:
            names = []
        orbitals = match[2].split()
        for below in lines[index + 1 :]:
            more = _MORE.match(below)
            if more is None:
                break
            orbitals += more[1].split()
        names.append(f"AO {_ranges(int(orbital) for orbital in orbitals)}")
    return tuple(names)


def _ranges(numbers: Iterable[int]) -> str:
    """1 2 3 7 → `1-3 7`."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        found.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return " ".join(found)
