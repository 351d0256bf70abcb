"""Stores and the jobs in them, for the tests of this room."""

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

from crystalmathd.models.jobs import (
    Job,
    JobState,
    StoredInput,
)
from crystalmathd.models.plans import Limits, Parallelism, Plan
from crystalmathd.store.database import (
    Connection,
    Database,
    open_database,
)
from crystalmathd.store.jobs import (
    NewJob,
    find_job,
    insert_submission,
)


def with_store(path: Path, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """Open the store, do something with it, and close it again."""

    async def run() -> Any:
        async with open_database(path) as database:
            return await work(database)

    return anyio.run(run)


def open_and_close(path: Path) -> None:
    async def nothing(_database: Database) -> None:
        pass

    with_store(path, nothing)


@contextlib.contextmanager
def plain(path: Path) -> Any:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def new_job(name: str = "mgo", **fields: Any) -> NewJob:
    plan = Plan(
        name=name,
        code="crystal",
        cluster="local",
        scheduler="direct",
        parallelism=Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason=""),
        steps=(),
        environment=(),
        stage_in=(),
        stage_out=(),
        scratch="/scratch",
        scratch_origin="default",
        limits=Limits(walltime_s=None, memory_mb=None, grace_s=10),
    )
    values: dict[str, Any] = {
        "name": name,
        "code": "crystal",
        "cluster": "local",
        "project": None,
        "tags": (),
        "cores": 1,
        "parents": (),
        "search_text": name,
        "plan": plan,
        "inputs": (StoredInput(name=name, program="crystal", text=b"\xff deck"),),
        "auxiliary": (),
    }
    return NewJob(**values | fields)


def insert(db: Connection, name: str = "mgo", **fields: Any) -> Job:
    _, (job_id,) = insert_submission(db, 1, None, "", [new_job(name, **fields)])
    return found(db, job_id)


def found(db: Connection, job_id: int) -> Job:
    job = find_job(db, job_id)
    assert job is not None
    return job


def in_state(db: Connection, state: JobState) -> Job:
    job = insert(db)
    db.execute("UPDATE jobs SET state = ? WHERE job_id = ?", (state, job.job_id))
    return found(db, job.job_id)
