"""A pool of worker processes: started when asked for, ended when idle or too large."""

import contextlib
import logging
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import anyio.abc
import anyio.to_thread
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from crystalmathd import errors
from crystalmathd.errors import OutputUnreadableError
from crystalmathd.services.worker_loop import Status
from crystalmathd.settings.layers import SECRETS

MOST_PARTS: Final = 100_000
_SIZE: Final = 8

log = logging.getLogger(__name__)


class _DiedError(Exception):
    """The worker ended before it had answered."""


@dataclass(eq=False, slots=True)
class _Worker:
    process: anyio.abc.Process
    answers: BufferedByteReceiveStream
    temporary: str | None
    """A directory for its temporary files, removed with it; None: the system's."""
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

    async def end(self) -> None:
        with anyio.CancelScope(shield=True):
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
            await self.process.aclose()
            if self.temporary is not None:
                await anyio.to_thread.run_sync(shutil.rmtree, self.temporary, True)


class WorkerPool:
    """Processes that run `module`, whose tasks are served by `worker_loop.serve`."""

    def __init__(
        self,
        module: str,
        *,
        most_workers: int,
        idle_s: float,
        most_kept_mb: float,
        deadline_s: float,
        has_own_temporary: bool = False,
    ) -> None:
        """Start nothing yet.

        `idle_s`: a worker without work ends after about this time. `most_kept_mb`: one
        that has needed more is not used again. `has_own_temporary`: every worker has a
        directory for temporary files into which nobody else can put anything.
        """
        self._module = module
        self._idle_s = idle_s
        self._most_kept_mb = most_kept_mb
        self._deadline_s = deadline_s
        self._has_own_temporary = has_own_temporary
        self._idle: list[_Worker] = []
        self._alive: set[int] = set()
        self._room = anyio.CapacityLimiter(most_workers)

    @property
    def n_alive(self) -> int:
        """How many processes there are, at work or idle."""
        return len(self._alive)

    @property
    def idle(self) -> tuple[int, ...]:
        """The process numbers of the workers that wait for a task."""
        return tuple(worker.process.pid for worker in self._idle)

    async def run(self) -> None:
        """End workers that have nothing to do, and all of them in the end."""
        try:
            while True:
                await anyio.sleep(self._idle_s / 2)
                await self._end_expired()
        finally:
            while self._idle:
                await self._end(self._idle.pop())

    async def _end_expired(self) -> None:
        now = anyio.current_time()
        expired = [w for w in self._idle if now - w.since > self._idle_s]
        # At once: while one ends, nobody may be given another one of them.
        self._idle = [w for w in self._idle if w not in expired]
        with anyio.CancelScope(shield=True):
            for worker in expired:
                await self._end(worker)

    async def ask(
        self,
        task: str,
        arguments: Mapping[str, Any],
        about: str,
        deadline_s: float | None = None,
    ) -> list[bytes]:
        """Have a task done; a worker that was killed is tried once more.

        `about`: the file, directory or question, for errors.

        Raises
        ------
        CrystalmathError
            What the task raised of our errors.
        OutputUnreadableError
            If the task failed otherwise, took longer than `deadline_s` (the worker is
            killed; the cause is a TimeoutError), or the worker died of it twice. The
            time counts from when there is a worker for it.
        """
        within_s = self._deadline_s if deadline_s is None else deadline_s
        try:
            return await self._ask_once(task, arguments, about, within_s)
        except _DiedError:
            log.warning("a worker ended while it read %s; once more", about)
        try:
            return await self._ask_once(task, arguments, about, within_s)
        except _DiedError as error:
            reason = "the process that reads it was ended twice, as by lack of memory"
            raise OutputUnreadableError(path=about, reason=reason) from error

    async def _ask_once(
        self, task: str, arguments: Mapping[str, Any], about: str, within_s: float
    ) -> list[bytes]:
        async with self._room, self._worker() as worker:
            try:
                with anyio.fail_after(within_s):
                    said, *parts = await worker.ask(task, arguments)
            except TimeoutError as error:
                reason = f"it was not read within {within_s:.0f} s"
                raise OutputUnreadableError(path=about, reason=reason) from error
            status = msgspec.json.decode(said, type=Status)
            is_large = status.memory_mb > self._most_kept_mb
            worker.is_spent = is_large or status.is_spent
        if status.is_ours:
            raise getattr(errors, status.error)(**status.facts)
        if status.error:
            log.error("%s, %s: %s %s", task, about, status.error, status.reason)
            raise OutputUnreadableError(path=about, reason=status.short)
        return parts

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """Yield a worker; it is kept if it has answered and is small."""
        worker = self._idle.pop() if self._idle else await self._started()
        worker.is_spent = True
        try:
            yield worker
        finally:
            if worker.is_spent:
                await self._end(worker)
            else:
                worker.since = anyio.current_time()
                self._idle.append(worker)

    async def _started(self) -> _Worker:
        temporary = None
        # Whoever may look at a process of ours sees its environment.
        environment = {k: v for k, v in os.environ.items() if k not in SECRETS}
        # spglib's threads wait for each other in loops, for a few atoms as well.
        environment.setdefault("OMP_NUM_THREADS", "1")
        if self._has_own_temporary:
            # Not in a thread: withdrawn meanwhile, nobody would know of it.
            temporary = tempfile.mkdtemp()
            environment["TMPDIR"] = temporary
        command = [sys.executable, "-P", "-m", self._module, str(os.getpid())]
        try:
            process = await anyio.open_process(command, stderr=None, env=environment)
        except BaseException:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            raise
        assert process.stdout is not None  # noqa: S101 - it was asked for
        self._alive.add(process.pid)
        answers = BufferedByteReceiveStream(process.stdout)
        return _Worker(process, answers, temporary)

    async def _end(self, worker: _Worker) -> None:
        await worker.end()
        self._alive.discard(worker.process.pid)
