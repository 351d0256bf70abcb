"""Runs from elsewhere that were taken in. Every function runs in a transaction."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crystalmathd.models.jobs import (
    Attempt,
    AttemptState,
    Evidence,
    JobState,
    SavedFile,
)
from crystalmathd.models.results import Result
from crystalmathd.store import attempts, jobs
from crystalmathd.store.events import append_event
from crystalmathd.store.jobs import NewJob


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAdoption:
    """All that is stored of one run; `path` and what follows are of its main output.

    `outputs`: the hashes of all files that would be a main output of their own, as the
    OUTCAR beside what VASP has printed. They tell a run from others.
    """

    job: NewJob
    state: JobState
    cause: str | None
    evidence: Evidence
    started_ms: int | None
    ended_ms: int
    result: Result
    fingerprint: str | None
    files: tuple[SavedFile, ...]
    token: str
    path: str
    size: int
    mtime_ns: int
    sha256: str
    outputs: frozenset[str]


def known_job(
    db: sqlite3.Connection, path: str, size: int, mtime_ns: int
) -> int | None:
    """Return the job of an output that has not changed since it was taken in."""
    row = db.execute(
        "SELECT job_id FROM adopted WHERE path = ? AND size = ? AND mtime_ns = ?",
        (path, size, mtime_ns),
    ).fetchone()
    return None if row is None else int(row[0])


def job_with_outputs(db: sqlite3.Connection, sha256s: Collection[str]) -> int | None:
    """Return the first job that has left or was adopted with files of all contents.

    One is not enough: runs of VASP may print the same few lines.
    """
    marks = ", ".join("?" * len(sha256s))
    row = db.execute(
        f"SELECT job_id FROM artefacts WHERE sha256 IN ({marks}) "  # noqa: S608 - marks
        "GROUP BY job_id HAVING count(DISTINCT sha256) = ? ORDER BY job_id LIMIT 1",
        (*sha256s, len(sha256s)),
    ).fetchone()
    return None if row is None else int(row[0])


def submission_of(db: sqlite3.Connection, now_ms: int, client_token: str) -> int:
    """Return the submission under which the runs of a tree are, made if it is new."""
    found = jobs.find_submission(db, client_token)
    if found is not None:
        return found[0]
    number = db.execute(
        "INSERT INTO submissions (client_token, params_sha256, created_ms) "
        "VALUES (?, '', ?)",
        (client_token, now_ms),
    ).lastrowid
    return number or 0


def insert_adoption(
    db: sqlite3.Connection, now_ms: int, submission: int, boot_id: str, new: NewAdoption
) -> tuple[int, Attempt]:
    """Store a run as a job that has ended; no scheduler ever sees it."""
    held = replace(new.job, is_held=True)  # nothing starts it within the transaction
    job_id = jobs.insert_job(db, now_ms, held, submission, submission)
    attempt = attempts.insert_intent(db, now_ms, job_id, 1, new.token, boot_id)
    times: dict[str, Any] = {"started_ms": new.started_ms, "ended_ms": new.ended_ms}
    attempts.change_attempt(db, attempt, AttemptState.COLLECTED, **times)
    attempts.store_results(
        db, attempt, [new.result], new.files, fingerprints=[new.fingerprint]
    )
    jobs.end_unseen(
        db,
        now_ms,
        job_id,
        state=new.state,
        cause=new.cause,
        evidence=new.evidence,
        energy_ev=new.result.energy_ev,
        energy_kind=new.result.headline_energy_kind,
        grade=new.result.grade,
        **times,
    )
    payload = {
        "energy_ev": new.result.energy_ev,
        "energy_kind": new.result.headline_energy_kind,
        "grade": new.result.grade,
    }
    append_event(db, now_ms, "job_result_stored", job_id, payload)
    remember(db, new.path, new.size, new.mtime_ns, new.sha256, job_id)
    return job_id, attempt


def remember(
    db: sqlite3.Connection,
    path: str,
    size: int,
    mtime_ns: int,
    sha256: str,
    job_id: int,
) -> None:
    """Write down which job an output belongs to."""
    db.execute(
        "INSERT OR REPLACE INTO adopted (path, size, mtime_ns, sha256, job_id) "
        "VALUES (?, ?, ?, ?, ?)",
        (path, size, mtime_ns, sha256, job_id),
    )


def known_jobs(
    db: sqlite3.Connection, outputs: Sequence[tuple[str, int, int]]
) -> list[int | None]:
    """Return the job of each output (path, size, time of change), None if it is new."""
    return [known_job(db, *output) for output in outputs]
