"""What an ended job left in its scratch directory is collected by request."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from crystalmath import Connection
from crystalmath.errors import DaemonUnreachableError, RpcError
from crystalmath_protocol.control import CollectJobParams, CollectJobResult
from crystalmath_protocol.jobs import JobDetails
from tests.daemon.raw_client import RawClient
from tests.daemon.test_jobs import processes_of
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle, wait_until

SLOW = deck(CYCLE_S=0.05, CYCLES=20)


def collect(connection: Connection, job_id: str) -> CollectJobResult:
    result = connection.call("collect_job", CollectJobParams(job_id=job_id))
    assert isinstance(result, CollectJobResult)
    return result


def scratch_of(job: JobDetails) -> Path:
    return Path(str(job.attempts[-1].scratch))


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def with_unsaved_file(daemon: RunningDaemon, connection: Connection) -> JobDetails:
    """Return a job that completed while something lay where a file belongs."""
    job_id = submit(daemon, connection, SLOW)
    wait_for_cycle(connection, job_id)
    directory = connection.get_job_details(job_id).directory
    in_the_way = Path(directory, "outputs", "mgo.f9")
    in_the_way.mkdir()
    (in_the_way / "note").touch()
    job = connection.wait(job_id)
    assert (job.state, job.cause) == ("completed", "files_not_saved")
    assert scratch_of(job).is_dir()
    return job


def lost(daemon: RunningDaemon, connection: Connection) -> JobDetails:
    """Return a job whose processes were all killed, its runner first."""
    job_id = submit(daemon, connection, deck(CYCLE_S=0.1, CYCLES=10_000))
    wait_for_cycle(connection, job_id)
    attempt = connection.get_job_details(job_id).attempts[-1]
    os.kill(int(attempt.scheduler_id or 0), signal.SIGKILL)
    for pid in processes_of(attempt.token):
        os.kill(pid, signal.SIGKILL)
    job = connection.wait(job_id)
    assert job.state == "lost"
    return job


def test_files_that_were_not_saved_are_saved_when_nothing_is_in_the_way(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = with_unsaved_file(daemon, connection)
    scratch = scratch_of(job)
    said = connection.why_job(job.job_id).sentences
    offer = [one for one in said if f"`crystalmath collect {job.job_id}`" in one]
    assert str(scratch) in offer[0]
    again = collect(connection, job.job_id)  # it is still in the way
    assert (again.state, again.cause) == ("completed", "files_not_saved")
    shutil.rmtree(Path(job.directory, "outputs", "mgo.f9"))
    done = collect(connection, job.job_id)
    assert (done.state, done.cause, done.is_collected) == ("completed", None, True)
    after = connection.get_job_details(job.job_id)
    assert "wavefunction" in {file.role for file in after.files}
    assert after.energy_ev == job.energy_ev is not None
    assert (after.started_ms, after.ended_ms) == (job.started_ms, job.ended_ms)
    assert not scratch.exists(), "all of it is saved"
    assert not any("collect" in one for one in connection.why_job(job.job_id).sentences)
    with refusal("job.wrong_state") as refused:
        collect(connection, job.job_id)
    assert "no scratch directory of it is left" in refused.value.message


def test_what_a_lost_job_left_is_saved_and_it_stays_lost(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = lost(daemon, connection)
    (scratch_of(job) / "fort.98").write_text("written later, by hand\n")
    ended_ms = job.ended_ms
    done = collect(connection, job.job_id)
    assert (done.state, done.cause) == ("lost", "runner_killed")
    assert str(scratch_of(job)) in done.evidence
    after = connection.get_job_details(job.job_id)
    assert "outputs/mgo.f98" in {file.name for file in after.files}
    assert after.ended_ms == ended_ms
    assert scratch_of(job).is_dir(), "nobody saw its end: nothing is removed"


def test_a_collection_that_was_broken_off_is_finished_by_the_next_daemon(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = with_unsaved_file(daemon, connection)
    shutil.rmtree(Path(job.directory, "outputs", "mgo.f9"))
    daemon.stop()
    daemon.start(CRYSTALMATHD_FAILPOINT="collect.written:kill")
    with daemon.connection() as again, pytest.raises(DaemonUnreachableError):
        collect(again, job.job_id)
    assert daemon.process is not None
    assert daemon.process.wait(20) == -9
    daemon.start()
    with daemon.connection() as again:
        after = again.wait(job.job_id)
    assert (after.state, after.cause) == ("completed", None)


def test_nothing_is_collected_of_a_job_that_runs_or_never_ran(
    daemon: RunningDaemon, connection: Connection
) -> None:
    running = submit(daemon, connection, deck(CYCLE_S=0.1, CYCLES=10_000))
    wait_for_cycle(connection, running)
    never = submit(daemon, connection, deck(), hold=True)
    connection.cancel_job(never)
    done = submit(daemon, connection, deck())
    connection.wait(done)
    for job_id, words in (
        (running, "when it has ended"),
        (never, "nothing of it has run"),
        (done, "no scratch directory of it is left"),
    ):
        with refusal("job.wrong_state") as refused:
            collect(connection, job_id)
        assert words in refused.value.message
    connection.cancel_job(running)


def test_a_deleted_job_takes_its_scratch_directory_along(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = lost(daemon, connection)
    scratch = scratch_of(job)
    removed = connection.delete_job(job.job_id)
    [one] = removed.scratches
    assert (one.path, one.problem) == (str(scratch), None)
    assert one.n_files > 0
    assert one.size_bytes > 0
    assert not scratch.exists()


def test_files_that_are_kept_are_kept_in_scratch_too(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = lost(daemon, connection)
    removed = connection.delete_job(job.job_id, keep_files=True)
    assert removed.scratches[0].problem == "it was to be kept"
    assert scratch_of(job).is_dir()
    with refusal("job.deleted") as refused:
        connection.get_job_details(job.job_id)
    assert f"kept in {removed.directory}" in refused.value.message


@pytest.mark.parametrize("mark", [".cm-of-cm-another", None])
def test_a_directory_that_is_not_certainly_its_own_is_left_and_told(
    daemon: RunningDaemon, connection: Connection, mark: str | None
) -> None:
    """The number of a process comes again, and with it the name of the directory."""
    job = lost(daemon, connection)
    scratch = scratch_of(job)
    [own] = scratch.glob(".cm-of-*")
    own.unlink()
    if mark is not None:
        (scratch / mark).touch()
    [one] = connection.delete_job(job.job_id).scratches
    assert one.path == str(scratch)
    assert one.problem is not None
    assert scratch.is_dir()


def test_a_scratch_directory_is_removed_by_the_next_daemon_if_need_be(
    stopped_daemon: RunningDaemon,
) -> None:
    daemon = stopped_daemon.start(CRYSTALMATHD_FAILPOINT="delete.buried:kill")
    with daemon.connection() as connection:
        job = lost(daemon, connection)
        with pytest.raises(DaemonUnreachableError):
            connection.delete_job(job.job_id)
    assert daemon.process is not None
    assert daemon.process.wait(20) == -9
    assert scratch_of(job).is_dir()
    daemon.start()
    wait_until(lambda: not scratch_of(job).exists(), 20)


def test_a_deletion_that_is_asked_for_again_tells_what_the_first_one_did(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck())
    connection.wait(job_id)
    removed = connection.delete_job(job_id)
    with RawClient(daemon.socket) as client:
        error = client.ask("delete_job", job_id=job_id)["error"]
    facts: dict[str, Any] = error["data"]["facts"]
    assert facts["n_files"] == removed.n_files > 0
    assert facts["size_bytes"] == removed.size_bytes
    assert facts["directory"] == removed.directory
    assert facts["deleted_ms"] > 0


def test_times_are_those_of_the_job_and_not_of_the_daemon(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, SLOW)
    wait_for_cycle(connection, job_id)
    run = Path(connection.get_job_details(job_id).directory, "run")
    daemon.kill()
    wait_until((run / "exit.json").exists, 30)
    marker = json.loads((run / "exit.json").read_text())
    wait_until(lambda: _ms_since(run / "exit.json") > 1500, 10)
    daemon.start()
    with daemon.connection() as again:
        job = again.wait(job_id)
    assert job.ended_ms == job.attempts[-1].ended_ms == marker["ended_ms"]
    assert job.started_ms == job.attempts[-1].started_ms
    assert job.evidence[-1].seen_ms > marker["ended_ms"] + 1000


def _ms_since(path: Path) -> float:
    return (time.time() - path.stat().st_mtime) * 1000
