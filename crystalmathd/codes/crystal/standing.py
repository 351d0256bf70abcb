"""How a structure stands in the axes of the tables of groups.

A structure comes in any axes; a deck wants the standard ones. Finding the group is
left to spglib (crystals and slabs); the operators are those that the reader uses.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import spglib
from numpy.typing import NDArray

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import PRIMITIVE, shortest
from crystalmathd.codes.crystal.deck import Geometry, Group
from crystalmathd.codes.crystal.groups import RHOMBOHEDRAL, Setting, find_setting, quiet
from crystalmathd.models.structures import Structure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

KINDS: Final = {3: "CRYSTAL", 2: "SLAB", 1: "POLYMER", 0: "MOLECULE"}
"""CRYSTAL's word for each number of periodic directions."""

_VACUUM_A: Final = 20.0
"""What is left free above a slab when its layer group is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Atoms:
    """The atoms of a structure as numbers.

    `vectors_a` (3, 3): the lattice vectors as rows, right-handed, and behind them unit
    vectors normal to them. `kinds` (n,): equal for atoms that may be images of each
    other.
    """

    dimension: int
    vectors_a: Array
    positions_a: Array
    kinds: Integers

    @property
    def fractions(self) -> Array:
        fractions: Array = self.positions_a @ np.linalg.inv(self.vectors_a)
        return fractions


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The conventional cell of a group, laid over a structure.

    `vectors_a` (3, 3): its vectors as rows in the structure's own frame, 1 Å long where
    nothing repeats. A place r of that frame, in Å, has the coordinates
    r · vectors_a⁻¹ + `shift` in the tables. `reduced_from` names a higher group that
    could not be written.
    """

    kind: str
    setting: Setting
    vectors_a: Array
    shift: Array
    is_rhombohedral: bool = False
    reduced_from: str = ""

    @property
    def dimension(self) -> int:
        return next(size for size, kind in KINDS.items() if kind == self.kind)

    def coordinates(self, positions_a: Array) -> Array:
        """Return places of the structure's frame in the axes of the tables."""
        coordinates: Array = positions_a @ np.linalg.inv(self.vectors_a) + self.shift
        return coordinates

    def nearest(self, steps: Array) -> Array:
        """Return steps in the axes of the tables without whole lattice vectors."""
        primitive = PRIMITIVE[self.setting.centring]
        inside = shortest(steps @ np.linalg.inv(primitive), self.dimension)
        without: Array = inside @ primitive
        return without


def atoms_of(structure: Structure, kinds: Sequence[object]) -> Atoms:
    """Return the atoms of a structure; those of equal `kinds` may be images.

    Raises
    ------
    InputRefusedError
        If there are no atoms, or the lattice vectors lie in one plane or line.
    """
    if not structure.n_atoms:
        raise InputRefusedError("the structure has no atoms.")
    dimension = structure.dimension
    given = np.array(structure.lattice_a, dtype=np.float64).reshape(-1, 3)
    if len(given) != dimension:
        raise InputRefusedError(
            f"a structure with {dimension} periodic directions has as many lattice "
            f"vectors, not {len(given)}."
        )
    vectors = _completed(given)
    if abs(np.linalg.det(vectors)) < 1e-6:  # noqa: PLR2004  Å³: no volume
        raise InputRefusedError("the lattice vectors span no cell.")
    if np.linalg.det(vectors) < 0:
        # The same lattice, right-handed: CRYSTAL's cells are, and no atom moves.
        vectors[:dimension] *= -1
    known: dict[object, int] = {}
    numbers = [known.setdefault(kind, len(known) + 1) for kind in kinds]
    return Atoms(
        dimension=dimension,
        vectors_a=vectors,
        positions_a=np.array(structure.positions_a, dtype=np.float64).reshape(-1, 3),
        kinds=np.array(numbers, dtype=np.int64),
    )


def _completed(given: Array) -> Array:
    """Return three vectors: the given ones and unit vectors normal to them."""
    if len(given) == 3:  # noqa: PLR2004
        return given.copy()
    if len(given) == 2:  # noqa: PLR2004
        normal = np.cross(given[0], given[1])
        length = float(np.linalg.norm(normal))
        return np.array([*given, normal / length if length else normal])
    if not len(given):
        return np.eye(3)
    along = given[0] / (np.linalg.norm(given[0]) or 1.0)
    # y and z stay where they are as far as they can.
    second = np.eye(3)[1 if abs(along[1]) < 0.9 else 2]  # noqa: PLR2004
    second = second - (second @ along) * along
    second /= np.linalg.norm(second)
    return np.array([given[0], second, np.cross(along, second)])


@cache
def setting_of(kind: str, number: int, *, is_rhombohedral: bool = False) -> Setting:
    """Return the setting that a deck names by number, with IFHR and IFSO 0."""
    geometry = Geometry(
        kind=kind,
        line=1,
        dimension=None,
        group=Group(number=number, line=1),
        has_rhombohedral_cell=is_rhombohedral,
    )
    return find_setting(geometry)


def as_given(atoms: Atoms) -> Standing:
    """Return the cell as it is, in group 1."""
    kind = KINDS[atoms.dimension]
    return Standing(
        kind=kind,
        setting=setting_of(kind, 1),
        vectors_a=atoms.vectors_a,
        shift=np.zeros(3),
    )


def crystal_standing(
    atoms: Atoms, tolerance_a: float, *, is_rhombohedral: bool
) -> Standing | None:
    """Return the standard setting of a crystal's space group; None if none is found.

    `is_rhombohedral`: the seven groups that have one get the rhombohedral cell.
    """
    cell = (atoms.vectors_a.tolist(), atoms.fractions.tolist(), atoms.kinds.tolist())
    with quiet():
        found = spglib.get_symmetry_dataset(cell, symprec=tolerance_a)
        if found is None:
            return None
        rhombohedral = is_rhombohedral and found.number in RHOMBOHEDRAL
        setting = setting_of("CRYSTAL", found.number, is_rhombohedral=rhombohedral)
        if found.hall_number != setting.hall_number:
            found = spglib.get_symmetry_dataset(
                cell, symprec=tolerance_a, hall_number=setting.hall_number
            )
    if found is None or found.number != setting.number:
        return None
    return Standing(
        kind="CRYSTAL",
        setting=setting,
        vectors_a=_conventional(atoms.vectors_a, found.transformation_matrix),
        shift=np.array(found.origin_shift, dtype=np.float64),
        is_rhombohedral=rhombohedral,
    )


def layer_standing(atoms: Atoms, tolerance_a: float) -> Standing | None:
    """Return the standard setting of a slab's layer group; None if none is found."""
    heights = atoms.fractions[:, 2]
    thickness = float(heights.max() - heights.min()) + _VACUUM_A
    vectors = atoms.vectors_a * np.array([[1.0], [1.0], [thickness]])
    fractions = atoms.positions_a @ np.linalg.inv(vectors)
    # spglib wants what does not repeat in one piece around the origin.
    middle = float(heights.max() + heights.min()) / 2 / thickness
    fractions[:, 2] -= middle
    with quiet():
        found = spglib.get_layergroup(
            (vectors.tolist(), fractions.tolist(), atoms.kinds.tolist()),
            aperiodic_dir=2,
            symprec=tolerance_a,
        )
    if found is None:
        return None
    setting = setting_of("SLAB", found.number)
    if found.hall_number != setting.hall_number:
        return None
    matrix = np.array(found.transformation_matrix, dtype=np.float64)
    conventional = _conventional(vectors, matrix)
    conventional[2] /= np.linalg.norm(conventional[2])
    shift = np.array(found.origin_shift, dtype=np.float64)
    shift -= matrix @ np.array([0.0, 0.0, middle])
    shift[2] *= thickness
    return Standing(kind="SLAB", setting=setting, vectors_a=conventional, shift=shift)


def _conventional(vectors_a: Array, matrix: Array) -> Array:
    """Return the rows of spglib's conventional cell: (a b c)ₛ = (a b c) P⁻¹."""
    vectors: Array = np.linalg.inv(matrix).T @ vectors_a
    return vectors
