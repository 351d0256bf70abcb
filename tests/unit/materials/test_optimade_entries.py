"""Entries of OPTIMADE: dimension, shared sites, and what is no structure."""

from typing import Any

import pytest

from crystalmathd.materials.optimade_entries import (
    Provider,
    material,
    structure_of,
)

CUBE = [[4.0, 0, 0], [0, 4.0, 0], [0, 0, 4.0]]


def species(name: str, **known: Any) -> dict[str, Any]:
    return {
        "name": name,
        "chemical_symbols": [name],
        "concentration": [1.0],
        **known,
    }


def attributes(**known: Any) -> dict[str, Any]:
    return {
        "dimension_types": [1, 1, 1],
        "nperiodic_dimensions": 3,
        "lattice_vectors": CUBE,
        "species": [species("Cs"), species("Cl")],
        "species_at_sites": ["Cs", "Cl"],
        "cartesian_site_positions": [[0, 0, 0], [2, 2, 2]],
        **known,
    }


def test_a_slab_whose_normal_is_not_the_last_vector_keeps_the_other_two() -> None:
    structure, _ = structure_of(attributes(dimension_types=[1, 0, 1]))
    assert structure.dimension == 2
    assert structure.lattice_a == ((4.0, 0.0, 0.0), (0.0, 0.0, 4.0))


def test_three_periodic_directions_need_no_types() -> None:
    structure, partial = structure_of(attributes(dimension_types=None))
    assert (structure.dimension, partial) == (3, ())


def test_labels_are_kept_where_they_tell_more_than_the_element() -> None:
    given = attributes(
        species=[species("Cs"), species("Cl2", chemical_symbols=["Cl"])],
        species_at_sites=["Cs", "Cl2"],
    )
    structure, _ = structure_of(given)
    assert (structure.labels, structure.atomic_numbers) == (("Cs", "Cl2"), (55, 17))


def test_whatever_is_not_one_cells_atoms_is_told() -> None:
    given = attributes(
        species=[
            species("Cs", concentration=[0.5]),
            species("gap", chemical_symbols=["vacancy"]),
        ],
        species_at_sites=["Cs", "gap"],
        structure_features=["implicit_atoms", "disorder"],
    )
    structure, partial = structure_of(given)
    assert structure.atomic_numbers == (55, 0)
    assert partial == (
        "The entry has atoms without positions.",
        "Site 1 is shared: Cs 0.5.",
        "Site 2 is vacant.",
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"species_at_sites": ["Cs"]}, "differ in number"),
        ({"lattice_vectors": None}, "no lattice vectors"),
        ({"dimension_types": None, "nperiodic_dimensions": 2}, "is not said"),
        ({"cartesian_site_positions": [[0, 0, 0], [1, 2, "nan"]]}, "no number"),
        ({"species": [species("Cs"), species("Cl", chemical_symbols=["Qq"])]}, "Qq"),
    ],
)
def test_a_structure_that_contradicts_itself_is_refused(
    wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        structure_of(attributes(**wrong))


def test_own_fields_have_the_units_that_the_provider_gives() -> None:
    provider = Provider("db", "Data Base", units={"_db_gap": "eV"})
    given = {
        "id": "a/b",
        "attributes": {
            "chemical_formula_reduced": "ClCs",
            "nsites": 2,
            "_db_gap": 3,
            "_db_kept": True,
            "_db_list": [1],
        },
    }
    one = material(given, provider, is_whole=False)
    assert (one.material_id, one.formula) == ("db/a/b", "ClCs")
    known = {prop.name: (prop.value, prop.unit) for prop in one.properties}
    assert known == {"_db_gap": (3.0, "eV"), "_db_kept": (True, "")}


@pytest.mark.parametrize(("said", "kept"), [(221, 221), (None, None), (999, None)])
def test_the_space_group_that_a_provider_says_goes_with_the_structure(
    said: int | None, kept: int | None
) -> None:
    given = {"id": "1", "attributes": attributes(space_group_it_number=said)}
    one = material(given, Provider("db", "Data Base"), is_whole=True)
    assert one.structure is not None
    assert one.structure.origin.space_group == kept
