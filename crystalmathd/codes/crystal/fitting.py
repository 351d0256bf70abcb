"""A structure expressed by the minimal cell and the irreducible atoms of a deck.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import (
    PRIMITIVE,
    Cell,
    conventional_lattice,
    operators,
    primitive_cell,
    shortest,
    symmetric_site,
)
from crystalmathd.codes.crystal.deck import Geometry
from crystalmathd.codes.crystal.minimal import minimal_cell
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.models.structures import Structure

Array = NDArray[np.float64]
Position = tuple[float, float, float]

_SAME_A: Final = 2e-3
"""Atoms of two descriptions of one geometry, both rounded, are closer than this."""


def fit(
    geometry: Geometry, structure: Structure
) -> tuple[tuple[float, ...], list[Position]]:
    """Return the minimal cell (Å, degrees) and the position of each irreducible atom.

    Positions are in the deck's own units and near those that it has.

    Raises
    ------
    InputRefusedError
        As `replacement.replace_geometry`.
    """
    try:
        before = primitive_cell(geometry)
    except DeckError as error:
        raise InputRefusedError(f"the deck cannot be used: {error}") from error
    _check_atoms(before, structure)
    primitive = PRIMITIVE[before.setting.centring]
    conventional = np.linalg.inv(primitive) @ _lattice(before, structure)
    cell = minimal_cell(
        conventional,
        geometry.kind,
        geometry.system or len(geometry.cell),
        before.setting,
    )
    _check_cell(replace(geometry, cell=cell), before, conventional)
    fractions = np.array(structure.positions_a) @ np.linalg.inv(conventional)
    atoms = []
    for at, atom in enumerate(geometry.atoms):
        is_own = [source == at for source in before.sources]
        if not any(is_own):
            # The group has made this atom from one before: it is one of its images.
            is_own = [label == atom.label for label in before.labels]
        steps = (fractions[is_own] - atom.position) @ np.linalg.inv(primitive)
        steps = shortest(steps, before.dimension) @ primitive
        nearest = steps[np.argmin(np.linalg.norm(steps @ conventional, axis=1))]
        site, _ = symmetric_site(
            nearest + atom.position,
            *operators(geometry, before.setting),
            conventional,
            before.dimension,
        )
        x, y, z = (float(value) for value in site)
        atoms.append(replace(atom, position=(x, y, z)))
    _check_atoms_again(replace(geometry, cell=cell, atoms=tuple(atoms)), structure)
    return cell, [atom.position for atom in atoms]


def _check_atoms(before: Cell, structure: Structure) -> None:
    """Refuse a structure that has not the deck's atoms in the deck's order."""
    if structure.dimension != before.dimension:
        raise InputRefusedError(
            f"the deck has {before.dimension} periodic directions, the final geometry "
            f"{structure.dimension}"
        )
    if structure.n_atoms != len(before.labels):
        raise InputRefusedError(
            f"the deck makes {len(before.labels)} atoms, the final geometry has "
            f"{structure.n_atoms}"
        )
    for at, (label, number) in enumerate(
        zip(before.labels, structure.atomic_numbers, strict=True), start=1
    ):
        if number not in (0, label % 100):
            raise InputRefusedError(
                f"atom {at} has number {label % 100} in the deck and {number} in the "
                "final geometry: the order is not that of the deck"
            )


def _lattice(before: Cell, structure: Structure) -> Array:
    """Return three vectors: those of the structure, 1 Å where nothing repeats."""
    lattice = np.eye(3)
    for at, vector in enumerate(structure.lattice_a[: before.dimension]):
        lattice[at] = vector
    if np.linalg.det(lattice) == 0:
        raise InputRefusedError("the final cell has no volume")
    return lattice


def _check_cell(geometry: Geometry, before: Cell, lattice: Array) -> None:
    """Refuse a lattice that the minimal cell does not give back."""
    try:
        minimal = conventional_lattice(geometry, before.setting)
    except DeckError as error:
        raise InputRefusedError(f"the final cell: {error.message}") from error
    longest = max(1.0, float(np.linalg.norm(lattice, axis=1).max()))
    metric = lattice @ lattice.T - minimal @ minimal.T
    if np.abs(metric).max() > _SAME_A * longest:
        raise InputRefusedError(
            "the final cell has not the symmetry of the deck's group"
        )


def _check_atoms_again(geometry: Geometry, structure: Structure) -> None:
    """Refuse irreducible atoms whose images are not the atoms of the structure."""
    try:
        after = primitive_cell(geometry)
    except DeckError as error:
        raise InputRefusedError(
            "the final geometry has not the symmetry of the deck's group: line "
            f"{error.line}: {error.message}"
        ) from error
    lattice = _lattice(after, structure)
    fractions = np.array(structure.positions_a) @ np.linalg.inv(lattice)
    if len(after.sources) != len(fractions):
        raise InputRefusedError(
            f"with the deck's group the final geometry would have {len(after.sources)} "
            f"atoms, not {len(fractions)}"
        )
    for at, atom in enumerate(geometry.atoms):
        own = [source == at for source in after.sources]
        if not any(own):
            continue
        steps = after.fractions[own][:, None, :] - fractions[own][None, :, :]
        distances = np.linalg.norm(shortest(steps, after.dimension) @ lattice, axis=2)
        if max(distances.min(axis=0).max(), distances.min(axis=1).max()) > _SAME_A:
            raise InputRefusedError(
                f"line {atom.line}: the images of this atom are not where the final "
                "geometry has them: it has not the symmetry of the deck's group, or "
                "another order of atoms"
            )
