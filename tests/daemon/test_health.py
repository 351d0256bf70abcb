"""What the daemon says about itself: figures, tasks, copies of its store."""

import contextlib
import json
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.system import BackUpParams, BackUpResult, Check
from tests.daemon.raw_client import RawClient, request
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle, wait_until

KEPT = 3


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def figures(connection: Connection) -> dict[tuple[str, ...], float]:
    """Return (name, values of the labels in alphabetic order) → value."""
    text = connection.metrics().text
    assert text.endswith("# EOF\n")
    return {
        (
            sample.name.removeprefix("crystalmathd_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# --- metrics ------------------------------------------------------------------------


def test_the_figures_are_openmetrics_with_jobs_and_calls(
    daemon: RunningDaemon, connection: Connection
) -> None:
    before = figures(connection)
    assert before["jobs", "completed"] == 0
    job_id = submit(daemon, connection, deck())
    submit(daemon, connection, deck(), hold=True)
    connection.wait(job_id)
    for _ in range(2):
        with refusal("job.not_found"):
            connection.get_job_details("77")
    seen = figures(connection)
    assert seen["jobs", "completed"] == 1
    assert seen["jobs", "held"] == 1
    assert seen["jobs", "lost"] == 0
    assert seen["rpc_requests_total", "0", "submit_job"] == 2
    assert seen["rpc_requests_total", "-32020", "get_job_details"] == 2
    assert seen["rpc_duration_seconds_count", "submit_job"] == 2
    assert seen["rpc_duration_seconds_bucket", "+Inf", "submit_job"] == 2
    commits = seen["db_commit_seconds_count",] - before["db_commit_seconds_count",]
    assert commits >= 4, "two submissions, a start and an end"
    assert seen["events_seq",] > before["events_seq",]
    assert seen["clients",] == 1
    assert seen["in_doubt_jobs",] == 0
    assert seen["db_size_bytes",] > 0
    assert ("last_backup_timestamp_seconds",) not in seen
    connection.back_up()
    assert figures(connection)["last_backup_timestamp_seconds",] > 1e9


def test_no_client_can_make_figures_of_names_that_it_invents(
    daemon: RunningDaemon, connection: Connection
) -> None:
    with RawClient(daemon.socket) as client:
        for number in range(50):
            assert client.kind(f"no_such_{number}") == "rpc.method_not_found"
    assert not [names for names in figures(connection) if "no_such" in str(names)]


def test_figures_of_another_kind_are_refused(daemon: RunningDaemon) -> None:
    with RawClient(daemon.socket) as client:
        assert client.kind("metrics", format="json") == "rpc.invalid_params"


# --- tasks --------------------------------------------------------------------------


def test_the_tasks_and_threads_are_shown_with_what_they_wait_for(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(CYCLE_S=0.1, CYCLES=10_000))
    wait_for_cycle(connection, job_id)
    seen = connection.dump_tasks()
    names = {task.name for task in seen.tasks}
    assert names >= {"listener", "store watch", "backups", "pruning", f"job {job_id}"}
    conductors = [task for task in seen.tasks if "_run_conductor" in task.name]
    assert len(conductors) == 1
    assert "Conductor.run" in " ".join(conductors[0].stack)
    served = [task for task in seen.tasks if task.name.endswith("Session._answer")]
    assert len(served) == 1, "the call itself"
    assert "MainThread" in {thread.name for thread in seen.threads}


def test_a_signal_writes_the_tasks_to_the_log(daemon: RunningDaemon) -> None:
    assert daemon.process is not None
    assert "Conductor.run" not in daemon.log()
    daemon.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: "thread MainThread: " in daemon.log(), 20)
    assert "Conductor.run" in daemon.log()
    assert daemon.answers(), "it goes on"


# --- a connection that may only read ------------------------------------------------


def test_a_restricted_connection_reads_and_changes_nothing(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(), hold=True)
    assert connection.restrict_session().access == "read"
    for call in (
        lambda: submit(daemon, connection, deck()),
        lambda: connection.release_job(job_id),
        lambda: connection.delete_job(job_id),
        connection.back_up,
        connection.shutdown,
    ):
        with refusal("rpc.access_denied") as refused:
            call()
        assert "gave up the right" in refused.value.message
    [job] = connection.fetch_jobs().jobs
    assert (job.job_id, job.state) == (job_id, "held")
    assert connection.why_job(job_id).state == "held"
    assert connection.restrict_session().access == "read"
    with daemon.connection() as other:
        assert other.release_job(job_id).state == "queued"
        assert other.wait(job_id).state == "completed"


def test_a_restriction_holds_in_a_batch_too(daemon: RunningDaemon) -> None:
    with RawClient(daemon.socket) as client:
        client.result("restrict_session", access="read")
        client.send([request(1, "back_up"), request(2, "ping")])
        replies = {reply["id"]: reply for reply in client.receive()}
    assert replies[1]["error"]["data"]["kind"] == "rpc.access_denied"
    assert "result" in replies[2]


# --- copies of the store ------------------------------------------------------------


def test_a_copy_is_whole_while_jobs_are_submitted(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck()))

    def keep_submitting(_: int) -> None:
        with daemon.connection() as own:
            for _ in range(20):
                own.submit_job(inputs=[path], hold=True)

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(keep_submitting, number) for number in range(4)]
        copies = [Path(connection.back_up().path) for _ in range(5)]
        for one in work:
            one.result()
    last = connection.back_up()
    assert last.size_bytes == Path(last.path).stat().st_size
    for copy in {*copies, Path(last.path)}:
        with contextlib.closing(sqlite3.connect(copy)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            [n_jobs] = db.execute("SELECT count(*) FROM jobs").fetchone()
            [n_plans] = db.execute("SELECT count(*) FROM plans").fetchone()
            assert n_jobs == n_plans
    assert n_jobs <= 80
    with contextlib.closing(sqlite3.connect(last.path)) as db:
        assert db.execute("SELECT count(*) FROM jobs").fetchone() == (80,)
    folder = daemon.database.parent / "backups"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o600}
    made_ms = connection.status().last_backup_ms
    assert made_ms is not None


def test_copies_that_are_asked_for_at_once_do_not_disturb_each_other(
    daemon: RunningDaemon,
) -> None:
    def back_up(_: int) -> str:
        with daemon.connection() as own:
            return own.back_up().path

    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(back_up, range(24)))
    for path in paths:
        with contextlib.closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_only_the_newest_copies_are_kept(stopped_daemon: RunningDaemon) -> None:
    daemon = stopped_daemon.start(CRYSTALMATH_BACKUPS_KEPT=str(KEPT))
    folder = daemon.database.parent / "backups"
    folder.mkdir(0o700)
    old = [folder / f"2020010{day}-000000.db" for day in range(1, 6)]
    for path in old:
        path.write_bytes(b"an old copy")
    with daemon.connection() as connection:
        made = Path(connection.back_up().path)
    assert set(folder.iterdir()) == {made, *old[-(KEPT - 1) :]}


def test_the_daemon_keeps_seven_copies_if_nothing_else_is_said(
    connection: Connection,
) -> None:
    shown = {one.name: one.value for one in connection.doctor().settings}
    assert json.loads(shown["backups_kept"]) == 7


def test_what_others_can_read_is_named(daemon: RunningDaemon) -> None:
    folder = daemon.database.parent
    with daemon.connection() as connection:
        copy = connection.call("back_up", BackUpParams())
        assert isinstance(copy, BackUpResult)
        wal = daemon.database.with_name(f"{daemon.database.name}-wal")

        def private() -> Check:
            checks = {one.id: one for one in connection.doctor().checks}
            return checks["store.private"]

        assert private().status == "ok"
        for place in (
            folder,
            wal,
            folder / "backups",
            Path(copy.path),
            folder / "blobs",
        ):
            mode = place.stat().st_mode
            place.chmod(mode | 0o044)
            said = private()
            assert said.status == "warn"
            assert f"{place} has mode" in said.evidence
            assert said.remedy == f"chmod go= {place}"
            place.chmod(mode)
        assert private().status == "ok"


def test_the_size_of_the_store_is_that_of_its_log_too(daemon: RunningDaemon) -> None:
    with daemon.connection() as connection:
        store = connection.status().store
    assert store.wal_bytes > 0
    assert store.size_bytes == daemon.database.stat().st_size + store.wal_bytes
