"""In how many directions a structure goes on: as its bonds say, and its empty space.

numpy and scipy are needed: this is imported inside functions.
"""

from typing import Final

import numpy as np

from crystalmathd.models.previews import Gap
from crystalmathd.models.structures import Structure
from crystalmathd.structures.neighbours import (
    Pairs,
    Whole,
    bonds,
    fractions,
    full_lattice,
)

VACUUM_A: Final = 6.0
"""Empty space wider than this is vacuum: layers and molecules of crystals are nearer
to each other (3 to 4 Å)."""
NAMES: Final = ("a molecule", "a polymer (wire, tube)", "a slab (layer)", "a crystal")


def bonded_dimension(structure: Structure) -> int:
    """Return in how many directions bonds go on without end: the most of any part."""
    found = bonds(structure)
    return max(_ranks(structure.n_atoms, found), default=0)


def _ranks(n_atoms: int, found: Pairs) -> list[int]:
    """Return for every connected part in how many directions it meets itself again.

    The parts are walked through, each atom gets the cell in which it was met first; a
    bond that leads to the same atom in another cell is a direction.
    """
    order = np.argsort(found.first, kind="stable")
    starts = np.searchsorted(found.first[order], np.arange(n_atoms + 1))
    cells: dict[int, Whole] = {}
    ranks = []
    for start in range(n_atoms):
        if start in cells:
            continue
        cells[start] = np.zeros(3, dtype=np.int64)
        waiting, ways = [start], set()
        while waiting:
            atom = waiting.pop()
            for at in order[starts[atom] : starts[atom + 1]]:
                other = int(found.second[at])
                cell = cells[atom] + found.shifts[at]
                if other not in cells:
                    cells[other] = cell
                    waiting.append(other)
                elif (way := tuple((cell - cells[other]).tolist())) != (0, 0, 0):
                    ways.add(way)
        ranks.append(int(np.linalg.matrix_rank(np.array(list(ways)))) if ways else 0)
    return ranks


def gaps(structure: Structure) -> tuple[Gap, ...]:
    """Return the widest empty layer across each vector, if it is vacuum."""
    lattice = full_lattice(structure)
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    inside = fractions(structure)
    found = []
    for axis in range(structure.dimension):
        places = np.sort(inside[:, axis] % 1)
        steps = np.diff(places, append=places[0] + 1)
        width = float(steps.max() * heights[axis])
        if width > VACUUM_A:
            found.append(Gap(direction="abc"[axis], width_a=width))
    return tuple(found)
