"""What is kept of a deleted job: its number, name, time, and where its files went."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from crystalmathd.models.jobs import Job
from crystalmathd.store.events import append_event
from crystalmathd.store.jobs import remove_job

_COLUMNS = (
    "job_id, name, deleted_ms, files, directory, n_files, size_bytes, scratches, "
    "problem"
)


class FilesLeft(StrEnum):
    """What happened to the directory of a deleted job."""

    KEPT = "kept"
    TO_BE_REMOVED = "to_be_removed"
    """Decided, and perhaps not yet done."""
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scratch:
    """A scratch directory that an attempt left on a machine.

    With an empty token it is the directory of the whole job there: its path says so.
    """

    cluster: str
    path: str
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Grave:
    """What there was of a job on the disk when it was deleted."""

    directory: str
    n_files: int
    size_bytes: int
    scratches: tuple[Scratch, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone:
    """`problem` says why files are still there that should not.

    Directory and sizes are null if an earlier release has deleted the job.
    """

    job_id: int
    name: str
    deleted_ms: int
    files: FilesLeft
    directory: str | None
    n_files: int | None
    size_bytes: int | None
    scratches: tuple[Scratch, ...]
    problem: str | None


def bury(
    db: sqlite3.Connection, now_ms: int, job: Job, files: FilesLeft, grave: Grave
) -> None:
    """Forget a job; its number and its client token stay used."""
    db.execute(
        "INSERT INTO tombstones (job_id, submission_id, name, deleted_ms, files, "
        "directory, n_files, size_bytes, scratches) "
        "SELECT job_id, submission_id, name, ?, ?, ?, ?, ?, ? "
        "FROM jobs WHERE job_id = ?",
        (
            now_ms,
            files,
            grave.directory,
            grave.n_files,
            grave.size_bytes,
            msgspec.json.encode(grave.scratches).decode(),
            job.job_id,
        ),
    )
    remove_job(db, job.job_id)
    payload = {"name": job.name, "state": job.state, "files": files}
    append_event(db, now_ms, "job_deleted", job.job_id, payload)


def mark_removed(db: sqlite3.Connection, job_id: int) -> None:
    db.execute(
        "UPDATE tombstones SET files = ?, problem = NULL WHERE job_id = ?",
        (FilesLeft.REMOVED, job_id),
    )


def mark_left(db: sqlite3.Connection, job_id: int, problem: str) -> None:
    """Write down why the files of a deleted job are still there."""
    db.execute("UPDATE tombstones SET problem = ? WHERE job_id = ?", (problem, job_id))


def find_tombstone(db: sqlite3.Connection, job_id: int) -> Tombstone | None:
    found = _select(db, "WHERE job_id = ?", job_id)
    return found[0] if found else None


def buried_of_submission(db: sqlite3.Connection, submission: int) -> list[Tombstone]:
    return _select(db, "WHERE submission_id = ? ORDER BY job_id", submission)


def to_be_removed(db: sqlite3.Connection) -> list[Tombstone]:
    """Return the deleted jobs whose files may still be there."""
    return _select(db, "WHERE files = ? ORDER BY job_id", FilesLeft.TO_BE_REMOVED)


def _select(db: sqlite3.Connection, rest: str, value: int | str) -> list[Tombstone]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM tombstones {rest}", (value,))  # noqa: S608
    return [
        Tombstone(
            job_id=r[0],
            name=r[1],
            deleted_ms=r[2],
            files=FilesLeft(r[3]),
            directory=r[4],
            n_files=r[5],
            size_bytes=r[6],
            scratches=msgspec.json.decode(r[7], type=tuple[Scratch, ...]),
            problem=r[8],
        )
        for r in rows.fetchall()
    ]
