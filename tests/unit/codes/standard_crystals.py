"""Crystals, layers, chains and molecules of every group, made from tables of operators.

The operators come from spglib's table and not from the reader or writer of decks. Each
structure has an atom on a general position, which leaves it no higher symmetry, and
atoms on special ones.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import spglib
from numpy.typing import NDArray

from crystalmathd.models.structures import Structure

if TYPE_CHECKING:
    from spglib import SpaceGroupType

Array = NDArray[np.float64]

N_SETTINGS = 530
N_LAYER_SETTINGS = 116
RHOMBOHEDRAL = (146, 148, 155, 160, 161, 166, 167)
SHORTEST_A = 0.75
ELEMENTS = (8, 12, 14, 16, 22, 26, 31, 38)

_SPECIAL = (
    (0, 0, 0),
    (1 / 2, 1 / 2, 1 / 2),
    (1 / 3, 2 / 3, 1 / 4),
    (1 / 8, 1 / 8, 1 / 8),
    (0, 1 / 2, 1 / 4),
    (0.17, 0.17, 0.17),
    (0.31, 0, 0),
    (0.23, 0.46, 1 / 4),
    (0, 0, 0.37),
    (1 / 4, 0.11, 0),
)
"""Points that lie on special positions of some groups."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A structure, and what it was made as."""

    name: str
    number: int
    structure: Structure


def crystals() -> Iterator[Made]:
    """Yield one crystal in each of the 530 settings, in turn in other descriptions."""
    for hall in range(1, N_SETTINGS + 1):
        yield crystal(hall)


def crystal(hall: int) -> Made:
    """Return a crystal in one setting of Hall's list.

    By its number it is given in the conventional cell, a primitive one, a supercell,
    skewed vectors, or left-handed ones; and turned.
    """
    random = np.random.default_rng(hall)
    type_ = type_of(hall)
    rotations, translations = _table(hall)
    vectors = _cell(random, rotations, 6 + len(rotations) ** (1 / 3) * 1.6)
    numbers, fractions = _atoms(random, vectors, rotations, translations, 3)
    ways = (
        ("conventional", lambda *cell: cell),
        ("primitive", _primitive),
        ("doubled", _doubled),
        ("skewed", _skewed),
        ("left-handed", _left_handed),
    )
    way, change = ways[hall % len(ways)]
    vectors, numbers, fractions = change(vectors, numbers, fractions)
    turn = _turn(random)
    return Made(
        name=f"{hall}-{type_.number}-{type_.choice or 'only'}-{way}",
        number=type_.number,
        structure=structure(3, vectors @ turn, numbers, fractions @ vectors @ turn),
    )


def layers() -> Iterator[Made]:
    """Yield a slab in each of the 116 settings of the 80 layer groups."""
    for hall in range(1, N_LAYER_SETTINGS + 1):
        yield layer(hall)


def layer(hall: int) -> Made:
    """Return a slab in one setting of spglib's list of layer groups."""
    random = np.random.default_rng(1000 + hall)
    rotations, translations = _table(-hall)
    vectors = _cell(random, rotations, 5 + len(rotations) ** 0.5 * 1.6)
    # Nothing repeats along the third: its unit is 1 Å, normal to the others.
    normal = np.cross(vectors[0], vectors[1])
    vectors[2] = normal / np.linalg.norm(normal)
    numbers, fractions = _atoms(random, vectors, rotations, translations, 2)
    if hall % 3 == 1:
        vectors, numbers, fractions = _skewed_in_plane(vectors, numbers, fractions)
    place = random.uniform(-5, 5, 3)
    turn = _turn(random)
    return Made(
        name=f"layer-{hall}",
        number=_layer_number(vectors, numbers, fractions),
        structure=structure(
            2, vectors[:2] @ turn, numbers, (fractions @ vectors + place) @ turn
        ),
    )


@cache
def type_of(hall: int) -> "SpaceGroupType":
    """Return what spglib says of a setting."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_spacegroup_type(hall)
    assert found is not None
    return found


def _table(hall: int) -> tuple[Array, Array]:
    """Return rotations and translations of a setting; layers have negative numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        table = spglib.get_symmetry_from_database(hall)
    assert table is not None
    rotations = np.array(table["rotations"], dtype=float)
    return rotations, np.array(table["translations"], dtype=float)


def structure(
    dimension: int, vectors: Array, numbers: Array, positions: Array
) -> Structure:
    return Structure(
        dimension=dimension,
        lattice_a=tuple((x, y, z) for x, y, z in vectors[:dimension].tolist()),
        atomic_numbers=tuple(int(number) for number in numbers),
        positions_a=tuple((x, y, z) for x, y, z in positions.tolist()),
    )


def _layer_number(vectors: Array, numbers: Array, fractions: Array) -> int:
    thick = vectors * np.array([[1.0], [1.0], [60.0]])
    inside = fractions / np.array([1.0, 1.0, 60.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_layergroup(
            (thick.tolist(), inside.tolist(), numbers.tolist()),
            aperiodic_dir=2,
            symprec=1e-4,
        )
    assert found is not None
    return int(found.number)


def _cell(random: np.random.Generator, rotations: Array, length: float) -> Array:
    """Return vectors whose metric all rotations keep, else without symmetry."""
    lengths = length * random.uniform(0.8, 1.25, 3)
    slants = random.uniform(-0.25, 0.25, (3, 3))
    vectors = np.diag(lengths) + slants * length * np.tri(3, k=-1)
    metric = vectors @ vectors.T
    mean = (rotations.transpose(0, 2, 1) @ metric @ rotations).mean(axis=0)
    cell: Array = np.linalg.cholesky(mean)
    return cell


def _atoms(
    random: np.random.Generator,
    vectors: Array,
    rotations: Array,
    translations: Array,
    dimension: int,
) -> tuple[Array, Array]:
    """Return elements and fractions: two general orbits and what special ones fit."""
    places: list[Array] = []
    numbers: list[int] = []
    spread = np.where(np.arange(3) < dimension, 1.0, 5.0)
    general = [(random.random(3) - 0.5) * spread for _ in range(400)]
    n_orbits = n_general = 0
    for point, is_general in (
        *((point, True) for point in general),
        *((np.array(point), False) for point in _SPECIAL),
    ):
        if (is_general and n_general == 2) or n_orbits == 5:
            continue
        orbit = _orbit(point, rotations, translations, vectors, dimension)
        if is_general and len(orbit) < len(rotations):
            continue
        if not _is_apart(np.array([*places, *orbit]), vectors, dimension):
            continue
        places += list(orbit)
        numbers += [ELEMENTS[n_orbits]] * len(orbit)
        n_orbits += 1
        n_general += is_general
    assert n_general == 2
    return np.array(numbers), np.array(places)


def _orbit(
    point: Array, rotations: Array, translations: Array, vectors: Array, dimension: int
) -> list[Array]:
    found: list[Array] = []
    for image in rotations @ point + translations:
        steps = np.array(found).reshape(-1, 3) - image
        steps[:, :dimension] -= np.round(steps[:, :dimension])
        if not (np.linalg.norm(steps @ vectors, axis=1) < 1e-6).any():
            found.append(image)
    return found


def _is_apart(places: Array, vectors: Array, dimension: int) -> bool:
    steps = places[:, None, :] - places[None, :, :]
    steps[..., :dimension] -= np.round(steps[..., :dimension])
    away = np.linalg.norm(steps @ vectors, axis=2) + 9 * np.eye(len(places))
    return bool(away.min() > SHORTEST_A)


def _changed(
    vectors: Array, numbers: Array, fractions: Array, matrix: Array
) -> tuple[Array, Array, Array]:
    """Return the same crystal in the vectors matrix · vectors."""
    changed = matrix @ vectors
    inverse = np.linalg.inv(matrix)
    size = 3
    steps = np.array(list(np.ndindex((size,) * 3))) - 1
    many = (fractions[:, None, :] + steps[None, :, :]).reshape(-1, 3) @ inverse
    labels = np.repeat(numbers, len(steps))
    inside = many - np.floor(many + 1e-6)
    keys = np.round(inside, 4) % 1
    _, first = np.unique(
        np.concatenate([keys, labels[:, None]], axis=1), axis=0, return_index=True
    )
    kept = np.sort(first)
    return changed, labels[kept], inside[kept]


def _primitive(vectors: Array, numbers: Array, fractions: Array) -> tuple[Array, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.find_primitive(
            (vectors.tolist(), fractions.tolist(), numbers.tolist()), symprec=1e-5
        )
    assert found is not None
    lattice, places, labels = found
    return np.array(lattice), np.array(labels), np.array(places)


def _doubled(vectors: Array, numbers: Array, fractions: Array) -> tuple[Array, ...]:
    return _changed(vectors, numbers, fractions, np.diag([1.0, 2.0, 1.0]))


def _skewed(vectors: Array, numbers: Array, fractions: Array) -> tuple[Array, ...]:
    matrix = np.array([[1.0, 0, 0], [1, 1, 0], [0, -1, 1]])
    return matrix @ vectors, numbers, fractions @ np.linalg.inv(matrix)


def _skewed_in_plane(
    vectors: Array, numbers: Array, fractions: Array
) -> tuple[Array, Array, Array]:
    matrix = np.array([[1.0, 0, 0], [-1, 1, 0], [0, 0, 1]])
    return matrix @ vectors, numbers, fractions @ np.linalg.inv(matrix)


def _left_handed(vectors: Array, numbers: Array, fractions: Array) -> tuple[Array, ...]:
    order = [1, 0, 2]
    return vectors[order], numbers, fractions[:, order]


def _turn(random: np.random.Generator) -> Array:
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    if np.linalg.det(turn) < 0:
        turn[:, 0] *= -1
    return np.asarray(turn)


def molecule(symbol: str) -> Made:
    """Return a molecule of a crystal class, turned; `number`: how many operators."""
    hall = next(
        hall
        for hall in range(1, N_SETTINGS + 1)
        if type_of(hall).pointgroup_international == symbol
    )
    random = np.random.default_rng(3000 + hall)
    rotations, _ = _table(hall)
    kinds = np.unique(rotations.reshape(-1, 9), axis=0).reshape(-1, 3, 3)
    # The cell's vectors give a frame in which the operators are orthogonal.
    vectors = _cell(random, kinds, 4.0)
    numbers, fractions = _atoms(random, vectors, kinds, np.zeros((len(kinds), 3)), 0)
    turn = _turn(random)
    positions = fractions @ vectors @ turn + random.uniform(-4, 4, 3)
    return Made(
        name=symbol,
        number=len(kinds),
        structure=structure(0, np.zeros((0, 3)), numbers, positions),
    )


def chain(seed: int, *, has_centre: bool) -> Made:
    """Return a chain of no symmetry or with a centre, along a direction of its own."""
    random = np.random.default_rng(5000 + seed)
    turn = _turn(random)
    vectors = np.diag([random.uniform(3, 6), 1.0, 1.0])
    rotations = np.array([np.eye(3), -np.eye(3)][: 1 + has_centre])
    numbers, fractions = _atoms(random, vectors, rotations, np.zeros((2, 3)), 1)
    positions = fractions @ vectors @ turn + random.uniform(-4, 4, 3)
    return Made(
        name=f"chain-{seed}",
        number=1 + has_centre,
        structure=structure(1, vectors @ turn, numbers, positions),
    )
