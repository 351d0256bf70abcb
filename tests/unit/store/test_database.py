"""The store, with real files."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from crystalmathd.errors import StoreFullError, StoreRefusedError, StoreUnavailableError
from crystalmathd.store import database as module
from crystalmathd.store import schema
from crystalmathd.store.database import (
    APPLICATION_ID,
    Connection,
    Database,
    open_database,
)
from crystalmathd.store.events import append_event, events_after, last_seq
from crystalmathd.store.schema import migrations, statements
from tests.unit.store.rows import (
    open_and_close,
    plain,
    with_store,
)

NEWEST = migrations()[-1][0]


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
        with pytest.raises(StoreUnavailableError, match="readonly"):
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
        assert all(name.startswith(("sqlite_", "job_search")) for name in loose)
    assert list(path.parent.glob("*.bak-*")) == []


def test_an_older_store_is_copied_before_it_is_migrated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_close(path)
    with plain(path) as db:
        append_event(db, 1, "warning", None, {})
    later = [*migrations(), (NEWEST + 1, "CREATE TABLE more (x INTEGER) STRICT;\n")]
    monkeypatch.setattr(schema, "migrations", lambda: later)
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
        patch.setattr(schema, "migrations", lambda: later)
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
        (a_torn_database, "it was cut: 5016 of "),
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


def test_a_change_against_the_rules_of_the_tables_is_a_mistake_of_the_program(
    path: Path,
) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            await database.transact(
                lambda db: db.execute("INSERT INTO job_tags VALUES ('t', 999)")
            )
        assert database.problem is None

    with_store(path, work)


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
                # On a busy machine even the shortest pause lets everything finish.
                await asyncio.sleep(chance.choice((0, chance.random() * 0.0005)))
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
