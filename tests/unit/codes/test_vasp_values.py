"""Fields of the Result with values that were read from the recorded files by eye."""

import re
from functools import cache

import pytest

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.models.results import Grade, Result
from tests.unit.codes import corpora

V46 = "pylada__vasp_extract/COMMON"
V52 = "pylada__nlep_SnO2/OUTCAR_hse"
V53 = "custodian__postprocess/OUTCAR"
V541 = "pymatgen-test-files__io_vasp_outputs/OUTCAR.NiO_SOC"
V544 = "aiida-vasp__aiida_vasp_magnetization/OUTCAR"
V621 = "pymatgen-test-files__io_vasp_absorption_static/OUTCAR"
VDW = "pymatgen-test-files__io_vasp_outputs/OUTCAR.etest2"
V642 = "custodian__io/OUTCAR"
FILES = (V46, V52, V53, V541, V544, V621, VDW, V642)


@cache
def result(path: str) -> Result:
    data = corpora.content({"path": f"open/vasp/{path}"})
    name = path.rpartition("/")[2]
    return read_files("vasp_std", name, {name: data})


@pytest.fixture(autouse=True)
def needs_the_corpora() -> None:
    corpora.rows("open/vasp/truth.tsv")


FIELDS: dict[str, tuple[object, ...]] = {
    "code_version": (
        "4.6.36",
        "5.2.2",
        "5.3.5",
        "5.4.1",
        "5.4.4.18Apr17-6-g9f103f2a35",
        "6.2.1",
        "6.2.1",
        "6.4.2",
    ),
    "calculation": (
        "optimisation",
        "scf",
        "optimisation",
        "scf",
        "optimisation",
        "scf",
        "optimisation",
        "optimisation",
    ),
    "functional": (
        "PBE",
        "HSE06",
        "PBE+U",
        "PBE+U",
        "PBE",
        "PBEsol",
        "revPBE-vdW-DF",
        "PBE",
    ),
    "spin": (
        "restricted",
        "restricted",
        "unrestricted",
        "noncollinear",
        "unrestricted",
        "unrestricted",
        "restricted",
        "unrestricted",
    ),
    "formula": ("Si2", "O4 Sn2", "Fe2 O2", "Ni2 O2", "Co4", "Si2", "Cu", "Si2"),
    "n_electrons": (8.0, 52.0, 28.0, 44.0, 36.0, 8.0, 11.0, 8.0),
    "cell_charge": (0.0,) * 8,
    "n_kpoints": (2, 60, 1, 64, 208, 29, 1, 20),
    "kpoint_mesh": (None, None, None, None, None, (8, 8, 8), (1, 1, 1), (7, 7, 7)),
    "n_basis_functions": (None, 1299, 1119, 1606, None, 1639, 137, 1139),
    "energy_ev": (
        -10.661777,
        -54.870167,
        -28.21851457,
        -19.60512351,
        -28.41720662,
        -10.64629819,
        -11.18986774,
        -10.84147246,
    ),
    "n_scf_cycles": (4, 7, 6, 19, 21, 10, 5, 4),
    "n_geometry_steps": (3, None, 28, None, 1, None, 8, 3),
    "is_scf_converged": (True,) * 8,
    "is_geometry_converged": (True, None, True, None, True, None, True, True),
    "grade": (
        Grade.LOOSE,
        Grade.CONVERGED,
        Grade.LOOSE,
        Grade.CONVERGED,
        Grade.CONVERGED,
        Grade.CONVERGED,
        Grade.LOOSE,
        Grade.LOOSE,
    ),
    "fermi_energy_ev": (
        5.0616,
        4.8468,
        2.4155,
        5.9075,
        5.4373,
        6.2700044389,
        8.8882835032,
        5.9129726438,
    ),
    "magnetisation_bohr": (
        None,
        None,
        4.0,
        pytest.approx(8.3212e-5, rel=1e-4),
        6.4424922,
        0.0,
        None,
        1.3e-6,
    ),
    "pressure_gpa": (
        pytest.approx(0.010, abs=6e-4),
        None,
        pytest.approx(-0.078, abs=6e-4),
        pytest.approx(4.527, abs=6e-4),
        pytest.approx(-0.773, abs=6e-4),
        pytest.approx(0.004, abs=6e-4),
        pytest.approx(0.807, abs=6e-4),
        pytest.approx(-0.048, abs=6e-4),
    ),
    "n_ranks": (2, 8, 12, 16, 16, 16, 4, 64),
    "n_threads": (None, None, None, None, None, 8, 4, None),
    "wall_time_s": (3.853, 69176.078, 82.845, 124.469, 82.848, 51.321, 24.8, 18.865),
    "cpu_time_s": (3.843, 69133.227, 81.64, 124.312, 77.364, 267.533, 91.672, 9.141),
    "max_memory_mb": (
        pytest.approx(17680 / 1024),
        None,
        pytest.approx(50848 / 1024),
        pytest.approx(71236 / 1024),
        pytest.approx(94012 / 1024),
        pytest.approx(198608 / 1024),
        pytest.approx(171684 / 1024),
        pytest.approx(180328 / 1024),
    ),
    "is_normal_end": (True,) * 8,
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_has_what_eight_files_of_five_versions_print(field: str) -> None:
    found = {path: getattr(result(path), field) for path in FILES}
    assert found == dict(zip(FILES, FIELDS[field], strict=True))


def test_builds_are_in_the_words_of_the_program() -> None:
    assert result(V46).build == "17Feb09 complex"
    assert result(V642).build == "20Jul23 (build Oct 18 2023 14:14:43) complex"


def test_every_kind_of_energy_is_kept() -> None:
    assert result(V46).energies_ev == {
        "free_energy": -10.659844,
        "energy_without_entropy": -10.665642,
        "energy_sigma_zero": -10.661777,
    }
    assert result(VDW).energies_ev == {
        "free_energy": -11.21737536,
        "energy_without_entropy": -11.13485250,
        "energy_sigma_zero": -11.18986774,
    }


def test_forces_and_positions_of_the_last_step() -> None:
    fe_o = result(V53)
    assert fe_o.forces_ev_a[2] == (-0.001976, 0.009987, 0.003437)
    assert fe_o.final_structure is not None
    assert (0.54518, 0.33774, -3.26865) in fe_o.final_structure.positions_a
    sn_o = result(V52)
    assert (0.021081, 0.021081, 0.0) in sn_o.forces_ev_a
    assert sn_o.final_structure is not None
    assert (1.45677, 1.45677, 0.0) in sn_o.final_structure.positions_a


def test_stress_is_positive_under_compression_with_all_its_parts() -> None:
    stress = result(V53).stress_gpa
    assert stress is not None
    xx, yy, zz = -0.198922, -0.031734, -0.003548
    xy, yz, zx = 0.045089, -0.078413, -0.167841
    expected = ((xx, xy, zx), (xy, yy, yz), (zx, yz, zz))
    for found, one in zip(stress, expected, strict=True):
        assert found == pytest.approx(one)


def test_charges_and_moments_of_the_atoms() -> None:
    (fe_o,) = result(V53).charges
    assert fe_o.electrons == (7.204, 8.185, 5.148, 5.148)
    (co,) = result(V544).charges
    assert co.electrons == (8.265, 8.265, 8.26, 8.26)
    assert co.moments_bohr == (1.621, 1.619, 1.64, 1.64)
    (ni_o,) = result(V541).charges
    assert ni_o.electrons == (14.323, 14.323, 5.037, 5.037)
    assert ni_o.moments_bohr == pytest.approx((1.671, 1.671, 0.0, 0.0))
    (si,) = result(V642).charges
    assert si.electrons == (1.679, 1.679)
    (sn_o,) = result(V52).charges
    assert sn_o.electrons[:2] == (12.317, 12.318)


def test_criteria_with_their_thresholds() -> None:
    by_name = {m.name: m for m in result(V642).criteria}
    assert by_name["energy_change"].value == 0.6392240e-05
    assert by_name["energy_change"].threshold == 1e-4
    assert by_name["ionic_energy_change"].threshold == 1e-3
    assert by_name["ionic_energy_change"].value == pytest.approx(0.000895, abs=1e-3)
    forces = {m.name: m for m in result(VDW).criteria}["max_force"]
    assert (forces.threshold, forces.unit, forces.is_met) == (0.1, "eV/Å", True)


def test_the_first_and_the_last_cell() -> None:
    si = result(V642)
    assert si.initial_structure is not None
    assert si.final_structure is not None
    assert si.initial_structure.lattice_a[0] == (0.0, 2.75, 2.75)
    assert si.final_structure.lattice_a[0] == (0.0, 2.734878460, 2.734878460)
    assert si.initial_structure.positions_a == (
        (0.6875, 0.6875, 0.6875),
        (4.8125, 4.8125, 4.8125),
    )


def test_the_gap_of_silicon_is_indirect_and_of_each_spin() -> None:
    whole, up, down = result(V642).gaps
    assert (whole.spin, up.spin, down.spin) == (None, "up", "down")
    assert (whole.top_of_valence_ev, whole.bottom_of_conduction_ev) == (5.6145, 6.2249)
    assert (whole.gap_ev, up.gap_ev, down.gap_ev) == (0.6104, 0.6109, 0.6113)
    assert whole.is_direct is False


def test_cycles_of_a_step_with_their_changes() -> None:
    loop = result(V642).scf_loops[0]
    assert loop.n_cycles == 11
    assert loop.energies_ev[0] == 5.44389659
    assert loop.deltas_ev[0] is None
    last = result(V642).scf_loops[2]
    assert last.deltas_ev[-1] == 0.6392240e-05
    assert last.energies_ev[-1] == -10.84147246


def test_the_line_of_the_headline_is_named() -> None:
    for path in FILES:
        source = result(path).energy_source
        data = corpora.content({"path": f"open/vasp/{path}"})
        assert source is not None
        line = data.split(b"\n")[source.line - 1].decode().strip()
        assert line == source.text
        assert re.search(r"energy\(sigma->0\)", line)


def test_warnings_are_told_once() -> None:
    said = result(V621).warnings + result(V53).warnings
    assert len(said) == len(set(said))
    assert any("NCORE" in one or "NPAR" in one or "WARNING" in one for one in said)


XML: dict[str, tuple[str, float, tuple[float, float], tuple[float, float], float]] = {
    # Version, Fermi energy, first two bands at the first k-point, an energy of the
    # density of states with its value there, stress xx in GPa.
    "pymatgen-test-files__io_vasp_static_silicon/vasprun.xml": (
        "5.2.12",
        5.46766285,
        (-6.0189, 4.1169),
        (-5.9717, 0.0523),
        -1.522611937,
    ),
    "electronic-parsers__vasp_Si_dos_band/dos_si.xml": (
        "5.2.2",
        5.24231519,
        (-6.3209, 5.2330),
        (-6.1591, 0.1478),
        -3.222327393,
    ),
    "pymatgen-test-files__io_vasp_outputs/vasprun.LiF.xml": (
        "5.4.4.18Apr17-6-g9f103f2a35",
        -1.23130125,
        (-42.2718, -21.1313),
        (-45.7781, 0.0),
        -1.646091788,
    ),
    "pymatgen-test-files__io_vasp_absorption_static/vasprun.xml": (
        "6.2.1",
        6.27000444,
        (-6.2083, 5.7635),
        (-6.0018, 0.0848),
        0.0038872,
    ),
    "custodian__postprocess/vasprun.xml": (
        "5.3.5",
        2.41549698,
        (-17.3307, -15.8565),
        (-17.2230, 5.7207),
        -0.198922371,
    ),
    "aiida-vasp__aiida_vasp_phonondb/vasprun.xml": (
        "5.4.1",
        2.96801422,
        (-12.7460, -12.5901),
        (-12.7185, 13.2113),
        0.057127664,
    ),
}


@pytest.mark.parametrize("path", XML)
def test_bands_densities_and_stress_of_a_vasprun(path: str) -> None:
    version, fermi_ev, bands_ev, (energy_ev, density), stress_gpa = XML[path]
    found = result(path)
    assert found.code_version == version
    assert found.fermi_energy_ev == fermi_ev
    assert found.bands is not None
    assert found.bands.energies_ev[0][0][:2] == bands_ev
    assert found.dos is not None
    total = found.dos.curves[0]
    assert total.name == "total"
    assert total.density[found.dos.energies_ev.index(energy_ev)] == density
    assert found.stress_gpa is not None
    assert found.stress_gpa[0][0] == pytest.approx(stress_gpa)


def test_forces_of_a_vasprun_have_all_their_digits() -> None:
    found = result("aiida-vasp__aiida_vasp_phonondb/vasprun.xml")
    assert found.forces_ev_a[0] == (-0.23272115, -0.01115905, 0.03449686)
    assert found.forces_ev_a[1] == (-0.00056759, 0.00249622, 0.00001729)
