"""The standard path of a cell through its Brillouin zone, for BAND of `properties`.

This needs numpy, and pymatgen for crystals: it is imported inside functions.
"""

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.crystal.kpath import GAMMA
from crystalmathd.structures.elements import symbol

Array = NDArray[np.float64]
Ends = tuple[int, int, int]

_SAME: Final = 1e-5
_SAME_ANGLE_DEG: Final = 1e-3
_LARGEST_DENOMINATOR: Final = 12
_FINE: Final = 1200
"""ISS where a point depends on the shape of the cell: it is rounded to 1/1200."""

_SPACE: Final = 3
_N_ELEMENTS: Final = 100
_PLANE: Final = 2

_PLANES: Final[dict[str, tuple[tuple[str, float, float], ...]]] = {
    "square": ((GAMMA, 0, 0), ("X", 1 / 2, 0), ("M", 1 / 2, 1 / 2), (GAMMA, 0, 0)),
    "rectangular": (
        (GAMMA, 0, 0),
        ("X", 1 / 2, 0),
        ("S", 1 / 2, 1 / 2),
        ("Y", 0, 1 / 2),
        (GAMMA, 0, 0),
    ),
    "hexagonal": ((GAMMA, 0, 0), ("M", 1 / 2, 0), ("K", 1 / 3, 1 / 3), (GAMMA, 0, 0)),
    "centred": ((GAMMA, 0, 0), ("S", 1 / 2, 0), ("Y", 1 / 2, -1 / 2), (GAMMA, 0, 0)),
    # The first vector is an axis of the rectangle: a and a + 2b are at right angles.
    "half": ((GAMMA, 0, 0), ("Y", 0, 1 / 2), ("S", 1 / 2, 0), (GAMMA, 0, 0)),
    "oblique": (
        (GAMMA, 0, 0),
        ("X", 1 / 2, 0),
        ("A", 1 / 2, 1 / 2),
        ("Y", 0, 1 / 2),
        (GAMMA, 0, 0),
    ),
}
"""Paths of the five lattices of a plane, in the reciprocal of two shortest vectors with
an angle of 90° or more between them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BandPath:
    """Straight lines between points with names.

    `points`: label → place in the reciprocal vectors of CRYSTAL's primitive cell.
    `denominator` is ISS. `lines` are pairs of labels.
    """

    points: dict[str, tuple[float, float, float]]
    lines: tuple[tuple[str, str], ...]
    denominator: int
    convention: str

    def ends(self, label: str) -> Ends:
        """Return a point as whole numbers over the denominator."""
        x, y, z = (round(part * self.denominator) for part in self.points[label])
        return x, y, z


def standard_path(cell: Cell) -> BandPath:
    """Return the path of the cell's lattice.

    Raises
    ------
    InputRefusedError
        For a molecule, and if pymatgen finds no standard cell or is not there.
    """
    match cell.dimension:
        case 3:
            stations, convention = _crystal_path(cell)
        case 2:
            stations, convention = _plane_path(cell.lattice_a), "plane lattices"
        case 1:
            half = np.array([0.5, 0.0, 0.0])
            stations = [[(GAMMA, np.zeros(3)), ("X", half)]]
            convention = "one line"
        case _:
            raise InputRefusedError("a molecule has no band structure.")
    return _path(stations, convention)


def chosen_path(path: BandPath, labels: Sequence[str]) -> BandPath:
    """Return lines between points of a path in another order.

    Raises
    ------
    InputRefusedError
        If a label is none of the lattice.
    """
    plain = [GAMMA if label.upper() in ("G", "GAMMA") else label for label in labels]
    for label in plain:
        if label not in path.points:
            raise InputRefusedError(
                f"{label} is no point of this lattice: {', '.join(path.points)}."
            )
    return BandPath(
        points=path.points,
        lines=tuple(pairwise(plain)),
        denominator=path.denominator,
        convention=path.convention,
    )


def _path(stations: list[list[tuple[str, Array]]], convention: str) -> BandPath:
    points: dict[str, tuple[float, float, float]] = {}
    lines: list[tuple[str, str]] = []
    for branch in stations:
        for label, place in branch:
            x, y, z = (float(part) for part in place)
            points[label] = (x, y, z)
        names = [label for label, _ in branch]
        lines += pairwise(names)
    return BandPath(
        points=points,
        lines=tuple(lines),
        denominator=_denominator(points.values()),
        convention=convention,
    )


def _denominator(points: Iterable[tuple[float, ...]]) -> int:
    exact = 1
    for point in points:
        for part in point:
            near = Fraction(part).limit_denominator(_LARGEST_DENOMINATOR)
            if abs(part - near) > _SAME:
                return _FINE
            exact = math.lcm(exact, near.denominator)
    return max(exact, 2)


def _crystal_path(cell: Cell) -> tuple[list[list[tuple[str, Array]]], str]:
    """Return Setyawan and Curtarolo's path, which pymatgen gives for its own cell.

    That cell is turned back on CRYSTAL's by their common lattice: both have the same
    points, whatever vectors span it.
    """
    try:
        from pymatgen.core.lattice import Lattice  # noqa: PLC0415
        from pymatgen.core.structure import Structure  # noqa: PLC0415
        from pymatgen.symmetry.bandstructure import HighSymmKpath  # noqa: PLC0415
    except ImportError:
        raise InputRefusedError(
            "The path of bands needs pymatgen: pip install 'crystalmathd[materials]'."
        ) from None
    lattice = Lattice(cell.lattice_a)
    # Orbits as elements, if there is a smaller cell without spins and ghosts.
    orbits = [symbol(1 + source % _N_ELEMENTS) for source in cell.sources]
    for species in ([symbol(label % 100) for label in cell.labels], orbits):
        with warnings.catch_warnings():
            # pymatgen calls spglib in a way that is deprecated (2026.10), and warns of
            # cells that are not its standard ones, which is what is wanted here.
            warnings.simplefilter("ignore")
            found: Any = HighSymmKpath(  # type: ignore[no-untyped-call]
                Structure(lattice, species, cell.fractions)
            )
        if not found.kpath:
            raise InputRefusedError("pymatgen knows no path for this lattice.")
        mapping = lattice.find_mapping(found.prim.lattice, ltol=1e-3, atol=0.1)
        if mapping is not None:
            break
    else:
        raise InputRefusedError(
            "the standard primitive cell of pymatgen is not that of the deck: give "
            "the structure in its primitive cell."
        )
    to_given = np.linalg.inv(np.round(mapping[2]))
    places = {
        label: to_given @ np.array(place)
        for label, place in found.kpath["kpoints"].items()
    }
    stations = [
        [(_plain(label), places[label]) for label in branch]
        for branch in found.kpath["path"]
    ]
    return stations, "Setyawan and Curtarolo 2010 (pymatgen)"


def _plain(label: str) -> str:
    return label.replace("\\Gamma", GAMMA).replace("\\", "")


def _plane_path(lattice_a: Array) -> list[list[tuple[str, Array]]]:
    reduced, steps = _reduced(lattice_a[:_PLANE])
    # A point κ in the reduced vectors has the coordinates steps⁻¹ κ in the given.
    to_given = np.linalg.inv(steps)
    branch = []
    for label, x, y in _PLANES[_plane_lattice(reduced)]:
        place = np.zeros(_SPACE)
        place[:_PLANE] = to_given @ np.array([x, y])
        branch.append((label, place))
    return [branch]


def _reduced(vectors: Array) -> tuple[Array, Array]:
    """Return two shortest vectors with an angle ≥ 90°, and them in the given ones."""
    steps = np.eye(_PLANE)
    while True:
        one, two = steps @ vectors
        if one @ one > two @ two + _SAME:
            steps = steps[::-1]
            continue
        times = round(float(one @ two / (one @ one)))
        if times == 0:
            break
        steps = np.array([steps[0], steps[1] - times * steps[0]])
    one, two = steps @ vectors
    if one @ two > _SAME:
        steps = np.array([steps[0], -steps[1]])
    return steps @ vectors, steps


def _plane_lattice(vectors: Array) -> str:
    one, two = (float(np.linalg.norm(vector)) for vector in vectors)
    cosine = float(vectors[0] @ vectors[1]) / (one * two)
    angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    is_equal = abs(one - two) < _SAME * two
    if abs(angle - 90) < _SAME_ANGLE_DEG:
        return "square" if is_equal else "rectangular"
    if is_equal:
        return "hexagonal" if abs(angle - 120) < _SAME_ANGLE_DEG else "centred"
    is_centred = abs(2 * float(vectors[0] @ vectors[1]) + one**2) < _SAME * one**2
    return "half" if is_centred else "oblique"
