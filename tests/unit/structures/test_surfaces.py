"""Slabs: areas, layers and groups that are known, and pymatgen's of the same cut."""

import warnings
from typing import Any

import numpy as np
import pytest

from crystalmathd.models.transforms import Step
from crystalmathd.structures.preview import preview
from crystalmathd.structures.pymatgen_bridge import to_pymatgen
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
    terminations = range(4)
    found = set()
    for termination in terminations:
        step = Step(kind="slab", miller=miller, layers=layers, termination=termination)
        try:
            seen = preview(transformed(make(), [step]).sourced)
        except Exception as refusal:
            assert "termination" in str(refusal)
            break
        found.add((seen.n_atoms, seen.symmetries[1].symbol))
    assert (n_atoms, group) in found


@pytest.mark.parametrize("make", [mgo, silicon, rutile, corundum, monoclinic])
@pytest.mark.parametrize("miller", [(0, 0, 1), (1, 1, 0), (1, 0, -2), (2, 1, 1)])
def test_the_area_is_that_of_the_smallest_cell_of_the_plane(
    make: Any, miller: tuple[int, int, int]
) -> None:
    """Volume of the primitive cell over distance of planes: the plane's own lattice."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analyzer = SpacegroupAnalyzer(to_pymatgen(make()))
        primitive = analyzer.find_primitive()
    conventional = to_pymatgen(make()).lattice
    normal = conventional.reciprocal_lattice_crystallographic.get_cartesian_coords(
        miller
    )
    raw = primitive.lattice.matrix @ normal
    indices = np.round(raw * 6).astype(int)
    distance = np.gcd.reduce(indices) / 6 / np.linalg.norm(normal)
    step = Step(kind="slab", miller=miller, thickness_a=6.0)
    seen = preview(transformed(make(), [step]).sourced)
    assert seen.area_a2 == pytest.approx(primitive.volume / distance, rel=1e-6)


def test_a_thick_slab_has_the_density_of_the_crystal() -> None:
    for make in (mgo, rutile, corundum, monoclinic):
        given = make()
        period = len(
            transformed(given, [Step(kind="slab", miller=(1, 1, 0), layers=1)]).notes
        )
        assert period == 1
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
