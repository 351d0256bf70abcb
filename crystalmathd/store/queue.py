"""What waits, for what, and how much of the machine is taken."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crystalmathd.models.jobs import ACTIVE_STATES, Job, JobState, is_end
from crystalmathd.store.jobs import each_job

_UNFINISHED: Final = tuple(sorted(state for state in JobState if not is_end(state)))


def queued_jobs(db: sqlite3.Connection, cluster: str) -> Iterator[Job]:
    """Yield the queue of a machine in its order, no more of it than is taken."""
    return each_job(
        db,
        "WHERE state = 'queued' AND cluster = ? ORDER BY rank_ms, job_id",
        (cluster,),
    )


def clusters_with_queue(db: sqlite3.Connection) -> list[str]:
    """Return the machines for which jobs wait here."""
    # Without its name SQLite reads every queued job, and sorts.
    rows = db.execute(
        "SELECT DISTINCT cluster FROM jobs INDEXED BY jobs_by_rank "
        "WHERE state = 'queued'"
    )
    return [row[0] for row in rows]


def state_of(db: sqlite3.Connection, job_id: int) -> JobState | None:
    """Return the state of a job that another one waits for; None if it was deleted."""
    row = db.execute("SELECT state FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
    return JobState(row[0]) if row else None


@dataclass(frozen=True, slots=True)
class Use:
    """Jobs whose programs may run on a machine, and their cores.

    `n_starting`: those that its own queue may not tell of yet.
    """

    n_jobs: int
    n_starting: int
    cores: int


def in_use(db: sqlite3.Connection, cluster: str) -> Use:
    busy = ACTIVE_STATES - {JobState.COLLECTING}
    marks = ", ".join("?" * len(busy))
    row = db.execute(
        "SELECT count(*), count(*) FILTER (WHERE state = 'starting'), "  # noqa: S608
        "coalesce(sum(cores), 0) FROM jobs "
        f"WHERE state IN ({marks}) AND cluster = ?",
        (*busy, cluster),
    ).fetchone()
    return Use(*row)


def queue_position(db: sqlite3.Connection, job: Job) -> int:
    """Return how many jobs queued for the same machine stand before this one."""
    row = db.execute(
        "SELECT count(*) FROM jobs WHERE state = 'queued' AND cluster = ? "
        "AND (rank_ms, job_id) < (?, ?)",
        (job.cluster, job.rank_ms, job.job_id),
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
