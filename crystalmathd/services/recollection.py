"""Collecting once more what an ended job has left in its scratch directory."""

from collections.abc import Callable

from crystalmathd.errors import JobStateError
from crystalmathd.models.jobs import (
    Attempt,
    AttemptState,
    Evidence,
    Job,
    JobState,
    is_end,
)
from crystalmathd.models.observations import Ended, Vanished
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.jobs import existing_job, refused
from crystalmathd.services.scratches import Scratches, Whose
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Connection, Database

_UNSEEN = frozenset({JobState.LOST, JobState.CANCELLED})
"""Ends that need no exit marker."""


class Recollection:
    def __init__(
        self,
        database: Database,
        conductor: Conductor,
        scratches: Scratches,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._conductor = conductor
        self._scratches = scratches
        self._now_ms = now_ms

    async def ask(self, job_id: int) -> None:
        """Let the last attempt of an ended job be collected again.

        Its end was seen before and is seen again, so that its state can change only
        by what its files say.

        Raises
        ------
        JobStateError
            If it has not ended, or nothing of it is left to be collected.
        """
        job, made = await self._database.read(
            lambda db: (existing_job(db, job_id), attempts.attempts_of(db, job_id))
        )
        if job.state is JobState.COLLECTING:
            return
        attempt = await self._collectable(job, made)

        def reopen(db: Connection) -> None:
            if existing_job(db, job_id).version != job.version:
                raise refused(job, "it was changed meanwhile; ask again")
            attempts.change_attempt(db, attempt, AttemptState.FINISHED)
            now = self._now_ms()
            jobs.change_job(
                db,
                now,
                job,
                state=JobState.COLLECTING,
                evidence=Evidence(
                    seen_ms=now,
                    source="user",
                    text=f"to be collected again from {attempt.scratch}",
                ),
            )

        await self._database.transact(reopen)
        self._conductor.take_up(job_id)

    async def _collectable(self, job: Job, made: list[Attempt]) -> Attempt:
        refusal = await self.refusal(job, made)
        if refusal is not None:
            raise refusal
        seen = await self._conductor.look(job, made[-1])
        is_as_before = isinstance(seen, Ended) or (
            isinstance(seen, Vanished) and job.state in _UNSEEN
        )
        if not is_as_before:
            raise refused(job, "how it ended cannot be seen any more")
        return made[-1]

    async def refusal(self, job: Job, made: list[Attempt]) -> JobStateError | None:
        """Return why there is nothing to collect; None if there is."""
        if not is_end(job.state):
            return refused(job, "it is collected when it has ended")
        last = made[-1] if made and made[-1].number >= job.first_attempt else None
        if last is None or last.state is not AttemptState.COLLECTED:
            return refused(job, "nothing of it has run that could be collected")
        found = await self._scratches.of([last])
        if not found:
            return refused(job, "no scratch directory of it is left")
        if found[0].whose is not Whose.OURS:
            return refused(job, f"{last.scratch}: {found[0].whose}")
        return None
