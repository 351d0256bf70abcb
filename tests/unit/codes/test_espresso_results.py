"""Values read by eye from outputs of several versions, and identities on all."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.espresso.outputs import read_output
from crystalmathd.models.results import Grade, Result
from crystalmathd.units import ANGSTROM_PER_BOHR, EV_PER_RYDBERG
from tests.unit.codes import corpora

EV_A = EV_PER_RYDBERG / ANGSTROM_PER_BOHR
TOTALS = {"free_energy", "internal_energy", "total_all_electron", "enthalpy"}

GRAPHITE = "qmcpack__performance_C-graphite_DFT-inputs__pw.out"  # 4.2
DIAMOND = "qmcpack__labs_lab2_qmc_basics_your_system_reference_diamond_vmc__scf.output"
IRON = "ejplugins__ejplugins__scf_with_fermi.qe.out"  # 6.1
SULFIDE = "ejplugins__ejplugins__qe_vc_relax_with_multiple_final_coords.out"  # 5.3
FIXED = "aiida-quantumespresso__pw_tot_magnetization__aiida.out"  # 6.6
MOLYBDENUM = "qmcpack__solids_bccMo_2x1x1_SOREP_dft-inputs__scf.out"  # 6.7
RUTILE = "electronic-parsers__quantumespresso_TiO2_opt__pw.out"  # 7.3
PLATINUM = "electronic-parsers__quantumespresso_Pt_noncol__pw.out"  # 7.3
IODIDE = "aiida-quantumespresso__pw_default_xml_260128__aiida.out"  # 7.5
SALT = "phonopy__NaCl-QE__NaCl-001.out"  # 5.4
SILICON = "phonopy__Si-QE__supercell-001.out"  # 5.1
VACANCY = (
    "qmcpack__nexus_nexus_test_pwscf_analyzer_files_relax_output__relax.out"  # 6.3
)
FLUORIDE = "aiida-quantumespresso__pw_scf_electric_field__aiida.out"  # 7.2

ENERGIES_RY = {
    GRAPHITE: {
        "free_energy": -45.50452741,
        "one_electron": -11.08985473,
        "hartree": 13.30973991,
        "exchange_correlation": -13.87121477,
        "ewald": -33.85317264,
        "smearing": -0.00002519,
    },
    IRON: {"free_energy": -55.55988637, "smearing": 0.00036313},
    FIXED: {
        "free_energy": -22.80554665,
        "internal_energy": -22.48435056,
        "smearing": -0.32119610,
        "ewald": -16.79894388,
    },
    MOLYBDENUM: {"free_energy": -136.49332759, "internal_energy": -136.49332759},
    RUTILE: {
        "free_energy": -406.00260887,
        "dispersion": -0.07089213,
        "paw_one_center": -38.05950814,
    },
    PLATINUM: {"internal_energy": -261.62891603, "hartree": 38.10671314},
}

FACTS = {
    GRAPHITE: {
        "code_version": "4.2",
        "n_ranks": 24,
        "n_electrons": 16.0,
        "n_symmetry_operators": 1,
        "functional": "SLA PZ NOGX NOGC",
        "fermi_energy_ev": 6.9035,
        "pressure_gpa": -3.306,
        "n_kpoints": 2304,
        "wall_time_s": 483.39,
        "cpu_time_s": 374.62,
        "n_basis_functions": 4019,
        "formula": "C4",
        "spin": "restricted",
    },
    IRON: {
        "code_version": "6.1",
        "n_ranks": 2,
        "n_electrons": 8.0,
        "n_symmetry_operators": 48,
        "fermi_energy_ev": 12.4490,
        "magnetisation_bohr": 2.33,
        "max_memory_mb": 5.62,
        "n_basis_functions": 225,
        "spin": "unrestricted",
        "formula": "Fe",
    },
    FIXED: {
        "code_version": "6.6",
        "n_ranks": 1,
        "n_electrons": 8.0,
        "magnetisation_bohr": 1.0,
        "max_memory_mb": 68.16,
        "fermi_energy_ev": None,
        "spin": "unrestricted",
    },
    MOLYBDENUM: {
        "code_version": "6.7MaX",
        "n_ranks": 12,
        "n_electrons": 14.0,
        "fermi_energy_ev": 22.5446,
        "pressure_gpa": 10.907,
        "max_memory_mb": 3.81,
        "spin": "noncollinear",
        "formula": "Mo",
    },
    RUTILE: {
        "code_version": "7.3",
        "n_ranks": 12,
        "n_electrons": 48.0,
        "n_symmetry_operators": 16,
        "n_kpoints": 70,
        "fermi_energy_ev": 8.9997,
        "pressure_gpa": 0.028,
        "n_geometry_steps": 5,
        "n_scf_cycles": 15,
        "wall_time_s": 105.55,
        "formula": "O4 Ti2",
        "calculation": "optimisation",
        "grade": Grade.CONVERGED,
    },
    PLATINUM: {
        "code_version": "7.3",
        "n_electrons": 18.0,
        "fermi_energy_ev": 23.6117,
        "pressure_gpa": 8.878,
        "magnetisation_bohr": 0.0,
        "n_kpoints": 288,
        "spin": "noncollinear",
        "functional": "PBE",
    },
    IODIDE: {
        "code_version": "7.5",
        "n_ranks": 4,
        "n_threads": 24,
        "n_pools": 4,
        "functional": "PBESOL",
        "n_electrons": 34.0,
        "formula": "I2 Zn",
    },
}


FORCES_RY_BOHR = {
    SALT: (-0.00075614, 0.0, 0.0),
    SILICON: (-0.00533367, 0.0, 0.0),
    VACANCY: (0.00006653, 0.00006653, 0.00006653),
    FLUORIDE: (-0.00000074, 0.00000031, 0.00149244),
    MOLYBDENUM: (0.0, 0.0, 0.0),
}
"""On the first atom, of the last geometry."""

STRESS_RY_BOHR3 = {
    GRAPHITE: -0.00022818,
    SALT: 0.00000428,
    SILICON: 0.00000424,
    MOLYBDENUM: 0.00074143,
    RUTILE: 0.00000232,
}
"""The component xx, of the last geometry."""

PLACES_BOHR = {
    GRAPHITE: (1, (0.0, 0.5773503 * 4.650994, 0.0)),
    SALT: (0, (0.00093 * 21.506223, 0.0, 0.0)),
    SILICON: (0, (0.4384681 * 20.659106, 0.4375 * 20.659106, 0.4375 * 20.659106)),
    VACANCY: (0, (-0.089936864, -0.089936864, -0.089936864)),
    FLUORIDE: (1, (0.5 * 7.615596, 0.0, 0.0)),
}
"""Number of an atom, and where it is in the last geometry."""


def paths() -> list[Path]:
    corpora.rows("open/qe/truth.tsv")
    return sorted((corpora.ROOT / "open" / "qe" / "pw_out").iterdir())


def result_of(name: str) -> Result:
    corpora.rows("open/qe/truth.tsv")
    path = corpora.ROOT / "open" / "qe" / "pw_out" / name
    return read_output("pw.x", "out", {"out": path.read_bytes()})


def saved_of(path: Path) -> bytes | None:
    """Return the XML file that the same run of aiida's fixtures has left."""
    name = path.name.replace("__aiida.out", "__data-file-schema.xml")
    xml = path.parents[1] / "xml" / name
    return xml.read_bytes() if name != path.name and xml.is_file() else None


@pytest.mark.parametrize("name", ENERGIES_RY)
def test_energies_of_each_kind_are_those_that_were_read_by_eye(name: str) -> None:
    energies = result_of(name).energies_ev
    for kind, energy in ENERGIES_RY[name].items():
        assert energies[kind] == pytest.approx(energy * EV_PER_RYDBERG), kind


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_those_that_were_read_by_eye(name: str) -> None:
    result = result_of(name)
    read = {field: getattr(result, field) for field in FACTS[name]}
    assert read == pytest.approx(FACTS[name])


@pytest.mark.parametrize("name", FORCES_RY_BOHR)
def test_forces_are_those_that_were_read_by_eye(name: str) -> None:
    expected = [force * EV_A for force in FORCES_RY_BOHR[name]]
    assert result_of(name).forces_ev_a[0] == pytest.approx(expected)


@pytest.mark.parametrize("name", STRESS_RY_BOHR3)
def test_stresses_are_those_that_were_read_by_eye(name: str) -> None:
    stress = result_of(name).stress_gpa
    assert stress is not None
    assert stress[0][0] == pytest.approx(STRESS_RY_BOHR3[name] * 14710.5076, rel=1e-6)


@pytest.mark.parametrize("name", PLACES_BOHR)
def test_atoms_are_where_they_were_read_by_eye(name: str) -> None:
    number, place = PLACES_BOHR[name]
    final = result_of(name).final_structure
    assert final is not None
    expected = [x * ANGSTROM_PER_BOHR for x in place]
    assert final.positions_a[number] == pytest.approx(expected, abs=1e-6)


def test_forces_and_structures_are_those_that_were_read_by_eye() -> None:
    rutile = result_of(RUTILE)
    assert rutile.forces_ev_a[2] == pytest.approx((1.09e-5 * EV_A, -1.09e-5 * EV_A, 0))
    first, final = rutile.steps[0], rutile.final_structure
    assert first.forces_ev_a[5][0] == pytest.approx(-0.00389184 * EV_A)
    assert final is not None
    alat = 8.68089159 * ANGSTROM_PER_BOHR
    assert final.lattice_a[0][0] == pytest.approx(1.006947095 * alat)
    assert final.positions_a[2][0] == pytest.approx(0.804691213 * 1.006947095 * alat)
    assert final.atomic_numbers == (22, 22, 8, 8, 8, 8)
    assert [m.threshold for m in rutile.criteria] == [1e-10, 1e-4, 5e-4, 0.5]


def test_bands_and_gaps_are_those_that_were_read_by_eye() -> None:
    graphite = result_of(GRAPHITE)
    assert graphite.bands is not None
    first = graphite.bands.energies_ev[0][0]
    assert (first[0], first[7], first[15]) == (-12.6323, 3.9122, 18.6853)
    assert graphite.gaps[0].gap_ev == 0.0
    rutile = result_of(RUTILE)
    assert rutile.bands is not None
    assert rutile.bands.energies_ev[0][-1][-1] == 12.1805
    assert rutile.gaps[0].top_of_valence_ev == pytest.approx(8.9116, abs=0.1)
    iodide = result_of(IODIDE)
    assert [gap.spin for gap in iodide.gaps] == [None, "up", "down"]
    assert iodide.bands is not None
    assert len(iodide.bands.energies_ev) == 2


def test_charges_in_spheres_are_those_that_were_read_by_eye() -> None:
    (iodide,) = result_of(IODIDE).charges
    assert iodide.electrons[1] == pytest.approx(4.38, abs=0.02)
    (sulfide,) = result_of(SULFIDE).charges
    assert len(sulfide.electrons) == 6
    assert sulfide.electrons[0] == pytest.approx(13.97, abs=0.01)


# --- identities ---------------------------------------------------------------------


def test_the_parts_of_every_total_energy_sum_to_it() -> None:
    wrong, n_summed = [], 0
    for path in paths():
        result = result_of(path.name)
        parts = [e for kind, e in result.energies_ev.items() if kind not in TOTALS]
        # The energy of the electrons in a field is not printed.
        if len(parts) < 4 or "electric_field" in path.name:
            continue
        n_summed += 1
        difference = sum(parts) - (result.energy_ev or 0)
        if abs(difference) > 4e-8 * EV_PER_RYDBERG:
            wrong.append((path.name, difference))
        inner = result.energies_ev.get("internal_energy")
        if inner is not None:
            outer = inner + result.energies_ev["smearing"]
            assert outer == pytest.approx(result.energy_ev, abs=1e-6)
    assert wrong == []
    assert n_summed > 40


def test_every_loop_ends_in_the_energy_of_its_step() -> None:
    n_loops = 0
    for path in paths():
        result = result_of(path.name)
        loops = [loop for loop in result.scf_loops if loop.is_converged]
        if len(loops) != len(result.steps):
            continue
        for loop, step in zip(loops, result.steps, strict=True):
            assert loop.energies_ev[-1] == step.energy_ev, path.name
            n_loops += 1
        if result.steps:
            assert result.steps[-1].energy_ev == result.energy_ev
    assert n_loops > 100


def test_forces_give_the_total_force_that_is_printed() -> None:
    n_forces = 0
    for path in paths():
        text = path.read_text(errors="replace")
        result = result_of(path.name)
        printed = re.findall(r"Total force = +(\S+)", text)
        if not printed or not result.forces_ev_a or "fixed_coords" in path.name:
            continue
        squares = (f**2 for force in result.forces_ev_a for f in force)
        total = math.sqrt(math.fsum(squares)) / EV_A
        assert total == pytest.approx(float(printed[-1]), abs=2e-6), path.name
        n_forces += 1
    assert n_forces > 20


def test_the_trace_of_the_stress_is_the_pressure() -> None:
    n_tensors = 0
    for path in paths():
        result = result_of(path.name)
        if result.stress_gpa is None or result.pressure_gpa is None:
            continue
        trace = sum(result.stress_gpa[n][n] for n in range(3)) / 3
        assert trace == pytest.approx(result.pressure_gpa, abs=2e-3), path.name
        n_tensors += 1
    assert n_tensors > 15


def test_cells_have_the_volume_and_the_charge_that_are_printed() -> None:
    n_cells = 0
    for path in paths():
        text = path.read_text(errors="replace")
        result = result_of(path.name)
        if result.initial_structure is None:
            continue
        start = text.rfind("Program PWSCF")
        match = re.search(r"unit-cell volume += +(\S+)", text[start:])
        assert match is not None
        volume = (result.initial_structure.volume_a3 or 0) / ANGSTROM_PER_BOHR**3
        assert volume == pytest.approx(float(match[1]), rel=1e-5), path.name
        assert result.cell_charge == 0.0, path.name
        assert result.initial_structure.n_atoms == result.n_atoms
        n_cells += 1
    assert n_cells > 50


def test_what_is_saved_as_xml_is_what_was_printed() -> None:
    n_saved = 0
    for path in paths():
        saved = saved_of(path)
        if saved is None:
            continue
        files = {"out": path.read_bytes(), "si.save.data-file-schema.xml": saved}
        full, bare = read_output("pw.x", "out", files), result_of(path.name)
        n_saved += full != bare
        for name in ("energies_ev", "grade", "n_kpoints", "formula"):
            if getattr(bare, name):
                assert getattr(full, name) == getattr(bare, name), path.name
        assert_alike(full, bare)
    assert n_saved > 15


def assert_alike(full: Result, bare: Result) -> None:
    for force, twin in zip(full.forces_ev_a, bare.forces_ev_a, strict=True):
        assert force == pytest.approx(twin, abs=2e-7)
    if bare.stress_gpa is not None and full.stress_gpa is not None:
        for row, other in zip(full.stress_gpa, bare.stress_gpa, strict=True):
            assert row == pytest.approx(other, abs=1e-4)
    if bare.final_structure is not None and full.final_structure is not None:
        atoms = zip(
            full.final_structure.positions_a,
            bare.final_structure.positions_a,
            strict=True,
        )
        assert all(x == pytest.approx(y, abs=1e-5) for x, y in atoms)
    if bare.bands is not None and full.bands is not None:
        pairs = zip(full.bands.kpoints, bare.bands.kpoints, strict=True)
        assert all(k == pytest.approx(q, abs=1e-4) for k, q in pairs)
        up, down = full.bands.energies_ev[0], bare.bands.energies_ev[0]
        assert all(
            e == pytest.approx(f, abs=1e-4) for e, f in zip(up, down, strict=True)
        )


# --- what is cut or is no output ----------------------------------------------------


@given(data=st.data())
def test_any_beginning_of_an_output_is_read_as_far_as_it_goes(
    data: st.DataObject,
) -> None:
    names = (MOLYBDENUM, FIXED, DIAMOND, SALT, "ejplugins__ejplugins__scf.qe.out")
    name = data.draw(st.sampled_from(names))
    corpora.rows("open/qe/truth.tsv")
    whole = (corpora.ROOT / "open" / "qe" / "pw_out" / name).read_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole) - 400))]
    result = read_output("pw.x", "out", {"out": cut})
    assert result.is_normal_end is False
    assert result.grade is not Grade.CONVERGED
    full = read_output("pw.x", "out", {"out": whole})
    for loop, other in zip(result.scf_loops, full.scf_loops, strict=False):
        assert loop.energies_ev == other.energies_ev[: len(loop.energies_ev)]
    assert result.n_electrons in {None, full.n_electrons}


@given(
    rubbish=st.binary(max_size=300),
    words=st.lists(
        st.sampled_from(
            [
                b"     Program PWSCF v.6.7 starts on 1\n",
                b"!    total energy              =     -15.8 Ry\n",
                b"     iteration #  1     ecut=\n",
                b"     crystal axes: (cart. coord. in units of alat)\n",
                b"     Forces acting on atoms (cartesian axes, Ry/au):\n",
                b"     End of self-consistent calculation\n",
                b"          k = 0.0000 0.0000 0.0000 (   725 PWs)   bands (ev):\n",
                b"   *********-5.0000 1.0\n",
                b"     number of k points=     **\n",
                b"ATOMIC_POSITIONS (alat)\n",
                b"          total   stress  (Ry/bohr**3)   (kbar)     P=    ****\n",
                b"     EXX: now go back to refine exchange calculation\n",
            ]
        )
    ),
)
def test_rubbish_is_no_output_and_raises_nothing(
    rubbish: bytes, words: list[bytes]
) -> None:
    for text in (rubbish, b"".join(words) + rubbish, rubbish + b"".join(words)):
        for program in ("pw.x", "ph.x", "dos.x", "bands.x", "projwfc.x"):
            files = {
                "out": text,
                "si.dos": rubbish,
                "x.gnu": rubbish,
                "si.save.data-file-schema.xml": b"<espresso>" + rubbish,
            }
            result = read_output(program, "out", files)
            assert result.grade is not Grade.CONVERGED


@pytest.mark.parametrize(
    ("rows", "energies"),
    [
        ("  -47.6717-147.6717   1.0000", (-47.6717, -147.6717, 1.0)),
        ("  -47.6717 ********   1.0000", None),
        ("       NaN      NaN      NaN", None),
    ],
)
def test_energies_that_touch_are_parted_and_stars_are_no_numbers(
    rows: str, energies: tuple[float, ...] | None
) -> None:
    text = f"""     Program PWSCF v.6.7MaX starts on  1Jan2026 at  0: 0: 0
     End of band structure calculation

          k = 0.0000-0.5000 0.0000 (   725 PWs)   bands (ev):

{rows}

     Writing output data file si.save
"""
    bands = read_output("pw.x", "out", {"out": text.encode()}).bands
    found = None if bands is None else bands.energies_ev[0][0]
    assert found == energies


def test_outputs_of_other_programs_have_nothing_to_say() -> None:
    corpora.rows("open/crystal/truth.tsv")
    for path in sorted((corpora.ROOT / "open" / "crystal" / "out").iterdir())[:20]:
        result = read_output("pw.x", "out", {"out": path.read_bytes()})
        assert result.energy_ev is None
        assert result.grade is Grade.UNKNOWN
