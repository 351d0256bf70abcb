"""A death at every durable boundary, in every operation that passes it.

The operation is begun, the daemon dies at the failpoint, another one starts, the
client sends the same again; then everything must be as if nothing had happened, and
one more death and start must change nothing.
"""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crystalmath import Connection, exchange
from crystalmath.errors import CrystalmathError, RpcError
from crystalmath_protocol.control import DeleteJobParams, RetryJobParams
from crystalmath_protocol.jobs import JobDetails
from crystalmathd.store.copies import APPLICATION_ID
from crystalmathd.store.schema import migrations, statements
from tests.harness import RunningDaemon, deck, wait_for_cycle, wait_until
from tests.ledger import Ledger, files_are_exact

ANSWER_S = 60.0
CODE = 7
SAME = "client-token-of-the-one-job"
JOB = "1"

STARTING = ("intent.before", "intent.after", "launch.before", "launch.after")
COLLECTING = (
    "state.collecting",
    "collect.rescued",
    "collect.written",
    "collect.stored",
)


def submit(daemon: RunningDaemon, connection: Connection, **options: object) -> None:
    path = daemon.write("mgo.d12", deck(EXIT=CODE, **options))
    connection.submit_job(
        inputs=[str(path)],
        auxiliary=[{"path": str(daemon.write("mgo.dat", "a table"))}],
        client_token=SAME,
    )


def nothing_yet(_daemon: RunningDaemon) -> None:
    """Start from an empty store."""


def a_failed_job(daemon: RunningDaemon) -> None:
    with daemon.start().connection() as connection:
        submit(daemon, connection)
        connection.wait(JOB)
    daemon.stop()


def a_running_job(daemon: RunningDaemon) -> None:
    with daemon.start().connection() as connection:
        submit(daemon, connection, CYCLE_S=0.1, CYCLES=10_000)
        wait_for_cycle(connection, JOB)
    daemon.stop()


def a_store_of_the_first_schema(daemon: RunningDaemon) -> None:
    """Leave a store as the first version made it, with a job that was cancelled."""
    daemon.database.parent.mkdir(mode=0o700)
    with sqlite3.connect(daemon.database, isolation_level=None) as db:
        for statement in statements(migrations()[0][1]):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO submissions VALUES (1, NULL, '', 1)")
        db.execute(
            "INSERT INTO jobs (submission_id, name, code, cluster, state, cores, "
            "search_text, created_ms) VALUES (1, 'mgo', 'crystal', 'local', "
            "'cancelled', 1, 'mgo rocksalt', 7)"
        )
    db.close()


def run_it(daemon: RunningDaemon, connection: Connection) -> None:
    submit(daemon, connection)
    connection.wait(JOB)


def cancel_it(_daemon: RunningDaemon, connection: Connection) -> None:
    connection.cancel_job(JOB)
    connection.wait(JOB)


def retry_it(_daemon: RunningDaemon, connection: Connection) -> None:
    connection.call("retry_job", RetryJobParams(job_id=JOB, after_attempt=1))
    connection.wait(JOB)


def delete_it(_daemon: RunningDaemon, connection: Connection) -> None:
    try:
        connection.call("delete_job", DeleteJobParams(job_id=JOB))
    except RpcError as error:
        if error.kind != "job.deleted":
            raise


def look_at_it(_daemon: RunningDaemon, connection: Connection) -> None:
    connection.ping()


def ran_once(connection: Connection, ledger: Ledger) -> object:
    job = connection.get_job_details(JOB)
    assert (job.state, job.cause) == ("failed", "exit_code")
    assert [one.code for one in job.attempts[-1].exits] == [CODE]
    assert ledger.attempts_by_job([job]) == {JOB: 1}
    assert files_are_exact(job)
    return job


def was_cancelled(connection: Connection, ledger: Ledger) -> object:
    job = connection.get_job_details(JOB)
    assert (job.state, job.cause) == ("cancelled", "cancelled")
    assert ledger.attempts_by_job([job]) == {JOB: 1}
    assert processes_of(job) == []
    return job


def ran_again(connection: Connection, ledger: Ledger) -> object:
    job = connection.get_job_details(JOB)
    assert (job.state, job.cause) == ("failed", "exit_code")
    done = [one for one in job.attempts if one.state == "collected"]
    assert [[e.code for e in one.exits] for one in done] == [[CODE], [CODE]]
    assert ledger.attempts_by_job([job]) == {JOB: 2}
    assert max(ledger.starts().values()) == 1
    assert files_are_exact(job)
    return job


def is_forgotten(connection: Connection, ledger: Ledger) -> object:
    # What a death has left is removed while the next daemon serves already.
    wait_until(lambda: "files: removed" in refusal(connection), 10)
    assert not (ledger.path.parent / "store" / "jobs" / JOB).exists()
    assert connection.fetch_jobs().jobs == ()
    return refusal(connection)


def refusal(connection: Connection) -> str:
    with pytest.raises(RpcError) as refused:
        connection.get_job_details(JOB)
    assert refused.value.kind == "job.deleted"
    return str(refused.value)


def has_migrated(connection: Connection, _ledger: Ledger) -> object:
    (job,) = connection.fetch_jobs(text="rocksalt").jobs
    assert (job.state, job.name, job.priority) == ("cancelled", "mgo", 0)
    assert connection.status().store.schema_version == migrations()[-1][0]
    return job


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """What there is before, what the client does, what must hold in the end."""

    prepare: Callable[[RunningDaemon], None]
    act: Callable[[RunningDaemon, Connection], None]
    check: Callable[[Connection, Ledger], object]
    passes: tuple[str, ...]


OPERATIONS = {
    "submit, start and collect": Operation(
        prepare=nothing_yet,
        act=run_it,
        check=ran_once,
        passes=(
            *("migrate.step", "migrate.stepped", "owner.taken"),
            *("blob.before", "blob.kept"),
            *("submit.before", "submit.after", *STARTING),
            *("state.running", *COLLECTING),
        ),
    ),
    "cancel": Operation(
        prepare=a_running_job,
        act=cancel_it,
        check=was_cancelled,
        passes=(
            *("owner.taken", "cancel.before", "cancel.asked"),
            *("stop.before", "stop.after", *COLLECTING),
        ),
    ),
    "retry": Operation(
        prepare=a_failed_job,
        act=retry_it,
        check=ran_again,
        passes=(
            *("owner.taken", "retry.before", "retry.after", *STARTING),
            *("state.running", *COLLECTING),
        ),
    ),
    "delete": Operation(
        prepare=a_failed_job,
        act=delete_it,
        check=is_forgotten,
        passes=("owner.taken", "delete.before", "delete.buried", "delete.removed"),
    ),
    "migrate": Operation(
        prepare=a_store_of_the_first_schema,
        act=look_at_it,
        check=has_migrated,
        passes=("migrate.copied", "migrate.step", "migrate.stepped", "owner.taken"),
    ),
}
FAILPOINTS = sorted({name for one in OPERATIONS.values() for name in one.passes})


def cases() -> list[tuple[str, str]]:
    if os.environ.get("CRYSTALMATH_TEST_ALL_FAILPOINTS"):
        return list(itertools.product(OPERATIONS, FAILPOINTS))
    return [(name, point) for name, one in OPERATIONS.items() for point in one.passes]


@pytest.mark.crash
@pytest.mark.parametrize(("name", "failpoint"), cases())
def test_a_death_at_any_durable_boundary_is_recovered_from(
    stopped_daemon: RunningDaemon,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    failpoint: str,
) -> None:
    monkeypatch.setattr(exchange, "RETURN_PATIENCE_S", 0.0)  # it will not be back
    die_and_recover(stopped_daemon, Ledger(stopped_daemon), OPERATIONS[name], failpoint)


def die_and_recover(
    daemon: RunningDaemon, ledger: Ledger, operation: Operation, failpoint: str
) -> None:
    """Do an operation with a death in it, and see that nothing came of that."""
    operation.prepare(daemon)
    died = die_at(daemon, failpoint, operation)
    assert died is (failpoint in operation.passes)
    if died:
        daemon.start()
    with daemon.connection() as connection:
        operation.act(daemon, connection)
        seen = operation.check(connection, ledger)
        cursor = connection.fetch_jobs().cursor
    daemon.kill()
    daemon.start()
    with daemon.connection() as connection:
        assert operation.check(connection, ledger) == seen
        events = connection.fetch_events(cursor=cursor).events
        assert [event.type for event in events] == ["daemon_started"]


def die_at(daemon: RunningDaemon, failpoint: str, operation: Operation) -> bool:
    """Begin the operation on an armed daemon; tell whether it died."""
    armed = {"CRYSTALMATHD_FAILPOINT": f"{failpoint}:kill"}
    if failpoint.startswith(("migrate.", "owner.")) and failpoint in operation.passes:
        done = subprocess.run(
            [sys.executable, str(daemon.script)],
            env=daemon.environ | armed,
            cwd=daemon.home,
            check=False,
            timeout=ANSWER_S,
        )
        return done.returncode == -signal.SIGKILL
    daemon.start(**armed)
    process = daemon.process
    assert process is not None
    try:
        with daemon.connection() as connection:
            operation.act(daemon, connection)
    except CrystalmathError:
        return process.wait(ANSWER_S) == -signal.SIGKILL
    return process.poll() is not None


def processes_of(job: JobDetails) -> list[int]:
    """Return the processes that carry the token of an attempt."""
    tokens = [one.token.encode() for one in job.attempts]
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environ = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if any(token in environ for token in tokens):
            found.append(int(entry.name))
    return found
