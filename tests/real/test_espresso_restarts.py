"""Jobs of pw.x that go on from another one, under the daemon."""

from pathlib import Path

import pytest

from crystalmath_protocol.jobs import JobDetails
from tests.harness import RunningDaemon
from tests.real.espresso_runs import SILICON, changed

pytestmark = pytest.mark.espresso


def run(daemon: RunningDaemon, text: str, **asked: object) -> JobDetails:
    path = daemon.write("si.in", text)
    with daemon.connection() as connection:
        submitted = connection.submit_job(inputs=[str(path)], **asked)  # type: ignore[arg-type]
        connection.wait(submitted.jobs[0].job_id)
        return connection.get_job_details(submitted.jobs[0].job_id)


def gone_on(
    daemon: RunningDaemon, job: JobDetails, kind: str, **asked: object
) -> tuple[JobDetails, str]:
    with daemon.connection() as connection:
        made = connection.restart_job(job.job_id, kind=kind, **asked)  # type: ignore[arg-type]
        assert made.job is not None
        connection.wait(made.job.job_id)
        return connection.get_job_details(made.job.job_id), made.diff


def output(job: JobDetails) -> str:
    return Path(job.directory, "outputs", "si.out").read_text()


def test_a_job_that_did_not_converge_goes_on_from_its_density(
    daemon: RunningDaemon,
) -> None:
    text = changed(
        SILICON,
        ("conv_thr=1e-7", "conv_thr=1e-8, electron_maxstep=4"),
        ("Si 0.25 0.25 0.25", "Si 0.26 0.25 0.25"),
    )
    failed = run(daemon, text)
    assert (failed.state, failed.cause) == ("failed", "not_converged")
    again, diff = gone_on(daemon, failed, "charge_density")
    assert "+    startingpot = 'file'" in diff
    assert (again.state, again.grade) == ("completed", "converged"), again.evidence
    assert "The initial density is read from file" in output(again)


LONG = changed(
    SILICON,
    ("ecutwfc=10", "ecutwfc=40, nosym=.true."),
    ("2 2 2 0 0 0", "6 6 6 1 1 1"),
    ("conv_thr=1e-7", "conv_thr=1e-8, mixing_beta=0.3"),
    ("Si 0.25 0.25 0.25", "Si 0.26 0.25 0.25"),
)


def test_a_job_that_was_stopped_in_good_order_goes_on_where_it_was(
    daemon: RunningDaemon,
) -> None:
    cut = run(daemon, LONG, resources={"walltime_s": 4})
    assert (cut.state, cut.cause) == ("failed", "walltime")
    again, diff = gone_on(daemon, cut, "restart", resources={"walltime_s": 100})
    assert "+    restart_mode = 'restart'" in diff
    assert "Calculation restarted from" in output(again)
    assert (again.state, again.grade) == ("completed", "converged"), again.evidence


def test_a_job_that_was_stopped_begins_again_from_its_wavefunctions(
    daemon: RunningDaemon,
) -> None:
    old = changed(LONG, ("&control\n", "&control\n restart_mode='restart'\n"))
    cut = run(daemon, old, resources={"walltime_s": 4})
    assert (cut.state, cut.cause) == ("failed", "walltime")
    again, diff = gone_on(daemon, cut, "wavefunctions", resources={"walltime_s": 100})
    assert "- restart_mode='restart'" in diff
    assert "Starting wfcs from file" in output(again)
    assert "The initial density is read from file" in output(again)
    assert (again.state, again.grade) == ("completed", "converged"), again.evidence
