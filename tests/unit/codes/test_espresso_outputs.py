import math

import pytest

from crystalmathd.codes.espresso.outputs import read_output
from crystalmathd.models.results import Grade
from crystalmathd.units import EV_PER_RYDBERG
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


def test_every_output_of_the_corpora_says_what_its_truth_says() -> None:
    wrong = []
    for row in corpora.rows("open/qe/truth.tsv"):
        result = read_output("pw.x", "out", corpora.content(row))
        ended = corpora.truth(row["job_done"]) and row["max_seconds_hit"] == "n"
        if result.cause == "Program stopped by user request":
            ended = False
        checks = [
            ("scf", result.is_scf_converged, corpora.truth(row["scf_converged"])),
            ("end", result.is_normal_end, bool(ended)),
            ("version", result.code_version, row["version"]),
            ("atoms", result.n_atoms, int(row["nat"]) if row["nat"] else None),
        ]
        # The two runs that were cut in an SCF have counts that contradict each
        # other (iterations that began, iterations that ended).
        if row["last_scf_iterations"] and row["scf_converged"] != "n(unfinished)":
            expected = int(row["last_scf_iterations"])
            checks.append(("cycles", result.n_scf_cycles, expected))
        if row["ionic_steps"] and row["program"] == "PWSCF":
            expected = int(row["ionic_steps"])
            checks.append(("steps", result.n_geometry_steps, expected))
        if row["program"] == "PWSCF" and row["calc_hint"] != "md":
            status = row["bfgs_status"]
            is_converged = status == "End of BFGS" if status else None
            checks.append(("bfgs", result.is_geometry_converged, is_converged))
        wrong += [(row["path"], *check) for check in checks if check[1] != check[2]]
        energy = float(row["final_energy_Ry"] or "nan")
        printed = result.energy_as_printed
        if (printed is None) != math.isnan(energy) or (
            printed is not None and abs(printed - energy) > 1e-8
        ):
            wrong.append((row["path"], "energy", printed, energy))
        if row["error_routine"]:
            assert result.cause == f"{row['error_routine']}: {row['error_text']}"
    assert wrong == []


def test_the_headline_is_f_and_the_internal_energy_stands_beside_it() -> None:
    result = read_output("pw.x", "si.out", HEAD + SCF + DONE)
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
    cut = read_output("pw.x", "out", HEAD + SCF + steps + SCF)
    assert cut.is_scf_converged is True
    assert cut.is_geometry_converged is False
    assert cut.grade is Grade.NOT_CONVERGED


def test_job_done_without_convergence_is_not_converged() -> None:
    line = b"     convergence NOT achieved after   2 iterations: stopping\n"
    result = read_output("pw.x", "out", HEAD + SCF[:130] + b"\n" + line + DONE)
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
    loose = read_output("pw.x", "out", HEAD + SCF + relaxed + DONE)
    assert loose.grade is Grade.LOOSE
    static = read_output("pw.x", "out", HEAD + SCF + relaxed + final + SCF + DONE)
    assert static.grade is Grade.CONVERGED


def test_the_file_crash_names_the_cause_that_the_output_lacks() -> None:
    crash = b" %%%%\n     Error in routine broyden (1):\n     factorization\n %%%%\n"
    result = read_output("pw.x", "out", HEAD, crash)
    assert result.cause == "broyden (1): factorization"


def test_programs_that_compute_no_energy_have_none() -> None:
    head = b"     Program BANDS v.6.7MaX starts on  1Jan2026 at  0: 0: 0 \n"
    result = read_output("bands.x", "out", head + DONE)
    assert result.is_normal_end is True
    assert result.energy_ev is None
    assert result.grade is Grade.UNKNOWN
