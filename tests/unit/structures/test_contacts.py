"""Which two atoms lie in each other, in cells of every shape."""

import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

import pytest

from crystalmathd.models.inputs import ERROR, WARNING
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures import contacts
from crystalmathd.structures.contacts import CLOSE_A, closest_pair, nearest
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
    for squeezed in (0.7, 0.74):  # H2, in a test of lattices too
        assert not overlap_findings(atoms(CUBE, (0, 0, 0), (0, 0, squeezed)))


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
            assert (found is None) == (expected >= CLOSE_A)
            if found is not None:
                n_found += 1
                assert found.distance_a == pytest.approx(expected)
    assert n_found > 50


def plain(at: list[Vector], cell: tuple[Vector, ...]) -> float:
    """Return the shortest distance, of images of one atom first."""
    steps = [one for one in itertools.product(range(-3, 4), repeat=3) if any(one)]
    own = min(length(step, cell) for step in steps)
    if own < CLOSE_A:
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


def lattice_points(n: int, spacing_a: float) -> tuple[tuple[Vector, ...], list[Vector]]:
    size = n * spacing_a
    cell = ((size, 0.0, 0.0), (0.0, size, 0.0), (0.0, 0.0, size))
    steps = [step / n for step in range(n)]
    return cell, list(itertools.product(steps, repeat=3))


@pytest.mark.parametrize("n", [7, 14])
@pytest.mark.parametrize("spacing_a", [0.2, 0.26, 0.36, 0.5, 0.69, 2.0])
def test_the_pairs_compared_grow_as_the_atoms_do(
    n: int, spacing_a: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scale of 0.1 instead of 1.0 puts a whole cell into a few boxes."""
    cell, at = lattice_points(n, spacing_a)
    assert most_compared(at, cell, monkeypatch) < 60 * len(at)


@pytest.mark.parametrize("size", [1.0, 2.5, 30.0, 1e5])
def test_atoms_anywhere_are_compared_with_few_others(
    size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    cell = ((2.5, 0.0, 0.0), (0.0, 2.5, 0.0), (0.0, 0.0, size))
    at = [(rng.random(), rng.random(), rng.random() * 2.5 / size) for _ in range(3000)]
    assert most_compared(at, cell, monkeypatch) < 60 * len(at)
    assert most_compared([(0.5, 0.5, 0.5)] * 3000, cell, monkeypatch) == 1


def most_compared(
    at: list[Vector], cell: tuple[Vector, ...], monkeypatch: pytest.MonkeyPatch
) -> int:
    """Return how many pairs were compared, of all sizes of boxes."""
    n_compared = 0
    neighbours = contacts._neighbours

    def counted(*about: Any) -> Iterator[tuple[int, int]]:
        nonlocal n_compared
        for pair in neighbours(*about):
            n_compared += 1
            yield pair

    with monkeypatch.context() as patched:
        patched.setattr(contacts, "_neighbours", counted)
        closest_pair(at, cell)
    return n_compared


@pytest.mark.parametrize("number", [1e300, -1e155, 1e16, math.inf, math.nan])
def test_what_lies_beyond_all_bounds_has_no_neighbours(number: float) -> None:
    assert closest_pair([(0.0, 0.0, 0.0), (number, 0.0, 0.0)], CUBE) is None
    wide = ((number, 0.0, 0.0), *CUBE[1:])
    assert closest_pair([(0.0, 0.0, 0.0), (0.5, 0.0, 0.0)], wide) is None
    assert nearest(atoms(CUBE, (0.0, 0.0, 0.0), (number, number, 0.0))) is None
