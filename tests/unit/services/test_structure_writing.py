"""Whatever is written of a structure is the same structure when it is read again."""

from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import Step
from crystalmathd.services.structure_reading import structure_in
from crystalmathd.services.structure_writing import FORMATS, written
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

NAMES = {"poscar": "POSCAR", "pymatgen": "p.json", "ase": "a.json", "pw": "x.in"}
OF_CRYSTALS = {"cif", "poscar", "pw"}


def again(given: SourcedStructure, form: str, **options: Any) -> SourcedStructure:
    data = written(given, form, **options)
    return structure_in(data, NAMES.get(form, f"x.{form}"))


@pytest.mark.parametrize(
    "make", [mgo, silicon, rutile, corundum, monoclinic, triclinic]
)
@pytest.mark.parametrize("form", FORMATS)
def test_crystals_come_back(make: Any, form: str) -> None:
    given = make()
    read = again(given, form)
    assert matches(read, given)
    volumes = [
        (one.structure.volume_a3 or 0) / one.structure.n_atoms for one in (read, given)
    ]
    assert volumes[0] == pytest.approx(volumes[1], rel=1e-6)


@pytest.mark.parametrize("make", [mgo, corundum, monoclinic])
@pytest.mark.parametrize("form", ["cif", "gui"])
def test_crystals_come_back_from_their_irreducible_atoms(make: Any, form: str) -> None:
    assert matches(again(make(), form, has_symmetry=True), make())


@pytest.mark.parametrize("form", [one for one in FORMATS if one not in OF_CRYSTALS])
def test_slabs_and_molecules_come_back(form: str) -> None:
    step = Step(kind="slab", miller=(0, 0, 1), layers=3)
    for given in (transformed(mgo(), [step]).sourced, water()):
        before, after = preview(given), preview(again(given, form))
        assert after.dimension == before.dimension
        assert after.formula == before.formula
        assert after.symmetries[1].symbol == before.symmetries[1].symbol
        assert after.area_a2 == pytest.approx(before.area_a2)
        assert after.shortest.distance_a == pytest.approx(  # type: ignore[union-attr]
            before.shortest.distance_a  # type: ignore[union-attr]
        )


@pytest.mark.parametrize("form", sorted(OF_CRYSTALS))
@pytest.mark.parametrize("has_symmetry", [False, True])
def test_what_a_format_cannot_hold_is_refused(form: str, has_symmetry: bool) -> None:  # noqa: FBT001
    with pytest.raises(ValueError, match=r"directions|crystals"):
        written(water(), form, has_symmetry=has_symmetry)


@pytest.mark.parametrize("form", FORMATS)
def test_no_file_is_made_of_a_disordered_structure(form: str) -> None:
    given = replace(mgo(), partial=("Site 1 is shared: Mg 0.5, Ca 0.5.",))
    with pytest.raises(ValueError, match="Site 1 is shared"):
        written(given, form)


def test_a_poscar_has_its_species_together_and_keeps_what_may_move() -> None:
    mixed = replace(
        rutile(),
        structure=replace(
            rutile().structure, atomic_numbers=(22, 8, 8, 22, 8, 8), labels=()
        ),
        may_move=((True, False, True),) + ((True, True, True),) * 5,
    )
    text = written(mixed, "poscar").decode()
    assert text.splitlines()[5:8] == ["Ti O", "2 4", "Selective dynamics"]
    read = structure_in(text.encode(), "POSCAR")
    assert read.may_move[0] == (True, False, True)
    assert read.structure.positions_a[1] == pytest.approx(
        rutile().structure.positions_a[3]
    )


def test_a_deck_has_the_group_and_the_irreducible_atoms_and_stops_after_a_test() -> (
    None
):
    lines = written(corundum(), "d12").decode().splitlines()
    assert lines[1:4] == ["CRYSTAL", "0 0 0", "167"]
    assert lines[5] == "2"
    assert lines[-2:] == ["TESTGEOM", "END"]


def test_ghosts_are_left_out_where_a_format_has_none() -> None:
    haunted = replace(
        mgo(),
        structure=replace(mgo().structure, atomic_numbers=(0, *[12] * 3, *[8] * 4)),
    )
    for form in ("cif", "poscar", "pw"):
        assert again(haunted, form).structure.n_atoms == 7
    assert again(haunted, "json").structure.atomic_numbers[0] == 0


@pytest.mark.parametrize("form", ["cif", "gui", "d12"])
def test_atoms_are_moved_far_to_have_a_group_only_if_that_is_allowed(form: str) -> None:
    before = mgo().structure
    x, y, z = before.positions_a[0]
    moved = replace(before, positions_a=((x + 0.03, y, z), *before.positions_a[1:]))
    given = replace(mgo(), structure=moved)
    options: dict[str, Any] = {"has_symmetry": True, "tolerance_a": 0.1}
    with pytest.raises(ValueError, match=r"would move by 0\.0.*--may-shift"):
        written(given, form, **options)
    assert matches(again(given, form, **options, may_shift=True), mgo())
