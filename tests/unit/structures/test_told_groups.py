"""A space group that a database says, beside the one that its atoms have."""

from dataclasses import replace

import pytest

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.preview import preview
from crystalmathd.structures.told_groups import other_group, space_group_number
from tests.real.project_data import DOCUMENTS
from tests.unit.structures.crystals import mgo, silicon, sourced


def said(one: SourcedStructure, number: int | None) -> SourcedStructure:
    origin = replace(one.origin, source="Materials Project", space_group=number)
    return replace(one, origin=origin)


def moved(one: SourcedStructure, way_a: float) -> SourcedStructure:
    (x, y, z), *rest = one.structure.positions_a
    places = ((x + way_a, y, z), *rest)
    return replace(one, structure=replace(one.structure, positions_a=places))


def test_what_the_database_says_is_compared_with_what_the_atoms_have() -> None:
    assert other_group(said(mgo(), 225)) is None
    assert other_group(said(mgo(), None)) is None
    warned = other_group(said(mgo(), 221))
    assert warned is not None
    assert warned.code == "structure.space_group"
    assert "Materials Project says 221, the atoms have 225 (Fm-3m)" in warned.message
    assert warned in preview(said(mgo(), 221)).warnings


def test_a_group_that_is_almost_there_is_told_with_what_helps() -> None:
    warned = other_group(said(moved(silicon(), 0.04), 227))
    assert warned is not None
    assert "--standardise" in warned.fix


def test_moments_and_what_was_changed_since_are_no_contradiction() -> None:
    spins = tuple(float(n) for n in range(mgo().structure.n_atoms))
    assert other_group(said(replace(mgo(), moments_ub=spins), 225)) is None
    given = said(mgo(), 221)
    changed = replace(given, origin=replace(given.origin, steps=("vacancy",)))
    assert other_group(changed) is None


@pytest.mark.parametrize("value", [0, 231, 15.5, True, "225", None, float("nan")])
def test_what_is_no_space_group_is_not_compared(value: object) -> None:
    assert space_group_number(value) is None
    assert space_group_number(225.0) == 225


@pytest.mark.parametrize("document", DOCUMENTS[:9], ids=lambda one: one["material_id"])
def test_the_materials_that_the_tests_serve_have_the_groups_they_say(
    document: dict,  # type: ignore[type-arg]
) -> None:
    from pymatgen.core.structure import Structure

    given = sourced(Structure.from_dict(document["structure"]))
    assert other_group(said(given, document["symmetry"]["number"])) is None
