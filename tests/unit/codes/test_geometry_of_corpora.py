"""Real structures, written as decks: what is read back is the structure again."""

import os
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.crystal.geometry_writing import written_geometry
from crystalmathd.codes.crystal.gui import read_gui, write_gui
from crystalmathd.codes.crystal.gui_writing import gui_of
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.written import WrittenGeometry
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.vasp import poscar
from crystalmathd.models.structures import Structure
from tests.unit.codes import corpora, echoed
from tests.unit.codes.written_decks import Gui, assert_is_the_structure, read_back

MOST_ATOMS = 200
EACH = 1 if os.environ.get("CRYSTALMATH_TEST_ALL_CELLS") else 5


def structure_of(cell: Cell) -> Structure:
    lattice = cell.lattice_a[: cell.dimension].tolist()
    return Structure(
        dimension=cell.dimension,
        lattice_a=tuple((x, y, z) for x, y, z in lattice),
        atomic_numbers=tuple(label % 100 for label in cell.labels),
        positions_a=tuple((x, y, z) for x, y, z in cell.positions_a.tolist()),
    )


def decks() -> Iterator[Cell]:
    """Yield the cell of every deck with atoms, of files and of outputs."""
    files = corpora.files("open/crystal/d12")
    texts = [data.decode("utf-8", "replace") for _, data in files]
    texts += [echoed.deck_text(path) or "" for path in echoed.outputs()]
    seen = set()
    for text in texts:
        try:
            geometry = read_deck(text).geometry
        except DeckError:
            continue
        key = (geometry.kind, geometry.group, geometry.cell, geometry.atoms)
        if geometry.atoms and key not in seen:
            seen.add(key)
            yield primitive_cell(geometry)


def from_poscar(data: bytes) -> Structure | None:
    try:
        return poscar.parse(data.decode("utf-8", "replace")).structure()
    except InputRefusedError:
        return None


def from_pw(data: bytes) -> Structure | None:
    try:
        return meaning(data.decode("utf-8", "replace")).structure
    except InputRefusedError:
        return None


def from_gui(data: bytes) -> Structure | None:
    try:
        return read_gui(data).structure
    except DeckError:
        return None


def assert_round_trip(given: Structure) -> WrittenGeometry:
    """Return what was written, once the structure was found behind deck and .gui."""
    written = written_geometry(given, may_shift=True)
    moved = written.largest_shift_a + written.largest_strain_a
    assert_is_the_structure(written, given, within_a=1e-6 + 2 * moved)
    gui = Gui.read(write_gui(gui_of(written)))
    gui.assert_holds(read_back(written))
    gui.assert_is_symmetric()
    return written


def test_every_deck_is_written_again_as_the_same_structure() -> None:
    found = list(decks())
    assert len(found) >= 45
    n_same = n_all = 0
    for cell in found[::EACH]:
        written = assert_round_trip(structure_of(cell))
        n_all += 1
        # Some decks say less than the symmetry that their atoms have, none more.
        n_same += written.group_number == cell.setting.number
        assert written.cell.n_operators >= cell.n_operators
    assert n_same >= 0.7 * n_all


@pytest.mark.parametrize(
    ("folder", "is_one", "read", "least"),
    [
        ("open/crystal/gui", lambda _: True, from_gui, 40),
        (
            "open/vasp",
            lambda name: "POSCAR" in name.upper() or "CONTCAR" in name.upper(),
            from_poscar,
            40,
        ),
        ("open/qe/pw_in", lambda name: name.endswith(".in"), from_pw, 5),
    ],
)
def test_structures_of_other_files_are_the_same_behind_their_decks(
    folder: str,
    is_one: Callable[[str], bool],
    read: Callable[[bytes], Structure | None],
    least: int,
) -> None:
    seen: dict[Structure, None] = {}
    for name, data in corpora.files(folder):
        given = read(data) if is_one(name) else None
        if given is None or given in seen or not 0 < given.n_atoms <= MOST_ATOMS:
            continue
        if not all(given.atomic_numbers) or not is_a_structure(given):
            continue
        seen[given] = None
    assert len(seen) >= least
    for given in list(seen)[::EACH]:
        assert_round_trip(given)


def is_a_structure(given: Structure) -> bool:
    """Say whether no two atoms are in one place, as in files made for other tests."""
    vectors = np.eye(3)
    vectors[: given.dimension] = np.array(given.lattice_a).reshape(-1, 3)
    steps = np.array(given.positions_a)[:, None, :] - np.array(given.positions_a)
    fractions = steps @ np.linalg.inv(vectors)
    fractions[..., : given.dimension] -= np.round(fractions[..., : given.dimension])
    away = np.linalg.norm(fractions @ vectors, axis=2) + 9 * np.eye(given.n_atoms)
    return bool(away.min() > 0.3)
