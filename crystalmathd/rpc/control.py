"""The handlers of the methods that steer jobs."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import msgspec

from crystalmath_protocol import control as messages
from crystalmath_protocol.jobs import Evidence
from crystalmathd.models.jobs import Job, is_end
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.submissions import resources, submitted_job, variables
from crystalmathd.services.copies import CloneAsked, Copies, Edit
from crystalmathd.services.deletion import Deletion
from crystalmathd.services.jobs import Jobs
from crystalmathd.services.reasons import Reasons
from crystalmathd.services.recollection import Recollection
from crystalmathd.services.steering import Steering


class ControlHandlers:
    def __init__(
        self,
        jobs: Jobs,
        steering: Steering,
        copies: Copies,
        deletion: Deletion,
        recollection: Recollection,
        reasons: Reasons,
    ) -> None:
        self._jobs = jobs
        self._steering = steering
        self._copies = copies
        self._deletion = deletion
        self._recollection = recollection
        self._reasons = reasons

    async def hold_job(
        self, context: Context, params: messages.JobParams
    ) -> messages.JobState:
        return await _steered(context, partial(self._steering.hold, int(params.job_id)))

    async def release_job(
        self, context: Context, params: messages.JobParams
    ) -> messages.JobState:
        release = partial(self._steering.release, int(params.job_id))
        return await _steered(context, release)

    async def set_priority(
        self, context: Context, params: messages.SetPriorityParams
    ) -> messages.JobState:
        change = partial(
            self._steering.set_priority, int(params.job_id), params.priority
        )
        return await _steered(context, change)

    async def resolve_job(
        self, context: Context, params: messages.ResolveJobParams
    ) -> messages.JobState:
        resolve = partial(
            self._steering.resolve, int(params.job_id), params.outcome, params.note
        )
        return await _steered(context, resolve)

    async def retry_job(
        self, context: Context, params: messages.RetryJobParams
    ) -> messages.RetryJobResult:
        asked = None if params.resources is None else resources(params.resources)
        job, n_attempts, created = await context.finish(
            partial(
                self._steering.retry,
                int(params.job_id),
                asked,
                variables(params.environment),
                params.force,
                params.after_attempt,
                params.cluster,
            )
        )
        return messages.RetryJobResult(
            job_id=params.job_id,
            state=job.state,
            n_attempts=n_attempts,
            created=created,
        )

    async def clone_job(
        self, context: Context, params: messages.CloneJobParams
    ) -> messages.CloneJobResult:
        job_id, asked = int(params.job_id), clone_asked(params)
        if params.dry_run:
            diff = await self._copies.try_clone(job_id, asked)
            return messages.CloneJobResult(job=None, diff=diff, created=False)
        submitted, diff = await context.finish(
            partial(self._copies.clone, job_id, asked, params.client_token)
        )
        job = submitted.jobs[0]
        return messages.CloneJobResult(
            job=submitted_job(job, self._jobs.directory(job)),
            diff=diff,
            created=submitted.created,
        )

    async def delete_job(
        self, context: Context, params: messages.DeleteJobParams
    ) -> messages.DeleteJobResult:
        job_id = int(params.job_id)
        removed = await context.finish(
            partial(self._deletion.delete, job_id, keep_files=params.keep_files)
        )
        return messages.DeleteJobResult(
            job_id=params.job_id,
            directory=str(removed.directory),
            n_files=removed.n_files,
            size_bytes=removed.size_bytes,
            files_kept=params.keep_files,
            scratches=msgspec.convert(
                removed.scratches,
                tuple[messages.RemovedScratch, ...],
                from_attributes=True,
            ),
        )

    async def collect_job(
        self, context: Context, params: messages.CollectJobParams
    ) -> messages.CollectJobResult:
        job_id = int(params.job_id)
        await context.finish(partial(self._recollection.ask, job_id))
        job = await self._jobs.wait_for_end(job_id, params.wait_ms / 1000)
        return messages.CollectJobResult(
            job_id=params.job_id,
            state=job.state,
            cause=job.cause,
            evidence=job.evidence[-1].text,
            is_collected=is_end(job.state),
        )

    async def why_job(
        self, _context: Context, params: messages.JobParams
    ) -> messages.WhyJobResult:
        why = await self._reasons.why(int(params.job_id))
        job = why.job
        return messages.WhyJobResult(
            job_id=params.job_id,
            state=job.state,
            cause=job.cause,
            doubt=job.doubt,
            stale_since_ms=job.stale_since_ms,
            sentences=why.sentences,
            evidence=msgspec.convert(
                job.evidence, tuple[Evidence, ...], from_attributes=True
            ),
            next_look_ms=why.next_look_ms,
            asked=msgspec.convert(
                why.asked, tuple[messages.Asked, ...], from_attributes=True
            ),
            estimated_start_ms=why.estimated_start_ms,
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


async def _steered(
    context: Context, change: Callable[[], Awaitable[Job]]
) -> messages.JobState:
    job = await context.finish(change)
    return messages.JobState(
        job_id=str(job.job_id), state=job.state, priority=job.priority
    )


def clone_asked(params: messages.CloneJobParams) -> CloneAsked:
    return CloneAsked(
        edits=msgspec.convert(params.edits, tuple[Edit, ...], from_attributes=True),
        name=params.name,
        project=params.project,
        tags=params.tags,
        cluster=params.cluster,
        resources=None if params.resources is None else resources(params.resources),
        environment=variables(params.environment),
        priority=params.priority,
        is_held=params.hold,
        force=params.force,
    )


HANDLERS: Final = (
    "hold_job",
    "release_job",
    "set_priority",
    "retry_job",
    "clone_job",
    "delete_job",
    "collect_job",
    "resolve_job",
    "why_job",
)
