"""Copies of the store: whole or not there, and put in its place by request only."""

import errno
import os
import re
import shutil
import sqlite3
from pathlib import Path

import anyio
import pytest

from crystalmathd.errors import StoreFullError, StoreRefusedError, StoreUnavailableError
from crystalmathd.models.jobs import JobState
from crystalmathd.store import copies as module
from crystalmathd.store import database as opened
from crystalmathd.store.copies import (
    FOLDER,
    RESTORED,
    any_jobs,
    copies,
    copy_store,
    faults_of,
    refuse_damaged,
    remedy,
    restore,
)
from crystalmathd.store.database import (
    Connection,
    Database,
    open_database,
    probe,
)
from crystalmathd.store.events import append_event, last_seq
from crystalmathd.store.jobs import find_job
from crystalmathd.store.owner import take_ownership
from crystalmathd.store.schema import migrations
from crystalmathd.store.tombstones import FilesLeft, Grave, bury
from tests.unit.store.rows import (
    in_state,
    insert,
    open_and_close,
    plain,
    with_store,
)

NEWEST = migrations()[-1][0]


def warn(db: Connection) -> None:
    append_event(db, 1, "warning", None, {})


def copy_of(path: Path, name: str = "20260101-000000.db") -> Path:
    target = path.parent / FOLDER / name
    with plain(path) as connection:
        copy_store(connection, target)
    return target


def made(path: Path) -> Path:
    """Make a store with an owner, a queued and a running job."""
    open_and_close(path)
    with plain(path) as connection:
        take_ownership(connection, "host", "boot", 1, 1)
        insert(connection)
        in_state(connection, JobState.RUNNING)
    return path


# --- making one -------------------------------------------------------------------


@pytest.mark.parametrize("is_exclusive", [False, True])
def test_a_copy_has_all_that_was_committed(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_exclusive: bool,  # noqa: FBT001
) -> None:
    if is_exclusive:
        monkeypatch.setattr(opened, "file_system_of", lambda _: "nfs4")
    target = path.parent / FOLDER / "one.db"

    async def work() -> None:
        async with open_database(path, allows_network_file_system=True) as database:
            await database.transact(warn)
            await database.copy_to(target)
            await database.transact(warn)
            assert await database.faults(is_deep=True) == []
            await database.answer()

    anyio.run(work)
    with plain(target) as copy:
        assert last_seq(copy) == 1
    assert [one.name for one in target.parent.iterdir()] == ["one.db"]


def test_a_copy_that_is_not_whole_does_not_appear(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(path)
    monkeypatch.setattr(module, "faults_of", lambda *_, **__: ["a page is bad"])
    with pytest.raises(sqlite3.DatabaseError, match="a page is bad"):
        copy_of(path)
    assert list((path.parent / FOLDER).iterdir()) == []


def test_the_newest_copy_is_the_one_that_is_proposed(path: Path) -> None:
    assert "a copy of yours" in remedy(path)
    made(path)
    for name in ("20260101-000000.db", "20260201-000000.db"):
        copy_of(path, name)
    assert [one.name[:8] for one in copies(path)] == ["20260201", "20260101"]
    assert "20260201-000000.db" in remedy(path)


# --- what is damaged ----------------------------------------------------------------


def test_a_whole_store_and_a_new_place_are_taken(path: Path) -> None:
    refuse_damaged(path)
    refuse_damaged(made(path))


@pytest.mark.parametrize("left", ["a copy", "a job's directory", "a log"])
def test_a_store_that_is_gone_is_not_made_again_in_silence(
    path: Path, left: str
) -> None:
    made(path)
    if left == "a copy":
        copy_of(path)
        path.unlink()
    elif left == "a log":
        path.unlink()
        path.with_name(f"{path.name}-wal").write_bytes(b"x")
    else:
        (path.parent / "jobs" / "1").mkdir(parents=True)
        assert any_jobs(path)
        path.write_bytes(b"")
    with pytest.raises(StoreRefusedError, match="gone or empty"):
        refuse_damaged(path)


@pytest.mark.parametrize("size", [10, 50, 5000])
def test_a_store_that_was_cut_is_refused(path: Path, size: int) -> None:
    data = made(path).read_bytes()
    path.write_bytes(data[:size])
    with pytest.raises(StoreRefusedError, match=r"not an SQLite|it was cut"):
        refuse_damaged(path)
    path.with_name(f"{path.name}-wal").write_bytes(b"x")
    if size > 100:  # SQLite itself says what the log makes of it
        refuse_damaged(path)


def test_the_largest_page_is_written_as_one(path: Path) -> None:
    header = bytearray(made(path).read_bytes()[:100])
    header[16:18], header[28:32] = b"\x00\x01", (2).to_bytes(4, "big")
    path.write_bytes(header)
    with pytest.raises(StoreRefusedError, match="100 of 131072 bytes"):
        refuse_damaged(path)


def test_faults_are_told_and_not_raised(path: Path) -> None:
    data = bytearray(made(path).read_bytes())
    data[4096 : 3 * 4096] = b"\xff" * 2 * 4096
    path.write_bytes(data)
    with plain(path) as connection:
        assert faults_of(connection, is_deep=True)
    path.write_bytes(b"no database at all, but long enough to have a header" * 9)
    with plain(path) as connection:
        assert "not a database" in faults_of(connection, is_deep=False)[0]


# --- putting one in its place -------------------------------------------------------


def test_a_copy_takes_the_place_of_the_store_and_holds_what_waited(path: Path) -> None:
    copy = copy_of(made(path))
    with plain(path) as connection:
        (name,) = connection.execute("SELECT store_id FROM owner").fetchone()
        insert(connection, "after the copy")
    path.with_name(f"{path.name}-wal").write_bytes(b"")
    before = path.read_bytes()
    restored = restore(path, None, NEWEST)
    assert (restored.copy, restored.n_held) == (copy, 1)
    assert restored.set_aside is not None
    assert restored.set_aside.read_bytes() == before
    with plain(path) as connection:
        assert connection.execute("SELECT store_id FROM owner").fetchone() != (name,)
        states = connection.execute("SELECT state FROM jobs ORDER BY job_id")
        assert [state for (state,) in states] == ["held", "running"]
        first = find_job(connection, 1)
        assert first is not None
        assert "restored" in str(first.doubt)
    assert copy.exists()


def test_what_the_old_file_knows_beside_the_copy_is_counted(path: Path) -> None:
    made(path)
    with plain(path) as connection:
        third = in_state(connection, JobState.FAILED)
    copy_of(path)
    with plain(path) as connection:
        insert(connection, "after the copy")
        grave = Grave(directory="/jobs/3", n_files=0, size_bytes=0)
        bury(connection, 5, third, FilesLeft.REMOVED, grave)
    restored = restore(path, None, NEWEST)
    assert restored.newer_jobs == (4,)
    assert restored.deleted_since == (third.job_id,)
    assert restored.made_ms == 1_767_225_600_000  # 2026-01-01, as its name says
    with plain(path) as connection:
        running = find_job(connection, 2)
        assert running is not None
        assert [seen.source for seen in running.evidence] == [RESTORED]
        assert "restored from a copy of 202" in running.evidence[0].text
        held = find_job(connection, 1)
        assert held is not None
        assert held.evidence == ()


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_what_cannot_be_read_is_not_counted(path: Path, damage: str) -> None:
    copy = copy_of(made(path), "mine.db")
    os.utime(copy, (7, 7))
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        path.unlink()
    restored = restore(path, copy, NEWEST)
    assert (restored.newer_jobs, restored.deleted_since) == (None, None)
    assert restored.made_ms == 7000


def test_the_log_of_the_old_file_is_read_too(path: Path) -> None:
    copy_of(made(path))
    with plain(path) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        insert(writer, "in the log")
        saved = path.with_name("wal"), path.with_name("db")
        for source, target in zip((f"{path}-wal", path), saved, strict=True):
            shutil.copyfile(source, target)
    saved[0].rename(f"{path}-wal")
    saved[1].rename(path)
    assert restore(path, None, NEWEST).newer_jobs == (3,)


def test_a_copy_is_put_where_nothing_is_left(path: Path) -> None:
    copy = copy_of(made(path))
    path.unlink()
    restored = restore(path, copy, NEWEST)
    assert restored.set_aside is None
    open_and_close(path)


def test_of_several_copies_the_newest_whole_one_is_taken(path: Path) -> None:
    old = copy_of(made(path), "20260101-000000.db")
    new = copy_of(path, "20260201-000000.db")
    new.write_bytes(new.read_bytes()[:5000])
    assert restore(path, None, NEWEST).copy == old


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("none at all", "no whole copy"),
        ("missing", "no such file"),
        ("cut", "malformed"),
        ("foreign", "not a copy of a store"),
        ("newer", "newer crystalmathd"),
        ("a text", "not a database"),
    ],
)
def test_without_a_whole_copy_nothing_is_touched(
    path: Path, chosen: str, said: str
) -> None:
    before = made(path).read_bytes()
    copy: Path | None = None
    if chosen == "missing":
        copy = path.with_name("missing.db")
    elif chosen == "cut":
        copy = copy_of(path)
        copy.write_bytes(copy.read_bytes()[:5000])
    elif chosen == "a text":
        copy = path.with_name("notes.txt")
        copy.write_text("not at all a store\n" * 100)
    elif chosen in {"foreign", "newer"}:
        copy = copy_of(path)
        pragma = "application_id" if chosen == "foreign" else "user_version"
        with plain(copy) as connection:
            connection.execute(f"PRAGMA {pragma} = 999")
    with pytest.raises(StoreRefusedError, match=said):
        restore(path, copy, NEWEST)
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.restoring")) == []


def test_a_store_that_may_not_be_written_is_refused_before_sqlite_tries(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(path).chmod(0o400)
    monkeypatch.setattr(os, "access", lambda one, _: one != path)
    with pytest.raises(StoreRefusedError, match=r"mode 400.*chmod u[+]w"):
        open_and_close(path)
    assert not path.with_name(f"{path.name}-wal").exists()


def test_a_copy_that_finds_no_room_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_of(made(path))
    before = path.read_bytes()

    def full(_source: Path, _target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StoreRefusedError, match=r"No space left.*nothing was changed"):
        restore(path, copy, NEWEST)
    assert path.read_bytes() == before


def scribble(path: Path) -> None:
    """Make the table of events unreadable."""
    with plain(path) as connection:
        question = "SELECT rootpage FROM sqlite_master WHERE name = 'events'"
        (page,) = connection.execute(question).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def test_damage_that_is_met_stops_all_changes(path: Path) -> None:
    scribble(made(path))

    async def work(database: Database) -> None:
        with pytest.raises(StoreUnavailableError, match="the store is damaged"):
            await database.transact(warn)
        with pytest.raises(StoreUnavailableError, match="the store is damaged"):
            await database.read(lambda db: db.execute("SELECT * FROM events"))
        with pytest.raises(StoreUnavailableError):
            await database.copy_to(path.with_name("copy.db"))
        assert not path.with_name("copy.db").exists()

    with_store(path, work)


def test_a_copy_that_cannot_be_written_names_the_place(path: Path) -> None:
    async def work(database: Database) -> None:
        path.with_name("backups").write_text("in the way")
        with pytest.raises(StoreUnavailableError, match="backups: "):
            await database.copy_to(path.with_name("backups") / "copy.db")

    with_store(path, work)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_FULL, "make room at"),
        (sqlite3.SQLITE_CORRUPT, "--restore"),
        (sqlite3.SQLITE_BUSY, "is left as it is$"),
    ],
)
def test_a_store_that_is_not_opened_names_the_remedy_that_fits(
    path: Path, code: int, said: str
) -> None:
    error = sqlite3.OperationalError("SQLite's words")
    error.sqlite_errorcode = code
    assert re.search(said, opened._advice(path, error))


# --- a store that takes no more -----------------------------------------------------


def test_a_store_that_is_known_to_be_bad_takes_no_more_changes(path: Path) -> None:
    async def work(database: Database) -> None:
        await database.transact(warn)
        database.refuse("page 7 is bad")
        with pytest.raises(StoreUnavailableError, match="page 7 is bad"):
            await database.transact(warn)
        assert "page 7 is bad" in str(database.problem)
        assert await database.read(last_seq) == 1

    with_store(path, work)


def test_a_probe_finds_out_whether_there_is_room_and_leaves_nothing(path: Path) -> None:
    async def work(database: Database) -> None:
        def limit(db: Connection, more: int) -> None:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {pages + more}")

        await opened._on_thread(database._writer, limit, 2)
        with pytest.raises(StoreFullError):
            await database.transact(probe)
        await opened._on_thread(database._writer, limit, 100)
        await database.transact(probe)
        tables = await database.read(
            lambda db: db.execute("SELECT name FROM sqlite_master").fetchall()
        )
        assert ("probe",) not in tables

    with_store(path, work)
