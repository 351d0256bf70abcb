"""Which two atoms lie in each other, in cells of every shape."""

import itertools
import math
import random

import pytest

from crystalmathd.models.inputs import ERROR, WARNING
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.contacts import closest_pair, nearest
from crystalmathd.structures.overlaps import overlap_findings


def atoms(
    lattice: tuple[Vector, ...], *positions: Vector, numbers: tuple[int, ...] = ()
) -> Structure:
    return Structure(
        dimension=len(lattice),
        lattice_a=lattice,
        atomic_numbers=numbers or (14,) * len(positions),
        positions_a=positions,
    )


CUBE = ((5.0, 0.0, 0.0), (0.0, 5.0, 0.0), (0.0, 0.0, 5.0))


@pytest.mark.parametrize("dimension", [0, 1, 2, 3])
def test_images_are_looked_at_where_the_structure_repeats_only(dimension: int) -> None:
    found = nearest(atoms(CUBE[:dimension], (2.5, 2.5, 0.1), (2.5, 2.5, 4.9)))
    assert (found is not None) == (dimension == 3)
    across = nearest(atoms(CUBE[:dimension], (0.1, 0.0, 0.0), (4.7, 0.0, 0.0)))
    assert (across is not None) == (dimension > 0)
    inside = nearest(atoms(CUBE[:dimension], (9.0, 9.0, 9.0), (9.0, 9.0, 9.3)))
    assert inside is not None
    assert inside.distance_a == pytest.approx(0.3)


def test_the_severity_is_that_of_one_table() -> None:
    [near] = overlap_findings(atoms(CUBE, (0, 0, 0), (0, 0, 0.6)))
    [over] = overlap_findings(atoms(CUBE, (0, 0, 0), (0, 0, 0.4)))
    assert (near.severity, near.code) == (WARNING, "structure.close_atoms")
    assert (over.severity, over.code) == (ERROR, "structure.overlap")
    assert not overlap_findings(atoms(CUBE, (0, 0, 0), (0, 0, 0.74)))


def test_ghosts_may_lie_on_atoms() -> None:
    places = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.1), (0.0, 0.0, 0.3))
    found = nearest(atoms((), *places, numbers=(1, 0, 8)))
    assert found is not None
    assert (found.first, found.second) == (0, 2)


@pytest.mark.parametrize(
    "second", [(0.0, 0.3, 0.0), (40.0, 0.3, 0.0), (4.0e4, 0.3, 0.0)]
)
def test_an_atom_meets_its_own_image_in_a_cell_of_any_shape(second: Vector) -> None:
    cell = ((4.0, 0.0, 0.0), second, (0.0, 0.0, 5.0))
    [told] = overlap_findings(atoms(cell, (0, 0, 0)))
    assert told.message == "Si 1 and its own image are 0.300 Å apart."


@pytest.mark.parametrize("size", [0.0, 1e-200, 1e160, math.inf, math.nan])
def test_vectors_that_span_no_cell_have_no_contacts(size: float) -> None:
    cell = ((size, 0.0, 0.0), (0.0, size, 0.0), (0.0, 0.0, size))
    assert closest_pair([(0.0, 0.0, 0.0), (0.5, 0.0, 0.0)], cell) is None


def test_the_distance_is_the_shortest_of_all_images() -> None:
    """Against a plain sum over many cells, in skewed cells that are thin too."""
    rng = random.Random(5)
    n_found = 0
    for _ in range(150):
        base = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(3)]
        for axis in range(3):
            base[axis][axis] += rng.choice((1.5, 3.0))
        cell = tuple((x, y, z) for x, y, z in base)
        at = [(rng.random(), rng.random(), rng.random()) for _ in range(4)]
        expected = plain(at, cell)
        b, c = cell[1:]
        skewed = (
            cell[0],
            tuple(x + 3 * y for x, y in zip(b, cell[0], strict=True)),
            tuple(x - 2 * y for x, y in zip(c, b, strict=True)),
        )
        same = [(u - 3 * (v + 2 * w), v + 2 * w, w) for u, v, w in at]
        for found in (closest_pair(at, cell), closest_pair(same, skewed)):
            assert (found is None) == (expected >= 0.7)
            if found is not None:
                n_found += 1
                assert found.distance_a == pytest.approx(expected)
    assert n_found > 50


def plain(at: list[Vector], cell: tuple[Vector, ...]) -> float:
    """Return the shortest distance, of images of one atom first."""
    steps = [one for one in itertools.product(range(-3, 4), repeat=3) if any(one)]
    own = min(length(step, cell) for step in steps)
    if own < 0.7:
        return own
    return min(
        length([u - v + n for u, v, n in zip(one, other, step, strict=True)], cell)
        for one, other in itertools.combinations(at, 2)
        for step in [*steps, (0, 0, 0)]
    )


def length(at: list[float] | tuple[int, ...], cell: tuple[Vector, ...]) -> float:
    return math.hypot(
        *(sum(u * row[n] for u, row in zip(at, cell, strict=True)) for n in range(3))
    )
