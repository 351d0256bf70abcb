"""Parts of a remote file in pieces that travel side by side.

asyncssh does so as well, but leaves the pieces that failed after the first one to
the event loop, which then logs each with its traceback.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import asyncssh

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

AT_ONCE: Final = 64
LARGEST: Final = 255 << 10
"""OpenSSH hangs up on packets of more than 256 KiB."""


async def write_part(
    client: asyncssh.SFTPClient,
    file: asyncssh.SFTPClientFile,
    data: bytes,
    offset: int,
) -> None:
    size = _piece(client.limits.max_write_len)
    await _together(
        [
            partial(_write, file, data[start : start + size], offset + start)
            for start in range(0, len(data), size)
        ]
    )


async def read_part(
    client: asyncssh.SFTPClient,
    file: asyncssh.SFTPClientFile,
    limit: int,
    offset: int,
) -> bytes:
    """Return what there is, up to a limit; less only at the end of the file."""
    size = _piece(client.limits.max_read_len)
    starts = range(0, limit, size)
    pieces: dict[int, bytes] = {}

    async def read(start: int) -> None:
        wanted = min(size, limit - start)
        kept = b""
        # A server may give less than it was asked for; nothing means the end.
        while len(kept) < wanted:
            at = offset + start + len(kept)
            data: bytes = await file.read(wanted - len(kept), at)
            if not data:
                break
            kept += data
        pieces[start] = kept

    await _together([partial(read, start) for start in starts])
    whole = bytearray()
    for start in starts:
        whole += pieces[start]
        if len(pieces[start]) < size:
            break
    return bytes(whole)


def _piece(allowed: int) -> int:
    return min(LARGEST, allowed) or LARGEST


async def _write(file: asyncssh.SFTPClientFile, data: bytes, offset: int) -> None:
    await file.write(data, offset)


async def _together(works: Sequence[Callable[[], Awaitable[None]]]) -> None:
    failures: list[Exception] = []
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def do(work: Callable[[], Awaitable[None]]) -> None:
        async with limiter:
            try:
                await work()
            except (asyncssh.Error, OSError) as error:
                failures.append(error)
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for work in works:
            group.start_soon(do, work)
    if failures:
        raise failures[0]
