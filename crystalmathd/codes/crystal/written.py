"""A geometry block that was written, and what CRYSTAL will make of it.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.crystal.deck import Geometry

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundGroup:
    """The group that a structure has within a tolerance.

    `largest_shift_a`: how far an atom, or the end of a cell vector, has to move to
    have it exactly.
    """

    tolerance_a: float
    number: int
    symbol: str
    largest_shift_a: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenGeometry:
    """The geometry block of a structure, and what CRYSTAL will make of it.

    `lines`: the records from the geometry type to the last atom. `geometry`: what they
    say, as the reader of decks reads them (line 1 is the title's). `cell`: the cell
    with all atoms in CRYSTAL's order. `groups`: the groups at other tolerances.
    `irreducible`: for each atom that is written, the one of the given that it is.
    `order`: for each atom of CRYSTAL, from 0, the given one that is there (the first,
    if several primitive cells were given). `places`: for each given atom its number in
    CRYSTAL, from 0. `turn` (3, 3): a vector v of the given frame is `turn` · v in
    CRYSTAL's. `n_given_cells`: how many primitive cells were given. `largest_shift_a`
    is that of an atom, `largest_strain_a` that of the end of a cell vector. `notes`:
    sentences that a person should read.
    """

    lines: tuple[str, ...]
    geometry: Geometry
    cell: Cell
    group_number: int
    group_symbol: str
    groups: tuple[FoundGroup, ...]
    irreducible: tuple[int, ...]
    order: tuple[int, ...]
    places: tuple[int, ...]
    turn: Array
    n_given_cells: int
    largest_shift_a: float
    largest_strain_a: float
    notes: tuple[str, ...] = ()
