"""The cell that an input is made for: primitive, as given, or a box around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.options import (
    AS_GIVEN,
    ISOLATIONS,
    PRIMITIVE,
    EspressoOptions,
)
from crystalmathd.codes.espresso.species import SpeciesOfAtoms
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.boxes import BoxRefusedError, boxed
from crystalmathd.structures.symmetric_cells import (
    SymmetricCell,
    SymmetryNotFoundError,
    cell_as_given,
    primitive_cell,
)

_AXES: Final = 3
_MAY_SHIFT_A: Final = 0.01
_TAIL_A: Final = 3.0
"""How far the density of a molecule reaches beyond its nuclei."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedCell:
    """The cell as written. `kinds`: the species of each atom.

    `n_formula_cells`: how many of this cell the given one holds.
    """

    lattice_a: tuple[Vector, ...]
    fractions: tuple[Vector, ...]
    kinds: tuple[int, ...]
    rotations: Sequence[Any]
    group: int
    symbol: str
    n_operators: int
    groups: tuple[tuple[float, int, str], ...]
    largest_shift_a: float
    n_periodic: int
    n_formula_cells: float
    kind: str
    assume_isolated: str | None
    findings: tuple[InputFinding, ...]


def cell_for(
    sourced: SourcedStructure, options: EspressoOptions, told: SpeciesOfAtoms
) -> GeneratedCell:
    """Choose the cell and put every atom on its site.

    Raises
    ------
    InputRefusedError
        If there is no such choice, or no group is found: atoms coincide.
    """
    if options.cell not in {PRIMITIVE, AS_GIVEN}:
        raise InputRefusedError(f"cell {options.cell}: {PRIMITIVE} or {AS_GIVEN}")
    n_periodic = len(sourced.structure.lattice_a)
    is_crystal = n_periodic == _AXES
    kind = options.cell if is_crystal else AS_GIVEN
    try:
        box = boxed(sourced.structure, options.vacuum_a)
        if kind == PRIMITIVE:
            cell = primitive_cell(box, told.kinds, options.tolerance_a)
        else:
            cell = cell_as_given(
                box, told.kinds, options.tolerance_a, n_periodic=n_periodic
            )
    except (BoxRefusedError, SymmetryNotFoundError) as error:
        raise InputRefusedError(f"the cell: {error}") from error
    return _made(cell, sourced.structure, box, options, kind)


def _made(
    cell: SymmetricCell,
    given: Structure,
    box: Structure,
    options: EspressoOptions,
    kind: str,
) -> GeneratedCell:
    n_periodic = len(given.lattice_a)
    isolated = _isolated(options, given, box)
    lattice, fractions = cell.lattice_a.tolist(), cell.fractions.tolist()
    return GeneratedCell(
        lattice_a=tuple((x, y, z) for x, y, z in lattice),
        fractions=tuple((x, y, z) for x, y, z in fractions),
        kinds=cell.kinds,
        rotations=cell.rotations.tolist(),
        group=cell.group,
        symbol=cell.symbol,
        n_operators=cell.n_operators,
        groups=cell.groups,
        largest_shift_a=cell.largest_shift_a,
        n_periodic=n_periodic,
        n_formula_cells=given.n_atoms / len(cell.kinds),
        kind=kind,
        assume_isolated=isolated,
        findings=(*_shifts(cell), *_size(cell, given), *_charge(options, given)),
    )


def _isolated(options: EspressoOptions, given: Structure, box: Structure) -> str | None:
    """Return what was asked for; for a molecule in a box that is large enough, more.

    Source: INPUT_PW, assume_isolated: martyna-tuckerman wants a cell twice as long as
    the density.
    """
    asked = options.assume_isolated
    n_periodic = len(given.lattice_a)
    if asked is not None:
        allowed = {0: ISOLATIONS[:3], 2: ISOLATIONS[2:]}.get(n_periodic, ())
        if asked not in allowed:
            raise InputRefusedError(
                f"assume_isolated {asked}: this structure repeats in {n_periodic}"
                f" directions; {', '.join(allowed) or 'none'} would do"
            )
        return asked
    if n_periodic:
        return None
    span = max(
        max(at[axis] for at in given.positions_a)
        - min(at[axis] for at in given.positions_a)
        for axis in range(_AXES)
    )
    is_large = box.lattice_a[0][0] >= 2 * (span + _TAIL_A)
    return ISOLATIONS[1] if is_large else None


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
            message=f"the primitive cell has {len(cell.kinds)} atoms, the one given"
            f" {given.n_atoms}",
            fix="cell=as_given keeps the cell",
        ),
    )


def _charge(options: EspressoOptions, given: Structure) -> tuple[InputFinding, ...]:
    is_neutralised = len(given.lattice_a) == _AXES
    if not options.charge or is_neutralised or options.assume_isolated is not None:
        return ()
    return (
        InputFinding(
            code="charge.periodic_images",
            severity=WARNING,
            message="a charge in a box interacts with its images",
            fix=f"assume_isolated: {', '.join(ISOLATIONS)}",
        ),
    )
