"""Deleting jobs: they are forgotten at once, and for good."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import DaemonUnreachableError, RpcError
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle, wait_until

TOKEN = "a-token-of-a-test"  # noqa: S105  # no secret
GUESS = deck("child").replace("SHRINK", "GUESSP\nSHRINK")


@pytest.fixture
def done(daemon: RunningDaemon, connection: Connection) -> str:
    """Return a job that has completed."""
    job_id = submit(daemon, connection, deck(), client_token=TOKEN)
    assert connection.wait(job_id).state == "completed"
    return job_id


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def directory_of(daemon: RunningDaemon, job_id: str) -> Path:
    return daemon.database.parent / "jobs" / job_id


def test_a_deleted_job_leaves_no_file_and_is_known_to_have_been(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    directory = directory_of(daemon, done)
    files = [path for path in directory.rglob("*") if path.is_file()]
    cursor = connection.fetch_events(limit=1).cursor
    removed = connection.delete_job(done)
    assert removed.directory == str(directory)
    assert not removed.files_kept
    assert removed.n_files == len(files) > 0
    assert removed.size_bytes > 0
    assert not directory.exists()
    assert connection.fetch_jobs().jobs == ()
    assert connection.fetch_jobs(text="mgo").jobs == ()
    for call in (
        connection.get_job_details,
        connection.cancel_job,
        connection.delete_job,
        connection.retry_job,
        connection.why_job,
        connection.fetch_job_log,
    ):
        with refusal("job.deleted") as refused:
            call(done)
        said = rf"Job {done} \(mgo\) was deleted on [0-9 :-]{{16}}; its files: removed."
        assert re.fullmatch(said, refused.value.message)
    [event] = connection.fetch_events(cursor=cursor, wait_ms=5000).events
    assert (event.type, event.job_id) == ("job_deleted", done)


def test_the_number_of_a_deleted_job_is_not_given_again(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    connection.delete_job(done)
    daemon.stop()
    daemon.start()
    with daemon.connection() as again:
        assert int(submit(daemon, again, deck(), hold=True)) > int(done)


def test_the_client_token_of_a_deleted_job_makes_no_second_one(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    connection.delete_job(done)
    with refusal("job.deleted"):
        submit(daemon, connection, deck(), client_token=TOKEN)
    assert connection.fetch_jobs().jobs == ()
    with refusal("job.token_reused"):
        submit(daemon, connection, deck(), name="b.d12", client_token=TOKEN)


def test_files_are_kept_if_that_is_asked(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    kept = Path(connection.get_job_details(done).directory, "outputs", "mgo.out")
    text = kept.read_text()
    assert connection.delete_job(done, keep_files=True).files_kept
    daemon.stop()
    daemon.start()
    assert kept.read_text() == text
    with daemon.connection() as again, refusal("job.deleted") as refused:
        again.get_job_details(done)
    assert "its files: kept" in refused.value.message


def test_a_job_that_has_not_ended_is_not_deleted(
    daemon: RunningDaemon, connection: Connection
) -> None:
    running = submit(daemon, connection, deck(CYCLE_S=0.1, CYCLES=10_000))
    wait_for_cycle(connection, running)
    held = submit(daemon, connection, deck(), hold=True)
    for job_id, state in ((running, "running"), (held, "held")):
        with refusal("job.wrong_state") as refused:
            connection.delete_job(job_id)
        said = f"Job {job_id} is {state}: cancel it before you delete it"
        assert refused.value.message == said
    connection.cancel_job(running)
    connection.delete_job(running)
    assert not directory_of(daemon, running).exists()


def test_a_job_whose_files_are_awaited_is_not_deleted(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    link = [{"job_id": done, "role": "wavefunction"}]
    child = submit(daemon, connection, GUESS, name="c.d12", inputs_from=link, hold=True)
    with refusal("job.wrong_state") as refused:
        connection.delete_job(done)
    assert refused.value.message.endswith(f"job {child} waits for its files")
    connection.release_job(child)
    assert connection.wait(child).state == "completed"
    connection.delete_job(done)
    assert connection.get_job_details(child).state == "completed"


def test_no_job_takes_files_of_a_deleted_one(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    connection.delete_job(done)
    link = [{"job_id": done, "role": "wavefunction"}]
    with refusal("job.deleted"):
        submit(daemon, connection, GUESS, name="c.d12", inputs_from=link)


def test_one_job_of_a_collection_is_deleted_alone(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck().replace("4 4", "${n} ${n}")))
    sweep = [{"name": "n", "values": ["2", "4"]}]
    asked = connection.submit_job(inputs=[path], sweep=sweep, client_token=TOKEN)
    first, second = (job.job_id for job in asked.jobs)
    for job_id in (first, second):
        connection.wait(job_id)
    connection.delete_job(first)
    [left] = connection.fetch_jobs(collection=asked.collection).jobs
    assert left.job_id == second
    again = connection.submit_job(inputs=[path], sweep=sweep, client_token=TOKEN)
    assert ([job.job_id for job in again.jobs], again.created) == ([second], False)


def test_of_several_who_delete_a_job_at_once_one_does(
    daemon: RunningDaemon, done: str
) -> None:
    for number in range(4000):
        (directory_of(daemon, done) / f"optc{number}").touch()

    def delete(_: int) -> str:
        with daemon.connection() as own:
            try:
                return "done" if own.delete_job(done).n_files else "nothing"
            except RpcError as error:
                return error.kind

    with ThreadPoolExecutor(4) as pool:  # some ask while the files are going
        outcomes = sorted(pool.map(delete, range(40)))
    assert outcomes == ["done", *["job.deleted"] * 39]
    assert not directory_of(daemon, done).exists()


def test_a_deletion_that_was_broken_off_is_finished_by_the_next_daemon(
    stopped_daemon: RunningDaemon,
) -> None:
    daemon = stopped_daemon.start(CRYSTALMATHD_FAILPOINT="delete.buried:kill")
    with daemon.connection() as connection:
        job_id = submit(daemon, connection, deck())
        connection.wait(job_id)
        with pytest.raises(DaemonUnreachableError):
            connection.delete_job(job_id)
    assert daemon.process is not None
    assert daemon.process.wait(20) == -9
    assert list(directory_of(daemon, job_id).iterdir())
    daemon.start()
    wait_until(lambda: not directory_of(daemon, job_id).exists(), 20)
    with daemon.connection() as connection:

        def is_marked() -> bool:
            with refusal("job.deleted") as refused:
                connection.get_job_details(job_id)
            return "its files: removed" in refused.value.message

        wait_until(is_marked, 20)


def test_files_that_cannot_be_removed_are_told_and_tried_again(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    directory = directory_of(daemon, done)
    elsewhere = directory.rename(daemon.home / "elsewhere")
    directory.symlink_to(elsewhere)  # shutil.rmtree refuses a link
    with refusal("job.files_not_removed") as refused:
        connection.delete_job(done)
    assert str(directory) in refused.value.message
    with refusal("job.deleted") as refused:
        connection.get_job_details(done)
    assert "its files: to be removed" in refused.value.message
    checks = {one.id: one for one in connection.doctor().checks}
    assert checks["jobs.deleted"].status == "warn"
    assert f"job {done}: {directory}: " in checks["jobs.deleted"].evidence
    assert list(elsewhere.iterdir()), "what a link names is not ours to remove"
    daemon.stop()
    directory.unlink()
    elsewhere.rename(directory)
    daemon.start()
    wait_until(lambda: not directory.exists(), 20)

    def is_well() -> bool:
        with daemon.connection() as again:
            checks = {one.id: one.status for one in again.doctor().checks}
        return checks["jobs.deleted"] == "ok"

    wait_until(is_well, 20)
