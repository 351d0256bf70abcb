"""What inputs of every plane-wave code have in common: which atoms, in which cell.

Needs numpy and spglib: it is imported inside functions, and run by a worker.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from crystalmathd.codes.atom_kinds import AtomKinds, kinds_of
from crystalmathd.codes.written_cells import WrittenCell, written_cell
from crystalmathd.models.sourced import SourcedStructure


class CellOptions(Protocol):
    """The options that every such code has."""

    @property
    def moments_ub(self) -> Sequence[float]: ...

    @property
    def element_moments_ub(self) -> Mapping[str, float]: ...

    @property
    def is_magnetic(self) -> bool | None: ...

    @property
    def cell(self) -> str: ...

    @property
    def vacuum_a(self) -> float: ...

    @property
    def tolerance_a(self) -> float: ...

    @property
    def task(self) -> str: ...

    @property
    def k_path(self) -> Sequence[object]: ...


def atoms_and_cell(
    sourced: SourcedStructure, options: CellOptions
) -> tuple[AtomKinds, WrittenCell]:
    """Tell the atoms apart, and put them into the cell that is written.

    Bands without a path of the user's are for the cell of the standard path.

    Raises
    ------
    InputRefusedError
        As `kinds_of` and `written_cell`.
    """
    told = kinds_of(
        sourced,
        moments_ub=options.moments_ub,
        element_moments_ub=options.element_moments_ub,
        is_magnetic=options.is_magnetic,
    )
    cell = written_cell(
        sourced.structure,
        told.of_atoms,
        choice=options.cell,
        vacuum_a=options.vacuum_a,
        tolerance_a=options.tolerance_a,
        wants_path=options.task == "bands" and not options.k_path,
    )
    return told, cell
