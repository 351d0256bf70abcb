"""What must hold in every output of VASP, whatever was computed."""

import math
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.codes.vasp.recognition import is_outcar, is_vasprun
from crystalmathd.models.results import Grade, Result
from tests.unit.codes import corpora

INVENTED = ("aiida_vasp_lepsilon", "aiida_vasp_spin", "aiida_vasp_basic/vasprun.xml")
"""Files in which the numbers were replaced by their authors."""
INTERLEAVED = "aiida_vasp_neb/vasprun.xml"
"""Several images wrote into one file at the same time."""


@pytest.fixture(scope="module")
def results() -> list[tuple[str, bytes, Result]]:
    return list(read_all())


def read_all() -> Iterator[tuple[str, bytes, Result]]:
    for path, data in corpora.files("open/vasp"):
        if path.endswith(INTERLEAVED):
            continue
        if is_outcar(data) or is_vasprun(data):
            name = PurePosixPath(path).name
            yield path, data, read_files("vasp_std", name, {name: data})


Results = list[tuple[str, bytes, Result]]


def test_every_cycle_series_ends_in_the_energy_of_its_step(results: Results) -> None:
    n_compared = 0
    for path, data, result in results:
        # Dispersion and the correction for a dipole are added behind the loop.
        is_corrected = b"IVDW" in data or "etest3" in path or b"DIPCOR" in data
        for step, loop in zip(result.steps, result.scf_loops, strict=True):
            last = loop.energies_ev[-1] if loop.energies_ev else None
            if step.energy_ev is None or last is None or is_corrected:
                continue
            if "potim" in path:
                continue  # its author has changed the last energies
            n_compared += 1
            assert abs(step.energy_ev - last) < 2e-6, (path, step.number)
    assert n_compared > 300


def test_dispersion_is_in_the_energy_of_a_step_but_not_in_its_cycles(
    results: Results,
) -> None:
    (found,) = [(data, r) for path, data, r in results if path.endswith("R.etest3")]
    data, result = found
    printed = [float(text) for text in re.findall(rb"Edisp \(eV\) +(-\S+)", data)]
    for step, loop, dispersion in zip(
        result.steps, result.scf_loops, printed, strict=True
    ):
        assert step.energy_ev is not None
        last = loop.energies_ev[-1]
        assert last is not None
        assert step.energy_ev - last == pytest.approx(dispersion, abs=2e-5)


def test_the_headline_lies_between_free_and_internal_energy(results: Results) -> None:
    for path, _, result in results:
        if result.headline_energy_kind is None:
            continue
        kinds = result.energies_ev
        low, high = sorted((kinds["free_energy"], kinds["energy_without_entropy"]))
        assert low - 1e-6 <= kinds["energy_sigma_zero"] <= high + 1e-6, path
        assert result.energy_ev == kinds["energy_sigma_zero"]
        assert result.energy_source is None or (
            result.energy_source.text.startswith("energy  without entropy")
        )


def test_forces_sum_to_nothing_or_to_the_printed_drift(results: Results) -> None:
    n_compared = 0
    for path, data, result in results:
        if "neb" in path or any(word in path for word in INVENTED):
            continue  # forces between images do not sum to nothing
        if result.calculation == "molecular_dynamics" and is_vasprun(data):
            continue  # the drift stays in the forces, and only an OUTCAR prints it
        drifts = re.findall(rb"total drift: +(\S+) +(\S+) +(\S+)", data)
        for number, step in enumerate(result.steps):
            sums = [math.fsum(axis) for axis in zip(*step.forces_ev_a, strict=True)]
            drift = [float(x) for x in drifts[number]] if drifts and sums else []
            n_compared += bool(sums)
            is_nothing = all(abs(total) < 2e-3 for total in sums)
            is_drift = len(drift) == len(sums) and all(
                abs(total - one) < 2e-3 for total, one in zip(sums, drift, strict=True)
            )
            assert is_nothing or is_drift, (path, step.number, sums)
    assert n_compared > 150


def test_the_determinant_of_the_cell_is_the_printed_volume(results: Results) -> None:
    n_compared = 0
    for path, data, result in results:
        volumes = (
            re.findall(rb"^ +volume of cell : +(\S+)", data, re.MULTILINE)
            if is_outcar(data)
            else re.findall(rb'<i name="volume"> +(\S+) </i>', data)
        )
        if result.initial_structure is None or not volumes:
            continue
        known = [float(text) for text in volumes]
        structures = [result.initial_structure, result.final_structure]
        structures += [step.structure for step in result.steps]
        for structure in structures:
            if structure is None:
                continue
            n_compared += 1
            volume = structure.volume_a3
            assert volume is not None
            assert min(abs(volume - one) for one in known) < 0.011, path
    assert n_compared > 400


def test_charges_and_moments_have_the_printed_sums(results: Results) -> None:
    n_compared = 0
    for path, data, result in results:
        if result.n_atoms == 1:
            continue  # VASP prints no sums of one atom
        for charges in result.charges:
            lines = re.findall(rb"^tot +(?:\S+ +)*(-?\d+\.\d+) *$", data, re.MULTILINE)
            totals = {float(text) for text in lines}
            allowed = 0.0006 * len(charges.electrons) + 0.001
            n_compared += 1
            assert len(charges.electrons) == result.n_atoms
            total = math.fsum(charges.electrons)
            assert min(abs(total - one) for one in totals) < allowed, path
            if result.spin == "unrestricted":
                assert len(charges.moments_bohr) == result.n_atoms
                total = math.fsum(charges.moments_bohr)
                assert min(abs(total - one) for one in totals) < allowed, path
    assert n_compared > 20


def test_bands_have_a_value_for_each_point_and_hold_the_electrons(
    results: Results,
) -> None:
    n_compared = 0
    for path, _, result in results:
        bands = result.bands
        if bands is None:
            continue
        n_compared += 1
        assert len(bands.energies_ev) == (2 if result.spin == "unrestricted" else 1)
        for spin in bands.energies_ev:
            assert len(spin) == len(bands.kpoints) == result.n_kpoints, path
            assert len({len(levels) for levels in spin}) == 1
        for gap in result.gaps:
            assert gap.gap_ev >= 0
            if gap.gap_ev and gap.top_of_valence_ev and gap.bottom_of_conduction_ev:
                width = gap.bottom_of_conduction_ev - gap.top_of_valence_ev
                assert gap.gap_ev == pytest.approx(width, abs=1e-5)
    assert n_compared > 90


def test_the_density_of_states_is_made_of_spins_with_one_grid(
    results: Results,
) -> None:
    n_compared = 0
    for path, _, result in results:
        if result.dos is None:
            continue
        n_compared += 1
        totals = [curve for curve in result.dos.curves if curve.name == "total"]
        assert len(totals) == (2 if result.spin == "unrestricted" else 1), path
        n_points = len(result.dos.energies_ev)
        assert all(len(curve.density) == n_points for curve in result.dos.curves)
    assert n_compared > 30


def test_a_grade_follows_from_what_was_printed(results: Results) -> None:
    for path, _, result in results:
        if result.grade in {Grade.CONVERGED, Grade.LOOSE}:
            assert result.is_scf_converged, path
            assert result.is_normal_end, path
            assert result.is_geometry_converged is not False, path
            assert result.energy_ev is not None, path
        if result.is_scf_converged is False:
            assert result.grade is Grade.NOT_CONVERGED, path


def test_the_pressure_is_the_mean_of_the_stress(results: Results) -> None:
    n_compared = 0
    for path, _, result in results:
        if result.stress_gpa is None or result.pressure_gpa is None:
            continue
        if any(word in path for word in INVENTED):
            continue
        n_compared += 1
        mean = sum(result.stress_gpa[i][i] for i in range(3)) / 3
        assert mean == pytest.approx(result.pressure_gpa, abs=0.002), path
    assert n_compared > 60


def test_parts_of_the_density_of_states_are_named_by_element_and_orbital(
    results: Results,
) -> None:
    n_compared = 0
    for path, _, result in results:
        parts = [] if result.dos is None else result.dos.curves
        elements = {
            part.rstrip("0123456789") for part in (result.formula or "").split()
        }
        for curve in parts:
            if curve.name == "total":
                continue
            n_compared += 1
            element, momentum = curve.name.split()
            assert element in elements, path
            assert momentum in {"s", "p", "d", "f"}, path
        assert len({(curve.name, curve.spin) for curve in parts}) == len(parts)
    assert n_compared > 50
