"""From a structure to the geometry block of a deck.

The records say group, minimal cell and irreducible atoms in the standard setting; they
are read back by the reader of decks before they are given out, and every atom of the
structure must be where it was.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.crystal.deck import Geometry
from crystalmathd.codes.crystal.finding_again import FoundAgain, found_again
from crystalmathd.codes.crystal.geometry import read_geometry
from crystalmathd.codes.crystal.geometry_records import geometry_records
from crystalmathd.codes.crystal.molecules import point_standing
from crystalmathd.codes.crystal.origins import best_origin
from crystalmathd.codes.crystal.records import DeckError, Records
from crystalmathd.codes.crystal.rods import rod_standing
from crystalmathd.codes.crystal.sites import symmetrised
from crystalmathd.codes.crystal.standing import (
    Atoms,
    Standing,
    as_given,
    atoms_of,
    crystal_standing,
    layer_standing,
)
from crystalmathd.codes.crystal.written import FoundGroup, WrittenGeometry
from crystalmathd.models.structures import Structure

Array = NDArray[np.float64]

TOLERANCE_A: Final = 0.01
TOLERANCES_A: Final = (0.001, 0.01, 0.1)
"""Those at which the group is told."""

_EXACT: Final = 0.01
"""A shift that is this part of a tolerance, or less, is none."""

_LONGEST_SHIFT_A: Final = 0.01
"""Atoms are moved further than this only when it was asked for."""


def written_geometry(
    structure: Structure,
    *,
    labels_for: Sequence[int] | None = None,
    kinds: Sequence[object] | None = None,
    tolerance_a: float = TOLERANCE_A,
    may_shift: bool = False,
    wants_symmetry: bool = True,
    wants_rhombohedral_cell: bool = False,
) -> WrittenGeometry:
    """Return the geometry block of a structure.

    Parameters
    ----------
    labels_for
        The conventional atomic number of each atom; without them the element's.
    kinds
        A mark for each atom, hashable: atoms with different marks (moments, ghosts)
        are never images of each other. Numbers are compared as they are: moments that
        should count as equal are rounded before.
    may_shift
        Atoms may be moved by more than 0.01 Å to have the symmetry.
    wants_symmetry
        If not, all atoms are written in the cell as given, with group 1.
    wants_rhombohedral_cell
        IFHR 1 for the seven groups that have a rhombohedral cell.

    Raises
    ------
    InputRefusedError
        If atoms coincide or would be moved, or the structure is none.
    """
    labels = _labels(structure, labels_for)
    marks = list(kinds) if kinds is not None else [0] * structure.n_atoms
    if len(marks) != structure.n_atoms:
        raise InputRefusedError(
            f"there are {len(marks)} marks for {structure.n_atoms} atoms."
        )
    atoms = atoms_of(structure, list(zip(labels, marks, strict=True)))
    request = _Request(
        atoms=atoms,
        labels=labels,
        wants_symmetry=wants_symmetry,
        wants_rhombohedral_cell=wants_rhombohedral_cell,
    )
    written = _written(request, tolerance_a)
    written = replace(written, groups=_groups(request, written, tolerance_a))
    shift = max(written.largest_shift_a, written.largest_strain_a)
    if shift > _LONGEST_SHIFT_A and not may_shift:
        raise InputRefusedError(
            f"to have group {written.group_number} ({written.group_symbol}) exactly, "
            f"atoms or cell vectors would move by {shift:.4f} Å; allow the shift "
            "(--may-shift), or ask for a smaller tolerance or no symmetry."
        )
    return written


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    atoms: Atoms
    labels: tuple[int, ...]
    wants_symmetry: bool
    wants_rhombohedral_cell: bool


def _labels(structure: Structure, given: Sequence[int] | None) -> tuple[int, ...]:
    labels = tuple(structure.atomic_numbers if given is None else given)
    if len(labels) != structure.n_atoms:
        raise InputRefusedError(
            f"there are {len(labels)} atomic numbers for {structure.n_atoms} atoms."
        )
    if 0 in labels:
        raise InputRefusedError(
            f"atom {labels.index(0) + 1} has no element: a ghost is written with the "
            "number whose basis it keeps."
        )
    return labels


def _groups(
    request: _Request, written: WrittenGeometry, tolerance_a: float
) -> tuple[FoundGroup, ...]:
    """Tell the group at each tolerance; `written` is what `tolerance_a` gave.

    A group that the atoms have exactly is also that of every smaller tolerance.
    """
    found = []
    for tolerance in TOLERANCES_A:
        shift_a = max(written.largest_shift_a, written.largest_strain_a)
        is_known = tolerance == tolerance_a or (
            tolerance < tolerance_a and shift_a < _EXACT * tolerance
        )
        try:
            one = written if is_known else _written(request, tolerance)
        except InputRefusedError:
            # At this tolerance there is no group, or atoms fall together.
            continue
        found.append(
            FoundGroup(
                tolerance_a=tolerance,
                number=one.group_number,
                symbol=one.group_symbol,
                largest_shift_a=max(one.largest_shift_a, one.largest_strain_a),
            )
        )
    return tuple(found)


def _standing(request: _Request, tolerance_a: float) -> Standing:
    atoms = request.atoms
    if not request.wants_symmetry:
        return as_given(atoms)
    match atoms.dimension:
        case 3:
            found = crystal_standing(
                atoms, tolerance_a, is_rhombohedral=request.wants_rhombohedral_cell
            )
        case 2:
            found = layer_standing(atoms, tolerance_a)
        case 1:
            found = rod_standing(atoms, tolerance_a)
        case _:
            found = point_standing(atoms, tolerance_a)
    if found is None:
        raise InputRefusedError(
            f"no group is found within {tolerance_a:g} Å: atoms may coincide; try a "
            "smaller tolerance or no symmetry."
        )
    return found


def _written(request: _Request, tolerance_a: float) -> WrittenGeometry:
    standing, sites = symmetrised(
        request.atoms, _standing(request, tolerance_a), tolerance_a
    )
    if standing.kind == "CRYSTAL" and request.wants_symmetry:
        standing, sites = best_origin(standing, sites)
    lines = geometry_records(standing, sites, request.labels)
    geometry, cell = _read_back(lines)
    found = found_again(request.atoms, standing, sites, geometry, cell)
    return WrittenGeometry(
        lines=lines,
        geometry=geometry,
        cell=cell,
        group_number=standing.setting.number,
        group_symbol=standing.setting.symbol,
        groups=(),
        irreducible=tuple(site.atom for site in sites),
        order=found.order,
        places=found.places,
        turn=found.turn,
        n_given_cells=found.n_given_cells,
        largest_shift_a=found.largest_shift_a,
        largest_strain_a=found.largest_strain_a,
        notes=tuple(_notes(standing, found)),
    )


def _read_back(lines: tuple[str, ...]) -> tuple[Geometry, Cell]:
    records = Records("\n".join(("", *lines)))
    records.take("the title")
    try:
        geometry = read_geometry(records)
        return geometry, primitive_cell(geometry)
    except DeckError as error:
        raise InputRefusedError(
            f"the structure cannot be written: {error.message}"
        ) from error


def _notes(standing: Standing, found: FoundAgain) -> Iterator[str]:
    if found.n_given_cells > 1:
        yield (
            f"the structure holds {found.n_given_cells} primitive cells; CRYSTAL "
            f"computes one, with {len(found.order)} atoms."
        )
    if standing.kind == "POLYMER":
        yield (
            "of the rod groups only 1 and 2 have operators that are known here: "
            "symmetry beyond a centre of inversion is not used."
        )
    if standing.reduced_from:
        yield (
            f"the structure has {standing.reduced_from}, whose setting in CRYSTAL is "
            f"not known here: it is written with group {standing.setting.number}."
        )
