"""A store with many jobs in it, made at once."""

import asyncio
from pathlib import Path

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.models.jobs import JobState, StoredInput
from crystalmathd.models.plans import Limits, Parallelism, Plan
from crystalmathd.store import jobs
from crystalmathd.store.database import Connection, open_database


def fill(path: Path, n_jobs: int, n_events: int = 0) -> None:
    """Make a store with completed and failed jobs, and events of them."""
    path.parent.mkdir(parents=True, mode=0o700)
    asyncio.run(_fill(path, n_jobs, n_events))


async def _fill(path: Path, n_jobs: int, n_events: int) -> None:
    step = StepRequest(program="crystal", input=InputFile(name="mgo.d12", text=b"MgO"))
    stored = StoredInput(name="mgo.d12", program=step.program, text=step.input.text)

    def insert(db: Connection) -> None:
        new = [
            jobs.NewJob(
                name=f"job-{number}",
                code="crystal",
                cluster="local",
                project="bench",
                tags=("bench",),
                cores=1,
                parents=(),
                search_text=f"job-{number}\nbench\nmgo bulk, pbe, run {number}",
                plan=_plan(f"job-{number}"),
                inputs=(stored,),
                auxiliary=(),
            )
            for number in range(n_jobs)
        ]
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


def _plan(name: str) -> Plan:
    return Plan(
        name=name,
        code="crystal",
        cluster="local",
        scheduler="direct",
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
