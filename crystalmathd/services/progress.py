"""How far running jobs are: outputs read on, as they grow, while somebody asks."""

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from crystalmathd.codes import CODES
from crystalmathd.codes.base import ProgressReader
from crystalmathd.models.jobs import Job, is_end
from crystalmathd.models.plans import Plan, Step
from crystalmathd.models.progress import Progress
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.files import Files, Source
from crystalmathd.services.jobs import Details, Jobs

LOOK_INTERVAL_S: Final = 0.2
SILENCE_S: Final = 5.0
"""A host that does not answer for so long has printed nothing, as far as is known."""
CHUNK_BYTES: Final = 1 << 20
MAX_READERS: Final = 200
MAX_CYCLES: Final = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class JobProgress:
    """The state of a job and what its running step has printed."""

    job: Job
    plan: Plan
    step: int
    progress: Progress
    elapsed_s: float | None


@dataclass(slots=True)
class _Following:
    """A reader of one output and how far it has read."""

    reader: ProgressReader
    offset: int = 0
    lock: anyio.Lock = field(default_factory=anyio.Lock)


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
                return JobProgress(
                    job=details.job,
                    plan=details.plan,
                    step=index,
                    progress=progress,
                    elapsed_s=_elapsed_s(details.job, now_ms),
                )
            await anyio.sleep(LOOK_INTERVAL_S)

    async def _read(self, details: Details) -> tuple[int, Progress]:
        """Read on in the output of each step; return the last that has begun."""
        number = details.attempts[-1].number if details.attempts else 0
        steps = list(enumerate(details.plan.steps))
        if not number:
            return 0, self._follow(details, 0, *steps[0]).reader.progress()
        source = self._files.source(details)
        outputs = [
            (
                self._follow(details, number, *one),
                source.directory / "outputs" / one[1].stdout,
            )
            for one in steps
        ]
        with anyio.move_on_after(SILENCE_S):
            await self._read_all(source, outputs)
        at = self._begun(outputs)
        return at, outputs[at][0].reader.progress()

    async def _read_all(
        self, source: Source, outputs: Sequence[tuple[_Following, Path]]
    ) -> None:
        async with anyio.create_task_group() as reading:
            for following, path in outputs[self._begun(outputs) :]:
                reading.start_soon(self._read_on, source, following, str(path))
            reading.start_soon(_look_for_end, source)

    def _begun(self, outputs: Sequence[tuple[_Following, Path]]) -> int:
        """Return the last step whose output has something in it, or the first."""
        begun = [n for n, (one, _) in enumerate(outputs) if one.offset]
        return begun[-1] if begun else 0

    async def _read_on(self, source: Source, following: _Following, path: str) -> None:
        """Feed what is new in an output."""
        async with following.lock:
            while True:
                try:
                    data = await source.read(path, following.offset, CHUNK_BYTES)
                except (RemoteFileError, TransportError):
                    break  # not there yet; a machine that is silent is told elsewhere
                if not data:
                    break
                with anyio.CancelScope(shield=True):  # what was read is not lost
                    following.offset += len(data)
                    await anyio.to_thread.run_sync(following.reader.feed, data)
                if len(data) < CHUNK_BYTES:
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


async def _look_for_end(source: Source) -> None:
    """While somebody looks on, an end is not left to the next look at all jobs."""
    with contextlib.suppress(TransportError):  # that is told elsewhere
        await source.look_for_end()


def _elapsed_s(job: Job, now_ms: int) -> float | None:
    if job.started_ms is None:
        return None
    return max(0, (job.ended_ms or now_ms) - job.started_ms) / 1000
