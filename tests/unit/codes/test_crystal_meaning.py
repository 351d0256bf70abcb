"""What a deck means, against what CRYSTAL printed for it."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import primitive_cell, shortest
from crystalmathd.codes.crystal.gui import read_gui
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.meaning import Meaning, irreducible_points, meaning
from tests.unit.codes import echoed

POSITION_TOLERANCE_A = 1e-3
LATTICE_TOLERANCE_A = 2e-5

MGO = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
{edits}END
12 3
1 0 3 2. 0.
1 1 3 8. 0.
1 1 3 2. 0.
8 2
1 0 3 2. 0.
1 1 3 6. 0.
99 0
END
SHRINK
8 8
END
"""

NOT_IN_THE_DECK = {
    "mole-scf.out": "n_basis_functions",
}
"""What the deck leaves to a library of CRYSTAL's own (def2-SVP)."""

ANOTHER_ORDER = {"SCELPHONO", "SWCNT"}
"""Keywords after which atoms are numbered anew: they are compared as sets."""

ANOTHER_ORIGIN = {
    # SUPERCEL moved the origin of diamond to a site with more operators.
    "CRYSTALpytools__input_and_basisset__propinp_diamondcrys.out",
    # An atom at y = -6E-18 is counted from another image than one at 0.
    "ga2o3-defect-dichroism__formation_energy_GaI__GaI.out",
}
"""Outputs whose atoms are compared as sets, but for a common shift."""

_NUMBERS = {
    "n_atoms": r"N\. OF ATOMS PER CELL +(\d+)",
    "n_operators": r"N\. OF SYMMETRY OPERATORS +(\d+)",
    "n_basis_functions": r"NUMBER OF AO +(\d+)",
    "n_electrons": r"N\. OF ELECTRONS PER CELL +(\d+)",
    "n_k_points": r"(?:NUMBER|N\.) OF K POINTS IN THE IBZ +(\d+)",
}


def printed_numbers(text: str) -> dict[str, float]:
    found = {name: re.search(regex, text) for name, regex in _NUMBERS.items()}
    numbers = {name: float(match[1]) for name, match in found.items() if match}
    # Older versions print the electrons of ghosts first, and what is left then.
    ghosts = re.search(
        r"REMOVAL OF NUCLEAR CHARGE AND ELECTRONS\n.*\n TOTAL ELECTRONIC CHARGE +(\S+)",
        text,
    )
    if ghosts:
        numbers["n_electrons"] = float(ghosts[1])
    return numbers


def meant_numbers(found: Meaning) -> dict[str, float | None]:
    return {
        "n_atoms": len(found.cell.labels),
        "n_operators": found.cell.n_operators,
        "n_basis_functions": found.n_basis_functions,
        "n_electrons": found.n_electrons,
        "n_k_points": found.n_k_points,
    }


GEOMETRY_FILES = {
    "CRYSTALpytools__convert__conv_mgo100.out": (
        "CRYSTALpytools__convert__conv_mgo100.gui"
    ),
    "aiida-crystal17__crystal_mgo_sto3g_scf_external__main.out": (
        "aiida-crystal17__crystal_mgo_sto3g_scf_external__fort.34"
    ),
    "aiida-crystal17__crystal_nio_sto3g_afm_opt__main.out": (
        "aiida-crystal17__crystal_nio_sto3g_afm_opt__fort.34"
    ),
}
"""Outputs of decks with EXTERNAL whose geometry file lies in the corpora."""


@pytest.mark.parametrize("name", GEOMETRY_FILES)
def test_a_deck_with_its_geometry_file_means_what_crystal_printed(name: str) -> None:
    path = echoed.CORPUS / "out" / name
    if not path.is_file():
        pytest.skip("needs the corpora")
    gui = (echoed.CORPUS / "gui" / GEOMETRY_FILES[name]).read_bytes()
    found = meaning(echoed.deck_of(path), read_gui(gui))
    text = echoed.text_of(path)
    assert meant_numbers(found) == printed_numbers(text)
    (geometry, *_) = echoed.geometries(text, "GEOMETRY FOR WAVE FUNCTION")
    assert_same_geometry(found, geometry, is_free=False)


def own_geometries() -> list[Path]:
    return [path for path in echoed.outputs() if echoed.deck_of(path).geometry.atoms]


@pytest.mark.parametrize("path", own_geometries(), ids=lambda path: path.name[:60])
def test_a_deck_means_what_crystal_printed(path: Path) -> None:
    deck = echoed.deck_of(path)
    text = echoed.text_of(path)
    found = meaning(deck)
    printed, meant = printed_numbers(text), meant_numbers(found)
    assert {"n_atoms", "n_operators", "n_electrons"} <= set(printed)
    left_out = NOT_IN_THE_DECK.get(path.name.rpartition("__")[2])
    for name, number in printed.items():
        assert meant[name] == (None if name == left_out else number), name
    for geometry in echoed.geometries(text, "GEOMETRY FOR WAVE FUNCTION")[:1]:
        is_free = path.name in ANOTHER_ORIGIN or any(
            word.name in ANOTHER_ORDER for word in deck.edits
        )
        assert_same_geometry(found, geometry, is_free=is_free)


def assert_same_geometry(
    found: Meaning, printed: echoed.Printed, *, is_free: bool
) -> None:
    cell = found.cell
    assert cell.dimension == printed.dimension
    if printed.lattice_a:
        lattice = cell.lattice_a[: cell.dimension]
        assert np.abs(lattice - printed.lattice_a).max() < LATTICE_TOLERANCE_A
    if printed.volume_a3 is not None and cell.dimension == 3:
        assert cell.volume_a3 == pytest.approx(printed.volume_a3, abs=2e-6)
    fractions = np.array(printed.fractions)
    assert len(fractions) == len(cell.labels)
    origins = fractions - cell.fractions[0] if is_free else np.zeros((1, 3))
    best = min(
        largest_distance(found, fractions - origin, printed.numbers, is_free=is_free)
        for origin in origins
    )
    assert best < POSITION_TOLERANCE_A


def largest_distance(
    found: Meaning,
    fractions: NDArray[np.float64],
    numbers: tuple[int, ...],
    *,
    is_free: bool,
) -> float:
    """Return how far an atom is from its partner of the same kind, Å.

    The partner is the one of the same number, or if `is_free`, the nearest.
    """
    cell = found.cell
    steps = shortest(fractions[:, None, :] - cell.fractions, cell.dimension)
    distances = np.linalg.norm(steps @ cell.lattice_a, axis=2)
    kinds = np.array(cell.labels)
    distances[np.array(numbers)[:, None] % 100 != kinds % 100] = np.inf
    if not is_free:
        return float(np.diag(distances).max())
    if len(set(distances.argmin(axis=1))) < len(kinds):
        return float("inf")
    return float(distances.min(axis=1).max())


@pytest.mark.skipif(
    not echoed.CORPUS.is_dir(), reason="the corpora are not beside the checkout"
)
def test_enough_decks_were_compared() -> None:
    assert len(own_geometries()) >= 48


@pytest.mark.parametrize(
    ("edits", "atoms", "operators", "k_points"),
    [
        ("", 2, 48, 29),
        ("SUPERCEL\n2 0 0\n0 2 0\n0 0 2\n", 16, 48, 29),
        ("SUPERCON\n1 0 0\n0 1 0\n0 0 1\n", 8, 48, 35),
        ("SYMMREMO\n", 2, 1, 260),
        ("ATOMREMO\n1\n2\n", 1, 48, 29),
        ("ATOMSUBS\n1\n2 16\n", 2, 48, 29),
        ("SUPERCON\n1 0 0\n0 1 0\n0 0 1\nATOMSUBS\n1\n5 16\n", 8, 48, 35),
        ("ATOMDISP\n1\n2 0. 0. .1\n", 2, 8, 59),
        ("BOHR\nATOMDISP\n1\n2 0. 0. .1\n", 2, 8, 59),
        ("FRACTION\nATOMINSE\n1\n1 .25 .25 .25\n", 3, 24, 29),
        ("ELASTIC\n-2\n.01 0 0\n0 .01 0\n0 0 0\n", 2, 16, 59),
        ("MODISYMM\n2\n1 1\n2 2\n", 2, 48, 29),
        ("SLABCUT\n0 0 1\n1 3\n", 6, 16, 15),
        ("SLABCUT\n1 1 1\n1 4\n", 4, 6, 10),
        ("SLABCUT\n1 1 1\n1 5\n", 5, 12, 10),
    ],
)
def test_keywords_change_the_cell_and_its_symmetry(
    edits: str, atoms: int, operators: int, k_points: int
) -> None:
    found = meaning(read_deck(MGO.format(edits=edits)))
    assert len(found.cell.labels) == atoms
    assert found.cell.n_operators == operators
    assert found.n_k_points == k_points


GRAPHENE = "t\nSLAB\n80\n2.46\n1\n6 .3333333333 .6666666667 0.\n{edits}TESTGEOM\nEND\n"


@pytest.mark.parametrize(
    ("edits", "atoms", "operators"),
    [
        ("SWCNT\n6 6\n", 24, 48),
        ("SWCNT\n5 0\n", 20, 40),
        ("SWCNT\n4 1\n", 28, 28),
        ("NANOTUBE\n5 1\n", 28, 28),
    ],
)
def test_a_sheet_is_rolled_to_a_tube(edits: str, atoms: int, operators: int) -> None:
    found = meaning(read_deck(GRAPHENE.format(edits=edits)))
    assert found.cell.dimension == 1
    assert (len(found.cell.labels), found.cell.n_operators) == (atoms, operators)
    radii = np.linalg.norm(found.cell.fractions[:, 1:], axis=1)
    assert np.ptp(radii) < 1e-9


def test_a_slab_of_a_polar_crystal_is_refused_where_its_sides_differ() -> None:
    zincblende = MGO.format(edits="SLABCUT\n1 1 1\n1 2\n").replace("225", "216")
    text = zincblende.replace("8 0.5 0.5 0.5", "8 .25 .25 .25")
    with pytest.raises(DeckError, match="which side of this plane"):
        meaning(read_deck(text))


def test_electrons_and_functions_are_those_of_the_shells() -> None:
    found = meaning(read_deck(MGO.format(edits="")))
    assert (found.n_electrons, found.n_basis_functions) == (20, 14)
    ghost = MGO.format(edits="").replace("99 0\n", "99 0\nGHOSTS\n1\n2\n")
    found = meaning(read_deck(ghost))
    assert (found.n_electrons, found.n_basis_functions) == (12, 14)
    without = MGO.format(edits="ATOMSUBS\n1\n2 16\n")
    found = meaning(read_deck(without))
    assert (found.n_electrons, found.n_basis_functions) == (None, None)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ("SLABCUT\n0 0 0\n1 2\n", "along a plane"),
        ("SLABCUT\n1 0 0\n3 2\n", "there are 1 layers"),
        ("SWCNT\n4 0\n", "rolled from a slab"),
        ("FROBNIC\n1\n", "FROBNIC"),
        ("ATOMREMO\n1\n3\n", "no atom 3"),
        ("ELASTIC\n1\n.01 0 0\n0 .01 0\n0 0 0\n", "type 1"),
        ("SUPERCEL\n2 0\n0 2\n", "needs 9 numbers"),
        ("KEEPSYMM\nATOMINSE\n1\n1 0. 0. .1\n", "KEEPSYMM"),
    ],
)
def test_what_is_not_followed_is_told_with_its_name(edits: str, words: str) -> None:
    with pytest.raises(DeckError, match=words):
        meaning(read_deck(MGO.format(edits=edits)))


def test_a_deck_with_a_geometry_file_has_no_meaning_of_its_own() -> None:
    text = MGO.format(edits="")
    text = "t\nEXTERNAL\n" + text[text.index("END\n12 3") :]
    with pytest.raises(DeckError, match="another file"):
        meaning(read_deck(text))


@pytest.mark.parametrize(
    ("head", "operators", "atoms"),
    [
        ("SLAB\n80\n2.46\n1\n6 .3333333333 .6666666667 0.\n", 24, 2),
        ("SLAB\n61\n4.2\n2\n12 0. 0. 0.\n8 .5 .5 0.\n", 16, 2),
        ("SLAB\n18\n3. 4.\n1\n6 0. 0. 1.\n", 4, 2),
        ("POLYMER\n2\n2.5\n1\n6 .1 .2 .3\n", 2, 2),
        ("MOLECULE\n15\n2\n8 0. 0. 0.\n1 .75 0. .59\n", 4, 3),
        ("MOLECULE\n44\n2\n6 0. 0. 0.\n1 .63 .63 .63\n", 24, 5),
        ("MOLECULE\n45\n1\n16 0. 0. 1.5\n", 48, 6),
        ("MOLECULE\n40\n1\n6 0. 1.39 0.\n", 24, 6),
        ("MOLECULE\n16\n1\n6 .5 .6 .7\n", 8, 8),
    ],
)
def test_layers_rods_and_molecules_have_their_operators(
    head: str, operators: int, atoms: int
) -> None:
    cell = primitive_cell(read_deck(f"t\n{head}TESTGEOM\nEND\n").geometry)
    assert (cell.n_operators, len(cell.labels)) == (operators, atoms)


@pytest.mark.parametrize("head", ["POLYMER\n7\n2.5\n", "MOLECULE\n22\n"])
def test_a_group_whose_setting_is_not_known_is_refused(head: str) -> None:
    with pytest.raises(DeckError, match="group 1"):
        primitive_cell(read_deck(f"t\n{head}1\n6 .1 .2 .3\nTESTGEOM\nEND\n").geometry)


def test_all_layer_groups_are_groups() -> None:
    cells = ((7, "12. 9. 95."), (48, "12. 9."), (64, "12."), (80, "12."))
    for number in range(1, 81):
        cell = next(values for last, values in cells if number <= last)
        text = f"t\nSLAB\n{number}\n{cell}\n1\n6 .08 .33 .44\nTESTGEOM\nEND\n"
        found = primitive_cell(read_deck(text).geometry)
        assert len(found.labels) == found.n_operators, number


def test_a_mesh_that_the_operators_do_not_keep_is_reduced_by_the_others() -> None:
    cell = primitive_cell(read_deck(MGO.format(edits="")).geometry)
    assert irreducible_points(np.array([4, 4, 4]), cell) == 8
    assert 8 < irreducible_points(np.array([4, 4, 2]), cell) < 18
