"""Who may start now. Pure: what waits and what is free go in, a choice comes out.

First come, first served: a job that is too large for the free cores holds back those
behind it, so that it is not starved. Jobs that wait for another job hold back nobody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crystalmathd.models.jobs import Job, JobState, is_end


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Jobs to start, and jobs that never can, each with the parent that ended so.

    The state is None if that parent was deleted.
    """

    start: tuple[Job, ...]
    refuse: tuple[tuple[Job, int, JobState | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What a machine has room for now; None: it limits that itself.

    `is_idle`: nothing runs; then even a job that needs more cores than there are
    starts (its owner forced it), alone.
    """

    cores: int | None
    jobs: int | None = None
    is_idle: bool = False


def choose(
    queued: Iterable[Job], state_of: Callable[[int], JobState | None], room: Room
) -> Choice:
    """Choose among the jobs queued for a machine, oldest first.

    No more of them are read than needed.
    """
    free_cores, free_jobs = room.cores, room.jobs
    start: list[Job] = []
    refuse: list[tuple[Job, int, JobState | None]] = []
    for job in queued:
        waited_for = _waited_for(job, state_of)
        ended = [(p, s) for p, s in waited_for if s is None or is_end(s)]
        if ended:
            refuse.append((job, *ended[0]))
            continue
        if waited_for:
            continue
        if free_jobs is not None and len(start) >= free_jobs:
            break
        is_too_large = free_cores is not None and job.cores > free_cores
        if is_too_large and not (room.is_idle and not start):
            break
        start.append(job)
        if free_cores is not None:
            free_cores -= job.cores
    return Choice(start=tuple(start), refuse=tuple(refuse))


def _waited_for(
    job: Job, state_of: Callable[[int], JobState | None]
) -> list[tuple[int, JobState | None]]:
    """Return the parents whose files cannot be taken yet, or never."""
    states = [(parent, state_of(parent)) for parent in job.parents]
    return [
        (parent, state)
        for parent, state in states
        if state is not JobState.COMPLETED
        and not (parent == job.restart_of and state is not None and is_end(state))
    ]
