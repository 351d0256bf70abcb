"""Going on from a job that has ended: what it has left, and the job that takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import anyio.to_thread

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Code, InputFile, StepRequest
from crystalmathd.codes.base import InputRefusedError as CodeRefusal
from crystalmathd.errors import (
    JobDeletedError,
    JobStateError,
    RestartRefusedError,
    ShuttingDownError,
)
from crystalmathd.models.clusters import ADOPTED
from crystalmathd.models.jobs import Artefact, is_end
from crystalmathd.models.restarts import LeftFile, RestartNeeds, RestartOption
from crystalmathd.models.results import Result
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.copies import CloneAsked, Copies, Going
from crystalmathd.services.drafts import draft_again
from crystalmathd.services.jobs import Details, Jobs, Submitted, fingerprint, refused
from crystalmathd.services.layout import Layout
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.readings import whole_results
from crystalmathd.store import jobs
from crystalmathd.store.database import Database
from crystalmathd.store.jobs import NewJob

WHOLE_BYTES: Final = 4 << 20
"""Files up to this size are shown whole to the code that judges them."""
MOST_BYTES: Final = 64 << 20
"""Of all files together; the largest of more are shown by their heads."""
HEAD_BYTES: Final = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """A job that has ended, what its outputs say, and how it can be gone on from."""

    details: Details
    steps: tuple[StepRequest, ...] = ()
    results: tuple[Result, ...] = ()
    options: tuple[RestartOption, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Restarted:
    """The ways to go on, the one that was taken, and the job that was made of it.

    `submitted` is None after a dry run; `chosen` is None if there is no way.
    """

    options: tuple[RestartOption, ...]
    chosen: RestartOption | None
    diff: str
    submitted: Submitted | None


class Restarts:
    def __init__(
        self,
        database: Database,
        jobs_service: Jobs,
        copies: Copies,
        blobs: Blobs,
        layout: Layout,
        parsing: Parsing,
    ) -> None:
        self._database = database
        self._parsing = parsing
        self._jobs = jobs_service
        self._copies = copies
        self._blobs = blobs
        self._layout = layout

    async def ways(self, job_id: int) -> Ways:
        """Return the ways to go on from a job, offered or not, the best first.

        Raises
        ------
        JobStateError
            If it has not ended.
        """
        details = await self._jobs.details(job_id)
        if not is_end(details.job.state):
            raise refused(details.job, "it has not ended; cancel it first")
        inputs, auxiliary = await self._database.read(
            lambda db: jobs.find_inputs(db, job_id)
        )
        if not details.attempts:
            return Ways(details=details)
        directory = self._layout.attempt(job_id, _last_that_left(details))
        results = await whole_results(self._parsing, directory, details.plan)
        # One that is gone is no file that is left; it is missed where it is needed.
        beside = [
            (one.name, self._blobs.folder / one.sha256)
            for one in auxiliary
            if one.sha256 is not None
        ]
        left = await anyio.to_thread.run_sync(
            _left, details.artefacts, directory / "outputs", beside
        )
        draft = draft_again(details.plan, inputs)
        code = CODES[details.plan.code]
        found = await anyio.to_thread.run_sync(
            code.restarts, draft.steps, details.plan.parallelism, results, left
        )
        return Ways(details=details, steps=draft.steps, results=results, options=found)

    async def try_restart(
        self, job_id: int, kind: str | None, asked: CloneAsked
    ) -> Restarted:
        """Return what would be done; nothing is stored."""
        ways = await self.ways(job_id)
        options = ways.options
        chosen = next((o for o in options if o.is_offered and _is(o, kind)), None)
        diff = ""
        if chosen is not None:
            diff = (await self._planned(ways, chosen, asked))[1]
        return Restarted(options=options, chosen=chosen, diff=diff, submitted=None)

    async def restart(
        self,
        job_id: int,
        kind: str | None,
        asked: CloneAsked,
        client_token: str | None,
    ) -> Restarted:
        """Store a job that goes on from another one.

        Raises
        ------
        RestartRefusedError
            If there is no way, or not the one that was asked for.
        """
        if self._jobs.is_stopping:
            raise ShuttingDownError
        sha256 = fingerprint((job_id, kind, asked))
        known = await self._jobs.submitted_before(client_token, sha256)
        if known is not None:
            tried = await self._tried_again(job_id, kind, asked)
            return replace(tried, submitted=known)
        ways = await self.ways(job_id)
        options = ways.options
        chosen = _chosen(ways, kind)
        new, diff = await self._planned(ways, chosen, asked)
        submitted = await self._jobs.store([new], client_token, sha256)
        return Restarted(options=options, chosen=chosen, diff=diff, submitted=submitted)

    async def _tried_again(
        self, job_id: int, kind: str | None, asked: CloneAsked
    ) -> Restarted:
        """Return what was done, nothing of it if the old job has changed since."""
        try:
            return await self.try_restart(job_id, kind, asked)
        except (JobDeletedError, JobStateError, RestartRefusedError):
            return Restarted(options=(), chosen=None, diff="", submitted=None)

    async def _planned(
        self, ways: Ways, chosen: RestartOption, asked: CloneAsked
    ) -> tuple[NewJob, str]:
        """Plan the successor; what was found to fit must fit it still.

        Raises
        ------
        RestartRefusedError
            If it has been given values that what it takes was not made with.
        """
        job_id = ways.details.job.job_id
        new, diff = await self._copies.plan(job_id, asked, _going(ways.details, chosen))
        changed = _changed(ways, chosen.roles, new)
        if changed:
            reason = (
                f"{' and '.join(changed)}: what the job has left does not fit then; "
                "leave that as it was"
            )
            raise _refusal(ways, chosen.kind, reason)
        return new, diff


def _changed(ways: Ways, roles: Sequence[str], new: NewJob) -> list[str]:
    """Return what differs in the successor that must be as it was."""
    plan = ways.details.plan
    code = CODES[plan.code]
    needs = [code.restart_needs.get(role, RestartNeeds()) for role in roles]
    keys = dict.fromkeys(key for one in needs for key in one.keys)
    changed = []
    was, becomes = plan.parallelism.ranks, new.plan.parallelism.ranks
    if any(one.same_ranks for one in needs) and was != becomes:
        changed.append(f"{becomes} ranks instead of {was}")
    for old, stored in zip(ways.steps, new.inputs, strict=True):
        text = InputFile(name=stored.name, text=stored.text)
        step = StepRequest(program=stored.program, input=text)
        for key in keys:
            was_said, said = _said(code, old, key), _said(code, step, key)
            if was_said != said:
                changed.append(f"{key} = {said} instead of {was_said}")
    return changed


def _said(code: Code, step: StepRequest, key: str) -> str:
    """Return a value without what its meaning does not depend on."""
    try:
        value = code.get_value(step, key)
    except CodeRefusal:  # no key of this program's input
        return "nothing"
    return "nothing" if value is None else " ".join(value.upper().split()) or "set"


def _is(option: RestartOption, kind: str | None) -> bool:
    return kind is None or option.kind == kind


def _chosen(ways: Ways, kind: str | None) -> RestartOption:
    options = ways.options
    asked = [one for one in options if _is(one, kind)]
    offered = [one for one in asked if one.is_offered]
    if offered:
        return offered[0]
    if asked:
        reason = "; ".join(f"{o.title}: {', '.join(o.obstacles)}" for o in asked)
    elif options:
        kinds = ", ".join(dict.fromkeys(one.kind for one in options))
        reason = f"there is no such way; there are {kinds}"
    else:
        reason = "it has left nothing that a successor could take up"
    raise _refusal(ways, kind, reason)


def _refusal(ways: Ways, kind: str | None, reason: str) -> RestartRefusedError:
    """Return why there is no going on, and what there is instead."""
    job, way_out = ways.details.job, "`clone` starts it from scratch"
    if job.cluster == ADOPTED and not ways.steps:
        way_out = "No input was found beside its output: nor can it be cloned"
    return RestartRefusedError(
        job_id=job.job_id,
        kind=f" by {kind}" if kind is not None else "",
        reason=reason,
        way_out=way_out,
    )


def _going(details: Details, chosen: RestartOption) -> Going:
    left = tuple(one.name for one in details.artefacts)
    return Going(roles=chosen.roles, left=left, inputs=chosen.inputs)


def _last_that_left(details: Details) -> int:
    """Return the number of the last attempt that has left files, or of the last."""
    found = [one.attempt for one in details.artefacts]
    return max(found) if found else details.attempts[-1].number


def _left(
    artefacts: Sequence[Artefact], outputs: Path, beside: Sequence[tuple[str, Path]]
) -> tuple[LeftFile, ...]:
    room = MOST_BYTES
    left = []
    # The smallest first: those are the ones that are judged by their text.
    for one in sorted(artefacts, key=lambda one: one.size):
        file = _left_file(one.name, one.role, outputs / one.name, room, one)
        room -= len(file.data)
        left.append(file)
    return (*left, *(_left_file(name, "input", path, room) for name, path in beside))


def _left_file(
    name: str, role: str, path: Path, room: int, artefact: Artefact | None = None
) -> LeftFile:
    most = WHOLE_BYTES if room > 0 else HEAD_BYTES
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        # It stays on its machine, or somebody has removed it: no data to judge by.
        size = artefact.size if artefact is not None else 0
        return LeftFile(name=name, role=role, size=size, is_here=False)
    is_whole = len(data) <= most
    return LeftFile(
        name=name,
        role=role,
        size=len(data) if is_whole else path.stat().st_size,
        data=data if is_whole else data[:HEAD_BYTES],
        is_whole=is_whole,
    )
