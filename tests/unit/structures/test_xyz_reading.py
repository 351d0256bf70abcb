"""XYZ and extended XYZ, plain or with a lattice in any directions."""

from dataclasses import replace

import pytest

from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.xyz import write_xyz
from crystalmathd.structures.xyz_reading import read_xyz
from tests.unit.structures.crystals import ORIGIN, mgo, water

PLAIN = "3\nwater\nO 0 0 0.117\n1 0 0.757 -0.469 0.1\nH 0 -0.757 -0.469\n"


def test_a_plain_file_is_a_molecule_with_its_comment_as_title() -> None:
    read = read_xyz(PLAIN, ORIGIN)
    assert read.structure.dimension == 0
    assert read.structure.atomic_numbers == (8, 1, 1)
    assert read.structure.positions_a[1] == (0.0, 0.757, -0.469)
    assert read.title == "water"


@pytest.mark.parametrize("make", [mgo, water])
def test_what_is_written_is_read_back_to_the_last_digit(make: object) -> None:
    made = make()  # type: ignore[operator]
    assert read_xyz(write_xyz(made.structure), ORIGIN).structure == made.structure


def test_the_last_of_several_frames_is_read() -> None:
    later = PLAIN.replace("0.117", "0.2")
    read = read_xyz(f"{PLAIN}\n{later}", ORIGIN)
    assert read.structure.positions_a[0] == (0.0, 0.0, 0.2)
    assert read.title == "water frame 2 of 2"


def test_moments_of_the_columns_are_kept() -> None:
    text = (
        '2\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:magmoms:R:1:pos:R:3\n'
        "Fe 2.2 0 0 0\nFe -2.2 1.5 1.5 1.5\n"
    )
    read = read_xyz(text, ORIGIN)
    assert read.moments_ub == (2.2, -2.2)
    assert read.structure.dimension == 3


@pytest.mark.parametrize(
    ("flags", "lattice", "position"),
    [
        ("T T F", ((3.0, 0.0, 0.0), (0.0, 4.0, 0.0)), (1.0, 2.0, 3.0)),
        ("T F T", ((5.0, 0.0, 0.0), (0.0, 3.0, 0.0)), (3.0, 1.0, 2.0)),
        ("F T T", ((4.0, 0.0, 0.0), (0.0, 5.0, 0.0)), (2.0, 3.0, 1.0)),
        ("F F T", ((5.0, 0.0, 0.0),), (3.0, 1.0, 2.0)),
        ("F T F", ((4.0, 0.0, 0.0),), (2.0, 3.0, 1.0)),
        ("F F F", (), (1.0, 2.0, 3.0)),
    ],
)
def test_axes_are_turned_so_that_those_that_repeat_stand_first(
    flags: str, lattice: object, position: object
) -> None:
    text = f'1\nLattice="3 0 0 0 4 0 0 0 5" pbc="{flags}"\nC 1 2 3\n'
    read = read_xyz(text, ORIGIN).structure
    assert read.lattice_a == lattice
    assert read.positions_a == (position,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("x\n", "line 1: the number of atoms"),
        ("0\n\n", "line 1: 0 is no number of atoms"),
        ("3\nwater\nO 0 0 0\n", "line 3: the file ends"),
        ("1\n\nO 0 zero 0\n", "line 3: 'O 0 zero 0' is no atom"),
        ("1\n\nQq 0 0 0\n", "line 3: 'Qq 0 0 0' is no atom"),
        ("1\n\nO 0 0\n", "line 3: 'O 0 0' is no atom"),
        ("1\n\nO 0 0 nan\n", "line 3"),
        ('1\nLattice="1 2 3"\nO 0 0 0\n', "line 2: Lattice should be nine"),
        ('1\nLattice="3 0 0 0 3 0 0 0 3" pbc="T"\nO 0 0 0\n', "line 2: pbc"),
        ("1\nProperties=pos:R:3\nO 0 0 0\n", "line 2: Properties"),
        ("1\nProperties=species:S:x:pos:R:3\nO 0 0 0\n", "line 2: Properties"),
    ],
)
def test_rubbish_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(StructureFaultError, match=said):
        read_xyz(text, ORIGIN)


def test_a_slab_is_written_and_read_as_a_slab() -> None:
    slab = replace(
        mgo().structure, dimension=2, lattice_a=mgo().structure.lattice_a[:2]
    )
    assert read_xyz(write_xyz(slab), ORIGIN).structure == slab
