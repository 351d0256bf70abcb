"""Letting queued jobs start, and refusing those whose parents ended otherwise."""

from collections.abc import Callable
from functools import partial

from crystalmathd.models.jobs import Cause, Evidence, Job, JobState
from crystalmathd.services.queue import Choice, Room, choose
from crystalmathd.store import jobs, queue
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.queue import Use

RoomOf = Callable[[Use], Room]


async def admit(
    database: Database, cluster: str, room_of: RoomOf, now_ms: int
) -> tuple[list[Job], list[Job]]:
    """Return the jobs that were let in, now `starting`, and those refused."""
    choice = await database.read(partial(_choose, cluster=cluster, room_of=room_of))
    if not choice.start and not choice.refuse:
        return [], []
    return await database.transact(
        partial(_write_down, cluster=cluster, room_of=room_of, now_ms=now_ms)
    )


def _choose(db: Connection, cluster: str, room_of: RoomOf) -> Choice:
    return choose(
        queue.queued_jobs(db, cluster),
        lambda parent: queue.state_of(db, parent),
        room_of(queue.in_use(db, cluster)),
    )


def _write_down(
    db: Connection, cluster: str, room_of: RoomOf, now_ms: int
) -> tuple[list[Job], list[Job]]:
    """Choose again, inside the transaction, and move the chosen along."""
    choice = _choose(db, cluster, room_of)
    refused = [
        jobs.change_job(
            db,
            now_ms,
            job,
            state=JobState.FAILED,
            cause=Cause.PARENT,
            evidence=Evidence(
                seen_ms=now_ms,
                source="queue",
                text=f"job {parent} {_end(state)}",
            ),
        )
        for job, parent, state in choice.refuse
    ]
    started = [
        jobs.change_job(db, now_ms, job, state=JobState.STARTING)
        for job in choice.start
    ]
    return started, refused


def _end(state: JobState | None) -> str:
    return "was deleted" if state is None else f"ended as {state}"
