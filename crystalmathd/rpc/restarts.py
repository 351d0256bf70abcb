"""The handler of the method that goes on from a job."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from crystalmath_protocol import restarts as messages
from crystalmathd.rpc.control import clone_asked
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.submissions import submitted_job
from crystalmathd.services.jobs import Jobs
from crystalmathd.services.restarts import Restarts


class RestartHandlers:
    def __init__(self, jobs: Jobs, restarts: Restarts) -> None:
        self._jobs = jobs
        self._restarts = restarts

    async def restart_job(
        self, context: Context, params: messages.RestartJobParams
    ) -> messages.RestartJobResult:
        job_id, asked = int(params.job_id), clone_asked(params)
        if params.dry_run:
            done = await self._restarts.try_restart(job_id, params.kind, asked)
        else:
            done = await context.finish(
                partial(
                    self._restarts.restart,
                    job_id,
                    params.kind,
                    asked,
                    params.client_token,
                )
            )
        job = done.submitted.jobs[0] if done.submitted is not None else None
        return messages.RestartJobResult(
            job=None if job is None else submitted_job(job, self._jobs.directory(job)),
            kind=None if done.chosen is None else done.chosen.kind,
            diff=done.diff,
            options=msgspec.convert(
                done.options, tuple[messages.RestartOption, ...], from_attributes=True
            ),
            created=done.submitted is not None and done.submitted.created,
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


HANDLERS: Final = ("restart_job",)
