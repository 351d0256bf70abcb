"""Atoms that lie in each other: no code computes what a person meant by them.

numpy and scipy are needed: this is imported inside functions.
"""

from typing import Final

import numpy as np

from crystalmathd.models.inputs import ERROR, InputFinding
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol
from crystalmathd.structures.neighbours import pairs_within

NEAREST_A: Final = 0.5
"""No two nuclei are nearer: the shortest bond there is, of H2, has 0.74 Å."""


def overlap_findings(structure: Structure) -> tuple[InputFinding, ...]:
    """Tell of the nearest two atoms, across the borders of the cell too.

    Ghosts may lie anywhere. A cell too thin for its neighbours to be looked through
    is told of as well: its atoms lie in their own images.
    """
    try:
        pairs = pairs_within(structure, NEAREST_A)
    except ValueError:
        return (_finding("the cell is so thin that atoms lie in their own images"),)
    real = np.array(structure.atomic_numbers) > 0
    kept = np.flatnonzero(real[pairs.first] & real[pairs.second])
    if not len(kept):
        return ()
    at = kept[int(np.argmin(pairs.distances_a[kept]))]
    first, second = sorted((int(pairs.first[at]), int(pairs.second[at])))
    distance_a = float(pairs.distances_a[at])
    one, other = (
        f"{symbol(structure.atomic_numbers[n])} {n + 1}" for n in (first, second)
    )
    what = f"{one} and its own image" if first == second else f"{one} and {other}"
    return (_finding(f"{what} are {distance_a:.3f} Å apart"),)


def _finding(message: str) -> InputFinding:
    return InputFinding(
        code="structure.overlap",
        severity=ERROR,
        message=f"{message}.",
        fix="Look for atoms that stand twice, or a wrong unit or scale.",
    )
