"""Structures of every group: written as a deck and a geometry file, and read back."""

import os
from dataclasses import replace

import numpy as np
import pytest

from crystalmathd.codes.crystal.geometry_writing import written_geometry
from crystalmathd.codes.crystal.gui import write_gui
from crystalmathd.codes.crystal.gui_writing import gui_of
from tests.unit.codes import standard_crystals as standard
from tests.unit.codes.written_decks import (
    Gui,
    assert_is_the_structure,
    read_back,
    space_group,
)

IS_WHOLE = bool(os.environ.get("CRYSTALMATH_TEST_ALL_CELLS"))

TWO_ORIGINS = (
    *(48, 50, 59, 68, 70, 85, 86, 88, 125, 126, 129, 130, 133, 134, 137, 138, 141, 142),
    *(201, 203, 222, 224, 227, 228),
)


def some(n_settings: int, step: int) -> range:
    """Return all settings, or for a short run each so many-th."""
    return range(1, n_settings + 1, 1 if IS_WHOLE else step)


def hall_numbers(choices: str) -> list[int]:
    """Return the settings of the groups with two origins, or two cells."""
    types = [(hall, standard.type_of(hall)) for hall in range(1, 531)]
    return [hall for hall, type_ in types if type_.choice and type_.choice in choices]


@pytest.mark.parametrize("hall", some(standard.N_SETTINGS, 17))
def test_a_crystal_in_any_setting_is_the_same_behind_its_deck(hall: int) -> None:
    made = standard.crystal(hall)
    written = written_geometry(made.structure)
    assert written.group_number == made.number
    assert {group.number for group in written.groups[:2]} == {made.number}
    assert written.largest_shift_a < 1e-8
    assert_is_the_structure(written, made.structure)
    cell = read_back(written)
    labels = np.array(cell.labels)
    assert space_group(cell.lattice_a, cell.fractions, labels) == made.number
    volume = made.structure.volume_a3
    assert volume is not None
    assert cell.volume_a3 * written.n_given_cells == pytest.approx(volume, rel=1e-9)
    gui = Gui.read(write_gui(gui_of(written)))
    gui.assert_holds(cell)
    gui.assert_is_symmetric()
    assert gui.space_group() == made.number


@pytest.mark.parametrize("hall", hall_numbers("R"))
def test_a_rhombohedral_crystal_is_the_same_in_either_cell(hall: int) -> None:
    made = standard.crystal(hall)
    written = written_geometry(made.structure, wants_rhombohedral_cell=True)
    assert written.lines[1:3] == ("0 1 0", str(made.number))
    assert_is_the_structure(written, made.structure)
    hexagonal = written_geometry(made.structure)
    assert hexagonal.lines[1:3] == ("0 0 0", str(made.number))
    assert_is_the_structure(hexagonal, made.structure)


def test_every_group_with_two_origins_is_written_in_the_second() -> None:
    first = {standard.type_of(hall).number: hall for hall in hall_numbers("1")}
    assert sorted(first) == sorted(TWO_ORIGINS)
    chosen = TWO_ORIGINS if IS_WHOLE else TWO_ORIGINS[::5]
    for number in chosen:
        made = standard.crystal(first[number])
        written = written_geometry(made.structure)
        assert written.lines[1] == "0 0 0"
        assert written.cell.setting.choice.startswith("2")
        assert_is_the_structure(written, made.structure)


@pytest.mark.parametrize("hall", some(standard.N_LAYER_SETTINGS, 11))
def test_a_slab_in_any_layer_group_is_the_same_behind_its_deck(hall: int) -> None:
    made = standard.layer(hall)
    written = written_geometry(made.structure)
    assert written.lines[0] == "SLAB"
    assert written.group_number == made.number
    assert_is_the_structure(written, made.structure)
    gui = Gui.read(write_gui(gui_of(written)))
    gui.assert_holds(read_back(written))
    gui.assert_is_symmetric()


CLASSES = {
    "1": 1,
    "-1": 2,
    "2": 5,
    "m": 8,
    "2/m": 11,
    "222": 12,
    "mm2": 15,
    "mmm": 16,
    "4": 17,
    "-4": 18,
    "4/m": 19,
    "422": 20,
    "4mm": 21,
    "4/mmm": 24,
    "3": 25,
    "-3": 26,
    "6": 33,
    "-6": 34,
    "6/m": 35,
    "622": 36,
    "6mm": 37,
    "6/mmm": 40,
    "23": 41,
    "m-3": 42,
    "432": 43,
    "-43m": 44,
    "m-3m": 45,
    # Of these the setting is not known: the largest subgroup of which it is.
    "-42m": 18,
    "32": 25,
    "3m": 25,
    "-3m": 26,
    "-6m2": 34,
}
"""CRYSTAL's number of each class with its axis along z."""


@pytest.mark.parametrize("symbol", CLASSES)
def test_a_molecule_is_the_same_behind_its_deck(symbol: str) -> None:
    made = standard.molecule(symbol)
    written = written_geometry(made.structure)
    assert written.lines[0] == "MOLECULE"
    is_reduced = len(written.cell.rotations) < made.number
    assert is_reduced == any("not known" in note for note in written.notes)
    if not is_reduced:
        assert written.group_number == CLASSES[symbol]
    assert_is_the_structure(written, made.structure)
    gui = Gui.read(write_gui(gui_of(written)))
    gui.assert_holds(read_back(written))
    gui.assert_is_symmetric()


@pytest.mark.parametrize("has_centre", [True, False])
@pytest.mark.parametrize("seed", range(10 if IS_WHOLE else 2))
def test_a_chain_is_the_same_behind_its_deck(seed: int, *, has_centre: bool) -> None:
    made = standard.chain(seed, has_centre=has_centre)
    written = written_geometry(made.structure)
    assert written.lines[:2] == ("POLYMER", "2" if has_centre else "1")
    assert_is_the_structure(written, made.structure)
    gui = Gui.read(write_gui(gui_of(written)))
    gui.assert_holds(read_back(written))
    gui.assert_is_symmetric()


@pytest.mark.parametrize("hall", some(standard.N_SETTINGS, 53))
def test_without_symmetry_all_atoms_are_written_as_given(hall: int) -> None:
    made = standard.crystal(hall)
    written = written_geometry(made.structure, wants_symmetry=False)
    assert written.group_number == 1
    assert written.n_given_cells == 1
    assert written.order == tuple(range(made.structure.n_atoms))
    assert_is_the_structure(written, made.structure)


@pytest.mark.parametrize("hall", some(standard.N_SETTINGS, 53))
def test_an_inexact_crystal_is_moved_on_to_its_group(hall: int) -> None:
    made = standard.crystal(hall)
    random = np.random.default_rng(hall)
    noise = random.normal(size=(made.structure.n_atoms, 3))
    noise *= 0.002 / np.linalg.norm(noise, axis=1)[:, None]
    positions = (np.array(made.structure.positions_a) + noise).tolist()
    given = replace(
        made.structure, positions_a=tuple((x, y, z) for x, y, z in positions)
    )
    written = written_geometry(given)
    assert written.group_number == made.number
    assert written.largest_shift_a < 0.005
    assert_is_the_structure(written, given, within_a=0.01)


@pytest.mark.parametrize("hall", some(standard.N_SETTINGS, 79))
def test_pymatgen_takes_the_two_crystals_for_one(hall: int) -> None:
    from pymatgen.analysis.structure_matcher import StructureMatcher
    from pymatgen.core import Structure

    made = standard.crystal(hall)
    cell = read_back(written_geometry(made.structure))
    given = Structure(
        made.structure.lattice_a,
        made.structure.atomic_numbers,
        made.structure.positions_a,
        coords_are_cartesian=True,
    )
    back = Structure(cell.lattice_a, list(cell.labels), cell.fractions)
    matcher = StructureMatcher(
        scale=False, primitive_cell=False, ltol=1e-4, stol=1e-4, angle_tol=0.01
    )
    # Its own tolerance of 0.25 Å takes different atoms for images.
    primitive = [one.get_primitive_structure(tolerance=0.01) for one in (given, back)]
    assert matcher.fit(*primitive)
