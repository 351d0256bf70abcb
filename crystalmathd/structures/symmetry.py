"""Groups of structures at a tolerance, and how far the atoms are from their sites.

spglib finds space and layer groups, pymatgen point groups; both, numpy and scipy are
needed: this is imported inside functions.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crystalmathd.models.previews import Symmetry
from crystalmathd.models.structures import Structure
from crystalmathd.structures.neighbours import full_lattice, positions

Array = NDArray[np.float64]

TOLERANCES_A: Final = (0.001, 0.01, 0.1)
DEFAULT_TOLERANCE_A: Final = 0.01
"""DECISIONS 27."""
SPACE_GROUP: Final = "space group"
LAYER_GROUP: Final = "layer group"
POINT_GROUP: Final = "point group"
_AROUND_A: Final = 20.0
"""Empty space across a layer: spglib wants a third vector, and looks not along it."""
_MOST_IMAGES: Final = 300_000
"""Of so many, the shift is known within a second."""
_ENDLESS: Final = "*"
"""What pymatgen writes for ∞ in the groups of linear molecules."""
_AXES: Final = 3


def symmetries(
    structure: Structure,
    kinds: Sequence[int] | None = None,
    tolerances_a: Sequence[float] = TOLERANCES_A,
) -> tuple[Symmetry, ...]:
    """Return the group at every tolerance at which one is found.

    `kinds`, one an atom, keep atoms of one element apart. Empty for polymers: no
    program at hand knows rod groups.
    """
    found = (symmetry(structure, kinds, tolerance) for tolerance in tolerances_a)
    return tuple(one for one in found if one is not None)


def symmetry(
    structure: Structure, kinds: Sequence[int] | None, tolerance_a: float
) -> Symmetry | None:
    """Return the group at one tolerance; None if none is found."""
    kinds = structure.atomic_numbers if kinds is None else kinds
    match structure.dimension:
        case 3:
            return _of_lattice(structure, kinds, tolerance_a, SPACE_GROUP)
        case 2:
            return _of_lattice(structure, kinds, tolerance_a, LAYER_GROUP)
        case 0:
            return _of_molecule(structure, tolerance_a)
    return None


def dataset(structure: Structure, kinds: Sequence[int], tolerance_a: float) -> Any:  # noqa: ANN401 - spglib's own
    """Return what spglib finds of a crystal or a layer; None: nothing."""
    import spglib  # noqa: PLC0415 - not in every installation

    cell = spglib_cell(structure, kinds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on how its errors will be told one day
        try:
            if structure.dimension == _AXES:
                return spglib.get_symmetry_dataset(cell, symprec=tolerance_a)
            return spglib.get_symmetry_layerdataset(
                cell, aperiodic_dir=2, symprec=tolerance_a
            )
        except spglib.SpglibError:
            return None


def spglib_cell(structure: Structure, kinds: Sequence[int]) -> Any:  # noqa: ANN401 - arrays, which spglib says that it does not take
    """Return lattice, fractions and kinds; a layer gets empty space across it."""
    lattice = full_lattice(structure)
    at = positions(structure)
    if structure.dimension < _AXES:
        heights = at @ lattice[-1]
        middle = (heights.max() + heights.min()) / 2
        at = at - np.outer(np.ones(len(at)), lattice[-1]) * middle
        lattice = lattice.copy()
        lattice[-1] *= heights.max() - heights.min() + _AROUND_A
    return lattice, at @ np.linalg.inv(lattice), list(kinds)


def _of_lattice(
    structure: Structure, kinds: Sequence[int], tolerance_a: float, kind: str
) -> Symmetry | None:
    found = dataset(structure, kinds, tolerance_a)
    if found is None:
        return None
    lattice, fractions, _ = spglib_cell(structure, kinds)
    shift = largest_shift_a(
        lattice,
        fractions,
        np.array(found.rotations, dtype=np.float64),
        np.array(found.translations),
        structure.dimension,
    )
    return Symmetry(
        tolerance_a=tolerance_a,
        kind=kind,
        number=int(found.number),
        symbol=str(found.international),
        n_operators=len(found.rotations),
        largest_shift_a=shift,
    )


def largest_shift_a(
    lattice: Array,
    fractions: Array,
    rotations: Array,
    translations: Array,
    dimension: int,
) -> float | None:
    """Return the longest way, Å, from an atom to the mean of the images that meet it.

    That mean is where every operator leaves it. Along the first `dimension` vectors
    the structure repeats. None if there are too many images to look at.
    """
    if len(fractions) * len(rotations) > _MOST_IMAGES:
        return None
    repeats = np.arange(_AXES) < dimension
    inside = np.where(repeats, fractions % 1, fractions)
    inside[inside >= 1] = 0
    box = np.where(repeats, 1.0, 0.0)
    tree = cKDTree(inside, boxsize=box)
    moves = np.zeros_like(inside)
    for rotation, translation in zip(rotations, translations, strict=True):
        images = inside @ rotation.T + translation
        wrapped = np.where(repeats, images % 1, images)
        wrapped[wrapped >= 1] = 0
        nearest = tree.query(wrapped)[1]
        away = images - inside[nearest]
        away -= np.round(away) * repeats
        np.add.at(moves, nearest, away)
    return float(np.linalg.norm(moves / len(rotations) @ lattice, axis=1).max())


def _of_molecule(structure: Structure, tolerance_a: float) -> Symmetry | None:
    from pymatgen.core.structure import Molecule  # noqa: PLC0415 - heavy
    from pymatgen.symmetry.analyzer import PointGroupAnalyzer  # noqa: PLC0415 - heavy

    real = [n for n, number in enumerate(structure.atomic_numbers) if number]
    if not real:
        return None
    if len(real) == 1:
        return Symmetry(
            tolerance_a=tolerance_a,
            kind=POINT_GROUP,
            number=None,
            symbol="Kh",
            n_operators=None,
            largest_shift_a=0.0,
        )
    molecule = Molecule(
        [_symbol(structure.atomic_numbers[n]) for n in real],
        [structure.positions_a[n] for n in real],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = PointGroupAnalyzer(molecule, tolerance=tolerance_a)
            operators = found.get_symmetry_operations()
        except (
            ValueError,
            IndexError,
            TypeError,
        ):  # on arrangements it has no rule for
            return None
    centred = np.array(found.centered_mol.cart_coords)
    return Symmetry(
        tolerance_a=tolerance_a,
        kind=POINT_GROUP,
        number=None,
        symbol=str(found.sch_symbol),
        n_operators=None if _ENDLESS in str(found.sch_symbol) else len(operators),
        largest_shift_a=largest_shift_a(
            np.eye(_AXES),
            centred,
            np.array([one.rotation_matrix for one in operators]),
            np.array([one.translation_vector for one in operators]),
            0,
        ),
    )


def _symbol(atomic_number: int) -> str:
    from crystalmathd.structures.elements import symbol  # noqa: PLC0415

    return symbol(atomic_number)
