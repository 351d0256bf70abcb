"""Plans as `submit` would store them, and what takes too long to look for there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import anyio.to_thread
import msgspec

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.models.inputs import InputFinding
from crystalmathd.models.plans import Plan
from crystalmathd.models.submissions import Submission
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.drafts import places_in
from crystalmathd.services.jobs import Jobs
from crystalmathd.services.validation import judged, texts_beside
from crystalmathd.services.workers import WorkerPool
from crystalmathd.store.jobs import NewJob

_DEEP: Final = frozenset({"crystal"})
"""Codes of whose inputs numpy and spglib tell more."""
MOST_DEEP: Final = 50
"""So many jobs of a sweep are looked at deeply; they differ little."""


class Explaining:
    """Explains jobs before they are submitted."""

    def __init__(self, jobs: Jobs, workers: WorkerPool, blobs: Blobs) -> None:
        self._jobs = jobs
        self._workers = workers
        self._blobs = blobs

    async def explain(self, asked: Submission) -> list[Plan]:
        """Return the plans that `submit` would store; nothing is written.

        With warnings of what a deck means, its symmetry included, which is worked
        out in the worker.

        Raises
        ------
        InputInvalidError
            If that has errors that are not overridden, though `submit` takes it.
        CrystalmathError
            As `Jobs.submit`.
        """
        planned = await self._jobs.planned(asked)
        deep = [await self._deeply(job, asked.force) for job in planned[:MOST_DEEP]]
        return [*deep, *(job.plan for job in planned[MOST_DEEP:])]

    async def _deeply(self, job: NewJob, force: Sequence[str]) -> Plan:
        if job.code not in _DEEP or any(places_in(one.text) for one in job.inputs):
            return job.plan
        steps = [
            StepRequest(
                program=one.program, input=InputFile(name=one.name, text=one.text)
            )
            for one in job.inputs
        ]
        beside = await anyio.to_thread.run_sync(
            texts_beside, job.auxiliary, self._blobs
        )
        arguments = {"code": job.code, "steps": steps, "beside": beside}
        [text] = await self._workers.ask("check_steps", arguments, job.name)
        found = msgspec.json.decode(text, type=tuple[InputFinding, ...])
        known = (*job.plan.warnings, *job.plan.overrides)
        judgement = judged(job.name, found, force)
        return replace(
            job.plan,
            warnings=(
                *job.plan.warnings,
                *(one for one in judgement.warnings if one not in known),
            ),
            overrides=(
                *job.plan.overrides,
                *(one for one in judgement.overrides if one not in known),
            ),
        )
