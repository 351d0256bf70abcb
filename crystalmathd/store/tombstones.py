"""What is kept of a deleted job: its number, name, time, and where its files went."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from crystalmathd.models.jobs import Job
from crystalmathd.store.events import append_event
from crystalmathd.store.jobs import remove_job


class FilesLeft(StrEnum):
    """What happened to the directory of a deleted job."""

    KEPT = "kept"
    TO_BE_REMOVED = "to_be_removed"
    """Decided, and perhaps not yet done."""
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone:
    job_id: int
    name: str
    deleted_ms: int
    files: FilesLeft


def bury(db: sqlite3.Connection, now_ms: int, job: Job, files: FilesLeft) -> None:
    """Forget a job; its number and its client token stay used."""
    db.execute(
        "INSERT INTO tombstones SELECT job_id, submission_id, name, ?, ? "
        "FROM jobs WHERE job_id = ?",
        (now_ms, files, job.job_id),
    )
    remove_job(db, job.job_id)
    payload = {"name": job.name, "state": job.state, "files": files}
    append_event(db, now_ms, "job_deleted", job.job_id, payload)


def mark_removed(db: sqlite3.Connection, job_id: int) -> None:
    db.execute(
        "UPDATE tombstones SET files = ? WHERE job_id = ?", (FilesLeft.REMOVED, job_id)
    )


def find_tombstone(db: sqlite3.Connection, job_id: int) -> Tombstone | None:
    found = _select(db, "WHERE job_id = ?", job_id)
    return found[0] if found else None


def buried_of_submission(db: sqlite3.Connection, submission: int) -> list[Tombstone]:
    return _select(db, "WHERE submission_id = ? ORDER BY job_id", submission)


def to_be_removed(db: sqlite3.Connection) -> list[Tombstone]:
    """Return the deleted jobs whose files may still be there."""
    return _select(db, "WHERE files = ? ORDER BY job_id", FilesLeft.TO_BE_REMOVED)


def _select(db: sqlite3.Connection, rest: str, value: int | str) -> list[Tombstone]:
    rows = db.execute(
        f"SELECT job_id, name, deleted_ms, files FROM tombstones {rest}",  # noqa: S608
        (value,),
    )
    return [
        Tombstone(job_id=r[0], name=r[1], deleted_ms=r[2], files=FilesLeft(r[3]))
        for r in rows.fetchall()
    ]
