"""The cell that an input is made for: primitive, as given, or a box around it.

Needs numpy and spglib: it is imported inside functions, and run by a worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.models.inputs import ERROR, NOTE, InputFinding
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.band_paths import KPath, standard_path
from crystalmathd.structures.boxes import BoxRefusedError, boxed
from crystalmathd.structures.symmetric_cells import (
    SymmetricCell,
    SymmetryNotFoundError,
    cell_as_given,
    primitive_cell,
)

PRIMITIVE: Final = "primitive"
AS_GIVEN: Final = "as_given"
_AXES: Final = 3
_MAY_SHIFT_A: Final = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenCell:
    """The cell as written. `kinds`: which kind each atom is.

    `rotations` act on fractions. `n_of_given`: how many of this cell the given one
    holds. `k_path` is there if it was asked for.
    """

    lattice_a: tuple[Vector, ...]
    fractions: tuple[Vector, ...]
    kinds: tuple[int, ...]
    rotations: Sequence[Any]
    n_periodic: int
    n_of_given: float
    choice: str
    k_path: KPath
    symmetry: SymmetricCell
    findings: tuple[InputFinding, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """What the provenance of an input says of its cell."""
        return {
            "cell": self.choice,
            "n_atoms": len(self.kinds),
            "space_group": self.symmetry.group,
            "space_group_symbol": self.symmetry.symbol,
            "n_operators": self.symmetry.n_operators,
            "groups_by_tolerance_a": [list(one) for one in self.symmetry.groups],
            "largest_shift_a": self.symmetry.largest_shift_a,
        }


def written_cell(
    given: Structure,
    kinds: Sequence[int],
    *,
    choice: str,
    vacuum_a: float,
    tolerance_a: float,
    wants_path: bool = False,
) -> WrittenCell:
    """Choose the cell and put every atom on its site.

    `wants_path`: then the cell is the one that the lattice's standard path is for.

    Raises
    ------
    InputRefusedError
        If there is no such choice, or no group is found: atoms coincide.
    """
    if choice not in {PRIMITIVE, AS_GIVEN}:
        raise InputRefusedError(f"cell {choice}: {PRIMITIVE} or {AS_GIVEN}")
    n_periodic = len(given.lattice_a)
    if wants_path and n_periodic != _AXES:
        raise InputRefusedError("only a crystal has a standard path: give k_path")
    path: KPath = ()
    try:
        cell = boxed(given, vacuum_a)
        if wants_path:
            cell, kinds, path = standard_path(cell, kinds, tolerance_a)
        if n_periodic == _AXES and choice == PRIMITIVE and not wants_path:
            exact = primitive_cell(cell, kinds, tolerance_a)
        else:
            choice = "standard_path" if wants_path else AS_GIVEN
            exact = cell_as_given(cell, kinds, tolerance_a, n_periodic=n_periodic)
    except (BoxRefusedError, SymmetryNotFoundError) as error:
        raise InputRefusedError(f"the cell: {error}") from error
    lattice, fractions = exact.lattice_a.tolist(), exact.fractions.tolist()
    return WrittenCell(
        lattice_a=tuple((x, y, z) for x, y, z in lattice),
        fractions=tuple((x, y, z) for x, y, z in fractions),
        kinds=exact.kinds,
        rotations=exact.rotations.tolist(),
        n_periodic=n_periodic,
        n_of_given=given.n_atoms / len(exact.kinds),
        choice=choice,
        k_path=path,
        symmetry=exact,
        findings=(*_shifts(exact), *_size(exact, given)),
    )


def _shifts(cell: SymmetricCell) -> tuple[InputFinding, ...]:
    if cell.largest_shift_a <= _MAY_SHIFT_A:
        return ()
    return (
        InputFinding(
            code="symmetry.shift",
            severity=ERROR,
            message=f"the group {cell.symbol} moves an atom by"
            f" {cell.largest_shift_a:.4f} Å",
            fix=f"a tolerance_a of {_MAY_SHIFT_A} keeps the atoms where they are",
        ),
    )


def _size(cell: SymmetricCell, given: Structure) -> tuple[InputFinding, ...]:
    if len(cell.kinds) == given.n_atoms:
        return ()
    return (
        InputFinding(
            code="cell.primitive",
            severity=NOTE,
            message=f"the cell written has {len(cell.kinds)} atoms, the one given"
            f" {given.n_atoms}",
            fix="cell=as_given keeps the cell",
        ),
    )
