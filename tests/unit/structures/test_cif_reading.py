"""CIF: one block or several, moments, shared sites, and what is wrong with rubbish."""

import warnings
from typing import Any

import pytest

from crystalmathd.structures.cif_reading import read_cif
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.pymatgen_bridge import to_pymatgen
from tests.unit.structures.crystals import ORIGIN, corundum, matches, mgo

MGO = """data_MgO
_cell_length_a 4.21(1)
_cell_length_b 4.21
_cell_length_c 4.21
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'F m -3 m'
_space_group_IT_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Mg1 Mg 0 0 0
O1 O 0.5 0.5 0.5
"""


def cif(given: Any, **options: Any) -> str:
    from pymatgen.io.cif import CifWriter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spglib's, on its errors of one day
        return str(CifWriter(given, **options))


def test_irreducible_atoms_become_all_atoms_of_the_cell() -> None:
    read = read_cif(MGO, ORIGIN)
    assert matches(read, mgo())
    assert read.structure.n_atoms == 8
    assert read.structure.labels == ()
    assert read.title == "MgO"


def test_a_rhombohedral_crystal_is_read_in_its_own_setting() -> None:
    text = cif(to_pymatgen(corundum()), symprec=0.01)
    assert matches(read_cif(text, ORIGIN), corundum())


def test_of_several_blocks_the_first_with_atoms_is_read_or_the_one_named() -> None:
    other = MGO.replace("data_MgO", "data_large").replace("4.21", "4.50")
    text = f"data_global\n_journal_name x\n{MGO}{other}"
    first = read_cif(text, ORIGIN)
    assert first.title == "MgO (block 1 of 2 with atoms)"
    named = read_cif(text, ORIGIN, "LARGE")
    assert named.title == "large (block 2 of 2 with atoms)"
    assert named.structure.volume_a3 == pytest.approx(4.5**3)
    with pytest.raises(StructureFaultError, match="with atoms: MgO, large"):
        read_cif(text, ORIGIN, "global")


def test_moments_are_kept() -> None:
    magnet = to_pymatgen(mgo())
    magnet.add_site_property("magmom", [2.0, -2.0, 2.0, -2.0, 0, 0, 0, 0])
    read = read_cif(cif(magnet, write_magmoms=True), ORIGIN)
    assert read.moments_ub == (2.0, -2.0, 2.0, -2.0, 0.0, 0.0, 0.0, 0.0)


def test_a_shared_site_is_told() -> None:
    shared = to_pymatgen(mgo())
    shared[0] = {"Mg": 0.75, "Ca": 0.25}
    read = read_cif(cif(shared), ORIGIN)
    assert len(read.partial) == 1
    assert "Ca 0.25" in read.partial[0]
    assert read.structure.atomic_numbers[0] == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "data_NAME"),
        ("data_x\n_cell_length_a 1\n", "line 1: no block lists atoms"),
        (MGO.replace("_cell_length_b 4.21", "_cell_length_b abc"), "line 3: .*abc"),
        (MGO.replace("_cell_angle_beta 90\n", ""), "line 1: .*angle_beta"),
        (MGO.replace("Mg1 Mg", "Qq1 Qq"), "line 1: Qq.* is no element"),
        (MGO.replace("Mg1 Mg 0 0 0", "Mg1 Mg 0 0"), "pymatgen"),
    ],
)
def test_rubbish_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(StructureFaultError, match=said):
        read_cif(text, ORIGIN)
