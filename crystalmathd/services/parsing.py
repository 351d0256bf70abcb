"""Outputs read beside the event loop: small ones in a thread, others in a process."""

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio.to_thread
import msgspec

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
from crystalmathd.services.workers import WorkerPool

SMALL_BYTES: Final = 256 << 10
"""A parser reads so much in a few ms; a worker's start takes longer."""
MAX_WORKERS: Final = 2
IDLE_S: Final = 30.0
MOST_KEPT_MB: Final = 400.0
"""A worker that has needed more is not kept: memory is given back by its end."""
DEADLINE_S: Final = 900.0

log = logging.getLogger(__name__)

T = TypeVar("T")


class Parsing:
    """Reads outputs while the daemon goes on answering."""

    def __init__(self) -> None:
        self.pool = WorkerPool(
            "crystalmathd.services.worker",
            most_workers=MAX_WORKERS,
            idle_s=IDLE_S,
            most_kept_mb=MOST_KEPT_MB,
            deadline_s=DEADLINE_S,
        )

    async def run(self) -> None:
        """End workers that have nothing to do, and all of them in the end."""
        await self.pool.run()

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
        """Have a task of the worker done; as `WorkerPool.ask`."""
        return await self.pool.ask(task, arguments, about)


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
