"""What is refused before anything is stored or computed."""

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import (
    RunningDaemon,
    deck,
)


def test_a_missing_program_is_refused_before_anything_is_stored(
    stopped_daemon: RunningDaemon,
) -> None:
    (stopped_daemon.bin / "crystal").unlink()
    (stopped_daemon.bin / "crystalOMP").unlink()
    daemon = stopped_daemon.start()
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        with pytest.raises(RpcError) as refused:
            connection.submit_job(inputs=[path])
        assert refused.value.kind == "code.executable_missing"
        assert "CRY23_ROOT" in refused.value.message
        assert connection.fetch_jobs().jobs == ()


def test_too_many_cores_are_refused_unless_forced(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    with pytest.raises(RpcError) as refused:
        connection.explain_job(inputs=[path], resources={"threads": 64})
    assert refused.value.kind == "job.resources_refused"
    [plan] = connection.explain_job(
        inputs=[path], resources={"threads": 64}, force=["resources.cores"]
    ).plans
    assert plan.overrides == ("resources.cores",)


def test_an_empty_wavefunction_file_is_refused(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = deck().replace("SHRINK", "GUESSP\nSHRINK")
    path, empty = daemon.write("mgo.d12", text), daemon.write("mgo.f9", "")
    with pytest.raises(RpcError) as refused:
        connection.submit_job(inputs=[str(path)], auxiliary=[{"path": str(empty)}])
    assert "empty" in refused.value.message


def test_a_file_that_changed_since_submission_is_never_used_in_silence(
    daemon: RunningDaemon, connection: Connection
) -> None:
    slow = daemon.write("slow.d12", deck(CYCLE_S=0.2, CYCLES=1000))
    first = connection.submit_job(inputs=[str(slow)], resources={"threads": 4})
    text = deck().replace("SHRINK", "GUESSP\nSHRINK")
    path, guess = daemon.write("mgo.d12", text), daemon.write("mgo.f9", "a density")
    submitted = connection.submit_job(
        inputs=[str(path)], auxiliary=[{"path": str(guess)}]
    )
    guess.write_text("another one")  # harmless: a copy was kept
    job_id = submitted.jobs[0].job_id
    plan = connection.get_job_details(job_id).plan
    [sha256] = [s.sha256 for s in plan.stage_in if s.name == "mgo.f9"]
    kept = daemon.database.parent / "blobs" / str(sha256)
    kept.chmod(0o600)
    kept.write_text("a changed copy")
    connection.cancel_job(first.jobs[0].job_id)
    connection.wait(job_id)
    job = connection.get_job_details(job_id)
    assert (job.state, job.cause, job.attempts) == ("failed", "input_changed", ())
    assert "mgo.f9" in job.evidence[-1].text


def test_a_missing_launcher_is_refused_before_submission(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.config.write_text(
        '[profile.local.crystal.crystal]\nlauncher = ["no-such-mpirun", "{ranks}"]\n'
    )
    daemon = stopped_daemon.start()
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection, pytest.raises(RpcError) as refused:
        connection.submit_job(inputs=[path], resources={"ranks": 2})
    assert refused.value.kind == "code.executable_missing"
    assert "no-such-mpirun" in refused.value.message
