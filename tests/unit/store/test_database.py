"""The store, with real files."""

import asyncio
import contextlib
import itertools
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from crystalmathd.errors import StoreFullError, StoreRefusedError, StoreUnavailableError
from crystalmathd.models.jobs import (
    NEXT_STATES,
    OPEN_ATTEMPTS,
    AttemptState,
    Evidence,
    Job,
    JobState,
    StoredInput,
    is_end,
)
from crystalmathd.models.plans import Limits, Parallelism, Plan
from crystalmathd.store import database as module
from crystalmathd.store.attempts import (
    attempts_of,
    change_attempt,
    insert_intent,
    open_attempt,
)
from crystalmathd.store.database import (
    APPLICATION_ID,
    Connection,
    Database,
    migrate,
    migrations,
    open_database,
    statements,
)
from crystalmathd.store.events import append_event, events_after, last_seq
from crystalmathd.store.jobs import (
    MAX_EVIDENCE,
    JobFilter,
    NewJob,
    StateConflictError,
    ask_cancel,
    change_job,
    find_inputs,
    find_job,
    find_plan,
    find_submission,
    insert_submission,
    page_of_jobs,
)
from crystalmathd.store.owner import Owner, mark_clean, take_ownership

NEWEST = migrations()[-1][0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crystalmath.db"


def with_store(path: Path, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """Open the store, do something with it, and close it again."""

    async def run() -> Any:
        async with open_database(path) as database:
            return await work(database)

    return anyio.run(run)


def open_and_close(path: Path) -> None:
    async def nothing(_database: Database) -> None:
        pass

    with_store(path, nothing)


@contextlib.contextmanager
def plain(path: Path) -> Any:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture
def db(path: Path) -> Any:
    """Yield a store on a plain connection, for the functions of this room."""
    with plain(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path)
        yield connection


def new_job(name: str = "mgo", **fields: Any) -> NewJob:
    plan = Plan(
        name=name,
        code="crystal",
        cluster="local",
        scheduler="direct",
        parallelism=Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason=""),
        steps=(),
        environment=(),
        stage_in=(),
        stage_out=(),
        scratch="/scratch",
        scratch_origin="default",
        limits=Limits(walltime_s=None, memory_mb=None, grace_s=10),
    )
    values: dict[str, Any] = {
        "name": name,
        "code": "crystal",
        "cluster": "local",
        "project": None,
        "tags": (),
        "cores": 1,
        "parents": (),
        "search_text": name,
        "plan": plan,
        "inputs": (StoredInput(name=name, program="crystal", text=b"\xff deck"),),
        "auxiliary": (),
    }
    return NewJob(**values | fields)


def insert(db: Connection, name: str = "mgo", **fields: Any) -> Job:
    _, (job_id,) = insert_submission(db, 1, None, "", [new_job(name, **fields)])
    return found(db, job_id)


def found(db: Connection, job_id: int) -> Job:
    job = find_job(db, job_id)
    assert job is not None
    return job


def in_state(db: Connection, state: JobState) -> Job:
    job = insert(db)
    db.execute("UPDATE jobs SET state = ? WHERE job_id = ?", (state, job.job_id))
    return found(db, job.job_id)


# --- opening ---------------------------------------------------------------------


def test_a_new_store_has_every_pragma_that_the_promises_rest_on(path: Path) -> None:
    names = (
        "application_id",
        "user_version",
        "journal_mode",
        "synchronous",
        "foreign_keys",
        "busy_timeout",
        "trusted_schema",
        "cell_size_check",
        "journal_size_limit",
        "mmap_size",
    )

    def read(db: Connection) -> tuple[Any, ...]:
        return tuple(db.execute(f"PRAGMA {name}").fetchone() for name in names)

    async def look(database: Database) -> Any:
        return await module._on_thread(database._writer, lambda db, _: read(db), None)

    found = with_store(path, look)
    assert found[:-1] == (
        (APPLICATION_ID,),
        (NEWEST,),
        ("wal",),
        (2,),
        (1,),
        (5000,),
        (0,),
        (1,),
        (64 << 20,),
    )
    assert found[-1] in {(0,), None}


def test_the_reader_cannot_write_and_never_checkpoints(path: Path) -> None:
    async def work(database: Database) -> tuple[Any, ...]:
        with pytest.raises(sqlite3.OperationalError):
            await database.read(lambda db: db.execute("DELETE FROM events"))
        return await database.read(
            lambda db: db.execute("PRAGMA wal_autocheckpoint").fetchone()  # type: ignore[no-any-return]
        )

    assert with_store(path, work) == (0,)


def test_migrations_run_once_from_an_empty_file(path: Path) -> None:
    path.touch()
    open_and_close(path)
    with plain(path) as db:
        append_event(db, 1, "warning", None, {})
    open_and_close(path)
    with plain(path) as db:
        assert last_seq(db) == 1
        assert db.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict=0"
        loose = {row[0] for row in db.execute(tables)}
        assert all(name.startswith("sqlite_") for name in loose)
    assert list(path.parent.glob("*.bak-*")) == []


def test_an_older_store_is_copied_before_it_is_migrated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_close(path)
    with plain(path) as db:
        append_event(db, 1, "warning", None, {})
    later = [*migrations(), (NEWEST + 1, "CREATE TABLE more (x INTEGER) STRICT;\n")]
    monkeypatch.setattr(module, "migrations", lambda: later)
    open_and_close(path)
    backup = path.with_name(f"{path.name}.bak-v{NEWEST}")
    with plain(path) as db, plain(backup) as old:
        assert db.execute("SELECT count(*) FROM more").fetchone() == (0,)
        assert db.execute("PRAGMA user_version").fetchone() == (NEWEST + 1,)
        assert old.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert last_seq(old) == last_seq(db) == 1


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_close(path)
    text = "CREATE TABLE more (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);\n"
    later = [*migrations(), (NEWEST + 1, text)]
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations", lambda: later)
        with pytest.raises(StoreRefusedError, match="nowhere"):
            open_and_close(path)
    open_and_close(path)
    with plain(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        assert "more" not in names


def test_a_migration_is_cut_into_whole_statements() -> None:
    text = "CREATE TABLE a (\n  x TEXT DEFAULT ';'\n);\n\nCREATE INDEX b ON a (x);\n"
    first, second = statements(text)
    assert first.startswith("CREATE TABLE a")
    assert second == "CREATE INDEX b ON a (x);"


def predecessor(path: Path) -> None:
    """Leave a file like the predecessor's `.crystal_tui.db`."""
    with plain(path) as db:
        db.execute("PRAGMA user_version = 1")
        db.execute("CREATE TABLE calculations (id INTEGER PRIMARY KEY, name TEXT)")
        db.execute("INSERT INTO calculations (name) VALUES ('mgo')")


def of_another_program(path: Path) -> None:
    with plain(path) as db:
        db.execute("PRAGMA application_id = 7")
        db.execute("CREATE TABLE t (x)")


def of_a_newer_version(path: Path) -> None:
    open_and_close(path)
    with plain(path) as db:
        db.execute(f"PRAGMA user_version = {NEWEST + 1}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def a_text(path: Path) -> None:
    path.write_text("MgO bulk\nCRYSTAL\n0 0 0\n")


def a_torn_database(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"\xaa" * 5000)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (predecessor, "it belongs to another program"),
        (of_another_program, "it belongs to another program"),
        (of_a_newer_version, f"newer crystalmathd \\(schema {NEWEST + 1}"),
        (a_text, "it is not an SQLite database"),
        (a_torn_database, "file is not a database"),
    ],
)
def test_what_is_not_our_store_is_refused_and_left_as_it_was(
    path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match=reason):
        open_and_close(path)
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.bak-*")) == []


def test_a_network_file_system_is_refused_unless_allowed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "file_system_of", lambda _: "nfs4")
    with pytest.raises(StoreRefusedError, match="it lies on nfs4"):
        open_and_close(path)
    assert not path.exists()

    async def work() -> tuple[Any, ...]:
        async with open_database(path, allows_network_file_system=True) as database:
            await database.transact(lambda db: append_event(db, 1, "warning", None, {}))
            assert await database.read(last_seq) == 1
            return await database.read(
                lambda db: db.execute("PRAGMA journal_mode").fetchone()  # type: ignore[no-any-return]
            )

    assert anyio.run(work) == ("delete",)


def test_a_closed_store_says_so(path: Path) -> None:
    async def work() -> None:
        async with open_database(path) as database:
            pass
        with pytest.raises(StoreUnavailableError):
            await database.read(last_seq)

    anyio.run(work)


# --- transactions ----------------------------------------------------------------


def test_a_change_that_raises_leaves_nothing(path: Path) -> None:
    async def work(database: Database) -> int:
        def change(db: Connection) -> None:
            append_event(db, 1, "warning", None, {})
            raise KeyError("half way")

        with pytest.raises(KeyError):
            await database.transact(change)
        return await database.read(last_seq)

    assert with_store(path, work) == 0


def test_a_full_disk_is_said_and_nothing_is_stored(path: Path) -> None:
    async def work(database: Database) -> int:
        def limit(db: Connection) -> None:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {pages + 2}")

        def fill(db: Connection) -> None:
            for _ in range(100):
                append_event(db, 1, "warning", None, {"text": "x" * 4000})

        await module._on_thread(database._writer, lambda db, _: limit(db), None)
        with pytest.raises(StoreFullError):
            await database.transact(fill)
        await database.transact(lambda db: append_event(db, 1, "warning", None, {}))
        return await database.read(last_seq)

    assert with_store(path, work) == 1


def test_a_store_that_somebody_else_has_locked_is_unavailable(path: Path) -> None:
    async def work(database: Database) -> None:
        def hurry(db: Connection, _: object) -> None:
            db.execute("PRAGMA busy_timeout = 1")

        await module._on_thread(database._writer, hurry, None)
        with plain(path) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailableError, match="locked"):
                await database.transact(last_seq)
        await database.transact(last_seq)

    with_store(path, work)


def pair(number: int) -> Callable[[Connection], int]:
    """Return a change of two rows that belong together."""

    def change(db: Connection) -> int:
        append_event(db, number, "warning", None, {"half": 1})
        append_event(db, number, "warning", None, {"half": 2})
        return number

    return change


def check_pairs(path: Path, told: set[int]) -> None:
    """See that no pair is half done, and that each one that was told is there."""
    with plain(path) as db:
        events, _ = events_after(db, 0, 100_000)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    halves = [(event.time_ms, event.payload["half"]) for event in events]
    stored = [number for number, half in halves if half == 1]
    assert halves == [(number, half) for number in stored for half in (1, 2)]
    assert len(set(stored)) == len(stored)
    assert told <= set(stored)


def test_no_transaction_is_half_done_when_anyio_cancels(path: Path) -> None:
    chance = random.Random(7)
    told: set[int] = set()

    async def write(database: Database, number: int) -> None:
        with anyio.move_on_after(chance.random() * 0.002):
            told.add(await database.transact(pair(number)))

    async def work(database: Database) -> None:
        for start in range(0, 500, 25):
            async with anyio.create_task_group() as tasks:
                for number in range(start, start + 25):
                    tasks.start_soon(write, database, number)
                await anyio.sleep(chance.random() * 0.003)
                tasks.cancel_scope.cancel()
            await database.transact(pair(1000 + start))

    with_store(path, work)
    assert told
    check_pairs(path, told)


def test_no_transaction_is_half_done_when_asyncio_cancels(path: Path) -> None:
    chance = random.Random(11)
    told: set[int] = set()
    n_cancelled = 0

    async def write(database: Database, number: int) -> None:
        told.add(await database.transact(pair(number)))

    async def work(database: Database) -> None:
        nonlocal n_cancelled
        for start in range(0, 500, 25):
            tasks = [
                asyncio.ensure_future(write(database, number))
                for number in range(start, start + 25)
            ]
            for task in tasks:
                await asyncio.sleep(chance.random() * 0.0005)
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            n_cancelled += sum(isinstance(e, asyncio.CancelledError) for e in ends)
            await database.transact(pair(1000 + start))

    with_store(path, work)
    assert n_cancelled > 50
    check_pairs(path, told)


def test_every_transaction_runs_on_one_thread(path: Path) -> None:
    import threading

    async def work(database: Database) -> set[int]:
        seen: set[int] = set()

        async def one() -> None:
            seen.add(await database.transact(lambda _: threading.get_ident()))

        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(one)
        return seen - {threading.get_ident()}

    assert len(with_store(path, work)) == 1


def test_a_commit_wakes_those_who_wait_for_news(path: Path) -> None:
    async def work(database: Database) -> int:
        commit = database.next_commit
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(database.transact, pair(1))
                await commit.wait()
        return await database.read(last_seq)

    assert with_store(path, work) == 2


def test_a_commit_wakes_them_also_if_its_task_was_cancelled(path: Path) -> None:
    async def work(database: Database) -> bool:
        commit = database.next_commit
        task = asyncio.ensure_future(database.transact(pair(1)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with anyio.move_on_after(5):
            await commit.wait()
        # Who is woken sees what was committed.
        return await database.read(last_seq) == 2

    assert with_store(path, work)


# --- jobs, attempts and their events ----------------------------------------------


def test_a_submission_is_stored_whole_with_its_events(db: Connection) -> None:
    jobs = [new_job("a", tags=("x", "x")), new_job("b", project="p")]
    submission, numbers = insert_submission(db, 5, "token-of-mine", "sha", jobs)
    assert find_submission(db, "token-of-mine") == (submission, "sha")
    assert find_submission(db, "another-token") is None
    assert [found(db, n).collection for n in numbers] == [submission] * 2
    assert find_plan(db, numbers[0]) == jobs[0].plan
    assert find_inputs(db, numbers[0]) == (jobs[0].inputs, ())
    events, _ = events_after(db, 0, 10)
    assert [(e.type, e.job_id) for e in events] == [
        ("job_created", number) for number in numbers
    ]


def test_a_token_is_used_once(db: Connection) -> None:
    insert_submission(db, 5, "token-of-mine", "sha", [new_job()])
    with pytest.raises(sqlite3.IntegrityError):
        insert_submission(db, 5, "token-of-mine", "sha", [new_job()])


def test_one_job_is_no_collection(db: Connection) -> None:
    assert insert(db).collection is None


MOVES = [
    (before, after)
    for before, after in itertools.product(JobState, JobState)
    if before is not after
]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_only_the_moves_of_the_table_are_made(
    db: Connection, before: JobState, after: JobState
) -> None:
    job = in_state(db, before)
    if after in NEXT_STATES[before]:
        changed = change_job(db, 9, job, state=after, cause="a cause")
        assert changed.state is after
        assert changed.version == job.version + 1
        assert changed.ended_ms == (9 if is_end(after) else None)
        (event,) = events_after(db, last_seq(db) - 1, 10)[0]
        assert event.payload == {"state": after, "before": before, "cause": "a cause"}
    else:
        last = last_seq(db)
        with pytest.raises(StateConflictError):
            change_job(db, 9, job, state=after)
        assert found(db, job.job_id) == job
        assert last_seq(db) == last


def test_a_stale_job_is_not_written(db: Connection) -> None:
    job = insert(db)
    change_job(db, 2, job, state=JobState.STARTING)
    with pytest.raises(StateConflictError, match="changed meanwhile"):
        change_job(db, 3, job, state=JobState.CANCELLED)
    assert found(db, job.job_id).state is JobState.STARTING


def test_a_wish_to_cancel_makes_the_job_that_others_hold_stale(db: Connection) -> None:
    job = in_state(db, JobState.RUNNING)
    ask_cancel(db, job.job_id, 4)
    ask_cancel(db, job.job_id, 5)
    assert found(db, job.job_id).cancel_asked_ms == 4
    with pytest.raises(StateConflictError):
        change_job(db, 6, job, state=JobState.COLLECTING)


def test_a_state_and_its_event_are_undone_together(path: Path) -> None:
    async def work(database: Database) -> tuple[JobState, int]:
        job = await database.transact(insert)

        def change(db: Connection) -> None:
            change_job(db, 2, job, state=JobState.STARTING)
            insert_intent(db, 2, job.job_id, 1, "cm-1", "boot")
            raise StateConflictError("somebody was faster")

        with pytest.raises(StateConflictError):
            await database.transact(change)
        return await database.read(
            lambda db: (found(db, job.job_id).state, last_seq(db))
        )

    assert with_store(path, work) == (JobState.QUEUED, 1)


def test_a_doubt_comes_and_goes_with_an_event_and_the_time_it_began(
    db: Connection,
) -> None:
    job = in_state(db, JobState.RUNNING)
    last = last_seq(db)
    job = change_job(db, 10, job, state=JobState.RUNNING, doubt="no answer")
    job = change_job(db, 20, job, state=JobState.RUNNING, doubt="still none")
    assert (job.doubt, job.stale_since_ms) == ("still none", 10)
    job = change_job(db, 30, job, state=JobState.RUNNING)
    assert (job.doubt, job.stale_since_ms) == (None, None)
    events, _ = events_after(db, last, 10)
    assert [event.payload["doubt"] for event in events] == [
        "no answer",
        "still none",
        None,
    ]


def test_the_last_pieces_of_evidence_are_kept(db: Connection) -> None:
    job = in_state(db, JobState.RUNNING)
    for number in range(MAX_EVIDENCE + 5):
        seen = Evidence(seen_ms=number, source="s", text="t")
        job = change_job(db, number, job, state=JobState.RUNNING, evidence=seen)
    kept = found(db, job.job_id).evidence
    assert [one.seen_ms for one in kept] == list(range(5, MAX_EVIDENCE + 5))


@pytest.mark.parametrize("state", sorted(OPEN_ATTEMPTS))
def test_a_job_has_at_most_one_open_attempt(
    db: Connection, state: AttemptState
) -> None:
    job = insert(db)
    first = insert_intent(db, 1, job.job_id, 1, "cm-1", "boot")
    change_attempt(db, first, state)
    with pytest.raises(sqlite3.IntegrityError):
        insert_intent(db, 1, job.job_id, 2, "cm-2", "boot")
    for closed in set(AttemptState) - OPEN_ATTEMPTS:
        change_attempt(db, first, closed)
        assert open_attempt(db, job.job_id) is None
    second = insert_intent(db, 1, job.job_id, 2, "cm-2", "boot")
    assert open_attempt(db, job.job_id) == second
    assert [one.number for one in attempts_of(db, job.job_id)] == [1, 2]


def test_an_attempts_token_is_nobody_elses(db: Connection) -> None:
    insert_intent(db, 1, insert(db).job_id, 1, "cm-1", "boot")
    with pytest.raises(sqlite3.IntegrityError):
        insert_intent(db, 1, insert(db).job_id, 1, "cm-1", "boot")


def test_the_table_of_states_is_that_of_the_models(db: Connection) -> None:
    for state in JobState:
        in_state(db, state)
    job = insert(db)
    attempt = insert_intent(db, 1, job.job_id, 1, "cm-1", "boot")
    for one in AttemptState:
        change_attempt(db, attempt, one)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE jobs SET state = 'unknown'")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE attempts SET state = 'unknown'")


def test_pages_of_jobs_are_newest_first_and_complete(db: Connection) -> None:
    numbers = [insert(db, f"j{n % 3}", tags=(f"t{n % 2}",)).job_id for n in range(20)]
    seen: list[int] = []
    before = None
    while page := page_of_jobs(db, JobFilter(), 7, before):
        seen += [job.job_id for job in page]
        before = seen[-1]
    assert seen == numbers[::-1]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (JobFilter(), ["b", "a"]),
        (JobFilter(name="a"), ["a"]),
        (JobFilter(tag="t"), ["a"]),
        (JobFilter(tag="%"), []),
        (JobFilter(project="p"), ["b"]),
        (JobFilter(code="crystal", states=("queued", "failed")), ["b", "a"]),
        (JobFilter(states=("failed",)), []),
        (JobFilter(text="A_50%"), ["a"]),
        (JobFilter(text="'; DROP TABLE jobs"), []),
        (JobFilter(collection=1), []),
        (JobFilter(code="vasp"), []),
    ],
)
def test_filters_are_combined_and_taken_literally(
    db: Connection, wanted: JobFilter, names: list[str]
) -> None:
    insert(db, "a", tags=("t",), search_text="a a_50%")
    insert(db, "b", project="p")
    assert [job.name for job in page_of_jobs(db, wanted, 10, None)] == names


def test_an_owner_keeps_the_name_of_the_store_and_counts_its_starts(
    db: Connection,
) -> None:
    first = take_ownership(db, "host", "boot", 1, 1)
    second = take_ownership(db, "host", "boot", 2, 2)
    mark_clean(db)
    third = take_ownership(db, "host", "boot", 3, 3)
    name = first.store_id
    assert [first, second, third] == [
        Owner(store_id=name, epoch=1, was_clean=True),
        Owner(store_id=name, epoch=2, was_clean=False),
        Owner(store_id=name, epoch=3, was_clean=True),
    ]
