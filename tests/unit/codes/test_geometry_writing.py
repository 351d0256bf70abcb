"""What is written of a structure, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import primitive_cell
from crystalmathd.codes.crystal.geometry_writing import written_geometry
from crystalmathd.codes.crystal.gui import read_gui
from crystalmathd.codes.crystal.gui_writing import symmetric_gui
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.models.structures import Structure
from tests.unit.codes import corpora
from tests.unit.codes.test_geometry_of_corpora import structure_of
from tests.unit.codes.written_decks import assert_is_the_structure

FCC = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2


def made(
    vectors: object, numbers: tuple[int, ...], fractions: object, dimension: int = 3
) -> Structure:
    """Return a structure of fractions; where nothing repeats the vectors are units."""
    lattice = np.array(vectors, dtype=float)
    positions = np.array(fractions, dtype=float) @ lattice
    return Structure(
        dimension=dimension,
        lattice_a=tuple((x, y, z) for x, y, z in lattice[:dimension].tolist()),
        atomic_numbers=numbers,
        positions_a=tuple((x, y, z) for x, y, z in positions.tolist()),
    )


MGO = made(4.21 * FCC, (8, 12), [(0, 0, 0), (0.5, 0.5, 0.5)])
IRON = made(2.87 * np.eye(3), (26, 26), [(0, 0, 0), (0.5, 0.5, 0.5)])
GRAPHENE = made(
    [[2.46, 0, 0], [-1.23, 1.23 * 3**0.5, 0], [0, 0, 1]],
    (6, 6),
    [(0.3333333333, 0.6666666667, 4), (0.6666666667, 0.3333333333, 4)],
    dimension=2,
)


def quartz(*, is_mirrored: bool) -> Structure:
    """Return α-quartz, right- or left-handed."""
    text = (
        "t\nCRYSTAL\n0 0 0\n154\n4.91 5.40\n2\n14 .47 0. .6666666667\n"
        "8 .41 .27 .785\nTESTGEOM\nEND\n"
    )
    found = structure_of(primitive_cell(read_deck(text).geometry))
    sign = -1 if is_mirrored else 1
    flip = lambda v: (v[0], v[1], sign * v[2])  # noqa: E731
    return replace(
        found,
        lattice_a=tuple(map(flip, found.lattice_a)),
        positions_a=tuple(map(flip, found.positions_a)),
    )


def test_rock_salt_is_five_short_records_and_two_atoms() -> None:
    lines = written_geometry(MGO).lines
    assert lines[:5] == ("CRYSTAL", "0 0 0", "225", "4.21", "2")
    assert [line.split()[0] for line in lines[5:]] == ["8", "12"]
    assert lines[5].split()[1:] == ["0.000000000000"] * 3


def test_a_special_position_is_written_as_an_exact_fraction() -> None:
    lines = written_geometry(GRAPHENE).lines
    assert lines[:4] == ("SLAB", "80", "2.46", "1")
    assert lines[4].split() == [
        "6",
        "0.333333333333",
        "0.666666666667",
        "0.000000000000",
    ]


def test_atoms_of_different_marks_are_no_images_of_each_other() -> None:
    plain = written_geometry(IRON)
    assert (plain.group_number, plain.order, plain.places) == (229, (0,), (0, 0))
    assert plain.n_given_cells == 2
    assert "2 primitive cells" in plain.notes[0]
    marked = written_geometry(IRON, kinds=("up", "down"))
    assert (marked.group_number, marked.n_given_cells) == (221, 1)
    assert marked.irreducible == (0, 1)
    assert [marked.order[place] for place in marked.places] == [0, 1]


def test_conventional_numbers_are_written_and_part_atoms_too() -> None:
    written = written_geometry(IRON, labels_for=(226, 126))
    assert written.group_number == 221
    assert sorted(written.cell.labels) == [126, 226]
    assert written.cell.labels[written.places[0]] == 226


@pytest.mark.parametrize("is_mirrored", [True, False])
def test_quartz_keeps_its_hand(*, is_mirrored: bool) -> None:
    given = quartz(is_mirrored=is_mirrored)
    written = written_geometry(given)
    assert written.group_number == (152 if is_mirrored else 154)
    assert_is_the_structure(written, given)


def test_a_larger_shift_is_made_only_when_it_is_allowed() -> None:
    bent = replace(MGO, positions_a=((0.03, 0.0, 0.01), MGO.positions_a[1]))
    strict = written_geometry(bent)
    assert {group.tolerance_a: group.number for group in strict.groups}[0.1] == 225
    assert strict.group_number < 225
    with pytest.raises(InputRefusedError, match="allow the shift"):
        written_geometry(bent, tolerance_a=0.1)
    loose = written_geometry(bent, tolerance_a=0.1, may_shift=True)
    assert loose.group_number == 225
    # Half of the way each: the origin is where both have to move least.
    assert loose.largest_shift_a == pytest.approx(np.hypot(0.03, 0.01) / 2, rel=1e-6)


def test_a_wide_tolerance_takes_no_bond_for_one_atom() -> None:
    given = made(
        [[4, 0, 0], [0, 4.5, 0], [0, 0, 5]], (1, 1), [(0.05, 0, 0), (0.2325, 0, 0)]
    )
    written = written_geometry(given, tolerance_a=0.1, may_shift=True)
    assert len(written.cell.labels) == 2
    assert_is_the_structure(written, given)


def test_a_cell_that_is_nearly_cubic_is_told_how_nearly() -> None:
    vectors = 4.21 * FCC * np.array([1.0, 1.0, 1.002])
    given = made(vectors, (8, 12), [(0, 0, 0), (0.5, 0.5, 0.5)])
    written = written_geometry(given, tolerance_a=0.1, may_shift=True)
    assert written.group_number == 225
    assert 0.001 < written.largest_strain_a < 0.01


def test_without_symmetry_a_slab_keeps_its_heights_and_order() -> None:
    lines = written_geometry(GRAPHENE, wants_symmetry=False).lines
    assert lines[:4] == ("SLAB", "1", "2.46 2.46 120", "2")
    assert lines[4].split()[3] == lines[5].split()[3] == "4.000000000000"


@pytest.mark.parametrize(
    ("numbers", "positions", "group"),
    [
        ((8, 6, 8), [(0, 0, -1.16), (0, 0, 0), (0, 0, 1.16)], 16),
        ((6, 8), [(1, 1, 1), (1.7, 1.7, 1.5)], 15),
        ((10,), [(3, 2, 1)], 45),
        ((8, 1, 1), [(1, 2, 3), (1.76, 2.59, 3), (0.24, 2.59, 3)], 15),
        ((6, 6, 8, 1), [(0, 0, 0), (1.4, 0, 0), (0, 1.2, 0), (0, 0, 1.0)], 1),
    ],
)
def test_a_molecule_has_the_largest_group_that_it_can_have(
    numbers: tuple[int, ...], positions: object, group: int
) -> None:
    given = made(np.eye(3), numbers, positions, dimension=0)
    written = written_geometry(given)
    assert written.group_number == group
    assert_is_the_structure(written, given)


def test_a_group_whose_setting_is_not_known_is_told() -> None:
    positions = [
        (0, 0, 0.3),
        (0.94, 0, 0),
        (-0.47, 0.8140639, 0),
        (-0.47, -0.8140639, 0),
    ]
    given = made(np.eye(3), (7, 1, 1, 1), positions, dimension=0)
    written = written_geometry(given)
    assert written.group_number == 25
    assert "6 operators" in written.notes[0]


def test_a_chain_says_that_its_rod_group_is_not_looked_for() -> None:
    given = made(np.diag([2.5, 1, 1]), (6, 6), [(0, 0, 0), (0.5, 1, 0)], dimension=1)
    written = written_geometry(given)
    assert written.lines[:3] == ("POLYMER", "2", "2.5")
    assert "rod groups" in written.notes[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (replace(MGO, atomic_numbers=(0, 12)), "no element"),
        (replace(MGO, positions_a=(MGO.positions_a[0],) * 2), "Å|no group"),
        (replace(MGO, lattice_a=(*MGO.lattice_a[:2], MGO.lattice_a[0])), "no cell"),
        (replace(MGO, lattice_a=MGO.lattice_a[:2]), "as many lattice vectors"),
        (replace(MGO, atomic_numbers=(), positions_a=()), "no atoms"),
    ],
)
def test_what_is_no_structure_is_refused(given: Structure, words: str) -> None:
    with pytest.raises(InputRefusedError, match=words):
        written_geometry(given)


@pytest.mark.parametrize(("what", "values"), [("labels_for", (8,)), ("kinds", (1,))])
def test_a_mark_for_each_atom_is_wanted(what: str, values: tuple[int, ...]) -> None:
    choices: dict[str, tuple[int, ...]] = {what: values}
    with pytest.raises(InputRefusedError, match="for 2 atoms"):
        written_geometry(MGO, **choices)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "codes"),
    [(MGO, (3, 5, 6)), (quartz(is_mirrored=False), (3, 1, 5)), (GRAPHENE, (2, 1, 5))],
)
def test_a_geometry_file_has_crystals_codes(
    given: Structure, codes: tuple[int, int, int]
) -> None:
    gui = symmetric_gui(given)
    assert (gui.structure.dimension, gui.centring, gui.crystal_system) == codes


def test_geometry_files_are_like_those_that_crystal_wrote() -> None:
    n_compared = 0
    for name, data in corpora.files("open/crystal/gui"):
        if "__gui_out__" not in name:
            continue
        printed = read_gui(data)
        ours = symmetric_gui(printed.structure)
        n_compared += 1
        assert ours.centring == printed.centring, name
        assert ours.crystal_system == printed.crystal_system, name
        assert ours.trailer[0].split() == printed.trailer[0].split(), name
        assert len(ours.operators) == len(printed.operators), name
        assert np.allclose(
            np.linalg.eigvalsh(np.cov(np.array(ours.vectors_a).T)),
            np.linalg.eigvalsh(np.cov(np.array(printed.vectors_a).T)),
            rtol=1e-5,
        ), name
        turned = {round(float(np.trace(one.rotation))) for one in ours.operators}
        assert turned == {round(float(np.trace(o.rotation))) for o in printed.operators}
    assert n_compared == 11
