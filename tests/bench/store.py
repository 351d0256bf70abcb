"""A store with many jobs in it, made at once."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from crystalmathd.models.jobs import AttemptState, JobState, SavedFile, StoredInput
from crystalmathd.models.plans import Limits, Parallelism, Plan
from crystalmathd.services.preparation import new_token
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Connection, open_database

T = TypeVar("T")


def fill(path: Path, n_jobs: int, n_events: int = 0) -> None:
    """Make a store with completed and failed jobs, and events of them."""
    path.parent.mkdir(parents=True, mode=0o700)
    asyncio.run(_fill(path, n_jobs, n_events))


async def _fill(path: Path, n_jobs: int, n_events: int) -> None:
    def insert(db: Connection) -> None:
        new = [_new_job(f"job-{n}", "local", "direct") for n in range(n_jobs)]
        jobs.insert_submission(db, 1_700_000_000_000, None, "0" * 64, new)
        db.execute(
            "UPDATE jobs SET state = ?, energy_ev = -7483.1, grade = 'converged'",
            (JobState.COMPLETED,),
        )
        db.execute(
            "UPDATE jobs SET state = ? WHERE job_id % 10 = 0", (JobState.FAILED,)
        )

    def add_events(db: Connection) -> None:
        db.executemany(
            "INSERT INTO events (time_ms, type, job_id, payload) VALUES (?, ?, ?, ?)",
            (
                (
                    1_700_000_000_000 + number,
                    "job_state_changed",
                    1 + number % n_jobs,
                    '{"state":"running","before":"starting","cause":null}',
                )
                for number in range(n_events)
            ),
        )

    async with open_database(path) as database:
        await database.transact(insert)
        await database.transact(add_events)


def fill_running(path: Path, cluster: str, n_jobs: int) -> dict[str, str]:
    """Add running jobs on a cluster; return number → name of each in its queue."""
    now_ms = time.time_ns() // 1_000_000

    def insert(db: Connection) -> dict[str, str]:
        new = [_new_job(f"run-{number}", cluster, "slurm") for number in range(n_jobs)]
        numbers = jobs.insert_submission(db, now_ms, None, "1" * 64, new)[1]
        names = {}
        for job_id in numbers:
            token = new_token()
            attempt = attempts.insert_intent(db, now_ms, job_id, 1, token, "bench")
            number = str(100_000 + job_id)
            attempts.change_attempt(
                db,
                attempt,
                AttemptState.SUBMITTED,
                scheduler_id=number,
                started_ms=now_ms,
            )
            names[number] = f"{new[job_id - numbers[0]].name}-{token}"
        db.execute(
            "UPDATE jobs SET state = ?, started_ms = ? WHERE job_id >= ?",
            (JobState.RUNNING, now_ms, numbers[0]),
        )
        return names

    return asyncio.run(_transact(path, insert))


def add_file(path: Path, job_id: int, name: str, size: int, sha256: str) -> None:
    """Let a job have left a file that is still on its cluster."""
    file = SavedFile(name=name, role="wavefunction", size=size, sha256=sha256)

    def insert(db: Connection) -> None:
        [attempt] = attempts.attempts_of(db, job_id)
        results = attempts.results_of(db, job_id)
        attempts.store_results(db, attempt, results, [file], {name})

    asyncio.run(_transact(path, insert))


async def _transact(path: Path, write: Callable[[Connection], T]) -> T:
    async with open_database(path) as database:
        return await database.transact(write)


def _new_job(name: str, cluster: str, scheduler: str) -> jobs.NewJob:
    return jobs.NewJob(
        name=name,
        code="crystal",
        cluster=cluster,
        project="bench",
        tags=("bench",),
        cores=1,
        parents=(),
        search_text=f"{name}\nbench\nmgo bulk, pbe, {name.replace('job-', 'run ')}",
        plan=_plan(name, cluster, scheduler),
        inputs=(StoredInput(name="mgo.d12", program="crystal", text=b"MgO"),),
        auxiliary=(),
    )


def _plan(name: str, cluster: str, scheduler: str) -> Plan:
    return Plan(
        name=name,
        code="crystal",
        cluster=cluster,
        scheduler=scheduler,
        parallelism=Parallelism(
            ranks=1, ranks_reason="asked", threads=1, threads_reason="asked"
        ),
        steps=(),
        environment=(),
        stage_in=(),
        stage_out=(),
        scratch=f"/tmp/cry_{name}_<pid>",
        scratch_origin="default",
        limits=Limits(walltime_s=None, memory_mb=None, grace_s=10),
    )
