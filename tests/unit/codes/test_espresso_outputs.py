"""Outputs of pw.x against the truth table of the corpora; how a run is graded."""

import math

import pytest

from crystalmathd.codes.espresso.outputs import read_output
from crystalmathd.models.results import Grade, Result
from crystalmathd.units import ANGSTROM_PER_BOHR, EV_PER_RYDBERG
from tests.unit.codes import corpora

HEAD = b"     Program PWSCF v.6.7MaX starts on  1Jan2026 at  0: 0: 0 \n"
SCF = b"""     iteration #  1     ecut=    20.00 Ry     beta= 0.70
     total energy              =     -15.70000000 Ry
     iteration #  2     ecut=    20.00 Ry     beta= 0.70
!    total energy              =     -15.84452726 Ry
     internal energy E=F+TS    =     -15.84000000 Ry
     convergence has been achieved in   2 iterations
"""
DONE = b"   JOB DONE.\n"


PROGRAMS = {
    "BANDS": "bands.x",
    "CP": "cp.x",
    "DOS": "dos.x",
    "MATDYN": "matdyn.x",
    "NEB": "neb.x",
    "OPEN_GRID": "open_grid.x",
    "PHONON": "ph.x",
    "POST-PROC": "pp.x",
    "PROJWFC": "projwfc.x",
    "PWSCF": "pw.x",
}

EXPLAINED = {
    # aiida takes the energy of the last cycle of an SCF that has not converged.
    ("pw_failed_out_of_walltime_interrupted", "aiida energy"),
    ("pw_failed_scf_not_converged", "aiida energy"),
    # The table has -308.3 eV; the file prints -15.72861774 Ry.
    ("pw_vcrelax_success_fractional", "aiida energy"),
    # The table has the next cell, at which nothing was computed any more.
    ("pw_vcrelax_failed_not_converged_nstep", "volume"),
    # Three runs stand in the file: the table counts the k-points of the first.
    ("supercell-001", "k-points"),
    # The beginning of the second loop was cut out of the file.
    ("pw_vcrelax_success_atoms_shape", "loops"),
    # Loops that have begun; the table counts those with an energy.
    ("pw_failed_interrupted_relax", "loops"),
    ("pw_failed_out_of_walltime_interrupted", "loops"),
}
"""Part of a file's name, and the cell of the truth table that is not ours."""


def read(output: bytes, crash: bytes = b"", program: str = "pw.x") -> Result:
    files = {"out": output}
    if crash:
        files["CRASH"] = crash
    return read_output(program, "out", files)


def test_every_output_of_the_corpora_says_what_its_truth_says() -> None:
    wrong, n_cells = [], 0
    for row in corpora.rows("open/qe/truth.tsv"):
        result = read(corpora.content(row), program=PROGRAMS[row["program"]])
        for what, ours, theirs, tolerance in cells(row, result):
            n_cells += 1
            if not agrees(ours, theirs, tolerance):
                wrong.append((row["path"], what, ours, theirs))
        if row["error_routine"]:
            assert result.cause == f"{row['error_routine']}: {row['error_text']}"
    left = [
        one
        for one in wrong
        if not any(name in one[0] and what == one[1] for name, what in EXPLAINED)
    ]
    assert left == []
    assert n_cells > 900
    assert len(wrong) <= n_cells / 100


def agrees(ours: object, theirs: object, tolerance: float) -> bool:
    if isinstance(ours, float | int) and isinstance(theirs, float):
        return abs(ours - theirs) <= tolerance
    return ours == theirs


def cells(
    row: dict[str, str], result: Result
) -> list[tuple[str, object, object, float]]:
    """Return (what, ours, the table's, tolerance) for each cell that is certain."""
    ended = corpora.truth(row["job_done"]) and row["max_seconds_hit"] == "n"
    if result.cause == "Program stopped by user request":
        ended = False
    final = result.final_structure
    volume = final.volume_a3 if final is not None else None
    found: list[tuple[str, object, object, float]] = [
        ("end", result.is_normal_end, bool(ended), 0),
        ("version", result.code_version, row["version"], 0),
        ("atoms", result.n_atoms, number(row["nat"]), 0),
        ("energy", result.energy_as_printed, number(row["final_energy_Ry"]), 1e-8),
        ("fermi", result.fermi_energy_ev, number(row["fermi_eV"]), 1e-4),
        ("wall", result.wall_time_s, number(row["walltime_s"]), 0.01),
        ("cpu", result.cpu_time_s, number(row["cpu_s"]), 0.01),
    ]
    if row["n_kpoints"]:
        found.append(("k-points", result.n_kpoints, number(row["n_kpoints"]), 0))
    if row["pressure_kbar"]:
        pressure = float(row["pressure_kbar"]) / 10
        found.append(("pressure", result.pressure_gpa, pressure, 1e-9))
    if row["volume_bohr3"] and volume is not None:
        bohr3 = volume / ANGSTROM_PER_BOHR**3
        found.append(("volume", bohr3, float(row["volume_bohr3"]), 0.05))
    if row["total_magnetization"]:
        parts = [float(word) for word in row["total_magnetization"].split()]
        found.append(("moment", result.magnetisation_bohr, math.hypot(*parts), 1e-9))
    if row["aiida_energy_eV"]:
        energy = float(row["aiida_energy_eV"])
        found.append(("aiida energy", result.energy_ev, energy, 1e-3))
    return found + (scf_cells(row, result) if row["program"] == "PWSCF" else [])


def scf_cells(
    row: dict[str, str], result: Result
) -> list[tuple[str, object, object, float]]:
    status = row["bfgs_status"]
    found: list[tuple[str, object, object, float]] = [
        ("scf", result.is_scf_converged, corpora.truth(row["scf_converged"]), 0),
        ("loops", len(result.scf_loops), number(row["n_scf_runs"]), 0),
    ]
    # The two runs that were cut in an SCF have counts that contradict each other
    # (iterations that began, iterations that ended).
    if row["last_scf_iterations"] and row["scf_converged"] != "n(unfinished)":
        cycles = number(row["last_scf_iterations"])
        found.append(("cycles", result.n_scf_cycles, cycles, 0))
    if row["ionic_steps"]:
        steps = number(row["ionic_steps"])
        found.append(("steps", result.n_geometry_steps, steps, 0))
    if row["calc_hint"] != "md":
        is_converged = status == "End of BFGS" if status else None
        found.append(("bfgs", result.is_geometry_converged, is_converged, 0))
    return found


def number(text: str) -> float | None:
    return float(text) if text else None


def test_the_headline_is_f_and_the_internal_energy_stands_beside_it() -> None:
    result = read_output("pw.x", "si.out", {"si.out": HEAD + SCF + DONE})
    assert result.headline_energy_kind == "free_energy"
    assert result.energies_ev == {
        "free_energy": pytest.approx(-15.84452726 * EV_PER_RYDBERG),
        "internal_energy": pytest.approx(-15.84 * EV_PER_RYDBERG),
    }
    assert result.energy_source is not None
    assert (result.energy_source.file, result.energy_source.line) == ("si.out", 5)
    assert result.grade is Grade.CONVERGED


def test_one_achieved_scf_does_not_make_a_relaxation_converged() -> None:
    steps = b"     number of bfgs steps    =   0\n"
    cut = read(HEAD + SCF + steps + SCF)
    assert cut.is_scf_converged is True
    assert cut.is_geometry_converged is False
    assert cut.grade is Grade.NOT_CONVERGED


def test_job_done_without_convergence_is_not_converged() -> None:
    line = b"     convergence NOT achieved after   2 iterations: stopping\n"
    result = read(HEAD + SCF[:130] + b"\n" + line + DONE)
    assert result.is_normal_end is True
    assert result.grade is Grade.NOT_CONVERGED
    assert result.cause == line.decode().strip()


def test_a_relaxed_cell_without_a_final_run_is_loose() -> None:
    relaxed = (
        b"     number of bfgs steps    =   0\n"
        b"     new unit-cell volume =    240.0 a.u.^3\n"
        b"     bfgs converged in   3 scf cycles and   2 bfgs steps\n"
    )
    final = b"     A final scf calculation at the relaxed structure.\n"
    loose = read(HEAD + SCF + relaxed + DONE)
    assert loose.grade is Grade.LOOSE
    static = read(HEAD + SCF + relaxed + final + SCF + DONE)
    assert static.grade is Grade.CONVERGED


def test_bands_of_many_points_are_done_although_they_are_not_printed() -> None:
    start = b"     Band Structure Calculation\n"
    end = b"     End of band structure calculation\n\n     Number of k-points >= 100\n"
    open_ = b"     c_bands:  2 eigenvalues not converged\n"
    assert read(HEAD + start + end + DONE).grade is Grade.CONVERGED
    assert read(HEAD + start + open_ + end + DONE).flags == ("bands_not_converged",)
    assert read(HEAD + start + DONE).grade is Grade.UNKNOWN


def test_the_loops_over_exact_exchange_are_one_step() -> None:
    again = b"     EXX: now go back to refine exchange calculation\n"
    start = b"     Self-consistent Calculation\n"
    last = b"!!   total energy              =     -15.85000000 Ry\n"
    text = HEAD + start + SCF + again + start + SCF + last + DONE
    result = read(text)
    assert len(result.steps) == len(result.scf_loops) == 1
    assert result.n_scf_cycles == 4
    assert result.energy_as_printed == -15.85
    assert result.steps[0].energy_ev == result.energy_ev
    assert result.grade is Grade.CONVERGED


def test_damped_dynamics_are_a_relaxation_and_others_are_none() -> None:
    step = b"     Entering Dynamics:    iteration =     1\n"
    ended = b"     The maximum number of steps has been reached.\n"
    damped = b"     Damped Dynamics Calculation\n"
    relaxation = read(HEAD + SCF + damped + step + SCF + ended + DONE)
    assert relaxation.calculation == "optimisation"
    assert relaxation.grade is Grade.NOT_CONVERGED
    dynamics = read(HEAD + SCF + step + SCF + ended + DONE)
    assert dynamics.calculation == "molecular_dynamics"
    assert (dynamics.grade, dynamics.cause) == (Grade.CONVERGED, None)
    assert dynamics.n_geometry_steps == 2


def test_the_file_crash_names_the_cause_that_the_output_lacks() -> None:
    crash = b" %%%%\n     Error in routine broyden (1):\n     factorization\n %%%%\n"
    result = read(HEAD, crash)
    assert result.cause == "broyden (1): factorization"


def test_programs_that_compute_no_energy_have_none() -> None:
    head = b"     Program BANDS v.6.7MaX starts on  1Jan2026 at  0: 0: 0 \n"
    result = read(head + DONE, program="bands.x")
    assert result.is_normal_end is True
    assert result.energy_ev is None
    assert result.grade is Grade.UNKNOWN


def test_a_total_energy_that_is_nan_has_not_converged() -> None:
    spoiled = SCF.replace(b"-15.84452726", b"         NaN")
    result = read(HEAD + spoiled + DONE)
    assert (result.energy_ev, result.is_scf_converged) == (None, False)
    assert result.grade is Grade.NOT_CONVERGED
