"""From a structure to a geometry file (fort.34) with the operators of its group.

The file holds what CRYSTAL itself would write of the deck that `geometry_writing`
makes: the same frame, cell and order of atoms. Its codes for centring and crystal
system are those of files that CRYSTAL17 wrote; for slabs they follow the point group.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.crystal.external import CENTRINGS
from crystalmathd.codes.crystal.geometry_writing import (
    TOLERANCE_A,
    written_geometry,
)
from crystalmathd.codes.crystal.gui import (
    NO_REPETITION,
    GeometryFile,
    Operator,
)
from crystalmathd.codes.crystal.written import WrittenGeometry
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Structure, Vector

Array = NDArray[np.float64]

_SYSTEMS: Final = {
    "CRYSTAL": ((2, 1), (15, 2), (74, 3), (142, 4), (194, 5), (230, 6)),
    "SLAB": ((2, 1), (18, 2), (48, 3), (64, 4), (80, 5)),
}
"""Last group and code of each system; trigonal is hexagonal."""


def symmetric_gui(
    structure: Structure,
    *,
    labels_for: Sequence[int] | None = None,
    kinds: Sequence[object] | None = None,
    tolerance_a: float = TOLERANCE_A,
    may_shift: bool = False,
    wants_symmetry: bool = True,
) -> GeometryFile:
    """Return the geometry file of a structure; as `written_geometry`.

    Raises
    ------
    InputRefusedError
        As `written_geometry`.
    """
    return gui_of(
        written_geometry(
            structure,
            labels_for=labels_for,
            kinds=kinds,
            tolerance_a=tolerance_a,
            may_shift=may_shift,
            wants_symmetry=wants_symmetry,
        )
    )


def gui_of(written: WrittenGeometry) -> GeometryFile:
    """Return the geometry file that says the same as a geometry block."""
    cell = written.cell
    size = cell.dimension
    lattice = tuple(_vector(row) for row in cell.lattice_a[:size])
    vectors = (*lattice, *NO_REPETITION[size:])
    return GeometryFile(
        structure=Structure(
            dimension=size,
            lattice_a=lattice,
            atomic_numbers=tuple(label % 100 for label in cell.labels),
            positions_a=tuple(_vector(row) for row in cell.positions_a),
        ),
        centring=1 + CENTRINGS.index(cell.setting.centring),
        crystal_system=_system(written),
        vectors_a=(vectors[0], vectors[1], vectors[2]),
        operators=_operators(cell),
        conventional_numbers=cell.labels,
        trailer=(f"{written.group_number:5d}{cell.n_operators:5d}",),
    )


def _system(written: WrittenGeometry) -> int:
    ranges = _SYSTEMS.get(written.geometry.kind, ((written.group_number, 1),))
    return next(code for last, code in ranges if written.group_number <= last)


def _operators(cell: Cell) -> tuple[Operator, ...]:
    """Return the operators in Cartesian axes: of r = fractions · vectors."""
    across = cell.lattice_a.T
    back = np.linalg.inv(across)
    return tuple(
        Operator(
            rotation=_tensor(across @ rotation @ back),
            translation_a=_vector(translation @ cell.lattice_a),
        )
        for rotation, translation in zip(cell.rotations, cell.translations, strict=True)
    )


def _tensor(matrix: Array) -> Tensor:
    return _vector(matrix[0]), _vector(matrix[1]), _vector(matrix[2])


def _vector(row: Array) -> Vector:
    """Return three numbers; what is zero but for rounding is zero."""
    x, y, z = (0.0 if abs(value) < 1e-14 else float(value) for value in row)  # noqa: PLR2004
    return x, y, z
