"""The library of named structures."""

from dataclasses import replace

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.store.database import Connection
from crystalmathd.store.structures import (
    NamedStructure,
    all_structures,
    find_structure,
    insert_structure,
    remove_structure,
)

ORIGIN = Origin(kind="file", name="mgo.cif", sha256="0" * 64, steps=("primitive",))
MGO = SourcedStructure(
    structure=Structure(
        dimension=3,
        lattice_a=((0.0, 2.1, 2.1), (2.1, 0.0, 2.1), (2.1, 2.1, 0.0)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (2.1, 2.1, 2.1)),
    ),
    origin=ORIGIN,
    moments_ub=(0.0, 0.5),
    may_move=((True, False, True), (True, True, True)),
)
NAMED = NamedStructure(
    name="mgo",
    formula="Mg O",
    n_atoms=2,
    dimension=3,
    origin=ORIGIN,
    tags=("oxide",),
    created_ms=7,
)


def test_a_structure_is_found_again_as_it_was(db: Connection) -> None:
    assert insert_structure(db, NAMED, MGO, replaces=False)
    assert find_structure(db, "mgo") == MGO
    assert find_structure(db, "MgO") is None
    assert all_structures(db) == [NAMED]


def test_a_name_is_given_once_unless_it_is_to_be_replaced(db: Connection) -> None:
    assert insert_structure(db, NAMED, MGO, replaces=False)
    other = replace(MGO, title="another one")
    assert not insert_structure(db, NAMED, other, replaces=False)
    assert find_structure(db, "mgo") == MGO
    assert insert_structure(db, NAMED, other, replaces=True)
    assert find_structure(db, "mgo") == other
    assert len(all_structures(db)) == 1


def test_structures_are_listed_by_name_and_tag(db: Connection) -> None:
    for name, tags in (("b", ("x",)), ("a", ()), ("c", ("x", "y"))):
        assert insert_structure(
            db, replace(NAMED, name=name, tags=tags), MGO, replaces=False
        )
    assert [one.name for one in all_structures(db)] == ["a", "b", "c"]
    assert [one.name for one in all_structures(db, "x")] == ["b", "c"]
    assert all_structures(db, "z") == []


def test_a_structure_is_forgotten_once(db: Connection) -> None:
    insert_structure(db, NAMED, MGO, replaces=False)
    assert remove_structure(db, "mgo")
    assert not remove_structure(db, "mgo")
    assert find_structure(db, "mgo") is None
