"""The SQLite file: opened once, migrated, written by one connection."""

import asyncio
import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

import aiosqlite
import anyio.to_thread
from anyio import CancelScope, Event

from crystalmathd.errors import (
    StoreFullError,
    StoreRefusedError,
    StoreUnavailableError,
)
from crystalmathd.store.copies import (
    APPLICATION_ID,
    copy_store,
    faults_of,
    refuse_damaged,
    refuse_unwritable,
    remedy,
)
from crystalmathd.store.schema import migrate, refuse_newer, roll_back

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "lustre", "cifs", "smb3", "9p", "afs", "ceph", "gpfs", "beegfs"}
)

DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

log = logging.getLogger(__name__)

Connection = sqlite3.Connection
"""What the functions of this room take; nobody else needs SQLite's own name."""

SQLITE_VERSION: Final = sqlite3.sqlite_version

T = TypeVar("T")


class Database:
    """One writing and one reading connection to the store.

    All SQL of a change runs in one function on the writer's thread, so that a
    cancelled task cannot leave half of it behind.
    """

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        *,
        is_exclusive: bool,
        on_commit: Callable[[float], None],
    ) -> None:
        self.path = path
        self.problem: str | None = None
        """Why the last change could not be stored; None after one that was."""
        self._refusal: str | None = None
        self._on_commit = on_commit
        self._writer = writer
        self._is_exclusive = is_exclusive
        self._reader: aiosqlite.Connection | None = None
        self._committed = Event()
        self._loop = asyncio.get_running_loop()
        status = path.stat()
        self._file = status.st_dev, status.st_ino

    async def transact(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` whole: committed when it returns, undone when it raises.

        Raises
        ------
        StoreFullError
            If there is no room; nothing was written.
        StoreUnavailableError
            If SQLite cannot write for another reason.
        """
        try:
            with CancelScope(shield=True):
                result: T = await _on_thread(self._writer, self._commit, change)
        except (StoreFullError, StoreUnavailableError) as error:
            self.problem = str(error)
            raise
        self.problem = None
        return result

    def _commit(self, connection: sqlite3.Connection, change: Callable[..., T]) -> T:
        """Run on the writer's thread; wake the waiters even if the caller has gone."""
        if self._refusal is not None:
            raise StoreUnavailableError(reason=self._refusal)
        self._refuse_lost_file()
        started = time.perf_counter()
        try:
            result = _transaction(connection, change)
        except sqlite3.IntegrityError:
            raise  # a mistake of this program, not a trouble of the file
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error
        self._on_commit(time.perf_counter() - started)
        self._loop.call_soon_threadsafe(self._wake)
        return result

    def _refuse_lost_file(self) -> None:
        """See that what is written can be found again under its name."""
        try:
            status = self.path.stat()
            is_ours = (status.st_dev, status.st_ino) == self._file
        except OSError:
            is_ours = False
        if not is_ours:
            reason = (
                f"{self.path} was removed or replaced while the daemon had it open; "
                "stop the daemon and put the file back"
            )
            raise StoreUnavailableError(reason=reason)

    def _wake(self) -> None:
        self._committed.set()
        self._committed = Event()

    @property
    def next_commit(self) -> Event:
        """Set by the next change; take it before reading, then wait for it."""
        return self._committed

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` on one consistent state of the store."""
        reader = self._reader
        if reader is None:
            raise StoreUnavailableError(reason="it is closed")
        try:
            return await _on_thread(reader, _snapshot, query)
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error

    def _trouble(
        self, error: sqlite3.DatabaseError
    ) -> StoreFullError | StoreUnavailableError:
        """Return what to tell of an error of SQLite; damage stops all writing."""
        # The lowest byte is the kind; the rest says what SQLite was doing.
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if kind in DAMAGED:
            self.refuse(f"the store is damaged: {error}; {remedy(self.path)}")
            return StoreUnavailableError(reason=self._refusal)
        if kind in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            return StoreFullError(reason=f"{error}; make room at {self.path.parent}")
        return StoreUnavailableError(reason=str(error))

    async def size_bytes(self) -> tuple[int, int]:
        """Return the sizes of the database and of its write-ahead log."""
        wal = self.path.with_name(self.path.name + "-wal")
        return self.path.stat().st_size, wal.stat().st_size if wal.exists() else 0

    async def answer(self) -> None:
        """Return when the writer's thread is free; a full disk does not matter."""
        await _on_thread(self._writer, lambda *_: None, None)

    def refuse(self, reason: str) -> None:
        """Store nothing more: what is there must not be made worse."""
        self._refusal = self.problem = reason

    async def copy_to(self, target: Path) -> None:
        """Write a copy of this instant; changes go on meanwhile."""
        try:
            if self._is_exclusive:
                await _on_thread(self._writer, copy_store, target)
            else:
                await anyio.to_thread.run_sync(self._beside, copy_store, target)
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error
        except OSError as error:
            reason = f"{target.parent}: {error.strerror}"
            raise StoreUnavailableError(reason=reason) from error

    async def faults(self, *, is_deep: bool) -> list[str]:
        """Look through the whole file; return what SQLite finds wrong with it."""
        if self._is_exclusive:
            return await _on_thread(self._writer, faults_of, is_deep)
        return await anyio.to_thread.run_sync(self._beside, faults_of, is_deep)

    def _beside(self, work: Callable[..., T], argument: object) -> T:
        """Run long reading work on a connection of its own; it never checkpoints."""
        uri = f"{self.path.as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            return work(connection, argument)

    async def open_reader(self) -> None:
        if self._is_exclusive:
            self._reader = self._writer  # no other connection is let in
            return
        # The reader never checkpoints: one connection writes and moves the log.
        uri = f"{self.path.as_uri()}?mode=ro"
        self._reader = await _connect(uri)
        await self._reader.execute("PRAGMA wal_autocheckpoint = 0")
        await self._reader.execute("PRAGMA query_only = ON")

    async def close(self) -> None:
        """Close both connections; their threads would keep the process alive."""
        with CancelScope(shield=True):
            reader, self._reader = self._reader, None
            if reader is not None and reader is not self._writer:
                await reader.close()
            await self._writer.close()


@contextlib.asynccontextmanager
async def open_database(
    path: Path,
    *,
    allows_network_file_system: bool = False,
    on_commit: Callable[[float], None] = lambda _: None,
) -> AsyncIterator[Database]:
    """Open the store, make it if it is not there, and bring it up to date.

    Raises
    ------
    StoreRefusedError
        If the file is not a store of this daemon, is newer than this program, or
        lies where SQLite's locks do not work. It is left as it was.
    """
    is_exclusive = _check_place(path, allows_network_file_system)
    writer = await _connect(f"{path.as_uri()}?mode=rwc")
    try:
        await _on_thread(writer, _prepare, (path, is_exclusive))
    except sqlite3.DatabaseError as error:
        await writer.close()
        raise StoreRefusedError(path=path, reason=_advice(path, error)) from error
    except BaseException:
        await writer.close()
        raise
    database = Database(path, writer, is_exclusive=is_exclusive, on_commit=on_commit)
    try:
        await database.open_reader()
        yield database
    finally:
        await database.close()


def _advice(path: Path, error: sqlite3.DatabaseError) -> str:
    """Return why a store was not opened, and what to do about it."""
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if kind in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return f"{error}; nothing is lost: make room at {path.parent} and start again"
    if kind in DAMAGED | {sqlite3.SQLITE_ERROR}:
        return f"{error}; {remedy(path)}"
    return f"{error}; the file is left as it is"


async def _connect(uri: str) -> aiosqlite.Connection:
    return await aiosqlite.connect(uri, uri=True, isolation_level=None)


async def _on_thread(
    connection: aiosqlite.Connection, run: Callable[..., T], argument: object
) -> T:
    # aiosqlite has no public way to run a whole function on its thread; a test
    # holds this one line against the installed version.
    execute: Callable[..., Awaitable[T]] = connection._execute  # noqa: SLF001
    return await execute(run, connection._conn, argument)  # noqa: SLF001


def _transaction(
    connection: sqlite3.Connection, change: Callable[[sqlite3.Connection], T]
) -> T:
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = change(connection)
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return result


def probe(db: sqlite3.Connection) -> None:
    """Write some pages and take them back, to see if there is room again."""
    db.execute("CREATE TABLE probe (bytes BLOB)")
    db.execute("INSERT INTO probe VALUES (zeroblob(65536))")
    db.execute("DROP TABLE probe")


def _snapshot(
    connection: sqlite3.Connection, query: Callable[[sqlite3.Connection], T]
) -> T:
    connection.execute("BEGIN")
    try:
        return query(connection)
    finally:
        connection.execute("ROLLBACK")


def _check_place(path: Path, allows_network_file_system: bool) -> bool:  # noqa: FBT001
    """See that a store may be here; tell whether it must be locked as a whole."""
    refuse_damaged(path)
    refuse_unwritable(path)
    kind = file_system_of(path.parent)
    if kind in NETWORK_FILE_SYSTEMS and not allows_network_file_system:
        reason = (
            f"it lies on {kind}, where SQLite's locks are not safe; name a local "
            "path with CRYSTAL_TUI_DB or --database, or set allow_network_store"
        )
        raise StoreRefusedError(path=path, reason=reason)
    if kind in NETWORK_FILE_SYSTEMS:
        log.warning("%s lies on %s: slower, and safe for one host only", path, kind)
    return kind in NETWORK_FILE_SYSTEMS


def file_system_of(directory: Path) -> str:
    """Return the kind of file system that holds a directory, from mountinfo."""
    device = os.stat(directory).st_dev  # noqa: PTH116  # the number is what is needed
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            fields, _, rest = line.partition(" - ")
            if fields.split()[2] == wanted:
                return rest.split()[0]
    return "unknown"


def _prepare(connection: sqlite3.Connection, place: tuple[Path, bool]) -> None:
    """Check whose file it is, set it up, and run the migrations that are missing."""
    path, is_exclusive = place
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    n_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id != APPLICATION_ID and n_tables[0]:
        reason = (
            "it belongs to another program; if it is the predecessor's "
            ".crystal_tui.db, name a new file: nothing is migrated in place"
        )
        raise StoreRefusedError(path=path, reason=reason)
    refuse_newer(connection, path)
    modes = ["journal_mode = WAL"]
    if is_exclusive:
        # Shared memory, which WAL needs, does not work between network clients.
        modes = ["locking_mode = EXCLUSIVE", "journal_mode = DELETE"]
    for pragma in (
        f"application_id = {APPLICATION_ID}",
        *modes,
        "synchronous = FULL",
        "foreign_keys = ON",
        "busy_timeout = 5000",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        f"journal_size_limit = {64 << 20}",
        "mmap_size = 0",
    ):
        connection.execute(f"PRAGMA {pragma}")
    migrate(connection, path)
