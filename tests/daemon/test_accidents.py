"""What users and machines do to a running daemon's files."""

import re
import shutil
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle, wait_until


def test_a_removed_socket_is_made_again(daemon: RunningDaemon) -> None:
    daemon.socket.unlink()
    wait_until(daemon.answers, 20)
    shutil.rmtree(daemon.socket.parent)
    wait_until(daemon.answers, 20)


def test_a_job_whose_directory_was_removed_ends_as_lost_and_frees_its_cores(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1, CYCLES=20)))
    job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
    wait_for_cycle(connection, job_id)
    shutil.rmtree(connection.get_job_details(job_id).directory)
    assert connection.wait(job_id).state == "lost"
    assert connection.get_job_details(job_id).cause == "files_gone"
    assert connection.status().cores_busy == 0


def test_a_job_whose_directory_was_removed_can_be_cancelled(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1, CYCLES=10_000)))
    job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
    wait_for_cycle(connection, job_id)
    shutil.rmtree(connection.get_job_details(job_id).directory)
    answer = connection.cancel_job(job_id, wait_ms=30_000)
    assert (answer.state, answer.is_confirmed) == ("cancelled", True)


def test_a_removed_database_takes_no_more_submissions(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    first = connection.submit_job(inputs=[path]).jobs[0].job_id
    connection.wait(first)
    for file in daemon.database.parent.glob("crystalmath.db*"):
        file.unlink()
    with pytest.raises(RpcError) as refused:
        connection.submit_job(inputs=[path])
    assert refused.value.kind == "store.unavailable"
    assert "removed" in refused.value.message
    daemon.stop()
    daemon.start()
    with daemon.connection() as again:
        # Numbers of forgotten jobs are not given again: their files are still there.
        assert int(again.submit_job(inputs=[path]).jobs[0].job_id) > int(first)


def test_a_file_that_could_not_be_saved_is_told_with_the_place_where_it_is(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1, CYCLES=25)))
    job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
    wait_for_cycle(connection, job_id)
    directory = Path(connection.get_job_details(job_id).directory)
    (directory / "outputs" / "mgo.f9" / "in the way").mkdir(parents=True)
    connection.wait(job_id)
    job = connection.get_job_details(job_id)
    assert (job.state, job.cause) == ("completed", "files_not_saved")
    scratch = Path(str(job.attempts[0].scratch))
    assert str(scratch) in job.evidence[-1].text
    assert (scratch / "fort.9").stat().st_size > 0


def test_two_files_of_one_name_are_refused(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    other = str(daemon.write("other", "not a deck"))
    with pytest.raises(RpcError) as refused:
        connection.submit_job(
            inputs=[path], auxiliary=[{"path": other, "name": "mgo.d12"}]
        )
    assert "two files" in refused.value.message


def test_what_no_check_is_called_cannot_be_forced(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    with pytest.raises(RpcError) as refused:
        connection.submit_job(inputs=[path], force=["nope"])
    assert "resources.cores" in refused.value.message


def test_a_place_that_no_sweep_fills_is_warned_of(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck().replace("4 4", "${n} ${n}")))
    [plan] = connection.explain_job(inputs=[path]).plans
    assert any("${n}" in warning for warning in plan.warnings)


def test_a_state_that_does_not_exist_is_no_empty_list(
    connection: Connection,
) -> None:
    with pytest.raises(RpcError) as refused:
        connection.fetch_jobs(states=["nope"])
    assert "queued" in refused.value.message


def test_files_that_are_on_their_way_are_no_files_of_a_job(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(CYCLE_S=0.1, CYCLES=10_000))
    wait_for_cycle(connection, job_id)
    job = connection.get_job_details(job_id)
    assert Path(job.directory, "run", "exit.json.tmp").exists()
    Path(job.directory, "outputs", "mgo.f9.part").touch()
    Path(job.directory, "outputs", "mgo.tmp").touch()
    names = {file.name for file in connection.get_job_details(job_id).files}
    assert "outputs/mgo.tmp" in names, "a program may call its file so"
    assert not names & {"run/exit.json.tmp", "outputs/mgo.f9.part"}
    connection.cancel_job(job_id)


def test_a_start_that_failed_is_told_once(
    daemon: RunningDaemon, connection: Connection
) -> None:
    daemon.scratch.write_text("a file where a directory should be")
    job = connection.wait(submit(daemon, connection, deck()))
    assert (job.state, job.cause) == ("failed", "staging")
    text = job.evidence[-1].text
    assert str(daemon.scratch) in text
    assert len(re.findall("File exists|Not a directory", text)) == 1
