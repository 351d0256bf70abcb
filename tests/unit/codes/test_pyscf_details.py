"""The embedded engine's output: recognised, and read to the last word."""

import pytest

from crystalmathd.codes import CODES
from crystalmathd.models.results import Result
from crystalmathd.units import EV_PER_HARTREE

OUTPUT = """crystalmath embedded engine (PySCF 2.14.0) — not CRYSTAL
FORMAT version 1
ENGINE crystalmathd 0.1.0 pyscf 2.14.0 python 3.11.7
METHOD name RKS spin closed_shell
FUNCTIONAL: pbe,pbe (libxc's names)
MESH divisions 4x4x2
CELL atoms 2 volume_a3 17.021812 space_group 225 symbol Fm-3m
VECTOR x_a 0.00000000 y_a 2.04000000 z_a 2.04000000
VECTOR x_a 2.04000000 y_a 0.00000000 z_a 2.04000000
VECTOR x_a 2.04000000 y_a 2.04000000 z_a 0.00000000
ATOM name Li3 x_a 0.00000000 y_a 0.00000000 z_a 0.00000000
ATOM name H101 x_a 2.04000000 y_a 2.04000000 z_a 2.04000000
CYCLE 1 energy_hartree -8.0 delta_hartree -1.0 seconds 3.4
CYCLE 2 energy_hartree -8.5 delta_hartree -0.5 seconds 4.4
CONVERGED answer yes cycles 2
GAP mesh_gap_ev 25.6258
ENERGY kind total hartree -8.5 ev -231.3 per primitive_cell
TIME seconds 18.7
NORMAL END
"""
CODE = CODES["pyscf"]


def result_of(text: str) -> Result:
    return CODE.read_result("pyscf", "lih.out", {"lih.out": text.encode()})


def test_method_cell_and_cycles_are_read() -> None:
    result = result_of(OUTPUT)
    assert (result.functional, result.spin) == ("pbe,pbe", "restricted")
    assert result.kpoint_mesh == (4, 4, 2)
    assert (result.formula, result.space_group) == ("H Li", "Fm-3m")
    structure = result.final_structure
    assert structure is not None
    assert structure.atomic_numbers == (3, 1)
    assert structure.volume_a3 == pytest.approx(2 * 2.04**3)
    [loop] = result.scf_loops
    assert loop.energies_ev[-1] == pytest.approx(result.energy_ev)
    assert loop.deltas_ev == (-EV_PER_HARTREE, -0.5 * EV_PER_HARTREE)
    [gap] = result.gaps
    assert (gap.gap_ev, gap.is_direct) == (25.6258, None)
    assert result.wall_time_s == 18.7


@pytest.mark.parametrize("n_bytes", range(0, len(OUTPUT), 37))
def test_every_beginning_is_read_without_a_word_too_much(n_bytes: int) -> None:
    result = result_of(OUTPUT[:n_bytes])
    whole = result_of(OUTPUT)
    assert result.functional in {None, "RKS", whole.functional}
    assert result.kpoint_mesh in {None, whole.kpoint_mesh}
    assert len(result.scf_loops) <= 1


@pytest.mark.parametrize(
    ("line", "damaged"),
    [
        ("MESH divisions 4x4x2", "MESH divisions 4x4"),
        ("ATOM name Li3 x_a 0.0", "ATOM name ?? x_a 0.0"),
        ("VECTOR x_a 0.0", "VECTOR x_a wide"),
    ],
)
def test_a_damaged_line_gives_nothing_that_is_wrong(line: str, damaged: str) -> None:
    assert line in OUTPUT
    result = result_of(OUTPUT.replace(line, damaged, 1))
    assert result.kpoint_mesh is None or result.final_structure is None


def test_a_molecule_has_no_lattice_and_its_moments() -> None:
    text = OUTPUT.replace("CELL atoms 2 volume_a3 17.021812", "MOLECULE atoms 2")
    text = "\n".join(line for line in text.split("\n") if "VECTOR" not in line)
    text = text.replace("mesh_gap_ev", "orbital_gap_ev")
    moments = "MOMENT name Li3 bohr 1.5\nMOMENT name H101 bohr -0.5\nENERGY"
    result = result_of(text.replace("ENERGY", moments, 1))
    assert result.final_structure is not None
    assert result.final_structure.lattice_a == ()
    assert result.charges[0].moments_bohr == (1.5, -0.5)
    assert len(result.gaps) == 1


def test_an_output_is_recognised_with_its_deck() -> None:
    assert CODE.recognise("x.out", OUTPUT.encode()) == "pyscf"
    assert CODE.recognise("x.out", OUTPUT[5:].encode()) is None
    beside = CODE.inputs_beside("pyscf", "lih.out", ["lih.d12", "mgo.d12", "lih.gui"])
    assert beside == ("lih.d12",)
