"""How far running jobs are: outputs read on, as they grow, while somebody asks."""

import contextlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from crystalmathd.codes import CODES, forecasts
from crystalmathd.codes.base import ProgressReader
from crystalmathd.models.jobs import OPEN_ATTEMPTS, Job, is_end
from crystalmathd.models.plans import Plan, Step
from crystalmathd.models.progress import Progress
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.files import Files, Source
from crystalmathd.services.jobs import Details, Jobs

LOOK_INTERVAL_S: Final = 0.2
SILENCE_S: Final = 5.0
"""A host that does not answer for so long has printed nothing, as far as is known."""
PID_RECORD: Final = "run/pid.json"
CHUNK_BYTES: Final = 1 << 20
MAX_READERS: Final = 200
_TOO_FAST: Final = 1.2
"""A program's clock that is so much ahead of ours counts the time of all threads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobProgress:
    """The state of a job and what its running step has printed."""

    job: Job
    plan: Plan
    step: int
    progress: Progress
    elapsed_s: float | None


Paths = Mapping[str | None, str]
"""Where the files of a step are: None for the main output, else `progress_files`."""


@dataclass(slots=True)
class _Following:
    """A reader of one step's output, and how far it has read in which file."""

    reader: ProgressReader
    offsets: dict[str | None, int] = field(default_factory=dict)
    scratch: str | None = None
    """As the runner wrote it down, until somebody has looked at the job."""
    lock: anyio.Lock = field(default_factory=anyio.Lock)

    @property
    def has_begun(self) -> bool:
        return bool(self.offsets.get(None))


class ProgressBoard:
    """Keeps a reader for each output that is followed; the oldest are dropped."""

    def __init__(self, jobs: Jobs, files: Files) -> None:
        self._jobs = jobs
        self._files = files
        self._following: OrderedDict[tuple[int, int, int], _Following] = OrderedDict()

    async def fetch(
        self, job_id: int, since_cycle: int, wait_s: float, now_ms: int
    ) -> JobProgress:
        """Return the progress; wait until there are cycles after `since_cycle`."""
        deadline = anyio.current_time() + wait_s
        before: tuple[object, ...] | None = None
        while True:
            details = await self._jobs.details(job_id)
            index, progress = await self._read(details)
            now = (details.job.state, index, progress.phase, progress.detail)
            has_news = len(progress.cycles) > since_cycle or before not in {None, now}
            before = now
            is_over = is_end(details.job.state) or anyio.current_time() >= deadline
            if has_news or is_over:
                elapsed_s = _elapsed_s(details.job, now_ms)
                return JobProgress(
                    job=details.job,
                    plan=details.plan,
                    step=index,
                    progress=_in_time(details, progress, elapsed_s),
                    elapsed_s=elapsed_s,
                )
            await anyio.sleep(LOOK_INTERVAL_S)

    async def _read(self, details: Details) -> tuple[int, Progress]:
        """Read on in the output of each step; return the last that has begun."""
        number = details.attempts[-1].number if details.attempts else 0
        steps = list(enumerate(details.plan.steps))
        if not number:
            return 0, self._follow(details, 0, *steps[0]).reader.progress()
        source = self._files.source(details)
        first = self._follow(details, number, *steps[0])
        outputs = [
            (
                self._follow(details, number, *one),
                _paths(details, source, one[1], first.scratch),
            )
            for one in steps
        ]
        with anyio.move_on_after(SILENCE_S):
            async with anyio.create_task_group() as reading:
                reading.start_soon(self._read_all, source, outputs)
                if details.attempts[-1].scratch is None and first.scratch is None:
                    reading.start_soon(_find_scratch, source, first)
        at = self._begun(outputs)
        return at, outputs[at][0].reader.progress()

    async def _read_all(
        self, source: Source, outputs: Sequence[tuple[_Following, Paths]]
    ) -> None:
        async with anyio.create_task_group() as reading:
            for following, paths in outputs[self._begun(outputs) :]:
                reading.start_soon(self._read_on, source, following, paths)
            reading.start_soon(_look_for_end, source)

    def _begun(self, outputs: Sequence[tuple[_Following, Paths]]) -> int:
        """Return the last step whose output has something in it, or the first."""
        begun = [n for n, (one, _) in enumerate(outputs) if one.has_begun]
        return begun[-1] if begun else 0

    async def _read_on(
        self, source: Source, following: _Following, paths: Paths
    ) -> None:
        """Feed what is new, until the main output has been read to its end.

        The files beside it are fed first: the main output may sum up what they tell.
        Where a chunk takes a while to come they may stay behind.
        """
        async with following.lock:
            while True:
                chunks: dict[str | None, bytes] = {}
                async with anyio.create_task_group() as reading:
                    for file, path in paths.items():
                        offset = following.offsets.get(file, 0)
                        reading.start_soon(_read, source, path, offset, chunks, file)
                with anyio.CancelScope(shield=True):  # what was read is not lost
                    for file in sorted(chunks, key=lambda one: one is None):
                        data = chunks[file]
                        feed = following.reader.feed
                        await anyio.to_thread.run_sync(feed, data, file)
                        following.offsets[file] = following.offsets.get(file, 0) + len(
                            data
                        )
                is_near = source.machine is None
                read_on = chunks if is_near else {None: chunks.get(None, b"")}
                if all(len(data) < CHUNK_BYTES for data in read_on.values()):
                    break

    def _follow(
        self, details: Details, number: int, index: int, step: Step
    ) -> _Following:
        key = (details.job.job_id, number, index)
        if key not in self._following:
            reader = CODES[details.plan.code].progress_reader(step.program)
            self._following[key] = _Following(reader)
            if len(self._following) > MAX_READERS:
                self._following.popitem(last=False)
        self._following.move_to_end(key)
        return self._following[key]


async def _find_scratch(source: Source, following: _Following) -> None:
    """Read where the runner works: a look at all jobs may come much later."""
    chunks: dict[str | None, bytes] = {}
    await _read(source, str(source.directory / PID_RECORD), 0, chunks, None)
    with contextlib.suppress(ValueError):  # not there, or not yet whole
        record = json.loads(chunks.get(None, b""))
        if isinstance(record, dict) and isinstance(record.get("scratch"), str):
            following.scratch = record["scratch"]


def _paths(details: Details, source: Source, step: Step, found: str | None) -> Paths:
    """Name the files that tell how far a step is, where they are now.

    Those beside the main output lie in scratch until the attempt is over; then those
    that are staged out are among the outputs.
    """
    outputs = source.directory / "outputs"
    names = CODES[details.plan.code].progress_files(step.program)
    last = details.attempts[-1]
    paths: dict[str | None, str] = {}
    if last.state in OPEN_ATTEMPTS:
        scratch = last.scratch or found
        if scratch is not None:
            paths |= {name: str(Path(scratch, name)) for name in names}
    else:
        staged = {one.scratch_name: one.name for one in details.plan.stage_out}
        paths |= {name: str(outputs / staged[name]) for name in names if name in staged}
    return paths | {None: str(outputs / step.stdout)}


async def _read(
    source: Source,
    path: str,
    offset: int,
    chunks: dict[str | None, bytes],
    file: str | None,
) -> None:
    """Read what is new in a file, if it is there; silence is told elsewhere."""
    with contextlib.suppress(RemoteFileError, TransportError):
        data = await source.read(path, offset, CHUNK_BYTES)
        if data:
            chunks[file] = data


def _in_time(details: Details, progress: Progress, elapsed_s: float | None) -> Progress:
    """Return the progress with its forecast seen against the wall-time limit."""
    forecast, limit_s = progress.forecast, details.plan.limits.walltime_s
    if is_end(details.job.state):
        return replace(progress, forecast=None)
    if elapsed_s is None:
        return progress
    printed_s = progress.elapsed_s
    if len(details.plan.steps) == 1 and printed_s and printed_s > _TOO_FAST * elapsed_s:
        forecast = forecasts.slowed(forecast, elapsed_s / printed_s)
    left_s = None if limit_s is None else limit_s - elapsed_s
    return replace(progress, forecast=forecasts.within(forecast, left_s))


async def _look_for_end(source: Source) -> None:
    """While somebody looks on, an end is not left to the next look at all jobs."""
    with contextlib.suppress(TransportError):  # that is told elsewhere
        await source.look_for_end()


def _elapsed_s(job: Job, now_ms: int) -> float | None:
    if job.started_ms is None:
        return None
    return max(0, (job.ended_ms or now_ms) - job.started_ms) / 1000
