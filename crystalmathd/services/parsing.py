"""Outputs read beside the event loop: small ones in a thread, others in a process."""

import contextlib
import logging
import os
import struct
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio
import anyio.abc
import anyio.to_thread
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from crystalmathd import errors
from crystalmathd.errors import CrystalmathError, OutputUnreadableError
from crystalmathd.models.results import Result
from crystalmathd.services.histories import joined
from crystalmathd.services.reading import (
    FaultText,
    FoundFault,
    MainOutput,
    Reading,
    find_faults,
    find_output,
    read_result,
    read_step,
)
from crystalmathd.services.worker import Status

SMALL_BYTES: Final = 256 << 10
"""A parser reads so much in a few ms; a worker's start takes longer."""
MAX_WORKERS: Final = 2
IDLE_S: Final = 30.0
MOST_KEPT_MB: Final = 400.0
"""A worker that has needed more is not kept: memory is given back by its end."""
DEADLINE_S: Final = 900.0
MOST_PARTS: Final = 100_000
_SIZE: Final = 8

log = logging.getLogger(__name__)

T = TypeVar("T")


class _DiedError(Exception):
    """The worker ended before it had answered."""


@dataclass(eq=False, slots=True)
class _Worker:
    process: anyio.abc.Process
    answers: BufferedByteReceiveStream
    since: float = field(default_factory=anyio.current_time)
    is_spent: bool = False

    async def ask(self, task: str, arguments: Mapping[str, Any]) -> list[bytes]:
        line = msgspec.json.encode({"task": task, "arguments": arguments}) + b"\n"
        try:
            assert self.process.stdin is not None  # noqa: S101 - it was asked for
            await self.process.stdin.send(line)
            return await self._answer()
        except (
            anyio.BrokenResourceError,
            anyio.EndOfStream,
            anyio.IncompleteRead,
            anyio.ClosedResourceError,
        ) as error:
            raise _DiedError from error

    async def _answer(self) -> list[bytes]:
        (count,) = struct.unpack(">Q", await self.answers.receive_exactly(_SIZE))
        if not 0 < count < MOST_PARTS:
            raise _DiedError
        sizes = await self.answers.receive_exactly(_SIZE * count)
        return [await self._part(size) for size in struct.unpack(f">{count}Q", sizes)]

    async def _part(self, size: int) -> bytes:
        return await self.answers.receive_exactly(size) if size else b""

    async def end(self) -> int | None:
        """End the process; return its exit code."""
        with anyio.CancelScope(shield=True):
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            code = await self.process.wait()
            await self.process.aclose()
        return code


class Parsing:
    """Reads outputs while the daemon goes on answering."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._room = anyio.CapacityLimiter(MAX_WORKERS)

    async def run(self) -> None:
        """End workers that have nothing to do, and all of them in the end."""
        try:
            while True:
                await anyio.sleep(IDLE_S / 2)
                now = anyio.current_time()
                expired = [w for w in self._idle if now - w.since > IDLE_S]
                # At once: while one ends, nobody may be given another one of them.
                self._idle = [w for w in self._idle if w not in expired]
                with anyio.CancelScope(shield=True):
                    for worker in expired:
                        await worker.end()
        finally:
            while self._idle:
                await self._idle.pop().end()

    async def read_step(
        self, code: str, program: str, stdout: str, paths: Mapping[str, str]
    ) -> Reading:
        """Read the outputs of one step.

        Raises
        ------
        OutputUnreadableError
            If the reader fails with it, or the worker died of it twice.
        """
        about = paths.get(stdout, stdout)
        if await anyio.to_thread.run_sync(_size, list(paths.values())) < SMALL_BYTES:
            read = partial(read_step, code, program, stdout, paths)
            return await _in_thread(read, about)
        arguments = {"code": code, "program": program, "stdout": stdout}
        parts = await self.ask("read_step", {**arguments, "paths": paths}, about)
        return Reading(light=parts[0], whole=parts[1])

    async def read_history(
        self, code: str, program: str, stdout: str, paths: Mapping[str, str]
    ) -> Result:
        """Read the outputs of one step, with its steps and loops.

        Raises
        ------
        OutputUnreadableError
            As `read_step`.
        """
        about = paths.get(stdout, stdout)
        if await anyio.to_thread.run_sync(_size, list(paths.values())) < SMALL_BYTES:
            read = partial(read_result, code, program, stdout, paths)
            return await _in_thread(read, about)
        arguments = {"code": code, "program": program, "stdout": stdout}
        parts = await self.ask("read_history", {**arguments, "paths": paths}, about)
        return await anyio.to_thread.run_sync(joined, parts)

    async def find_faults(
        self, code: str, texts: Sequence[FaultText], about: str
    ) -> tuple[FoundFault, ...]:
        """Look for the known failures of a code; `about` names the run, for errors.

        Raises
        ------
        OutputUnreadableError
            If the search fails with it, or the worker died of it twice.
        """
        paths = [text.path for text in texts if text.path is not None]
        if await anyio.to_thread.run_sync(_size, paths) < SMALL_BYTES:
            return await _in_thread(partial(find_faults, code, texts), about)
        arguments = {"code": code, "texts": texts}
        (found,) = await self.ask("find_faults", arguments, about)
        return msgspec.json.decode(found, type=tuple[FoundFault, ...])

    async def parse_path(
        self, path: str, code: str | None
    ) -> tuple[MainOutput, Reading]:
        """Find an output and read it; errors are those of `find_output` as well.

        Raises
        ------
        OutputUnreadableError
            If the worker died of it twice.
        """
        main = await anyio.to_thread.run_sync(find_output, path, code)
        return main, await self.read_step(
            main.code, main.program, main.name, main.files
        )

    async def ask(
        self, task: str, arguments: Mapping[str, Any], about: str
    ) -> list[bytes]:
        """Have a task done; a worker that was killed is tried once more.

        `about`: the file or directory, for errors.
        """
        try:
            return await self._ask_once(task, arguments, about)
        except _DiedError:
            log.warning("a worker ended while it read %s; once more", about)
        try:
            return await self._ask_once(task, arguments, about)
        except _DiedError as error:
            reason = "the process that reads it was ended twice, as by lack of memory"
            raise OutputUnreadableError(path=about, reason=reason) from error

    async def _ask_once(
        self, task: str, arguments: Mapping[str, Any], about: str
    ) -> list[bytes]:
        async with self._room, self._worker() as worker:
            try:
                with anyio.fail_after(DEADLINE_S):
                    said, *parts = await worker.ask(task, arguments)
            except TimeoutError as error:
                reason = f"it was not read within {DEADLINE_S:.0f} s"
                raise OutputUnreadableError(path=about, reason=reason) from error
            status = msgspec.json.decode(said, type=Status)
            worker.is_spent = status.memory_mb > MOST_KEPT_MB
        refusal = getattr(errors, status.error, None)
        if refusal is not None:
            raise refusal(**status.facts)
        if status.error:
            log.error("%s, %s: %s %s", task, about, status.error, status.reason)
            raise OutputUnreadableError(path=about, reason=status.short)
        return parts

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """Yield a worker; it is kept if it has answered and is small."""
        worker = self._idle.pop() if self._idle else await _started()
        worker.is_spent = True
        try:
            yield worker
        finally:
            if worker.is_spent:
                await worker.end()
            else:
                worker.since = anyio.current_time()
                self._idle.append(worker)


async def _started() -> _Worker:
    command = [sys.executable, "-P", "-m", "crystalmathd.services.worker"]
    process = await anyio.open_process([*command, str(os.getpid())], stderr=None)
    assert process.stdout is not None  # noqa: S101 - it was asked for
    return _Worker(process, BufferedByteReceiveStream(process.stdout))


async def _in_thread(work: Callable[[], T], about: str) -> T:
    """Have small files read here; a mistake in a parser is told as by the worker."""
    try:
        return await anyio.to_thread.run_sync(work)
    except CrystalmathError:
        raise
    except Exception as mistake:
        log.exception("%s", about)
        reason = f"{type(mistake).__name__}: {mistake}"
        raise OutputUnreadableError(path=about, reason=reason) from mistake


def _size(paths: Sequence[str]) -> int:
    """Return the size of all files together; what is not there has none."""
    total = 0
    for path in paths:
        with contextlib.suppress(OSError):
            total += Path(path).stat().st_size
    return total
