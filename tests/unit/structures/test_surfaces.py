"""Slabs: areas, layers and groups that are known, and pymatgen's of the same cut."""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crystalmathd.models.transforms import Step
from crystalmathd.structures.preview import preview
from crystalmathd.structures.transforming import transformed
from tests.unit.structures.crystals import corundum, mgo, monoclinic, rutile, silicon

A = 4.21


@pytest.mark.parametrize(
    ("make", "miller", "layers", "n_atoms", "group"),
    [
        (mgo, (0, 0, 1), 3, 6, "p4/mmm"),
        (mgo, (0, 0, 1), 4, 8, "p4/nmm"),
        (mgo, (1, 1, 0), 3, 6, "pmmm"),
        (mgo, (1, 1, 1), 4, 4, "p3m1"),
        (silicon, (1, 1, 1), 4, 4, "p-3m1"),
        (silicon, (0, 0, 1), 4, 4, "pmma"),
        (rutile, (1, 1, 0), 3, 6, "pmmm"),
    ],
)
def test_a_slab_has_as_many_layers_as_asked_for_and_its_layer_group(
    make: Any, miller: tuple[int, int, int], layers: int, n_atoms: int, group: str
) -> None:
    first = Step(kind="slab", miller=miller, layers=layers)
    [note] = transformed(make(), [first]).notes
    count = re.search(r"termination 0 of (\d+)", note)
    assert count is not None
    found = set()
    for termination in range(int(count[1])):
        step = replace(first, termination=termination)
        seen = preview(transformed(make(), [step]).sourced)
        found.add((seen.n_atoms, seen.symmetries[1].symbol))
    assert (n_atoms, group) in found


F = ((0, 3, 3), (3, 0, 3), (3, 3, 0))
R = ((4, 2, 2), (2, 4, 4))
"""Centring vectors in sixths."""


@pytest.mark.parametrize(
    ("make", "centrings"),
    [(mgo, F), (silicon, F), (rutile, ()), (corundum, R), (monoclinic, ())],
)
@pytest.mark.parametrize("miller", [(0, 0, 1), (1, 0, -2), (2, 1, 1)])
def test_the_area_is_that_of_the_smallest_cell_of_the_plane(
    make: Any, centrings: tuple[tuple[int, ...], ...], miller: tuple[int, int, int]
) -> None:
    """Volume of a lattice point over the distance of two planes of the lattice."""
    lattice = np.array(make().structure.lattice_a)
    heights = [6 * index for index in miller]
    heights += [int(np.dot(vector, miller)) for vector in centrings]
    normal = np.linalg.inv(lattice) @ miller
    distance = math.gcd(*heights) / 6 / np.linalg.norm(normal)
    volume = np.linalg.det(lattice) / (1 + len(centrings))
    step = Step(kind="slab", miller=miller, thickness_a=6.0)
    made = transformed(make(), [step]).sourced.structure
    area = np.linalg.norm(np.cross(*made.lattice_a))
    assert area == pytest.approx(abs(volume) / distance, rel=1e-6)


def test_a_thick_slab_has_the_density_of_the_crystal() -> None:
    for make in (mgo, rutile, corundum, monoclinic):
        given = make()
        thin, thick = (
            transformed(
                given,
                [Step(kind="slab", miller=(1, 1, 0), thickness_a=t, vacuum_a=10.0)],
            ).sourced.structure
            for t in (30.0, 60.0)
        )
        added = (thick.volume_a3 or 0) - (thin.volume_a3 or 0)
        per_atom = added / (thick.n_atoms - thin.n_atoms)
        bulk = (given.structure.volume_a3 or 0) / given.structure.n_atoms
        assert per_atom == pytest.approx(bulk, rel=0.08)


def test_vacuum_stands_above_and_below() -> None:
    step = Step(kind="slab", miller=(0, 0, 1), layers=3, vacuum_a=15.0)
    made = transformed(mgo(), [step]).sourced.structure
    assert made.dimension == 3
    assert made.lattice_a[2] == pytest.approx((0, 0, A + 15.0))
    heights = [z for _, _, z in made.positions_a]
    assert (min(heights), max(heights)) == pytest.approx((7.5, 7.5 + A))


def test_a_true_slab_lies_in_the_plane_of_x_and_y_around_zero() -> None:
    step = Step(kind="slab", miller=(2, 1, 1), thickness_a=9.0)
    made = transformed(rutile(), [step]).sourced.structure
    (ax, ay, az), (_, by, bz) = made.lattice_a
    assert (ay, az, bz) == (0.0, 0.0, 0.0)
    assert ax > 0
    assert by > 0
    heights = [z for _, _, z in made.positions_a]
    assert min(heights) == pytest.approx(-max(heights))
    assert max(heights) - min(heights) >= 9.0
