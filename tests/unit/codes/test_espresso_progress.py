import pytest

from crystalmathd.codes.espresso.progress import EspressoProgress
from crystalmathd.units import EV_PER_RYDBERG
from tests.unit.codes import corpora
from tests.unit.codes.test_espresso_outputs import HEAD, SCF


def test_iterations_and_steps_follow_the_run() -> None:
    reader = EspressoProgress("pw.x")
    reader.feed(HEAD)
    assert reader.progress().phase == "starting"
    reader.feed(SCF[: SCF.index(b"!")])
    assert reader.progress().phase == "scf"
    assert reader.progress().detail == "iteration 2"
    reader.feed(SCF[SCF.index(b"!") :])
    first, second = reader.progress().cycles
    assert (first.number, first.delta_ev) == (1, None)
    assert second.energy_ev == pytest.approx(-15.84452726 * EV_PER_RYDBERG)
    assert second.delta_ev == pytest.approx(-0.14452726 * EV_PER_RYDBERG)
    reader.feed(b"     number of bfgs steps    =   1\n" + SCF)
    progress = reader.progress()
    assert progress.geometry_step == 2
    assert [cycle.geometry_step for cycle in progress.cycles] == [0, 0, 1, 1]
    assert progress.cycles[2].delta_ev is None
    reader.feed(b"   JOB DONE.\n")
    assert reader.progress().phase == "done"


def test_the_last_cycle_of_every_converged_run_is_its_result() -> None:
    for row in corpora.rows("open/qe/truth.tsv"):
        if row["scf_converged"] != "y" or not row["final_energy_Ry"]:
            continue
        reader = EspressoProgress("pw.x")
        reader.feed(corpora.content(row))
        last = reader.progress().cycles[-1]
        expected = float(row["final_energy_Ry"]) * EV_PER_RYDBERG
        assert last.energy_ev == pytest.approx(expected), row["path"]


RELAX = b"""     convergence threshold     =      1.0E-08
     nstep                     =           50
"""
CYCLE = b"""     iteration # %2d     ecut=    30.00 Ry     beta= 0.40
     total cpu time spent up to now is    %7.1f secs
     total energy              =     %.8f Ry
     estimated scf accuracy    <    %.8f Ry
"""


def scf(n_cycles: int) -> bytes:
    return b"".join(
        CYCLE % (n, 3.0 * n, -15.8 - 0.1**n, 0.1**n) for n in range(1, n_cycles + 1)
    )


def reader_after(*pieces: bytes, program: str = "pw.x") -> EspressoProgress:
    reader = EspressoProgress(program)
    for piece in pieces:
        reader.feed(piece)
    return reader


def test_the_accuracy_goes_down_to_the_threshold() -> None:
    progress = reader_after(RELAX.split(b"\n")[0] + b"\n", scf(4)).progress()
    assert progress.scf_threshold_ev == pytest.approx(1e-8 * EV_PER_RYDBERG)
    assert progress.elapsed_s == 12.0
    assert progress.max_cycles is None
    assert progress.pattern is not None
    assert progress.pattern.word == "converging"
    assert f"{1e-4 * EV_PER_RYDBERG:.1e} eV in cycle 4" in progress.pattern.because
    assert progress.forecast is not None
    assert progress.forecast.cycles == 8
    assert progress.forecast.remaining_s == pytest.approx(12.0)
    assert (progress.percent, progress.percent_basis) == (
        50.0,
        "cycle 4 of about 8 of this SCF",
    )


def test_an_optimisation_shows_its_steps_and_no_percentage_of_a_part() -> None:
    force = b"     Total force =     0.081060     Total SCF correction =     0.000036\n"
    energy = b"!    total energy              =     -15.84452726 Ry\n"
    errors = b"     Energy error            =      4.4E-05 Ry\n"
    reader = reader_after(RELAX, scf(4), energy, force)
    reader.feed(b"     BFGS Geometry Optimization\n" + errors)
    reader.feed(b"     number of bfgs steps    =   0\n")
    progress = reader.progress()
    assert (progress.max_steps, progress.percent) == (50, None)
    (step,) = progress.steps
    assert step.energy_ev == pytest.approx(-15.84452726 * EV_PER_RYDBERG)
    assert [(m.name, m.value, m.threshold) for m in step.measures] == [
        ("total_force", 0.081060, None),
        ("energy_error", 4.4e-5, None),
    ]
    reader.feed(scf(2))
    forecast = reader.progress().forecast
    assert forecast is not None
    assert forecast.remaining_s is None


def test_dynamics_count_their_steps() -> None:
    move = b"     Entering Dynamics:    iteration = %5d\n"
    reader = reader_after(RELAX, scf(3), move % 1, scf(3), move % 2)
    progress = reader.progress()
    assert (progress.phase, progress.detail) == ("dynamics", "step 2")
    assert progress.percent == 4.0
    assert progress.percent_basis == "2 of 50 steps of the dynamics"


PHONONS = b"""     Program PHONON v.7.0 starts on 24Nov2022 at  0:20:49
     Calculation of q =    0.0000000   0.0000000   0.0000000
     convergence threshold     =      1.0E-18
     Representation     1      1 modes -  To be done
     Representation     2      2 modes -  To be done
     Representation #   1 mode #   1
      iter #   1 total cpu time :     3.3 secs   av.it.:   6.0
      iter #   2 total cpu time :     4.3 secs   av.it.:   9.0
     Representation #   2 modes #   2   3
      iter #   1 total cpu time :    12.3 secs   av.it.:   5.9
"""


def test_phonons_count_representations_or_q_points() -> None:
    progress = reader_after(PHONONS, program="ph.x").progress()
    assert (progress.phase, progress.detail) == (
        "phonon",
        "representation 2 of 2, iteration 1",
    )
    assert (progress.percent, progress.percent_basis) == (
        50.0,
        "1 of 2 representations",
    )
    assert progress.scf_threshold_ev is None
    assert progress.elapsed_s == 12.3
    begin, rest = PHONONS.split(b"\n", maxsplit=1)
    begin += b"\n     (   8 q-points):\n"
    progress = reader_after(begin, rest, rest, program="ph.x").progress()
    assert progress.detail == "q-point 2 of 8, representation 2 of 2, iteration 1"
    assert (progress.percent, progress.percent_basis) == (12.5, "1 of 8 q-points")


def test_percentages_of_the_corpora_are_between_nothing_and_all() -> None:
    for row in corpora.rows("open/qe/truth.tsv"):
        content = corpora.content(row)
        reader = EspressoProgress("pw.x")
        for start in range(0, len(content), 20_011):
            reader.feed(content[start : start + 20_011])
            progress = reader.progress()
            assert progress.percent is None or 0 <= progress.percent <= 100
            assert (progress.percent is None) == (progress.percent_basis is None)
