"""Structures written as extended XYZ and CIF, read back by pymatgen."""

import re
from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.results import IonicStep
from crystalmathd.models.structures import Structure
from crystalmathd.structures.cif import write_cif
from crystalmathd.structures.xyz import write_trajectory, write_xyz

# A triclinic cell, with an atom outside of it and a ghost.
CRYSTAL = Structure(
    dimension=3,
    lattice_a=((4.1, 0.2, 0.1), (-1.3, 5.7, 0.3), (0.4, -0.6, 6.2)),
    atomic_numbers=(22, 8, 8, 0),
    positions_a=(
        (0.0, 0.0, 0.0),
        (1.234567890123, 2.2, 3.3),
        (-0.7, 0.1234567890123, 7.1),
        (1.0, 1.0, 1.0),
    ),
)
SLAB = replace(CRYSTAL, dimension=2, lattice_a=CRYSTAL.lattice_a[:2])
MOLECULE = replace(CRYSTAL, dimension=0, lattice_a=())


def _pymatgen(structure: Structure) -> Any:
    from pymatgen.core import Structure as Other

    kept = [i for i, z in enumerate(structure.atomic_numbers) if z]
    return Other(
        [list(vector) for vector in structure.lattice_a],
        [structure.atomic_numbers[i] for i in kept],
        [list(structure.positions_a[i]) for i in kept],
        coords_are_cartesian=True,
    )


def test_pymatgen_reads_the_same_crystal_from_cif() -> None:
    from pymatgen.io.cif import CifParser

    (read,) = CifParser.from_str(write_cif(CRYSTAL)).parse_structures(primitive=False)
    expected = _pymatgen(CRYSTAL)
    assert read.lattice.parameters == pytest.approx(
        expected.lattice.parameters, abs=1e-10
    )
    assert [site.specie.Z for site in read] == [site.specie.Z for site in expected]
    for one, other in zip(read, expected, strict=True):
        difference = one.frac_coords - other.frac_coords
        assert max(abs(difference - difference.round())) < 1e-10


def test_a_cif_says_formula_and_volume() -> None:
    text = write_cif(CRYSTAL)
    assert text.startswith("data_O2Ti\n")
    assert "_chemical_formula_sum 'O2 Ti'" in text
    volume = float(re.findall(r"_cell_volume (\S+)", text)[0])
    assert volume == pytest.approx(_pymatgen(CRYSTAL).volume, abs=1e-9)


@pytest.mark.parametrize("structure", [SLAB, MOLECULE])
def test_only_a_crystal_has_a_cif(structure: Structure) -> None:
    with pytest.raises(ValueError, match="describes crystals"):
        write_cif(structure)


def test_pymatgen_reads_the_same_atoms_from_xyz() -> None:
    from pymatgen.io.xyz import XYZ

    structure = replace(
        MOLECULE,
        atomic_numbers=MOLECULE.atomic_numbers[:3],
        positions_a=MOLECULE.positions_a[:3],
    )
    molecule = XYZ.from_str(write_xyz(structure)).molecule
    assert [site.specie.Z for site in molecule] == [22, 8, 8]
    assert [tuple(site.coords) for site in molecule] == list(structure.positions_a)


@pytest.mark.parametrize(
    ("structure", "pbc", "n_numbers"),
    [(CRYSTAL, "T T T", 9), (SLAB, "T T F", 9), (MOLECULE, "F F F", 0)],
)
def test_the_second_line_of_xyz_says_what_repeats(
    structure: Structure, pbc: str, n_numbers: int
) -> None:
    count, heading, *rows = write_xyz(structure, energy_ev=-1.5).splitlines()
    assert int(count) == len(rows) == 4
    assert f'pbc="{pbc}"' in heading
    assert "energy=-1.5" in heading
    lattice = re.search(r'Lattice="(.*?)"', heading)
    numbers = [float(x) for x in lattice[1].split()] if lattice else []
    assert len(numbers) == n_numbers
    flat = [x for vector in structure.lattice_a for x in vector]
    assert numbers[: len(flat)] == flat
    assert rows[3].split()[0] == "X"


def test_a_trajectory_holds_every_step_with_a_structure() -> None:
    forces = ((0.1, 0.2, 0.3),) * 4
    steps = [
        IonicStep(number=0, energy_ev=-1.0, structure=CRYSTAL, forces_ev_a=forces),
        IonicStep(number=1, energy_ev=-2.0),
        IonicStep(number=2, energy_ev=None, structure=CRYSTAL),
    ]
    lines = write_trajectory(steps).splitlines()
    assert len(lines) == 2 * (4 + 2)
    assert "forces:R:3" in lines[1]
    assert lines[2].split()[4:] == ["0.1", "0.2", "0.3"]
    assert "forces" not in lines[7]
    assert "energy" not in lines[7]


def test_positions_in_units_of_the_lattice_are_those_of_pymatgen() -> None:
    expected = _pymatgen(CRYSTAL).frac_coords
    assert CRYSTAL.fractional is not None
    for one, other in zip(CRYSTAL.fractional[:3], expected, strict=True):
        assert one == pytest.approx(tuple(other), abs=1e-12)
    assert SLAB.fractional is None
