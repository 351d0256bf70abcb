"""fort.34: geometries with their symmetry operators."""

from dataclasses import replace
from typing import Any, Final

import pytest

from crystalmathd.codes.crystal.gui import (
    GeometryFile,
    read_gui,
    without_symmetry,
    write_gui,
)
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

SLAB: Final = b"""\
   2   1   1 E -2.3243440437071E+02 DE 6.3E-10(  3)
  0.300000000000E+01  0.000000000000E+00  0.000000000000E+00
  0.100000000000E+00  0.310000000000E+01  0.000000000000E+00
  0.000000000000E+00  0.000000000000E+00  0.500000000000E+03
    2
  0.100000000000E+01  0.000000000000E+00  0.000000000000E+00
  0.000000000000E+00  0.100000000000E+01  0.000000000000E+00
  0.000000000000E+00  0.000000000000E+00  0.100000000000E+01
  0.000000000000E+00  0.000000000000E+00  0.000000000000E+00
 -0.100000000000E+01  0.000000000000E+00  0.000000000000E+00
  0.000000000000E+00 -0.100000000000E+01  0.000000000000E+00
  0.000000000000E+00  0.000000000000E+00  0.100000000000E+01
  0.500000000000D-01  0.000000000000E+00  0.000000000000E+00
    2
  212      0.000000000000      0.000000000000      1.000000000000
    8      0.000000000001      0.000000000000      3.000000000000
    0    0
"""

# Written by a converter that turned the cell and the atoms, not the operators.
TURNED: Final = ("conv_mgoOpt", "mgo-opt00", "optstep-opt00")


def _meaning(geometry: GeometryFile) -> GeometryFile:
    return replace(geometry, text=None)


def _files() -> list[tuple[str, bytes]]:
    corpora.rows("open/crystal/truth.tsv")
    folder = corpora.ROOT / "open/crystal/gui"
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def test_a_geometry_is_read_whole() -> None:
    geometry = read_gui(SLAB)
    structure = geometry.structure
    assert structure.dimension == 2
    assert structure.lattice_a == ((3.0, 0.0, 0.0), (0.1, 3.1, 0.0))
    assert structure.atomic_numbers == (12, 8)
    assert structure.positions_a[1] == (1e-12, 0.0, 3.0)
    assert geometry.conventional_numbers == (212, 8)
    assert (geometry.centring, geometry.crystal_system) == (1, 1)
    assert geometry.vectors_a[2] == (0.0, 0.0, 500.0)
    assert len(geometry.operators) == 2
    assert geometry.operators[1].rotation[0] == (-1.0, 0.0, 0.0)
    assert geometry.operators[1].translation_a == (0.05, 0.0, 0.0)
    assert geometry.comment == "E -2.3243440437071E+02 DE 6.3E-10(  3)"
    assert geometry.energy_ev == pytest.approx(-232.43440437071 * EV_PER_HARTREE)
    assert geometry.trailer == ("    0    0",)
    assert geometry.text == SLAB


def test_a_geometry_that_was_written_is_read_back_to_the_last_digit() -> None:
    geometry = read_gui(SLAB)
    odd = replace(
        geometry.structure, positions_a=((0.1 + 0.2, 1 / 3, 2 / 3), (1e-17, -1e17, 0))
    )
    geometry = replace(geometry, structure=odd)
    assert _meaning(read_gui(write_gui(geometry))) == _meaning(geometry)


@pytest.mark.parametrize("dimension", [0, 1, 2, 3])
def test_a_structure_alone_makes_a_geometry_without_symmetry(dimension: int) -> None:
    lattice = ((3.0, 0.0, 0.0), (0.1, 3.1, 0.0), (0.2, 0.3, 3.2))[:dimension]
    slab = read_gui(SLAB).structure
    structure = replace(slab, dimension=dimension, lattice_a=lattice)
    geometry = read_gui(write_gui(without_symmetry(structure)))
    assert geometry.structure == structure
    assert len(geometry.operators) == 1
    assert (
        geometry.vectors_a[dimension:]
        == without_symmetry(structure).vectors_a[dimension:]
    )


def test_a_file_without_trailer_and_energy_is_read() -> None:
    text = SLAB.replace(b"    0    0\n", b"").replace(
        b" E -2.3243440437071E+02 DE 6.3E-10(  3)", b""
    )
    geometry = read_gui(text)
    assert geometry.trailer == ()
    assert geometry.energy_ev is None
    assert _meaning(read_gui(write_gui(geometry))) == _meaning(geometry)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"   2   1   1 E", b"   7   1   1 E", 1),
        (b"  0.100000000000E+00  0.31", b"  ************  0.31", 3),
        (b"    2\n  0.1", b"  two\n  0.1", 5),
        (b"    2\n  0.1", b"999999999999\n  0.1", 5),
        (b"  212  ", b" -212  ", 15),
        (b"    8      0.000000000001", b"    8 ", 16),
        (b"    2\n  212", b"    9\n  212", 17),
    ],
)
def test_a_fault_is_said_with_its_line(old: bytes, new: bytes, line: int) -> None:
    with pytest.raises(DeckError) as caught:
        read_gui(SLAB.replace(old, new))
    assert caught.value.line == line


def test_a_sign_that_ends_no_line_does_not_move_a_fault() -> None:
    broken = SLAB.replace(b"    2\n  212", b"    9\n  212")
    with pytest.raises(DeckError) as caught:
        read_gui(broken.replace(b"\n", b" \f\n", 1))
    assert caught.value.line == 17


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\0\xff\xfe", b"3 5 6", b"TITLE\n"])
def test_what_is_no_geometry_is_refused(data: bytes) -> None:
    with pytest.raises(DeckError):
        read_gui(data)


def test_every_real_file_survives_being_written() -> None:
    files = _files()
    assert len(files) >= 47
    for name, data in files:
        geometry = read_gui(data)
        assert geometry.text == data
        assert _meaning(read_gui(write_gui(geometry))) == _meaning(geometry), name


def test_the_operators_of_every_real_crystal_map_it_onto_itself() -> None:
    import numpy as np

    crystals = [(name, read_gui(data)) for name, data in _files()]
    crystals = [(name, one) for name, one in crystals if one.structure.dimension == 3]
    assert len(crystals) >= 40
    for name, geometry in crystals:
        if any(mark in name for mark in TURNED):
            continue
        lattice: Any = np.array(geometry.vectors_a)
        positions: Any = np.array(geometry.structure.positions_a)
        numbers: Any = np.array(geometry.conventional_numbers)
        for operator in geometry.operators:
            rotation = np.array(operator.rotation)
            assert abs(abs(np.linalg.det(rotation)) - 1) < 1e-6, name
            images = positions @ rotation.T + np.array(operator.translation_a)
            for image, number in zip(images, numbers, strict=True):
                apart = (image - positions[numbers == number]) @ np.linalg.inv(lattice)
                away = np.abs((apart - np.round(apart)) @ lattice).max(axis=1)
                assert away.min() < 5e-3, name
