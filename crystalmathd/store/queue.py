"""What waits, for what, and how much of the machine is taken."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from crystalmathd.models.jobs import ACTIVE_STATES, Job, JobState, is_end
from crystalmathd.store.jobs import each_job

_UNFINISHED: Final = tuple(sorted(state for state in JobState if not is_end(state)))


def queued_jobs(db: sqlite3.Connection) -> Iterator[Job]:
    """Yield the queue in its order, without reading more of it than is taken."""
    return each_job(db, "WHERE state = 'queued' ORDER BY rank_ms, job_id")


def state_of(db: sqlite3.Connection, job_id: int) -> JobState | None:
    """Return the state of a job that another one waits for; None if it was deleted."""
    row = db.execute("SELECT state FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
    return JobState(row[0]) if row else None


def cores_in_use(db: sqlite3.Connection) -> int:
    """Return how many cores the jobs take whose programs may run."""
    busy = ACTIVE_STATES - {JobState.COLLECTING}
    marks = ", ".join("?" * len(busy))
    row = db.execute(
        f"SELECT coalesce(sum(cores), 0) FROM jobs WHERE state IN ({marks})",  # noqa: S608
        tuple(busy),
    ).fetchone()
    return int(row[0])


def queue_position(db: sqlite3.Connection, job: Job) -> int:
    """Return how many queued jobs stand before this one."""
    row = db.execute(
        "SELECT count(*) FROM jobs WHERE state = 'queued' "
        "AND (rank_ms, job_id) < (?, ?)",
        (job.rank_ms, job.job_id),
    ).fetchone()
    return int(row[0])


def children_waiting(db: sqlite3.Connection, job_id: int) -> list[int]:
    """Return the jobs that have not ended and take files of this one."""
    marks = ", ".join("?" * len(_UNFINISHED))
    rows = db.execute(
        "SELECT job_id FROM jobs, json_each(parents) "  # noqa: S608
        f"WHERE state IN ({marks}) AND json_each.value = ? ORDER BY job_id",
        (*_UNFINISHED, job_id),
    )
    return [row[0] for row in rows]
