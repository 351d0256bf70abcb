"""Changes of structures, and what is written down of them."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import Step
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.preview import preview
from crystalmathd.structures.transforming import transformed
from tests.unit.structures.crystals import (
    corundum,
    matches,
    mgo,
    monoclinic,
    rutile,
    silicon,
    triclinic,
    water,
)

LARGE = "970299 cells of 8 atoms are 7762392 atoms; at most 20000"
DOUBLE = ((2.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 2.0))


def changed(given: SourcedStructure, *steps: Step) -> SourcedStructure:
    return transformed(given, steps).sourced


@pytest.mark.parametrize(
    "make", [mgo, silicon, rutile, corundum, monoclinic, triclinic]
)
def test_another_cell_is_the_same_crystal(make: Any) -> None:
    given = make()
    for kind in ("primitive", "conventional", "standardised"):
        made = changed(given, Step(kind=kind))
        assert matches(made, given), kind
        assert made.origin.steps == (kind,)
    skewed = ((1.0, 1.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 2.0))
    assert matches(changed(given, Step(kind="supercell", matrix=skewed)), given)


def test_the_primitive_cell_of_an_antiferromagnet_is_the_magnetic_one() -> None:
    magnet = replace(mgo(), moments_ub=(2.0, -2.0, 2.0, -2.0, 0.0, 0.0, 0.0, 0.0))
    made = changed(magnet, Step(kind="primitive"))
    assert made.structure.n_atoms == 4
    assert sorted(made.moments_ub) == [-2.0, 0.0, 0.0, 2.0]


def test_a_supercell_brings_along_moments_flags_and_charge() -> None:
    given = replace(
        mgo(),
        charge=1.0,
        moments_ub=tuple(map(float, range(8))),
        may_move=((True, True, False),) * 8,
    )
    made = changed(given, Step(kind="supercell", matrix=DOUBLE))
    assert made.structure.n_atoms == 64
    assert made.charge == 8.0
    assert made.moments_ub[:9] == (0.0,) * 8 + (1.0,)
    assert made.may_move == ((True, True, False),) * 64


def test_a_large_shift_is_refused_unless_it_is_allowed() -> None:
    before = mgo().structure
    x, y, z = before.positions_a[0]
    moved = replace(before, positions_a=((x + 0.03, y, z), *before.positions_a[1:]))
    given = replace(mgo(), structure=moved)
    step = Step(kind="standardised", tolerance_a=0.1)
    with pytest.raises(StructureFaultError, match=r"would move by 0\.0"):
        changed(given, step)
    assert matches(changed(given, replace(step, may_shift=True)), mgo())


def test_strain_is_that_of_the_tensor() -> None:
    tensor = ((0.01, 0.02, 0.0), (0.02, 0.0, 0.0), (0.0, 0.0, -0.01))
    made = changed(mgo(), Step(kind="strain", matrix=tensor)).structure
    expected = np.array(mgo().structure.lattice_a) @ (np.eye(3) + tensor).T
    assert np.array(made.lattice_a) == pytest.approx(expected)
    fractions = np.array(made.fractional), np.array(mgo().structure.fractional)
    assert fractions[0] == pytest.approx(fractions[1], abs=1e-12)


def test_atoms_are_displaced_by_the_vector_and_rattled_by_the_seed() -> None:
    made = changed(mgo(), Step(kind="displace", atoms=(1, 3), vector_a=(0.1, 0, 0)))
    moves = np.array(made.structure.positions_a) - mgo().structure.positions_a
    assert moves[[0, 2]] == pytest.approx(np.array([[0.1, 0, 0]] * 2))
    assert not moves[[1, 3, 4, 5, 6, 7]].any()
    rattled = [
        changed(mgo(), Step(kind="rattle", amplitude_a=0.05, seed=seed)).structure
        for seed in (1, 1, 2)
    ]
    assert rattled[0] == rattled[1] != rattled[2]
    way = np.array(rattled[0].positions_a) - mgo().structure.positions_a
    assert 0 < np.linalg.norm(way, axis=1).max() <= 0.05


def test_a_vacancy_says_what_symmetry_is_left() -> None:
    steps = (
        Step(kind="supercell", matrix=DOUBLE),
        Step(kind="vacancy", element="O"),
        Step(kind="substitute", atoms=(1,), new_element="Ca"),
    )
    made = transformed(mgo(), steps)
    assert preview(made.sourced).formula == "Ca Mg31 O31"
    assert "space group Pm-3m (221)" in made.notes[1]
    assert "(before: space group Pm-3m" in made.notes[2]


def test_all_atoms_of_an_element_are_substituted_and_lose_their_moments() -> None:
    magnet = replace(mgo(), moments_ub=(2.0,) * 4 + (0.5,) * 4)
    made = changed(magnet, Step(kind="substitute", element="Mg", new_element="ni"))
    assert preview(made).formula == "Ni4 O4"
    assert made.moments_ub == (0.0,) * 4 + (0.5,) * 4


def test_an_element_with_several_sites_wants_an_atom() -> None:
    with pytest.raises(StructureFaultError, match=r"O has 2 kinds of sites.*5, 9"):
        changed(monoclinic(), Step(kind="vacancy", element="O"))
    made = changed(monoclinic(), Step(kind="vacancy", atoms=(9,)))
    assert made.structure.n_atoms == 11


def test_vacuum_and_its_removal_are_the_same_slab() -> None:
    slab = changed(mgo(), Step(kind="slab", miller=(1, 1, 1), layers=6))
    boxed = changed(slab, Step(kind="vacuum", vacuum_a=15.0))
    assert boxed.structure.dimension == 3
    again = changed(boxed, Step(kind="reduce", dimension=2))
    before, after = preview(slab), preview(again)
    assert after.area_a2 == pytest.approx(before.area_a2)
    assert after.symmetries[1].symbol == before.symmetries[1].symbol
    assert after.shortest.distance_a == pytest.approx(before.shortest.distance_a)  # type: ignore[union-attr]


def test_a_molecule_comes_out_of_its_box_in_one_piece() -> None:
    boxed = changed(water(), Step(kind="vacuum", vacuum_a=12.0))
    made = changed(boxed, Step(kind="reduce", dimension=0))
    assert made.structure.dimension == 0
    assert preview(made).symmetries[1].symbol == "C2v"


def test_steps_are_done_again_from_what_is_written_down() -> None:
    steps = (
        Step(kind="supercell", matrix=DOUBLE),
        Step(kind="rattle", amplitude_a=0.1, seed=7),
        Step(kind="displace", atoms=(2,), vector_a=(0.1, 0.2, 0.3)),
    )
    text = msgspec.json.encode(steps)
    again = msgspec.convert(json.loads(text), tuple[Step, ...], strict=False)
    assert changed(mgo(), *steps) == changed(mgo(), *again)
    assert changed(mgo(), *steps).origin.steps == (
        "supercell 2.0 0.0 0.0; 0.0 2.0 0.0; 0.0 0.0 2.0",
        "rattle amplitude_a 0.1 seed 7",
        "displace atoms 2 by 0.1 0.2 0.3",
    )


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step(kind="twist"), "no such step"),
        (Step(kind="supercell"), "3 × 3 whole numbers"),
        (Step(kind="supercell", matrix=((0.5, 0, 0), *DOUBLE[1:])), "whole numbers"),
        (Step(kind="supercell", matrix=((0, 0, 0), *DOUBLE[1:])), "no volume"),
        (Step(kind="supercell", matrix=((99, 0, 0), (0, 99, 0), (0, 0, 99))), LARGE),
        (Step(kind="strain"), "six components"),
        (Step(kind="strain", matrix=((5, 0, 0), *DOUBLE[1:])), "no strain"),
        (Step(kind="displace", atoms=(1,)), "three numbers"),
        (Step(kind="displace", vector_a=(0, 0, 1)), "names no atom"),
        (Step(kind="displace", atoms=(9,), vector_a=(0, 0, 1)), "no atom 9"),
        (Step(kind="rattle"), "amplitude"),
        (Step(kind="vacancy", element="Xx"), "no Xx"),
        (Step(kind="vacancy", atoms=tuple(range(1, 9))), "no atom would be left"),
        (Step(kind="substitute", element="Mg", new_element="Qq"), "Qq is no element"),
        (Step(kind="reduce", dimension=2), "no vacuum"),
        (Step(kind="reduce"), "fewer"),
        (Step(kind="vacuum", vacuum_a=10.0), "three directions already"),
        (Step(kind="slab", layers=3), "Miller"),
        (Step(kind="slab", miller=(1, 0, 0)), "layers or a thickness"),
        (Step(kind="slab", miller=(1, 0, 0), layers=3, termination=5), "0 to 0"),
        (Step(kind="slab", miller=(1, 0, 0), thickness_a=-1.0), "positive"),
        (Step(kind="slab", miller=(1, 0, 0), layers=3, vacuum_a=0.0), "positive"),
        (Step(kind="slab", miller=(97, 89, 83), layers=3), "too large"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_step(step: Step, said: str) -> None:
    with pytest.raises(StructureFaultError, match=rf"step 1 \({step.kind}.*{said}"):
        transformed(mgo(), [step])


def test_disordered_structures_and_endless_lists_are_refused() -> None:
    disordered = replace(mgo(), partial=("Site 1 is shared: Mg 0.5, Ca 0.5.",))
    with pytest.raises(StructureFaultError, match="Site 1 is shared"):
        transformed(disordered, [Step(kind="primitive")])
    with pytest.raises(StructureFaultError, match="more than 50"):
        transformed(mgo(), [Step(kind="primitive")] * 51)


@pytest.mark.parametrize("kind", ["primitive", "conventional", "standardised"])
def test_only_crystals_are_standardised(kind: str) -> None:
    with pytest.raises(StructureFaultError, match="only crystals"):
        transformed(water(), [Step(kind=kind)])


def test_what_does_not_repeat_is_not_multiplied() -> None:
    with pytest.raises(StructureFaultError, match="repeats in 0 directions"):
        transformed(water(), [Step(kind="supercell", matrix=DOUBLE)])
