"""From flags, group and minimal cell to the primitive cell, against CRYSTAL's own."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.crystal.deck import Geometry
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from tests.unit.codes import echoed
from tests.unit.codes.echoed import CORPUS

Array = NDArray[np.float64]

POSITION_TOLERANCE_A = 1e-4

# Printed with five decimals: half a unit of the last one.
LENGTH_TOLERANCE_A = 6e-6
ANGLE_TOLERANCE_DEG = 6e-6
VOLUME_TOLERANCE_A3 = 6e-7

_PRIMITIVE = re.compile(
    r"LATTICE PARAMETERS  \(ANGSTROMS AND DEGREES\) - PRIMITIVE CELL\n"
    r"[^\n]*\n([^\n]*)\n(.*?)NUMBER OF SYMMETRY",
    re.DOTALL,
)
_ATOM = re.compile(r"^ +\d+ +\d+ +\d+ +(\d+) +\w+ +(\S+) +(\S+) +(\S+)$", re.MULTILINE)


def printed_outputs() -> list[Path]:
    """Return outputs with a primitive cell and a CRYSTAL deck that belongs to it."""
    return [
        path
        for path in echoed.outputs()
        if echoed.deck_of(path).geometry.kind == "CRYSTAL"
        if _PRIMITIVE.search(echoed.text_of(path))
    ]


def printed_guis() -> list[Path]:
    return sorted((CORPUS / "d12").glob("aiida-crystal17__gui_in__*"))


def lengths_and_angles(lattice: Array) -> Array:
    lengths = np.linalg.norm(lattice, axis=1)
    cosines = [
        lattice[i] @ lattice[j] / lengths[i] / lengths[j]
        for i, j in ((1, 2), (0, 2), (0, 1))
    ]
    return np.concatenate([lengths, np.degrees(np.arccos(cosines))])


def assert_same_atoms(cell: Cell, numbers: list[int], fractions: Array) -> None:
    """Compare atoms modulo lattice vectors, each with exactly one of the other."""
    assert len(cell.labels) == len(numbers)
    partners = set()
    for number, fraction in zip(numbers, fractions, strict=True):
        differences = cell.fractions - fraction
        differences -= np.round(differences)
        distances = np.linalg.norm(differences @ cell.lattice_a, axis=1)
        nearest = int(np.argmin(distances))
        assert distances[nearest] < POSITION_TOLERANCE_A
        assert cell.labels[nearest] % 100 == number % 100
        partners.add(nearest)
    assert len(partners) == len(numbers)


def geometry(flags: str, group: str, cell: str, *atoms: str) -> Geometry:
    head = f"t\nCRYSTAL\n{flags}\n{group}\n{cell}\n{len(atoms)}\n"
    return read_deck(head + "\n".join(atoms) + "\nTESTGEOM\nEND\n").geometry


@pytest.mark.parametrize("path", printed_outputs(), ids=lambda path: path.name[:60])
def test_a_deck_gives_the_primitive_cell_and_atoms_that_crystal_printed(
    path: Path,
) -> None:
    deck = echoed.deck_of(path)
    printed = _PRIMITIVE.search(echoed.text_of(path))
    assert printed is not None
    cell = primitive_cell(deck.geometry)
    *parameters, volume = (float(word) for word in printed[1].split())
    difference = np.abs(lengths_and_angles(cell.lattice_a) - parameters)
    assert difference[:3].max() < LENGTH_TOLERANCE_A
    assert difference[3:].max() < ANGLE_TOLERANCE_DEG
    assert abs(cell.volume_a3 - volume) < VOLUME_TOLERANCE_A3
    atoms = _ATOM.findall(printed[2])
    assert_same_atoms(
        cell,
        [int(number) for number, *_ in atoms],
        np.array([[float(x) for x in position] for _, *position in atoms]),
    )


@pytest.mark.parametrize("path", printed_guis(), ids=lambda path: path.name[25:])
def test_a_deck_gives_the_geometry_file_that_crystal_wrote(path: Path) -> None:
    gui = path.name.replace("__gui_in__", "__gui_out__").replace(".d12", ".gui")
    lines = (CORPUS / "gui" / gui).read_text().split("\n")
    lattice = np.array([[float(v) for v in line.split()] for line in lines[1:4]])
    after_operators = 5 + 4 * int(lines[4])
    n_atoms = int(lines[after_operators])
    rows = [line.split() for line in lines[after_operators + 1 :][:n_atoms]]
    positions = np.array([[float(v) for v in row[1:]] for row in rows])
    cell = primitive_cell(read_deck(path.read_text()).geometry)
    assert np.allclose(
        lengths_and_angles(cell.lattice_a), lengths_and_angles(lattice), atol=1e-6
    )
    assert_same_atoms(
        cell, [int(row[0]) for row in rows], positions @ np.linalg.inv(lattice)
    )


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpora are not beside the checkout"
)
def test_enough_printed_cells_were_compared() -> None:
    assert len(printed_outputs()) >= 39
    assert len(printed_guis()) == 11


def test_a_hexagonal_cell_gives_the_volume_crystal_printed() -> None:
    # Corundum: "PRIMITIVE CELL … 84.992" is a third of the hexagonal cell.
    cell = primitive_cell(
        geometry(
            "0 0 0", "167", "4.7602 12.9933", "8 0.30624 0. 0.25", "13 0. 0. 0.35216"
        )
    )
    assert len(cell.labels) == 10
    assert cell.volume_a3 == pytest.approx(4.7602**2 * 12.9933 * 3**0.5 / 6, abs=1e-9)


@pytest.mark.parametrize(
    ("flags", "group", "cell", "atom", "printed"),
    [
        # What CRYSTAL09 prints under COORDINATES OF THE EQUIVALENT ATOMS.
        (
            "0 0 0",
            "167",
            "4.7602 12.9933",
            "8 0.30624 0. 0.25",
            [
                (-0.44376, -0.05624, 0.25),
                (0.25, -0.44376, -0.05624),
                (-0.05624, 0.25, -0.44376),
                (0.44376, 0.05624, -0.25),
                (-0.25, 0.44376, 0.05624),
                (0.05624, -0.25, 0.44376),
            ],
        ),
        (
            "0 0 0",
            "122",
            "5.467 10.715",
            "15 .2582 .25 .125",
            [
                (0.375, 0.3832, -0.4918),
                (-0.125, -0.1332, 0.4918),
                (0.1332, -0.375, 0.0082),
                (-0.3832, 0.125, -0.0082),
            ],
        ),
    ],
)
def test_the_images_of_an_atom_have_crystals_order(
    flags: str,
    group: str,
    cell: str,
    atom: str,
    printed: list[tuple[float, float, float]],
) -> None:
    found = primitive_cell(geometry(flags, group, cell, atom))
    steps = found.fractions - np.array(printed)
    assert np.abs(steps - np.round(steps)).max() < 1e-4


def test_both_origins_of_the_diamond_group_give_one_crystal() -> None:
    second = primitive_cell(geometry("0 0 0", "227", "3.567", "6 .125 .125 .125"))
    first = primitive_cell(geometry("0 0 1", "227", "3.567", "6 0. 0. 0."))
    assert (second.setting.choice, first.setting.choice) == ("2", "1")
    bond = 3.567 * 3**0.5 / 4
    for cell in (second, first):
        assert len(cell.labels) == 2
        step = cell.fractions[0] - cell.fractions[1]
        steps = np.array([step + shift for shift in np.ndindex(5, 5, 5)]) - 2
        distances = np.linalg.norm(steps @ cell.lattice_a, axis=1)
        assert distances.min() == pytest.approx(bond, abs=1e-9)


def test_hexagonal_and_rhombohedral_axes_give_one_crystal() -> None:
    a, c, x = 4.7602, 12.9933, 0.35216
    length = np.sqrt(a**2 / 3 + c**2 / 9)
    angle = 2 * np.degrees(np.arcsin(a / 2 / length))
    hexagonal = primitive_cell(geometry("0 0 0", "167", f"{a} {c}", f"13 0. 0. {x}"))
    rhombohedral = primitive_cell(
        geometry("0 1 0", "167", f"{length:.10f} {angle:.10f}", f"13 {x} {x} {x}")
    )
    assert rhombohedral.setting.is_rhombohedral
    assert rhombohedral.volume_a3 == pytest.approx(hexagonal.volume_a3, abs=1e-6)
    assert_same_atoms(rhombohedral, list(hexagonal.labels), hexagonal.fractions)


def test_a_shift_moves_the_origin_and_not_the_crystal() -> None:
    plain = primitive_cell(
        geometry("0 0 0", "154", "4.91 5.40", "14 .47 0. .6666666667", "8 .41 .27 .785")
    )
    shifted = primitive_cell(
        geometry(
            "0 0 2", "154\n0 0 16", "4.91 5.40", "14 .47 0. 0.", "8 .41 .27 .1183333333"
        )
    )
    assert len(shifted.labels) == len(plain.labels) == 9
    moved = shifted.fractions + np.array([0, 0, 2 / 3])
    assert_same_atoms(plain, list(shifted.labels), moved)


@pytest.mark.parametrize(
    ("flags", "group", "number", "choice"),
    [
        ("1 0 0", "F M 3 M", 225, ""),
        ("1 0 0", "F M -3 M", 225, ""),
        ("1 0 1", "F D 3 M", 227, "1"),
        ("1 0 0", "P 63/M M C", 194, ""),
        ("1 0 0", "P B N M", 62, "cab"),
        ("1 0 0", "P 21/C", 14, "b1"),
        ("1 0 0", "P 1 1 21/A", 14, "c1"),
        ("1 0 0", "C M C A", 64, ""),
        ("1 1 0", "R -3 C", 167, "R"),
        ("0 0 0", "3", 3, "b"),
        ("0 0 0", "15", 15, "b1"),
    ],
)
def test_flags_and_symbols_choose_the_setting(
    flags: str, group: str, number: int, choice: str
) -> None:
    cells = {3: "4 5 6 99", 14: "4 5 6 99", 15: "4 5 6 99", 167: "5 60"}
    cell = cells.get(number, "4 5 6")
    setting = primitive_cell(geometry(flags, group, cell, "6 .1 .2 .3")).setting
    assert (setting.number, setting.choice) == (number, choice)


def test_the_angle_of_a_monoclinic_cell_is_that_of_the_unique_axis() -> None:
    def angles(flags: str, group: str) -> list[float]:
        cell = primitive_cell(geometry(flags, group, "4 5 6 99", "6 .1 .2 .3"))
        return [float(angle) for angle in lengths_and_angles(cell.lattice_a)[3:]]

    assert angles("0 0 0", "14") == pytest.approx([90, 99, 90])
    assert angles("1 0 0", "P 1 1 21/B") == pytest.approx([90, 90, 99])
    assert angles("1 0 0", "P 21/B 1 1") == pytest.approx([99, 90, 90])


def test_a_position_with_few_digits_falls_on_its_special_site() -> None:
    cell = primitive_cell(geometry("0 0 0", "194", "2.5 6.7", "5 .3333 .6667 .25"))
    assert len(cell.labels) == 2
    assert 0 < cell.largest_shift_a < 0.001


def test_an_atom_that_the_group_has_made_already_is_dropped_and_named() -> None:
    cell = primitive_cell(
        geometry("0 0 0", "225", "4.21", "12 0. 0. 0.", "12 .5 .5 0.", "8 .5 .5 .5")
    )
    assert (cell.labels, cell.repeated_lines) == ((12, 8), (8,))


@pytest.mark.parametrize(
    ("flags", "group", "cell", "atoms", "line", "words"),
    [
        ("0 1 0", "167", "4.7 12.9", ["13 0 0 .3"], 5, "is it the length c"),
        ("0 0 0", "2", "4 5 6 10 20 90", ["6 .1 .2 .3"], 5, "no possible cell"),
        ("0 0 0", "225", "0.", ["6 .1 .2 .3"], 5, "no possible cell"),
        ("1 0 0", "F Q 3 M", "4.", ["6 0 0 0"], 4, "no space group symbol"),
        ("0 0 0", "1", "4 5 6 90 90 90", ["6 0 0 0", "8 0 0 .01"], 8, "0.060 Å"),
    ],
)
def test_an_impossible_cell_is_refused_with_its_line(
    flags: str, group: str, cell: str, atoms: list[str], line: int, words: str
) -> None:
    with pytest.raises(DeckError, match=words) as caught:
        primitive_cell(geometry(flags, group, cell, *atoms))
    assert caught.value.line == line
