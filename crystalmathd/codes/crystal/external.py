"""From a geometry file (fort.34) to the cell of a deck that says EXTERNAL.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from typing import Final

import numpy as np

from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.crystal.groups import Setting
from crystalmathd.codes.crystal.gui import GeometryFile
from crystalmathd.codes.crystal.records import DeckError

CENTRINGS: Final = "PABCFIR"
"""Lattice of each centring code, which counts from 1."""


def external_cell(file: GeometryFile) -> Cell:
    """Return the cell that a geometry file holds, with its operators.

    Raises
    ------
    DeckError
        If its vectors have no volume or its centring is none.
    """
    dimension = file.structure.dimension
    lattice = np.array(file.vectors_a)
    lengths = np.linalg.norm(lattice, axis=1)
    if not np.linalg.det(lattice):
        raise DeckError(2, "the lattice vectors of the geometry file have no volume.")
    if not 1 <= file.centring <= len(CENTRINGS):
        raise DeckError(1, f"{file.centring} is no centring of a geometry file.")
    lattice[dimension:] /= lengths[dimension:, None]
    inverse = np.linalg.inv(lattice)
    rotations = np.array([one.rotation for one in file.operators])
    translations = np.array([one.translation_a for one in file.operators])
    if not len(rotations):
        rotations, translations = np.eye(3)[None], np.zeros((1, 3))
    rotations = inverse.T @ rotations @ lattice.T
    translations = translations @ inverse
    return Cell(
        dimension=dimension,
        lattice_a=lattice,
        labels=file.conventional_numbers,
        fractions=np.array(file.structure.positions_a).reshape(-1, 3) @ inverse,
        sources=tuple(range(len(file.conventional_numbers))),
        rotations=rotations,
        translations=translations,
        setting=Setting(
            hall_number=0,
            number=0,
            symbol="of a geometry file",
            choice="",
            unique_axis=None,
            is_rhombohedral=False,
            centring=CENTRINGS[file.centring - 1],
            rotations=rotations,
            translations=translations,
        ),
        largest_shift_a=0.0,
    )
