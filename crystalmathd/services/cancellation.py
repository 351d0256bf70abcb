"""Ending jobs by request, also while the store can take nothing down."""

from collections.abc import Callable
from typing import Final

import anyio

from crystalmathd.errors import (
    CancelUnrecordedError,
    StoreFullError,
    StoreUnavailableError,
)
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import (
    ACTIVE_STATES,
    Cause,
    Evidence,
    Job,
    JobState,
    is_end,
)
from crystalmathd.models.observations import Alive, Orphaned, Unknown
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.jobs import Jobs, existing_job
from crystalmathd.store import jobs
from crystalmathd.store.database import Connection, Database

LOOK_S: Final = 0.2


class Cancellation:
    def __init__(
        self,
        database: Database,
        conductor: Conductor,
        jobs_service: Jobs,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._conductor = conductor
        self._jobs = jobs_service
        self._now_ms = now_ms

    async def ask(self, job_id: int) -> str | None:
        """Have a job ended; a job that waits here is cancelled at once.

        The processes of a job are ended even if the store has no room for that
        wish; then it returns why. The wish is kept until it can be stored, and the
        runner writes it into its exit marker, for which there is room.
        """
        now = self._now_ms()

        def write(db: Connection) -> None:
            job = existing_job(db, job_id)
            if job.state in {JobState.HELD, JobState.QUEUED}:
                text = "cancelled before it started"
                jobs.change_job(
                    db,
                    now,
                    job,
                    state=JobState.CANCELLED,
                    cause=Cause.CANCELLED,
                    evidence=Evidence(seen_ms=now, source="queue", text=text),
                )
            elif not is_end(job.state):
                jobs.ask_cancel(db, job_id, now)

        failpoint("cancel.before")
        obstacle = None
        try:
            await self._database.transact(write)
        except (StoreFullError, StoreUnavailableError) as error:
            job = await self._jobs.find(job_id)
            is_active = job.state in ACTIVE_STATES
            if not (is_active and self._conductor.stop_unrecorded(job_id, now)):
                raise
            obstacle = str(error.facts["reason"])
        failpoint("cancel.asked")
        self._conductor.wake_queue()
        self._conductor.wake_job(job_id)
        return obstacle

    async def confirm(self, job_id: int, wait_s: float, obstacle: str | None) -> Job:
        """Return the job when it has ended, or as it is after the wait.

        Raises
        ------
        CancelUnrecordedError
            If the store cannot take down what was done.
        """
        if obstacle is None:
            return await self._jobs.wait_for_end(job_id, wait_s)
        done = "its processes were told to end"
        with anyio.move_on_after(wait_s):
            while True:
                job = await self._jobs.find(job_id)
                if is_end(job.state):
                    return job
                seen = await self._conductor.look(job)
                if not isinstance(seen, Alive | Orphaned | Unknown):
                    done = "no process of it is left"
                    break
                await anyio.sleep(LOOK_S)
        raise CancelUnrecordedError(job_id=job_id, done=done, reason=obstacle)
