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


def choose(
    queued: Iterable[Job],
    state_of: Callable[[int], JobState | None],
    free_cores: int,
    *,
    is_idle: bool,
) -> Choice:
    """Choose among queued jobs, oldest first; no more are read than needed.

    `is_idle`: nothing runs; then even a job above the limit starts (its owner
    forced it), alone.
    """
    start: list[Job] = []
    refuse: list[tuple[Job, int, JobState | None]] = []
    for job in queued:
        waited_for = [(p, state_of(p)) for p in job.parents]
        waited_for = [(p, s) for p, s in waited_for if s is not JobState.COMPLETED]
        ended = [(p, s) for p, s in waited_for if s is None or is_end(s)]
        if ended:
            refuse.append((job, *ended[0]))
            continue
        if waited_for:
            continue
        if job.cores > free_cores and not (is_idle and not start):
            break
        start.append(job)
        free_cores -= job.cores
    return Choice(start=tuple(start), refuse=tuple(refuse))
