"""The atoms of a geometry file, those that its operators make of the others as well."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.gui import GeometryFile
from crystalmathd.models.structures import Structure

_WHOLE: Final = 0.01
Array = NDArray[np.float64]

_SAME_SITE_A: Final = 0.05
"""Å: images that are closer than this are one atom. Files print 12 decimals or more,
but hand-written operators need not be exact."""


def all_atoms(file: GeometryFile) -> Structure:
    """Return every atom of the cell.

    CRYSTAL wants the irreducible atoms and takes a list of all of them too (appendix D
    of its manual): images that are missing are added behind the others. Some programs
    write the operators of another orientation of the lattice; those make no atoms.
    """
    if not _fit(file):
        return file.structure
    structure = file.structure
    lattice = np.array(file.vectors_a)
    dimension = structure.dimension
    listed: Array = np.array(structure.positions_a).reshape(-1, 3)
    positions: list[Array] = list(listed)
    numbers = list(structure.atomic_numbers)
    for operator in file.operators:
        images = listed @ np.array(operator.rotation).T + np.array(
            operator.translation_a
        )
        for index in np.flatnonzero(~_are_there(images, positions, lattice, dimension)):
            # What one image has added may be the next one of the same operator.
            one = images[index : index + 1]
            if not _are_there(one, positions, lattice, dimension)[0]:
                positions.append(images[index])
                numbers.append(structure.atomic_numbers[index])
    if len(numbers) == structure.n_atoms:
        return structure
    return Structure(
        dimension=dimension,
        lattice_a=structure.lattice_a,
        atomic_numbers=tuple(numbers),
        positions_a=tuple((float(x), float(y), float(z)) for x, y, z in positions),
    )


def _fit(file: GeometryFile) -> bool:
    """Tell whether every operator turns the lattice into itself."""
    lattice = np.array(file.vectors_a)
    inverse = np.linalg.inv(lattice)
    size = file.structure.dimension
    for operator in file.operators:
        turned = (lattice @ np.array(operator.rotation).T @ inverse)[:size, :size]
        if not np.allclose(turned, np.round(turned), atol=_WHOLE):
            return False
    return True


def _are_there(
    images: Array, positions: list[Array], lattice: Array, dimension: int
) -> NDArray[np.bool_]:
    """Tell of each image whether an atom, or one a lattice vector away, is there."""
    inverse = np.linalg.inv(lattice)
    known = np.array(positions)
    found = np.zeros(len(images), dtype=np.bool_)
    for at, image in enumerate(images):
        away = (known - image) @ inverse
        away -= np.round(away) * (np.arange(3) < dimension)
        found[at] = np.min(np.linalg.norm(away @ lattice, axis=1)) < _SAME_SITE_A
    return found
