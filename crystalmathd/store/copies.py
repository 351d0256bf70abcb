"""Copies of the store, its wholeness, and putting a copy in its place."""

import calendar
import contextlib
import json
import os
import shutil
import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crystalmathd.errors import StoreRefusedError

APPLICATION_ID: Final = 0x43524D44
"""'CRMD' in the header of every store of this daemon."""

FOLDER: Final = "backups"
RESTORED: Final = "restore"
"""The source of the evidence that jobs get whose end the copy does not know."""
NAMED_AS: Final = "%Y%m%d-%H%M%S"
"""How copies are named: the time they were made, UTC."""
_HEADER: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_LARGEST_PAGE: Final = 65536


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """The copy that is the store now, and where the old file was put, if any.

    `made_ms`: when the copy was made. What the old file knows and the copy does not
    is null if the old file cannot be read.
    """

    copy: Path
    made_ms: int
    set_aside: Path | None
    n_held: int
    newer_jobs: tuple[int, ...] | None
    deleted_since: tuple[int, ...] | None


def copies(database: Path) -> list[Path]:
    """Return the copies of a store, the newest first: their names are times."""
    return sorted((database.parent / FOLDER).glob("*.db"), reverse=True)


def remedy(database: Path) -> str:
    """Return what to do about a store that cannot be opened."""
    kept = "the file is left as it is"
    found = copies(database)
    if not found:
        return (
            f"{kept}; `crystalmathd --restore COPY` puts a copy of yours in its place"
        )
    return f"{kept}; `crystalmathd --restore` puts {found[0].name} in its place"


def refuse_damaged(path: Path) -> None:
    """See that a file is a whole SQLite database, or that none was there before.

    Raises
    ------
    StoreRefusedError
        If there should be a store, and there is none or only part of one.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
        size = path.stat().st_size
    except FileNotFoundError:
        header, size = b"", 0
    wal = path.with_name(f"{path.name}-wal")
    has_wal = wal.exists() and wal.stat().st_size > 0
    if not header:
        if has_wal or copies(path) or (path.exists() and any_jobs(path)):
            reason = f"it is gone or empty; {remedy(path)}"
            raise StoreRefusedError(path=path, reason=reason)
        return
    if header[: len(_HEADER)] != _HEADER:
        reason = f"it is not an SQLite database; {remedy(path)}"
        raise StoreRefusedError(path=path, reason=reason)
    expected = _expected_bytes(header)
    # With a log behind it, SQLite may have been stopped while it moved pages.
    if size < expected and not has_wal:
        reason = f"it was cut: {size} of {expected} bytes are there; {remedy(path)}"
        raise StoreRefusedError(path=path, reason=reason)


def refuse_unwritable(path: Path) -> None:
    """See that SQLite may write the file and its companions beside it.

    Raises
    ------
    StoreRefusedError
        If it may not; SQLite itself would leave companions that nobody may write.
    """
    companions = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    for one in (path.parent, *(file for file in companions if file.exists())):
        if not os.access(one, os.W_OK):
            mode = one.stat().st_mode & 0o777
            reason = f"{one} may not be written (mode {mode:o}): chmod u+w {one}"
            raise StoreRefusedError(path=path, reason=reason)


def any_jobs(database: Path) -> bool:
    return any(database.parent.glob("jobs/*"))


def _expected_bytes(header: bytes) -> int:
    """Return the size that the header tells of (SQLite file format, section 1.3)."""
    if len(header) < _HEADER_BYTES:
        return _HEADER_BYTES
    page = int.from_bytes(header[16:18], "big")
    n_pages = int.from_bytes(header[28:32], "big")
    return (_LARGEST_PAGE if page == 1 else page) * n_pages


def copy_store(source: sqlite3.Connection, target: Path) -> None:
    """Copy what the connection sees into a file, which appears whole or not at all."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(temporary)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            found = faults_of(copy, is_deep=False)
        if found:
            raise sqlite3.DatabaseError("; ".join(found))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)


def faults_of(connection: sqlite3.Connection, is_deep: bool) -> list[str]:  # noqa: FBT001  # passed on by position
    """Return what SQLite finds wrong; `is_deep` compares the indexes too."""
    pragma = "integrity_check" if is_deep else "quick_check"
    try:
        rows = connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [row[0] for row in rows if row[0] != "ok"]


def restore(database: Path, copy: Path | None, newest_schema: int) -> Restored:
    """Put a copy in the place of the store; what was there is set aside.

    The store gets a new name, so that cursors of the old one are refused, and
    jobs that wait in the queue are held: they may have run since the copy.

    Raises
    ------
    StoreRefusedError
        If there is no copy that is whole.
    """
    if copy is not None and (fault := _fault_of(copy, newest_schema)):
        raise StoreRefusedError(path=copy, reason=f"{fault}; nothing was changed")
    whole = (c for c in copies(database) if not _fault_of(c, newest_schema))
    chosen = copy or next(whole, None)
    if chosen is None:
        reason = f"there is no whole copy of it in {database.parent / FOLDER}"
        raise StoreRefusedError(path=database, reason=reason)
    made_ms = made_at_ms(chosen)
    newer, deleted = _known_since(database, chosen)
    temporary = database.with_name(f"{database.name}.restoring")
    try:
        shutil.copyfile(chosen, temporary)
        with contextlib.closing(sqlite3.connect(temporary)) as connection:
            n_held = _make_safe(connection, made_ms)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
    except (OSError, sqlite3.DatabaseError) as error:
        temporary.unlink(missing_ok=True)
        reason = f"{chosen.name} cannot be copied there: {error}; nothing was changed"
        raise StoreRefusedError(path=database, reason=reason) from error
    set_aside = None
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for suffix in ("-wal", "-shm", ""):
        old = database.with_name(database.name + suffix)
        if old.exists():
            set_aside = old.with_name(f"{database.name}.damaged-{stamp}{suffix}")
            old.rename(set_aside)
    temporary.rename(database)
    return Restored(
        copy=chosen,
        made_ms=made_ms,
        set_aside=set_aside,
        n_held=n_held,
        newer_jobs=newer,
        deleted_since=deleted,
    )


def made_at_ms(copy: Path) -> int:
    """Return when a copy was made: its name says it, else the time of the file."""
    try:
        named = time.strptime(copy.stem, NAMED_AS)
    except ValueError:
        return copy.stat().st_mtime_ns // 1_000_000
    return calendar.timegm(named) * 1000


def _known_since(
    database: Path, copy: Path
) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Return jobs that only the store knows, and those it knows to be deleted."""
    if not database.is_file():
        return None, None
    try:
        there = _numbers(copy, "jobs")
        newer = _numbers(database, "jobs") - there
        deleted = _numbers(database, "tombstones") & there
    except sqlite3.DatabaseError:
        return None, None  # it is damaged, which is why a copy is wanted
    return tuple(sorted(newer)), tuple(sorted(deleted))


def _numbers(store: Path, table: str) -> set[int]:
    """Return the numbers of jobs in a table of a store that is left as it is."""
    has_wal = store.with_name(f"{store.name}-wal").exists()
    uri = f"{store.as_uri()}?mode=ro{'' if has_wal else '&immutable=1'}"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        rows = connection.execute(f"SELECT job_id FROM {table}")  # noqa: S608
        return {row[0] for row in rows}


def _fault_of(path: Path, newest_schema: int) -> str | None:
    """Return why a file cannot be the store, None if it can."""
    if not path.is_file():
        return "there is no such file"
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as c:
        found = faults_of(c, is_deep=True)
        if found:
            return found[0]
        (application_id,) = c.execute("PRAGMA application_id").fetchone()
        (version,) = c.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        return "it is not a copy of a store of crystalmathd"
    if version > newest_schema:
        return f"it was written by a newer crystalmathd (schema {version})"
    return None


def _make_safe(connection: sqlite3.Connection, made_ms: int) -> int:
    """Hold what waits, and tell what ran that it may have ended since."""
    now_ms = time.time_ns() // 1_000_000
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(made_ms / 1000))
    text = f"the store was restored from a copy of {when}"
    seen = json.dumps({"seen_ms": now_ms, "source": RESTORED, "text": text})
    with connection:
        connection.execute(
            "UPDATE owner SET store_id = ?, is_clean = 1", (uuid.uuid4().hex[:16],)
        )
        connection.execute(
            "UPDATE jobs SET version = version + 1, "
            "evidence = json_insert(evidence, '$[#]', json(?)) "
            "WHERE state IN ('starting', 'pending', 'running', 'collecting')",
            (seen,),
        )
        return connection.execute(
            "UPDATE jobs SET state = 'held', version = version + 1, "
            "doubt = 'the store was restored from a copy: it may have run since' "
            "WHERE state = 'queued'"
        ).rowcount
