"""A structure with its symmetry made exact, in its own cell or in the primitive one.

spglib finds the group within a tolerance; then every site is put where the group wants
it, so that a program with a tolerance of its own finds the same operators.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import spglib
from numpy.typing import NDArray

from crystalmathd.models.structures import Structure

Array = NDArray[np.float64]

TOLERANCES_A: Final = (0.001, 0.01, 0.1)
_AXES: Final = 3
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class SymmetricCell:
    """A cell of three vectors with all its atoms.

    `lattice_a`: rows, Å. `fractions`: (n_atoms, 3) in these vectors. `kinds`: which of
    the given kinds each atom is. `rotations` (n, 3, 3) act on fractions.
    `largest_shift_a`: how far an atom was moved by this, apart from the cell's
    orientation and origin. `groups`: (tolerance in Å, number, symbol).
    """

    lattice_a: Array
    fractions: Array
    kinds: tuple[int, ...]
    rotations: NDArray[np.int32]
    group: int
    symbol: str
    largest_shift_a: float
    groups: tuple[tuple[float, int, str], ...]

    @property
    def n_operators(self) -> int:
        return len(self.rotations)


class SymmetryNotFoundError(Exception):
    """A cell that has no group: atoms coincide, or the vectors span no volume."""


def primitive_cell(
    structure: Structure, kinds: Sequence[int], tolerance_a: float
) -> SymmetricCell:
    """Return the primitive cell in the standard setting of a crystal's group.

    `kinds`, one an atom, keep atoms apart that are of one element (moments).

    Raises
    ------
    SymmetryNotFoundError
        If no group is found.
    """
    lattice, fractions = _arrays(structure)
    given = (lattice, fractions, list(kinds))
    ideal = _asked(spglib.standardize_cell, given, tolerance_a, to_primitive=True)
    exact = _dataset((ideal[0], ideal[1], list(ideal[2])), tolerance_a)
    return SymmetricCell(
        lattice_a=np.array(ideal[0]),
        fractions=np.array(ideal[1]) % 1.0,
        kinds=tuple(int(kind) for kind in ideal[2]),
        rotations=exact.rotations,
        group=int(exact.number),
        symbol=str(exact.international),
        largest_shift_a=_snapped(given, tolerance_a)[1],
        groups=_groups(given),
    )


def cell_as_given(
    structure: Structure, kinds: Sequence[int], tolerance_a: float, *, n_periodic: int
) -> SymmetricCell:
    """Return the cell with the vectors as they are, but for their exact symmetry.

    The atoms keep their order. Along the first `n_periodic` vectors the origin moves
    to that of the group's standard setting, along the others it stays.

    Raises
    ------
    SymmetryNotFoundError
        If no group is found.
    """
    lattice, fractions = _arrays(structure)
    given = (lattice, fractions, list(kinds))
    dataset = _dataset(given, tolerance_a)
    snapped, shift = _snapped(given, tolerance_a)
    to_standard = dataset.transformation_matrix
    origin = np.linalg.solve(to_standard, dataset.origin_shift)
    origin[n_periodic:] = 0.0
    placed = snapped + origin
    # What is 0 but for rounding stays 0 and does not become almost 1.
    placed[:, :n_periodic] -= np.floor(placed[:, :n_periodic] + _ROUNDING)
    exact_lattice = (
        np.linalg.inv(dataset.std_rotation_matrix)
        @ np.array(dataset.std_lattice).T
        @ to_standard
    ).T
    return SymmetricCell(
        lattice_a=exact_lattice,
        fractions=placed,
        kinds=tuple(kinds),
        rotations=dataset.rotations,
        group=int(dataset.number),
        symbol=str(dataset.international),
        largest_shift_a=shift,
        groups=_groups(given),
    )


def _arrays(structure: Structure) -> tuple[Array, Array]:
    if len(structure.lattice_a) != _AXES:
        raise SymmetryNotFoundError("a structure without three vectors")
    lattice = np.array(structure.lattice_a, dtype=np.float64)
    positions = np.array(structure.positions_a, dtype=np.float64)
    return lattice, positions @ np.linalg.inv(lattice).astype(np.float64)


def _snapped(given: Any, tolerance_a: float) -> tuple[Array, float]:  # noqa: ANN401
    """Return the fractions with every atom on its site, and the largest move in Å."""
    lattice, fractions, _ = given
    dataset = _dataset(given, tolerance_a)
    to_standard = np.array(dataset.transformation_matrix)
    standard = fractions @ to_standard.T + dataset.origin_shift
    sites = np.array(dataset.std_positions)
    primitive_of_site = np.array(dataset.std_mapping_to_primitive)
    snapped = np.empty_like(fractions)
    largest = 0.0
    for at, one in enumerate(standard):
        same = primitive_of_site == dataset.mapping_to_primitive[at]
        moves = sites[same] - one
        moves -= np.round(moves)
        lengths = np.linalg.norm(moves @ np.array(dataset.std_lattice), axis=1)
        best = int(np.argmin(lengths))
        move = np.linalg.solve(to_standard, moves[best])
        snapped[at] = fractions[at] + move
        largest = max(largest, float(np.linalg.norm(move @ lattice)))
    return snapped, largest


def _groups(given: Any) -> tuple[tuple[float, int, str], ...]:  # noqa: ANN401
    found = []
    for tolerance in TOLERANCES_A:
        try:
            one = _dataset(given, tolerance)
        except SymmetryNotFoundError:
            continue
        found.append((tolerance, int(one.number), str(one.international)))
    return tuple(found)


def _dataset(given: Any, tolerance_a: float) -> Any:  # noqa: ANN401
    return _asked(spglib.get_symmetry_dataset, given, tolerance_a)


def _asked(function: Any, given: Any, tolerance_a: float, **more: Any) -> Any:  # noqa: ANN401
    """Ask spglib, which returns nothing, or raises, where it finds no group."""
    with _quiet():
        try:
            found = function(given, symprec=tolerance_a, **more)
        except spglib.SpglibError as error:
            raise SymmetryNotFoundError(str(error)) from error
    if found is None:
        raise SymmetryNotFoundError("atoms coincide, or the cell has no volume")
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    # spglib 2.7 warns at every call that its error handling will change.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
