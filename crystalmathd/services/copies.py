"""New jobs from old ones: the same inputs with other values or resources."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import anyio.to_thread

from crystalmathd.codes.base import InputRefusedError as CodeRefusal
from crystalmathd.errors import InputRefusedError, JobDeletedError, ShuttingDownError
from crystalmathd.models.clusters import ADOPTED, LOCAL, QueueOptions
from crystalmathd.models.jobs import Auxiliary
from crystalmathd.models.plans import Plan, Resources, Variable
from crystalmathd.models.restarts import ChangedInput
from crystalmathd.models.submissions import LinkAsked, Submission
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.cluster_changes import with_queue
from crystalmathd.services.diffs import input_diff
from crystalmathd.services.drafts import Draft, draft_again
from crystalmathd.services.jobs import (
    Jobs,
    Submitted,
    existing_job,
    fingerprint,
    refused,
)
from crystalmathd.services.machines import Machines
from crystalmathd.services.plan_sites import PlanSite
from crystalmathd.services.planning import (
    SCRATCH_VARIABLE,
    Parent,
    allowed_variables,
    linked_files,
    plan_draft,
)
from crystalmathd.store import jobs
from crystalmathd.store.database import Database
from crystalmathd.store.jobs import NewJob


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A value to be set in an input; the first input if none is named."""

    key: str
    value: str
    input: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Going:
    """What a job that goes on from another one has of it.

    `roles`: whose files it takes; `left`: the names of those that are there.
    `inputs` stand in place of the old ones before any edit is made.
    """

    roles: tuple[str, ...]
    left: tuple[str, ...]
    inputs: tuple[ChangedInput, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CloneAsked:
    """What a copy of a job has of its own; None: as in the job."""

    edits: tuple[Edit, ...] = ()
    name: str | None = None
    project: str | None = None
    tags: tuple[str, ...] | None = None
    cluster: str | None = None
    resources: Resources | None = None
    environment: tuple[Variable, ...] = ()
    priority: int = 0
    is_held: bool = False
    force: tuple[str, ...] = ()


class Copies:
    def __init__(
        self, database: Database, jobs_service: Jobs, blobs: Blobs, machines: Machines
    ) -> None:
        self._database = database
        self._jobs = jobs_service
        self._blobs = blobs
        self._machines = machines

    async def clone(
        self, job_id: int, asked: CloneAsked, client_token: str | None
    ) -> tuple[Submitted, str]:
        """Store a copy of a job; return it and what differs."""
        if self._jobs.is_stopping:
            raise ShuttingDownError
        sha256 = fingerprint((job_id, asked))
        known = await self._jobs.submitted_before(client_token, sha256)
        if known is not None:
            return known, await self._diff_again(job_id, asked)
        new, diff = await self.plan(job_id, asked)
        return await self._jobs.store([new], client_token, sha256), diff

    async def _diff_again(self, job_id: int, asked: CloneAsked) -> str:
        """Return the difference once more, nothing if the original is gone by now."""
        try:
            return await self.try_clone(job_id, asked)
        except JobDeletedError:
            return ""

    async def try_clone(self, job_id: int, asked: CloneAsked) -> str:
        """Return what would differ; nothing is stored."""
        return (await self.plan(job_id, asked))[1]

    async def plan(
        self, job_id: int, asked: CloneAsked, going: Going | None = None
    ) -> tuple[NewJob, str]:
        """Return the planned copy of a job, and what differs from it.

        `going`: the copy goes on from that job.
        """
        job, plan, (inputs, auxiliary) = await self._database.read(
            lambda db: (
                existing_job(db, job_id),
                jobs.find_plan(db, job_id),
                jobs.find_inputs(db, job_id),
            )
        )
        for one in auxiliary:
            if one.parent is not None:
                await self._jobs.find(one.parent)
            elif one.sha256 is not None:
                self._blobs.path(one.sha256)
        if not inputs:  # of an adopted run
            raise refused(job, "no input was found beside its output")
        before = draft_again(plan, inputs)
        draft = before if going is None else _replaced(before, going.inputs)
        draft = _edited(draft, asked.edits)
        if asked.name is not None:
            draft = replace(draft, name=asked.name)
        own = LOCAL if job.cluster == ADOPTED else job.cluster
        site = self._machines.site(asked.cluster or own)
        is_moved = site.name != job.cluster
        submission = Submission(
            inputs=(),
            project=asked.project or job.project,
            tags=job.tags if asked.tags is None else asked.tags,
            cluster=site.name,
            resources=_resources(plan, asked.resources, is_moved=is_moved),
            # Paths and queues of one machine mean nothing on another one.
            environment=asked.environment
            if is_moved
            else _sent_again(plan, asked.environment, site),
            force=(*plan.overrides, *asked.force),
            priority=asked.priority,
            is_held=asked.is_held,
        )
        restart_of, old_files = job.restart_of, auxiliary
        if going is not None:
            auxiliary = await self._taken(job_id, draft, going, auxiliary)
            restart_of = job_id
        make = partial(plan_draft, draft, submission, site, auxiliary, self._blobs)
        new = replace(await anyio.to_thread.run_sync(make), restart_of=restart_of)
        diff = _diff(before, draft)
        if going is not None:
            beside = await anyio.to_thread.run_sync(
                self._diff_beside, before, going.inputs, old_files
            )
            diff = "\n".join(filter(None, (diff, beside)))
        return new, diff

    def _diff_beside(
        self,
        before: Draft,
        inputs: Sequence[ChangedInput],
        auxiliary: Sequence[Auxiliary],
    ) -> str:
        """Return what differs in files beside the inputs that are made anew."""
        steps = {step.input.name for step in before.steps}
        old = {
            one.name: self._blobs.path(one.sha256).read_bytes()
            for one in auxiliary
            if one.sha256 is not None and one.name in {new.name for new in inputs}
        }
        return input_diff(
            (new.name, old.get(new.name, b""), new.text)
            for new in inputs
            if new.name not in steps
        )

    async def _taken(
        self,
        job_id: int,
        draft: Draft,
        going: Going,
        auxiliary: Sequence[Auxiliary],
    ) -> tuple[Auxiliary, ...]:
        """Return the files beside the inputs, with what the old job has left."""
        links = [LinkAsked(job_id=job_id, role=role) for role in going.roles]
        parents = await self._jobs.parents([job_id])
        linked = [
            file
            for file in linked_files(draft, links, parents)
            if file.parent_name in going.left
        ]
        linked += _named_by_patterns(parents[job_id], going)
        steps = {step.input.name for step in draft.steps}
        written = [
            await anyio.to_thread.run_sync(self._kept, job_id, one)
            for one in going.inputs
            if one.name not in steps
        ]
        taken = {one.name: one for one in (*auxiliary, *linked, *written)}
        return tuple(taken.values())

    def _kept(self, job_id: int, changed: ChangedInput) -> Auxiliary:
        origin = f"made from what job {job_id} has left"
        sha256 = self._blobs.write(changed.text)
        return Auxiliary(name=changed.name, sha256=sha256, origin=origin)


def _named_by_patterns(parent: Parent, going: Going) -> list[Auxiliary]:
    """Return the files in wanted roles that came home under names of their own."""
    patterns = [
        staged.scratch_name + "*" * staged.scratch_name.endswith("/")
        for staged in parent.plan.stage_out
        if staged.role in going.roles and staged.scratch_name.endswith(("*", "/"))
    ]
    return [
        Auxiliary(name=name, parent=parent.job_id, parent_name=name)
        for name in going.left
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    ]


def _replaced(draft: Draft, inputs: Sequence[ChangedInput]) -> Draft:
    texts = {one.name: one.text for one in inputs}
    steps = (
        replace(step, input=replace(step.input, text=texts[step.input.name]))
        if step.input.name in texts
        else step
        for step in draft.steps
    )
    return replace(draft, steps=tuple(steps))


def _edited(draft: Draft, edits: Sequence[Edit]) -> Draft:
    steps = list(draft.steps)
    names = [step.input.name for step in steps]
    for edit in edits:
        name = edit.input or names[0]
        if name not in names:
            reason = f"the job has no such input; it has {', '.join(names)}"
            raise InputRefusedError(name=name, reason=reason)
        at = names.index(name)
        try:
            text = draft.code.set_value(steps[at], edit.key, edit.value)
        except CodeRefusal as refusal:
            raise InputRefusedError(name=name, reason=refusal) from refusal
        steps[at] = replace(steps[at], input=replace(steps[at].input, text=text))
    return replace(draft, steps=tuple(steps))


def _diff(before: Draft, after: Draft) -> str:
    """Return the changed inputs as a unified diff."""
    pairs = zip(before.steps, after.steps, strict=True)
    return input_diff(
        (old.input.name, old.input.text, new.input.text) for old, new in pairs
    )


def _resources(plan: Plan, asked: Resources | None, *, is_moved: bool) -> Resources:
    """Return what is asked, and what the plan has where nothing is.

    Ranks and threads go together: one of them alone leaves the other to the code.
    """
    kept = Resources(
        ranks=plan.parallelism.ranks,
        threads=plan.parallelism.threads,
        walltime_s=plan.limits.walltime_s,
        memory_mb=plan.limits.memory_mb,
        queue=QueueOptions() if is_moved else plan.queue,
    )
    if asked is None:
        return kept
    is_split = asked.ranks is not None or asked.threads is not None
    return Resources(
        ranks=asked.ranks if is_split else kept.ranks,
        threads=asked.threads if is_split else kept.threads,
        walltime_s=asked.walltime_s or kept.walltime_s,
        memory_mb=asked.memory_mb or kept.memory_mb,
        queue=with_queue(kept.queue, asked.queue),
    )


def _sent_again(
    plan: Plan, sent: Sequence[Variable], site: PlanSite
) -> tuple[Variable, ...]:
    """Return what a client sends now, and what one sent with the job."""
    own = {(n, value, origin) for n, (value, origin) in site.environment.items()}
    allowed = allowed_variables()
    kept = {
        one.name: one
        for one in plan.environment
        if one.name in allowed
        and (one.name, one.value, one.origin) not in own
        and not one.origin.startswith("profile ")
    }
    if plan.scratch_origin != site.scratch[1]:
        kept[SCRATCH_VARIABLE] = Variable(
            name=SCRATCH_VARIABLE,
            value=str(Path(plan.scratch).parent),
            origin=plan.scratch_origin,
        )
    return tuple((kept | {one.name: one for one in sent}).values())
