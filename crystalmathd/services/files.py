"""Reading the files of a job, also while they grow."""

import base64
import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import anyio

from crystalmathd.errors import JobFileNotFoundError
from crystalmathd.models.jobs import Artefact, Attempt, Job, is_end
from crystalmathd.models.plans import Plan, Step
from crystalmathd.runners.jobrunner.rescuing import MARK
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.transports.base import (
    FileStatus,
    RemoteFileError,
    Transport,
)
from crystalmathd.services.jobs import Details, Jobs
from crystalmathd.services.layout import Layout

LOOK_INTERVAL_S: Final = 0.1
MAX_UTF8_BYTES: Final = 4
LISTED_ERRORS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """A part of a file: `data` is text, or base64 if that was asked for."""

    file: str
    offset: int
    next_offset: int
    size: int
    data: str
    at_end: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedFile:
    """A file of a job, named from its attempt's directory."""

    name: str
    size: int
    role: str | None
    sha256: str | None
    is_here: bool = True
    """Else it is still on its cluster, until somebody asks for it."""


class Files:
    """The files of jobs, on whatever machine they are."""

    def __init__(
        self, jobs: Jobs, runners: Mapping[str, Runner], layout: Layout
    ) -> None:
        self._jobs = jobs
        self._runners = runners
        self._layout = layout

    def transport(self, job: Job) -> Transport:
        return self._runners[job.cluster].transport

    async def listing(self, details: Details) -> list[ListedFile]:
        """Return every file of the last attempt."""
        if not details.attempts:
            return []
        directory = self._directory(details.job, details.attempts)
        found = await self._list(details.job, directory)
        roles = _roles(details.plan, details.artefacts)
        away = [
            ListedFile(
                name=f"outputs/{one.name}",
                size=one.size,
                role=one.role,
                sha256=one.sha256,
                is_here=False,
            )
            for one in details.artefacts
            if not one.is_here
        ]
        here = [
            ListedFile(
                name=one.name,
                size=one.size,
                role=roles.get(one.name, (None, None))[0],
                sha256=roles.get(one.name, (None, None))[1],
            )
            for one in found
        ]
        return sorted((*here, *away), key=lambda one: one.name)

    async def current_step(self, details: Details) -> tuple[int, Step]:
        """Return the last step that has written its output, or the first."""
        names: set[str] = set()
        if details.attempts:
            directory = self._directory(details.job, details.attempts)
            names = {one.name for one in await self._list(details.job, directory)}
        started = [
            (index, step)
            for index, step in enumerate(details.plan.steps)
            if f"outputs/{step.stdout}" in names
        ]
        return started[-1] if started else (0, details.plan.steps[0])

    async def read(
        self,
        job_id: int,
        file: str | None,
        offset: int,
        limit: int,
        wait_s: float,
        encoding: str,
    ) -> Chunk:
        """Return part of a file; wait until there is something at `offset`.

        Raises
        ------
        JobFileNotFoundError
            If the job has no such file; it lists those that there are.
        """
        deadline = anyio.current_time() + wait_s
        while True:
            details = await self._jobs.details(job_id)
            has_ended = is_end(details.job.state)
            must_answer = has_ended or anyio.current_time() >= deadline
            found = await self._find(details, file)
            if found is None and (must_answer or file is not None):
                raise await self._not_found(details, file)
            if found is not None:
                name, path, size = found
                start = max(0, size + offset) if offset < 0 else offset
                if start < size or must_answer:
                    data = await self.transport(details.job).read_file(
                        path, start, limit
                    )
                    return _chunk(name, start, data, size, encoding, at_end=has_ended)
            await anyio.sleep(LOOK_INTERVAL_S)

    async def _find(
        self, details: Details, file: str | None
    ) -> tuple[str, str, int] | None:
        """Return name, path and size of a file of the last attempt."""
        if not details.attempts:
            return None
        if file is None:
            _, step = await self.current_step(details)
            file = f"outputs/{step.stdout}"
        directory = self._directory(details.job, details.attempts)
        sizes = {one.name: one.size for one in await self._list(details.job, directory)}
        for name in (file, f"outputs/{file}", f"inputs/{file}", f"run/{file}"):
            if name in sizes:
                return name, str(directory / name), sizes[name]
        return await self._find_in_scratch(details, file)

    async def _find_in_scratch(
        self, details: Details, file: str
    ) -> tuple[str, str, int] | None:
        scratch = details.attempts[-1].scratch
        if scratch is None:
            return None
        name = str(PurePosixPath(file.removeprefix("scratch/")))
        for one in await self._list(details.job, Path(scratch)):
            if one.name == name:
                return f"scratch/{name}", str(Path(scratch, name)), one.size
        return None

    async def _not_found(
        self, details: Details, file: str | None
    ) -> JobFileNotFoundError:
        listed = [one.name for one in await self.listing(details)]
        known = ", ".join(listed[:LISTED_ERRORS]) or f"none yet ({details.job.state})"
        return JobFileNotFoundError(
            job_id=details.job.job_id, file=file or "output", known=known
        )

    async def _list(self, job: Job, directory: Path) -> list[FileStatus]:
        try:
            found = await self.transport(job).list_files(str(directory))
        except RemoteFileError:
            return []
        return [one for one in found if not _is_passing(one.name)]

    def _directory(self, job: Job, made: Sequence[Attempt]) -> Path:
        return self._layout.attempt(job.job_id, made[-1].number)


def _is_passing(name: str) -> bool:
    """Tell whether a file is only there until another one has appeared whole."""
    folder, _, last = name.rpartition("/")
    if folder in {"", "run"} and last.endswith(".tmp"):
        return folder == "run" or last.startswith(("plan.json.", "results.json."))
    is_part = folder.partition("/")[0] == "outputs" and last.endswith(".part")
    return is_part or last.startswith(MARK)


def _roles(
    plan: Plan, artefacts: Sequence[Artefact]
) -> dict[str, tuple[str | None, str | None]]:
    """Return name → (role, sha256) for inputs and for what was left."""
    roles: dict[str, tuple[str | None, str | None]] = {
        f"inputs/{staged.name}": (staged.role, staged.sha256)
        for staged in plan.stage_in
    }
    roles |= {f"outputs/{a.name}": (a.role, a.sha256) for a in artefacts}
    return roles


def _chunk(
    name: str, start: int, data: bytes, size: int, encoding: str, *, at_end: bool
) -> Chunk:
    if encoding == "base64":
        text, used = base64.b64encode(data).decode(), len(data)
    else:
        is_last = at_end and start + len(data) >= size
        text, used = _decode(data, is_last=is_last)
    return Chunk(
        file=name,
        offset=start,
        next_offset=start + used,
        size=max(size, start + used),
        data=text,
        at_end=at_end and start + used >= size,
    )


def _decode(data: bytes, *, is_last: bool) -> tuple[str, int]:
    """Decode as UTF-8, leaving a character that is cut at the end for the next time."""
    decoder: Callable[..., tuple[str, int]] = codecs.getdecoder("utf-8")
    for cut in range(MAX_UTF8_BYTES):
        part = data[: len(data) - cut]
        try:
            return decoder(part)
        except UnicodeDecodeError as error:
            is_cut = error.end == len(part) and "unexpected end" in error.reason
            if is_last or not is_cut or len(data) <= MAX_UTF8_BYTES:
                break
    return data.decode("utf-8", "replace"), len(data)
