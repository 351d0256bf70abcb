"""Holding, releasing, retrying and settling jobs."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from crystalmathd.failpoints import failpoint
from crystalmathd.models.clusters import ADOPTED
from crystalmathd.models.jobs import (
    AttemptState,
    Cause,
    Evidence,
    Job,
    JobState,
    is_end,
)
from crystalmathd.models.observations import Alive, Ended, Orphaned
from crystalmathd.models.plans import Resources, Variable
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.copies import CloneAsked, Copies
from crystalmathd.services.jobs import Jobs, existing_job, refused
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import append_event

USER: Final = "user"
RUN_AGAIN: Final = "run_again"
_WAITING: Final = frozenset({JobState.HELD, JobState.QUEUED})


class Steering:
    """What a client can do with jobs that exist."""

    def __init__(
        self,
        database: Database,
        conductor: Conductor,
        jobs_service: Jobs,
        copies: Copies,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._conductor = conductor
        self._jobs = jobs_service
        self._copies = copies
        self._now_ms = now_ms

    async def hold(self, job_id: int) -> Job:
        """Keep a queued job from starting."""

        def change(db: Connection, job: Job) -> Job:
            if job.state is JobState.HELD:
                return job
            if job.state is not JobState.QUEUED:
                raise refused(job, "only a job that waits in the queue can be held")
            return self._moved(db, job, JobState.HELD, "held by the user")

        return await self._change(job_id, change)

    async def release(self, job_id: int) -> Job:
        """Let a held job start; its waiting counts from now."""

        def change(db: Connection, job: Job) -> Job:
            if job.state is JobState.QUEUED:
                return job
            if job.state is not JobState.HELD:
                raise refused(job, "only a held job can be released")
            return self._requeued(db, job, "released by the user")

        return await self._change(job_id, change)

    async def set_priority(self, job_id: int, priority: int) -> Job:
        def change(db: Connection, job: Job) -> Job:
            if job.state not in _WAITING:
                raise refused(job, "a priority matters before the start only")
            now = self._now_ms()
            since_ms = job.rank_ms + job.priority * jobs.HOUR_MS
            append_event(db, now, "job_changed", job_id, {"priority": priority})
            return jobs.change_job(
                db,
                now,
                job,
                state=job.state,
                doubt=job.doubt,
                priority=priority,
                rank_ms=jobs.rank(since_ms, priority),
            )

        return await self._change(job_id, change)

    async def retry(
        self,
        job_id: int,
        resources: Resources | None,
        environment: Sequence[Variable],
        force: Sequence[str],
        after_attempt: int | None,
        cluster: str | None = None,
    ) -> tuple[Job, int, bool]:
        """Queue a job that has ended; return it, its attempts, and if it was news."""
        planned = None
        if resources is not None or environment or force or cluster is not None:
            asked = CloneAsked(
                resources=resources,
                environment=tuple(environment),
                force=tuple(force),
                cluster=cluster,
            )
            planned = (await self._copies.plan(job_id, asked))[0]
        created, n_attempts = True, 0

        def change(db: Connection, job: Job) -> Job:
            nonlocal created, n_attempts
            n_attempts = attempts.next_number(db, job_id) - 1
            asked_before = not is_end(job.state) or n_attempts > (after_attempt or 0)
            if after_attempt is not None and asked_before:
                created = False
                return job
            if job.cluster == ADOPTED:
                raise refused(job, _adopted(db, job))
            if job.state is JobState.COMPLETED:
                reason = "it has its result; clone it to run the same once more"
                raise refused(job, reason)
            if not is_end(job.state):
                raise refused(job, "it has not ended; cancel it first")
            for parent in job.parents:
                existing_job(db, parent)  # its files are needed once more
            text = "to be run again, asked by the user"
            if planned is None:
                return self._requeued(db, job, text)
            jobs.replace_plan(db, job_id, planned.plan)
            text = f"{text}, with a new plan"
            return self._requeued(
                db, job, text, cores=planned.cores, cluster=planned.cluster
            )

        failpoint("retry.before")
        job = await self._change(job_id, change)
        failpoint("retry.after")
        return job, n_attempts, created

    async def resolve(self, job_id: int, outcome: str, note: str) -> Job:
        """Settle a doubt by a person's word, unless the facts can be seen."""
        job = await self._jobs.find(job_id)
        seen = await self._conductor.look(job)
        if isinstance(seen, Alive | Orphaned):
            raise refused(job, "processes of it run; cancel it")
        if isinstance(seen, Ended):
            raise refused(job, "its end was seen; wait until it is collected")

        def change(db: Connection, job: Job) -> Job:
            if job.doubt is None:
                raise refused(job, "it is not in doubt")
            attempt = attempts.open_attempt(db, job_id)
            if attempt is not None:
                attempts.change_attempt(db, attempt, AttemptState.ABANDONED)
            text = f"settled as {outcome}: {note}"
            if outcome == RUN_AGAIN:
                return self._requeued(db, job, text, by_person=True)
            return self._moved(
                db, job, JobState(outcome), text, cause=Cause.RESOLVED, by_person=True
            )

        return await self._change(job_id, change)

    async def _change(
        self, job_id: int, change: Callable[[Connection, Job], Job]
    ) -> Job:
        changed = await self._database.transact(
            lambda db: change(db, existing_job(db, job_id))
        )
        self._conductor.wake_job(job_id)
        self._conductor.wake_queue()
        return changed

    def _moved(
        self,
        db: Connection,
        job: Job,
        state: JobState,
        text: str,
        *,
        cause: str | None = None,
        by_person: bool = False,
        **columns: Any,  # noqa: ANN401  # as change_job takes them
    ) -> Job:
        now = self._now_ms()
        return jobs.change_job(
            db,
            now,
            job,
            state=state,
            cause=cause,
            evidence=Evidence(seen_ms=now, source=USER, text=text),
            by_person=by_person,
            **columns,
        )

    def _requeued(
        self,
        db: Connection,
        job: Job,
        text: str,
        *,
        cores: int | None = None,
        cluster: str | None = None,
        by_person: bool = False,
    ) -> Job:
        """Let a job wait again, with nothing of an earlier attempt in its row."""
        return self._moved(
            db,
            job,
            JobState.QUEUED,
            text,
            by_person=by_person,
            cores=cores or job.cores,
            cluster=cluster or job.cluster,
            rank_ms=jobs.rank(self._now_ms(), job.priority),
            cancel_asked_ms=None,
            started_ms=None,
            ended_ms=None,
            energy_ev=None,
            energy_kind=None,
            grade=None,
            first_attempt=attempts.next_number(db, job.job_id),
        )


def _adopted(db: Connection, job: Job) -> str:
    if jobs.find_inputs(db, job.job_id)[0]:
        return "it was adopted; clone it to run the same here"
    return "it was adopted, and no input was found beside its output"
