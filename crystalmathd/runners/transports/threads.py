"""Work of this machine's disk, off the event loop, with its errors sorted."""

import errno
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio
import anyio.to_thread

from crystalmathd.runners.transports.base import RemoteFileError, TransportError

T = TypeVar("T")


async def in_thread(path: str, work: Callable[[], T]) -> T:
    try:
        return await anyio.to_thread.run_sync(work)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise TransportError(f"{path}: {error.strerror}") from error
        raise RemoteFileError(path, error.strerror or str(error)) from error


async def do_all(works: Sequence[Callable[[], Awaitable[None]]], at_once: int) -> None:
    """Do things side by side; the first that fails ends the others and is raised."""
    failures: list[TransportError | RemoteFileError] = []
    limiter = anyio.CapacityLimiter(at_once)

    async def do(work: Callable[[], Awaitable[None]]) -> None:
        async with limiter:
            try:
                await work()
            except (TransportError, RemoteFileError) as error:
                failures.append(error)
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for work in works:
            group.start_soon(do, work)
    if failures:
        raise failures[0]
