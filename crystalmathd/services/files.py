"""Reading the files of a job, also while they grow."""

import base64
import codecs
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import anyio

from crystalmathd.errors import (
    FileAwayError,
    HostUnreachableError,
    JobFileNotFoundError,
)
from crystalmathd.models.clusters import ADOPTED
from crystalmathd.models.jobs import OPEN_ATTEMPTS, Artefact, is_end
from crystalmathd.models.plans import Plan, Step
from crystalmathd.runners.jobrunner.rescuing import MARK
from crystalmathd.runners.transports.base import (
    FileStatus,
    RemoteFileError,
    Transport,
    TransportError,
)
from crystalmathd.runners.transports.local import LocalTransport
from crystalmathd.services.adopted_files import AdoptedFiles
from crystalmathd.services.jobs import Details, Jobs
from crystalmathd.services.layout import REMOTE, Layout
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.services.tails import ROUND_S, TailsEndedError

LOOK_INTERVAL_S: Final = 0.1
EXIT_MARKER: Final = "run/exit.json"
LISTING_S: Final = 2.0
"""So long is waited for the names of files; a host may be silent for minutes."""
SILENCE_S: Final = 20.0
"""So much longer than its caller a reader waits for a host."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where the files of a job are looked for now.

    `machine` is one that is far, where files may still grow; None: nothing grows, or
    a look costs little.
    """

    transport: Transport
    directory: Path
    machine: Machine | None = None

    async def read(self, path: str, offset: int, limit: int) -> bytes:
        if self.machine is None:
            return await self.transport.read_file(path, offset, limit)
        return await self.machine.tails.read(path, offset, limit) or b""

    async def look_for_end(self) -> None:
        """Have the machine looked at soon if the exit marker of the job is there."""
        if self.machine is not None:
            marker = str(self.directory / EXIT_MARKER)
            if await self.machine.tails.read(marker, 0, 1):
                self.machine.lookout.hurry()


class Files:
    """The files of jobs, on whatever machine they are."""

    def __init__(self, jobs: Jobs, machines: Machines, layout: Layout) -> None:
        self._jobs = jobs
        self._machines = machines
        self._layout = layout
        self._here = LocalTransport()
        self._adopted = AdoptedFiles()

    def source(self, details: Details) -> Source:
        """Return where the files of the last attempt are looked for.

        What has ended elsewhere was brought here, but for what is too large.
        """
        job, last = details.job, details.attempts[-1]
        here = self._layout.attempt(job.job_id, last.number)
        if job.cluster == ADOPTED:
            return Source(transport=self._adopted, directory=here)
        is_brought = last.state not in OPEN_ATTEMPTS
        if is_brought or job.cluster not in self._machines:
            return Source(transport=self._here, directory=here)
        machine = self._machines[job.cluster]
        return Source(
            transport=machine.transport,
            directory=machine.directory(last),
            machine=None if machine.is_here else machine,
        )

    async def listing(self, details: Details) -> list[ListedFile]:
        """Return every file of the last attempt, also what is only on its machine."""
        if not details.attempts:
            return []
        source = self.source(details)
        found: list[FileStatus] = []
        # One that does not answer, or not soon, is told of by the job's doubt.
        with suppress(TransportError), anyio.move_on_after(LISTING_S):
            found = await self._list(source, source.directory)
        roles = _roles(details.plan, details.artefacts)
        is_here = source.machine is None
        listed = [
            ListedFile(
                name=one.name,
                size=one.size,
                role=roles.get(one.name, (None, None))[0],
                sha256=roles.get(one.name, (None, None))[1],
                is_here=is_here,
            )
            for one in found
        ]
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
        return sorted((*listed, *away), key=lambda one: one.name)

    async def current_step(self, details: Details) -> tuple[int, Step]:
        """Return the last step that has written its output, or the first."""
        names: set[str] = set()
        if details.attempts:
            source = self.source(details)
            found = await self._list(source, source.directory / "outputs")
            names = {one.name for one in found}
        started = [
            (index, step)
            for index, step in enumerate(details.plan.steps)
            if step.stdout in names
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
        FileAwayError
            If it is only on the machine where the job ran.
        HostError
            If that machine does not answer.
        """
        deadline = anyio.current_time() + wait_s
        patience_s = wait_s + SILENCE_S
        while True:
            details = await self._jobs.details(job_id)
            has_ended = is_end(details.job.state)
            must_answer = has_ended or anyio.current_time() >= deadline
            try:
                with anyio.fail_after(deadline + SILENCE_S - anyio.current_time()):
                    chunk = await self._read_once(
                        details, file, offset, limit, encoding, must_answer=must_answer
                    )
            except TailsEndedError:  # its cluster was changed
                await anyio.sleep(LOOK_INTERVAL_S)
                continue
            except TransportError as error:
                host = details.job.cluster
                unreachable = HostUnreachableError(host=host, reason=str(error))
                raise error.error or unreachable from error
            except TimeoutError as error:
                host, reason = details.job.cluster, f"no answer in {patience_s:g} s"
                raise HostUnreachableError(host=host, reason=reason) from error
            if chunk is not None:
                return chunk
            is_far = details.attempts and self.source(details).machine is not None
            await anyio.sleep(ROUND_S if is_far else LOOK_INTERVAL_S)

    async def _read_once(
        self,
        details: Details,
        file: str | None,
        offset: int,
        limit: int,
        encoding: str,
        *,
        must_answer: bool,
    ) -> Chunk | None:
        """Return part of a file; None if there is nothing yet, and time."""
        has_ended = is_end(details.job.state)
        found = await self._find(details, file)
        if found is None and (must_answer or file is not None):
            raise await self._not_found(details, file)
        if found is None:
            return None
        name, path, size = found
        start = max(0, size + offset) if offset < 0 else offset
        if start >= size and not must_answer:
            return None
        data = await self.source(details).read(path, start, limit)
        return _chunk(name, start, data, size, encoding, at_end=has_ended)

    async def _find(
        self, details: Details, file: str | None
    ) -> tuple[str, str, int] | None:
        """Return name, path and size of a file of the last attempt."""
        if not details.attempts:
            return None
        if file is None:
            _, step = await self.current_step(details)
            file = f"outputs/{step.stdout}"
        source = self.source(details)
        found = await self._list(source, source.directory)
        sizes = {one.name: one.size for one in found}
        for name in (file, f"outputs/{file}", f"inputs/{file}", f"run/{file}"):
            if name in sizes:
                return name, str(source.directory / name), sizes[name]
        away = {one.name: one for one in details.artefacts if not one.is_here}
        one = away.get(file.removeprefix("outputs/"))
        if one is not None:
            raise FileAwayError(
                job_id=details.job.job_id,
                file=one.name,
                cluster=details.job.cluster,
                size=one.size,
            )
        return await self._find_in_scratch(details, source, file)

    async def _find_in_scratch(
        self, details: Details, source: Source, file: str
    ) -> tuple[str, str, int] | None:
        scratch = details.attempts[-1].scratch
        is_elsewhere = source.transport is self._here and (
            details.job.cluster not in self._machines
            or not self._machines[details.job.cluster].is_here
        )
        if scratch is None or is_elsewhere:
            return None
        name = str(PurePosixPath(file.removeprefix("scratch/")))
        for one in await self._list(source, Path(scratch)):
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

    async def _list(self, source: Source, directory: Path) -> list[FileStatus]:
        try:
            found = await source.transport.list_files(str(directory))
        except RemoteFileError:
            return []
        return [one for one in found if not _is_passing(one.name)]


def _is_passing(name: str) -> bool:
    """Tell whether a file is no one's but ours, or there until another one is whole."""
    folder, _, last = name.rpartition("/")
    if name == REMOTE:
        return True
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
