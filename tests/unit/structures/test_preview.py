"""What is seen of structures, and what is warned of."""

from dataclasses import replace

import pytest

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.models.transforms import Step
from crystalmathd.structures.preview import preview
from crystalmathd.structures.transforming import transformed
from tests.unit.structures.crystals import (
    ORIGIN,
    corundum,
    mgo,
    monoclinic,
    rutile,
    silicon,
    triclinic,
    water,
)


def given(structure: Structure) -> SourcedStructure:
    return SourcedStructure(structure=structure, origin=ORIGIN)


def box(
    lengths: tuple[float, float, float],
    *atoms: tuple[int, float, float, float],
    dimension: int = 3,
) -> SourcedStructure:
    a, b, c = lengths
    vectors = ((a, 0.0, 0.0), (0.0, b, 0.0), (0.0, 0.0, c))
    return given(
        Structure(
            dimension=dimension,
            lattice_a=vectors[:dimension],
            atomic_numbers=tuple(number for number, *_ in atoms),
            positions_a=tuple((x, y, z) for _, x, y, z in atoms),
        )
    )


def test_a_crystal_has_formula_cell_density_and_group() -> None:
    seen = preview(mgo())
    assert (seen.formula, seen.reduced_formula, seen.n_units) == ("Mg4 O4", "MgO", 4)
    assert seen.cell == pytest.approx((4.21, 4.21, 4.21, 90, 90, 90))
    assert seen.volume_a3 == pytest.approx(4.21**3)
    # 4 (24.305 + 15.999) u in 74.618 Å³.
    assert seen.density_g_cm3 == pytest.approx(3.5877, abs=1e-3)
    assert seen.shortest is not None
    assert seen.shortest.distance_a == pytest.approx(2.105)
    assert seen.bonded_dimension == 3
    assert [one.tolerance_a for one in seen.symmetries] == [0.001, 0.01, 0.1]
    assert {(one.number, one.symbol) for one in seen.symmetries} == {(225, "Fm-3m")}
    assert not seen.warnings
    assert [(one.symbol, one.count) for one in seen.looks] == [("Mg", 4), ("O", 4)]


@pytest.mark.parametrize(
    ("make", "number"),
    [(silicon, 227), (rutile, 136), (corundum, 167), (monoclinic, 14), (triclinic, 2)],
)
def test_the_space_group_is_that_which_it_was_made_with(
    make: object, number: int
) -> None:
    seen = preview(make())  # type: ignore[operator]
    assert {one.number for one in seen.symmetries} == {number}
    assert all((one.largest_shift_a or 0) < 1e-6 for one in seen.symmetries)


def test_an_atom_off_its_site_lowers_the_group_until_the_tolerance_reaches_it() -> None:
    before = mgo().structure
    x, y, z = before.positions_a[0]
    moved = replace(before, positions_a=((x + 0.03, y, z), *before.positions_a[1:]))
    fine, middle, coarse = preview(given(moved)).symmetries
    assert fine.number == middle.number != 225
    assert coarse.number == 225
    # The lattice of the four atoms goes along by a quarter of the way.
    assert coarse.largest_shift_a == pytest.approx(0.0225, abs=1e-3)
    assert fine.largest_shift_a == pytest.approx(0, abs=1e-6)


def test_opposite_moments_are_no_images_of_each_other() -> None:
    magnet = replace(mgo(), moments_ub=(2.0, -2.0, 2.0, -2.0, 0.0, 0.0, 0.0, 0.0))
    assert {one.number for one in preview(magnet).symmetries} == {123}


def test_a_slab_has_an_area_and_a_layer_group() -> None:
    step = Step(kind="slab", miller=(0, 0, 1), layers=3)
    seen = preview(transformed(mgo(), [step]).sourced)
    assert seen.area_a2 == pytest.approx(4.21**2 / 2)
    assert (seen.volume_a3, seen.cell, seen.density_g_cm3) == (None, None, None)
    found = {(one.kind, one.number, one.symbol) for one in seen.symmetries}
    assert found == {("layer group", 61, "p4/mmm")}


def test_a_molecule_has_a_point_group() -> None:
    seen = preview(water())
    assert {(one.kind, one.symbol) for one in seen.symmetries} == {
        ("point group", "C2v")
    }
    assert seen.dimension == seen.bonded_dimension == 0


@pytest.mark.parametrize(
    ("made", "word", "n_gaps"),
    [
        (box((4, 20, 20), (6, 0, 10, 10), (6, 1.4, 10.6, 10)), "polymer", 2),
        (box((2.5, 2.5, 20), (6, 0, 0, 0), (6, 1.2, 0.7, 0)), "slab", 1),
        (box((15, 15, 15), (8, 0, 0, 0), (1, 0, 0.76, 0.6)), "molecule", 3),
    ],
)
def test_what_stands_in_vacuum_is_told_with_the_step_that_helps(
    made: SourcedStructure, word: str, n_gaps: int
) -> None:
    seen = preview(made)
    [warned] = seen.warnings
    assert warned.code == "structure.vacuum"
    assert word in warned.message
    assert f"--reduce {3 - n_gaps}" in warned.fix
    assert len(seen.gaps) == n_gaps


def test_layers_of_a_bulk_crystal_are_no_slab_in_vacuum() -> None:
    side = 2.46
    graphite = Structure(
        dimension=3,
        lattice_a=((side, 0, 0), (-side / 2, side * 3**0.5 / 2, 0), (0, 0, 6.7)),
        atomic_numbers=(6,) * 4,
        positions_a=(
            (0.0, 0.0, 0.0),
            (0.0, side / 3**0.5, 0.0),
            (0.0, 0.0, 3.35),
            (side / 2, side / 12**0.5, 3.35),
        ),
    )
    seen = preview(given(graphite))
    assert seen.bonded_dimension == 2
    assert not seen.warnings


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (box((4, 4, 4), (12, 0, 0, 0), (8, 0.3, 0, 0)), "structure.short_distance"),
        (box((4, 4, 4), (12, 0, 0, 0), (8, 1.3, 0, 0)), "structure.short_distance"),
        (box((1.7, 1.7, 1.7), (79, 0, 0, 0)), "structure.density"),
        (box((5.4, 5.4, 5.4), (1, 0, 0, 0)), "structure.density"),
        (
            replace(mgo(), partial=("Site 1 is shared: Mg 0.5, Ca 0.5.",)),
            "structure.partial_occupancy",
        ),
    ],
)
def test_what_looks_wrong_is_warned_of(made: SourcedStructure, code: str) -> None:
    assert code in {one.code for one in preview(made).warnings}


def test_the_two_nearest_atoms_are_named_across_the_border_of_the_cell() -> None:
    seen = preview(box((6, 6, 6), (6, 0.1, 0, 0), (7, 5.0, 0, 0), (8, 3.0, 3, 0)))
    assert seen.shortest is not None
    assert (seen.shortest.first, seen.shortest.second) == (1, 2)
    assert seen.shortest.distance_a == pytest.approx(1.1)


def test_a_single_atom_and_ghosts_have_no_contact() -> None:
    assert preview(box((1, 1, 1), (2, 0, 0, 0), dimension=0)).shortest is None
    ghosts = preview(box((1, 1, 1), (0, 0, 0, 0), dimension=0))
    assert (ghosts.bonded_dimension, ghosts.formula) == (None, "")
    assert ghosts.symmetries == ()


def test_a_polymer_has_no_group_that_is_known() -> None:
    assert preview(box((2.5, 1, 1), (6, 0, 0, 0), dimension=1)).symmetries == ()
