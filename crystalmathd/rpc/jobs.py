"""The handlers of the job methods."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final, TypeVar

import msgspec

from crystalmath_protocol import jobs as messages
from crystalmath_protocol.findings import Provenance
from crystalmathd.errors import CursorInvalidError, InputRefusedError
from crystalmathd.models.jobs import Attempt, Job, JobState, is_end
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.submissions import plan_message
from crystalmathd.services.cancellation import Cancellation
from crystalmathd.services.cleaning import Cleaning
from crystalmathd.services.events import Events
from crystalmathd.services.fetching import Fetching
from crystalmathd.services.files import Files
from crystalmathd.services.jobs import Details, Jobs
from crystalmathd.services.progress import ProgressBoard
from crystalmathd.store.jobs import JobFilter


class JobHandlers:
    def __init__(
        self,
        jobs: Jobs,
        cancellation: Cancellation,
        files: Files,
        fetching: Fetching,
        cleaning: Cleaning,
        progress: ProgressBoard,
        events: Events,
    ) -> None:
        self._jobs = jobs
        self._cancellation = cancellation
        self._files = files
        self._fetching = fetching
        self._cleaning = cleaning
        self._progress = progress
        self._events = events

    async def fetch_jobs(
        self, _context: Context, params: messages.FetchJobsParams
    ) -> messages.FetchJobsResult:
        unknown = sorted(set(params.states) - set(JobState))
        if unknown:
            reason = f"there is no such state; there are {', '.join(JobState)}"
            raise InputRefusedError(name=", ".join(unknown), reason=reason)
        wanted = JobFilter(
            states=params.states,
            code=params.code,
            name=params.name,
            tag=params.tag,
            project=params.project,
            text=params.text,
            collection=read_number(params.collection),
            cluster=params.cluster,
        )
        # One more than is shown tells whether there is another page.
        found, seq = await self._jobs.fetch(
            wanted, params.limit + 1, read_number(params.page)
        )
        shown = found[: params.limit]
        has_more = len(found) > len(shown)
        return messages.FetchJobsResult(
            jobs=msgspec.convert(
                [_summary(job) for job in shown], tuple[messages.JobSummary, ...]
            ),
            next_page=str(shown[-1].job_id) if has_more else None,
            cursor=self._events.cursor(seq),
        )

    async def get_job_details(
        self, _context: Context, params: messages.GetJobDetailsParams
    ) -> messages.GetJobDetailsResult:
        details = await self._jobs.details(int(params.job_id))
        listing = await self._files.listing(details)
        files = tuple(
            msgspec.convert(file, messages.JobFile, from_attributes=True)
            for file in listing
        )
        return messages.GetJobDetailsResult(job=self._details(details, files))

    def _details(
        self, details: Details, files: tuple[messages.JobFile, ...]
    ) -> messages.JobDetails:
        job = details.job
        rest = {
            "stale_since_ms": job.stale_since_ms,
            "directory": str(self._jobs.directory(job, details.attempts)),
            "plan": plan_message(details.plan),
            "results": details.results,
            "attempts": [self._attempt(job, one) for one in details.attempts],
            "evidence": job.evidence,
            "files": files,
            "generated": [
                messages.GeneratedFrom(
                    file=name, provenance=msgspec.json.decode(text, type=Provenance)
                )
                for name, text in details.provenance.items()
            ],
        }
        return msgspec.convert(
            {**_summary(job), **rest}, messages.JobDetails, from_attributes=True
        )

    def _attempt(self, job: Job, attempt: Attempt) -> messages.Attempt:
        return messages.Attempt(
            number=attempt.number,
            token=attempt.token,
            state=attempt.state,
            created_ms=attempt.created_ms,
            started_ms=attempt.started_ms,
            ended_ms=attempt.ended_ms,
            scheduler_id=attempt.scheduler_id,
            scratch=attempt.scratch,
            directory=str(self._jobs.directory(job, [attempt])),
            exits=msgspec.convert(
                attempt.exits, tuple[messages.StepExit, ...], from_attributes=True
            ),
            remote_directory=attempt.directory,
        )

    async def fetch_job_log(
        self, _context: Context, params: messages.FetchJobLogParams
    ) -> messages.FetchJobLogResult:
        chunk = await self._files.read(
            int(params.job_id),
            params.file,
            params.offset,
            params.limit,
            params.wait_ms / 1000,
            params.encoding,
        )
        return messages.FetchJobLogResult(
            file=chunk.file,
            offset=chunk.offset,
            next_offset=chunk.next_offset,
            size=chunk.size,
            data=chunk.data,
            encoding=params.encoding,
            at_end=chunk.at_end,
        )

    async def fetch_file(
        self, context: Context, params: messages.FetchFileParams
    ) -> messages.FetchFileResult:
        fetched = await self._fetching.fetch(
            int(params.job_id), params.name, params.wait_ms / 1000, context.work
        )
        return messages.FetchFileResult(
            job_id=params.job_id,
            name=fetched.artefact.name,
            path=str(fetched.path),
            size=fetched.artefact.size,
            sha256=fetched.artefact.sha256,
            is_here=fetched.is_here,
        )

    async def clean_job(
        self, context: Context, params: messages.CleanJobParams
    ) -> messages.CleanJobResult:
        clean = partial(
            self._cleaning.clean,
            int(params.job_id),
            params.roles,
            here=params.here,
            is_dry=params.dry_run,
        )
        cleaned = await context.finish(clean)
        return messages.CleanJobResult(
            job_id=params.job_id,
            files=tuple(
                messages.CleanedFile(
                    name=one.artefact.name,
                    role=one.artefact.role,
                    size=one.artefact.size,
                    is_left=one.is_left,
                )
                for one in cleaned
            ),
            size_bytes=sum(one.artefact.size for one in cleaned),
        )

    async def fetch_job_progress(
        self, _context: Context, params: messages.FetchJobProgressParams
    ) -> messages.FetchJobProgressResult:
        now_ms = time.time_ns() // 1_000_000
        board = await self._progress.fetch(
            int(params.job_id), params.since_cycle, params.wait_ms / 1000, now_ms
        )
        progress = board.progress
        last = progress.steps[-1] if progress.steps else None
        since = params.since_cycle
        new = progress.cycles[since : since + MAX_CYCLES]
        return messages.FetchJobProgressResult(
            job_id=params.job_id,
            state=board.job.state,
            cause=board.job.cause,
            step=board.step + 1,
            n_steps=len(board.plan.steps),
            program=board.plan.steps[board.step].program,
            phase=progress.phase,
            detail=progress.detail,
            geometry_step=progress.geometry_step,
            max_cycles=progress.max_cycles,
            n_cycles=len(progress.cycles),
            cycles=tuple(
                messages.Cycle(
                    index=index,
                    number=cycle.number,
                    geometry_step=cycle.geometry_step,
                    energy_ev=cycle.energy_ev,
                    delta_ev=cycle.delta_ev,
                )
                for index, cycle in enumerate(new, start=since + 1)
            ),
            elapsed_s=board.elapsed_s,
            walltime_s=board.plan.limits.walltime_s,
            max_steps=progress.max_steps,
            scf_threshold_ev=progress.scf_threshold_ev,
            percent=progress.percent,
            percent_basis=progress.percent_basis,
            geometry=_as(messages.GeometryStep, last),
            pattern=_as(messages.ScfPattern, progress.pattern),
            forecast=_as(messages.ScfForecast, progress.forecast),
        )

    async def cancel_job(
        self, context: Context, params: messages.CancelJobParams
    ) -> messages.CancelJobResult:
        job_id = int(params.job_id)
        obstacle = await context.finish(partial(self._cancellation.ask, job_id))
        job = await self._cancellation.confirm(job_id, params.wait_ms / 1000, obstacle)
        return messages.CancelJobResult(
            job_id=params.job_id,
            state=job.state,
            cause=job.cause,
            is_confirmed=is_end(job.state),
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


MAX_CYCLES: Final = 5000
"""Cycles in one answer; the client goes on with `since_cycle`."""


T = TypeVar("T")


def _as(message: type[T], model: object | None) -> T | None:
    """Return a model as the message with the same fields."""
    if model is None:
        return None
    return msgspec.convert(model, message, from_attributes=True)


def _summary(job: Job) -> dict[str, object]:
    return {
        "job_id": str(job.job_id),
        "name": job.name,
        "code": job.code,
        "cluster": job.cluster,
        "state": str(job.state),
        "cause": job.cause,
        "doubt": job.doubt,
        "project": job.project,
        "tags": job.tags,
        "collection": None if job.collection is None else str(job.collection),
        "cores": job.cores,
        "priority": job.priority,
        "created_ms": job.created_ms,
        "started_ms": job.started_ms,
        "ended_ms": job.ended_ms,
        "energy_ev": job.energy_ev,
        "energy_kind": job.energy_kind,
        "grade": job.grade,
    }


def read_number(text: str | None) -> int | None:
    """Read a page or collection, which are numbers that clients treat as opaque."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004  # fits into 2**63
        raise CursorInvalidError(cursor=text)
    return int(text)


HANDLERS: Final = (
    "fetch_jobs",
    "get_job_details",
    "fetch_job_log",
    "fetch_file",
    "clean_job",
    "fetch_job_progress",
    "cancel_job",
)
