"""From the geometry of a deck to the primitive cell with all its atoms.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.deck import Atom, Geometry
from crystalmathd.codes.crystal.groups import Setting, find_setting
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.structures.contacts import OVERLAP

Array = NDArray[np.float64]

_SAME_SITE_A: Final = 0.01
"""Images of an atom that are closer than this, in Å, are one atom."""

_FIRST_HEXAGONAL_LAYER: Final = 65
_SAME_OPERATOR: Final = 1e-5
_TOO_CLOSE_A: Final = 0.3
_SMALLEST_RHOMBOHEDRAL_DEG: Final = 20.0
_LARGEST_RHOMBOHEDRAL_DEG: Final = 120.0

PRIMITIVE: Final[dict[str, Array]] = {
    centring: np.array(rows, dtype=np.float64)
    for centring, rows in {
        "P": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "A": [[1, 0, 0], [0, 1 / 2, 1 / 2], [0, -1 / 2, 1 / 2]],
        "B": [[1 / 2, 0, 1 / 2], [0, 1, 0], [-1 / 2, 0, 1 / 2]],
        "C": [[1 / 2, 1 / 2, 0], [-1 / 2, 1 / 2, 0], [0, 0, 1]],
        "F": [[0, 1 / 2, 1 / 2], [1 / 2, 0, 1 / 2], [1 / 2, 1 / 2, 0]],
        "I": [[-1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [1 / 2, 1 / 2, -1 / 2]],
        "R": [[2 / 3, 1 / 3, 1 / 3], [-1 / 3, 1 / 3, 1 / 3], [-1 / 3, -2 / 3, 1 / 3]],
    }.items()
}
"""Primitive vectors (rows) in the conventional ones.

C, F, I and R are what CRYSTAL prints as "TRANSFORMATION MATRIX PRIMITIVE-
CRYSTALLOGRAPHIC CELL"; A and B are formed like C. The choice matters for an
anisotropic mesh only.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A primitive cell with its atoms, and the operators that made them.

    `lattice_a` holds the vectors as rows, in Å, (3, 3): the first `dimension` of them
    are those of the lattice, the others are 1 Å long. `labels` are CRYSTAL's
    conventional atomic numbers, `fractions` the positions in these vectors,
    (n_atoms, 3), `sources` the index of the deck's atom that each is an image of.
    `rotations` (n, 3, 3) and `translations` (n, 3) are in these vectors too.
    `largest_shift_a` is how far an atom was moved on to its special position.
    `repeated_lines` are those of atoms that the group had already made from one before;
    CRYSTAL drops them too ("NOT IRREDUCIBLE").
    """

    dimension: int
    lattice_a: Array
    labels: tuple[int, ...]
    fractions: Array
    sources: tuple[int, ...]
    rotations: Array
    translations: Array
    setting: Setting
    largest_shift_a: float
    repeated_lines: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()
    """What tells atoms of one label apart (MODISYMM, GHOSTS); empty: nothing does."""

    @property
    def n_operators(self) -> int:
        return len(self.rotations)

    @property
    def volume_a3(self) -> float:
        return float(abs(np.linalg.det(self.lattice_a)))

    @property
    def positions_a(self) -> Array:
        positions: Array = self.fractions @ self.lattice_a
        return positions


def primitive_cell(geometry: Geometry) -> Cell:
    """Return the primitive cell of a deck, without what its keywords do to it.

    Raises
    ------
    DeckError
        If the group is not known, the cell is impossible, or atoms coincide.
    """
    setting = find_setting(geometry)
    dimension = geometry.dimension or 0
    conventional = conventional_lattice(geometry, setting)
    rotations, translations = operators(geometry, setting)
    primitive = PRIMITIVE[setting.centring]
    lattice = primitive @ conventional
    to_primitive = np.linalg.inv(primitive)
    sites = _Sites(lattice, dimension)
    largest_shift = 0.0
    repeated = []
    for at, atom in enumerate(geometry.atoms):
        site, shift = symmetric_site(
            np.array(atom.position), rotations, translations, conventional, dimension
        )
        largest_shift = max(largest_shift, shift)
        images = (rotations @ site + translations) @ to_primitive
        if not sites.add(atom, at, images):
            repeated.append(atom.line)
    rotations, translations = distinct(
        to_primitive.T @ rotations @ primitive.T, translations @ to_primitive, dimension
    )
    return Cell(
        dimension=dimension,
        lattice_a=lattice,
        labels=tuple(sites.labels),
        fractions=np.array(sites.fractions),
        sources=tuple(sites.sources),
        rotations=rotations,
        translations=translations,
        setting=setting,
        largest_shift_a=largest_shift,
        repeated_lines=tuple(repeated),
    )


def distinct(
    rotations: Array, translations: Array, dimension: int
) -> tuple[Array, Array]:
    """Return the operators without those that a lattice vector makes of others."""
    inside = translations.copy()
    inside[:, :dimension] %= 1
    inside[np.isclose(inside, 1, atol=_SAME_OPERATOR)] = 0
    rows = np.round(
        np.concatenate([rotations.reshape(-1, 9), inside], axis=1) / _SAME_OPERATOR
    )
    _, first = np.unique(rows + 0.0, axis=0, return_index=True)
    kept = np.sort(first)
    return rotations[kept], inside[kept]


def shortest(differences: Array, dimension: int) -> Array:
    """Return differences of fractions without whole lattice vectors."""
    return differences - np.round(differences) * (np.arange(3) < dimension)


class _Sites:
    """The atoms of a cell as they are found."""

    def __init__(self, lattice: Array, dimension: int) -> None:
        self._lattice = lattice
        self._dimension = dimension
        self.labels: list[int] = []
        self.fractions: list[Array] = []
        self.sources: list[int] = []
        self._lines: list[int] = []

    def add(self, atom: Atom, source: int, images: Array) -> bool:
        """Add the images that are no lattice translation apart, in (-1/2, 1/2].

        Return whether they are new: a repeated atom adds nothing.
        """
        n_before = len(self.labels)
        for image in images:
            near = self._nearest(image)
            if near is None or near[0] > _TOO_CLOSE_A:
                self.labels.append(atom.label)
                wrapped = image.copy()
                wrapped[: self._dimension] -= np.ceil(image - 0.5 - 1e-9)[
                    : self._dimension
                ]
                self.fractions.append(wrapped)
                self.sources.append(source)
                self._lines.append(atom.line)
                continue
            distance, other = near
            if distance > _SAME_SITE_A or self.labels[other] != atom.label:
                raise DeckError(
                    atom.line,
                    f"this atom is {distance:.3f} Å from one of line "
                    f"{self._lines[other]}; only the irreducible atoms are listed, "
                    "the group makes the rest.",
                    OVERLAP,
                )
        return len(self.labels) > n_before

    def _nearest(self, image: Array) -> tuple[float, int] | None:
        """Return the distance, Å, and index of the nearest atom so far.

        Exact for distances well below the lattice vectors, which is all that is
        asked.
        """
        if not self.fractions:
            return None
        differences = shortest(np.array(self.fractions) - image, self._dimension)
        distances = np.linalg.norm(differences @ self._lattice, axis=1)
        nearest = int(np.argmin(distances))
        return float(distances[nearest]), nearest


def operators(geometry: Geometry, setting: Setting) -> tuple[Array, Array]:
    """Return rotations (n, 3, 3) and translations (n, 3) in the deck's own axes."""
    rotations, translations = setting.rotations, setting.translations
    if geometry.shift is not None:
        # The deck's origin lies at this point of the tables' cell: quartz written
        # as `0 0 2 / 154 / 0 0 16` has its silicon at z = 0 instead of 2/3.
        origin = np.array(geometry.shift) / 24
        translations = translations + rotations @ origin - origin
    return rotations, translations


def conventional_lattice(geometry: Geometry, setting: Setting) -> Array:
    """Return the conventional vectors as rows, in Å; 1 Å where nothing repeats."""
    if geometry.kind != "CRYSTAL":
        return _low_lattice(geometry)
    a, *more = geometry.cell
    line = geometry.cell_line or geometry.line
    match geometry.system:
        case "cubic":
            lengths, angles = (a, a, a), (90.0, 90.0, 90.0)
        case "trigonal" if setting.is_rhombohedral:
            if not _SMALLEST_RHOMBOHEDRAL_DEG <= more[0] < _LARGEST_RHOMBOHEDRAL_DEG:
                raise DeckError(
                    line,
                    f"IFHR 1 wants the rhombohedral cell: a and the angle; "
                    f"{more[0]:g}° is no such angle (is it the length c?).",
                )
            lengths, angles = (a, a, a), (more[0], more[0], more[0])
        case "trigonal" | "hexagonal":
            lengths, angles = (a, a, more[0]), (90.0, 90.0, 120.0)
        case "tetragonal":
            lengths, angles = (a, a, more[0]), (90.0, 90.0, 90.0)
        case "orthorhombic":
            lengths, angles = (a, more[0], more[1]), (90.0, 90.0, 90.0)
        case "monoclinic":
            lengths = (a, more[0], more[1])
            alpha, beta, gamma = (
                more[2] if axis == setting.unique_axis else 90.0 for axis in "abc"
            )
            angles = (alpha, beta, gamma)
        case _:
            lengths, angles = (a, more[0], more[1]), (more[2], more[3], more[4])
    lattice = _vectors(lengths, angles)
    if min(lengths) <= 0 or lattice is None:
        raise DeckError(
            line, f"{' '.join(f'{v:g}' for v in geometry.cell)} is no possible cell."
        )
    return lattice


def _low_lattice(geometry: Geometry) -> Array:
    """Return the vectors of a slab with z last, a polymer along x, or nothing."""
    if not geometry.cell:
        return np.eye(3)
    a, *more = geometry.cell
    b, gamma = 1.0, 90.0
    if geometry.kind == "SLAB":
        number = geometry.group.number if geometry.group else None
        b = more[0] if more else a
        is_hexagonal = number is not None and number >= _FIRST_HEXAGONAL_LAYER
        gamma = more[1] if len(more) > 1 else 120.0 if is_hexagonal else 90.0
    lattice = _vectors((a, b, 1.0), (90.0, 90.0, gamma))
    if min(a, b) <= 0 or lattice is None:
        raise DeckError(
            geometry.cell_line or geometry.line,
            f"{' '.join(f'{v:g}' for v in geometry.cell)} is no possible cell.",
        )
    return lattice


def _vectors(
    lengths: tuple[float, float, float], angles: tuple[float, float, float]
) -> Array | None:
    """Return the vectors as rows, in CRYSTAL's frame: b along y, a in the xy plane."""
    cosines = np.cos(np.radians(angles))
    # Exact zeros and halves keep a cubic lattice exactly cubic.
    cosines[np.isclose(angles, 90.0, rtol=0, atol=1e-12)] = 0.0
    cosines[np.isclose(angles, 120.0, rtol=0, atol=1e-12)] = -0.5
    cos_a, cos_b, cos_c = cosines
    sin_c = np.sqrt(1 - cos_c**2)
    if sin_c == 0:
        return None
    x = (cos_b - cos_a * cos_c) / sin_c
    z_squared = 1 - cos_a**2 - x**2
    if z_squared <= 0:
        return None
    directions: Array = np.array(
        [[sin_c, cos_c, 0], [0, 1, 0], [x, cos_a, np.sqrt(z_squared)]]
    )
    vectors: Array = directions * np.array(lengths)[:, None]
    return vectors


def symmetric_site(
    position: Array,
    rotations: Array,
    translations: Array,
    lattice: Array,
    dimension: int,
) -> tuple[Array, float]:
    """Return the position made consistent with its site symmetry, and its shift, Å."""
    differences = shortest(rotations @ position + translations - position, dimension)
    distances = np.linalg.norm(differences @ lattice, axis=1)
    step = differences[distances < _SAME_SITE_A].mean(axis=0)
    return position + step, float(np.linalg.norm(step @ lattice))
