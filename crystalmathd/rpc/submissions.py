"""The handlers of submissions, and their words turned into the daemon's own."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from crystalmath_protocol import submissions as messages
from crystalmath_protocol.plans import Plan as PlanMessage
from crystalmathd.models.jobs import Job
from crystalmathd.models.plans import Plan, Resources, Variable
from crystalmathd.models.submissions import (
    AuxiliaryAsked,
    InputAsked,
    LinkAsked,
    Submission,
    SweepAsked,
)
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.explaining import Explaining
from crystalmathd.services.jobs import Jobs


class SubmissionHandlers:
    def __init__(self, jobs: Jobs, explaining: Explaining) -> None:
        self._jobs = jobs
        self._explaining = explaining

    async def submit_job(
        self, context: Context, params: messages.SubmitJobParams
    ) -> messages.SubmitJobResult:
        submitted = await context.finish(
            partial(self._jobs.submit, submission(params), params.client_token)
        )
        collection = submitted.jobs[0].collection
        return messages.SubmitJobResult(
            jobs=tuple(
                submitted_job(job, self._jobs.directory(job)) for job in submitted.jobs
            ),
            collection=None if collection is None else str(collection),
            created=submitted.created,
        )

    async def explain_job(
        self, _context: Context, params: messages.ExplainJobParams
    ) -> messages.ExplainJobResult:
        plans = await self._explaining.explain(submission(params))
        return messages.ExplainJobResult(
            plans=tuple(plan_message(plan) for plan in plans)
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def submission(params: messages.ExplainJobParams) -> Submission:
    """Return what is asked for, in the daemon's own words."""
    return Submission(
        inputs=tuple(_input(one) for one in params.inputs),
        steps=tuple(_input(one) for one in params.steps),
        auxiliary=tuple(
            AuxiliaryAsked(path=one.path, blob=one.blob, name=one.name)
            for one in params.auxiliary
        ),
        links=tuple(
            LinkAsked(job_id=int(one.job_id), role=one.role)
            for one in params.inputs_from
        ),
        sweep=tuple(
            SweepAsked(name=one.name, values=one.values) for one in params.sweep
        ),
        code=params.code,
        cluster=params.cluster,
        name=params.name,
        project=params.project,
        tags=params.tags,
        resources=resources(params.resources),
        environment=variables(params.environment),
        force=params.force,
        priority=params.priority,
        is_held=params.hold,
    )


def resources(asked: messages.ResourcesAsked) -> Resources:
    return msgspec.convert(asked, Resources, from_attributes=True)


def variables(sent: tuple[messages.EnvironmentValue, ...]) -> tuple[Variable, ...]:
    return msgspec.convert(sent, tuple[Variable, ...], from_attributes=True)


def submitted_job(job: Job, directory: Path) -> messages.SubmittedJob:
    return messages.SubmittedJob(
        job_id=str(job.job_id), name=job.name, directory=str(directory)
    )


def _input(one: messages.Input) -> InputAsked:
    return InputAsked(path=one.path, text=one.text, name=one.name, program=one.program)


def plan_message(plan: Plan) -> PlanMessage:
    return msgspec.convert(plan, PlanMessage, from_attributes=True)


HANDLERS: Final = ("submit_job", "explain_job")
