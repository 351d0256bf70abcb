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
