"""The client of crystalmathd for programs that wait for many things at once.

Examples
--------
>>> from crystalmath import aio
>>> async with aio.connect() as daemon:
...     await daemon.subscribe()
...     async for notification in daemon.notifications():
...         print(notification.events)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from crystalmath.aio.connection import Connection
from crystalmath.conversation import TIMEOUT_S
from crystalmath.errors import (
    ConnectionClosedError,
    ConnectionLostError,
    CrystalmathError,
    DaemonNotRunningError,
    DaemonNotStartedError,
    DaemonSilentError,
    DaemonUnreachableError,
    HomeUnknownError,
    JobGoesOnError,
    ProtocolMismatchError,
    ReplyUnreadableError,
    RequestUnsendableError,
    RpcError,
)
from crystalmath.place import find_socket

__all__ = [
    "Connection",
    "ConnectionClosedError",
    "ConnectionLostError",
    "CrystalmathError",
    "DaemonNotRunningError",
    "DaemonNotStartedError",
    "DaemonSilentError",
    "DaemonUnreachableError",
    "HomeUnknownError",
    "JobGoesOnError",
    "ProtocolMismatchError",
    "ReplyUnreadableError",
    "RequestUnsendableError",
    "RpcError",
    "connect",
]


@asynccontextmanager
async def connect(
    socket: str | Path | None = None,
    *,
    start: bool = True,
    greets: bool = True,
    revives: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> AsyncIterator[Connection]:
    """Yield an open connection; the daemon is started if none runs.

    Any number of tasks may call at once. A call that is cancelled leaves the
    connection as it was; one that loses its connection is sent once more when
    the daemon is back. With `revives` a daemon that has gone is started for a read as
    well, as for somebody who works on. Parameters and errors are those of
    `crystalmath.Connection`.
    """
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        place = find_socket(socket)
        daemon = Connection(
            tasks,
            place,
            start=start,
            greets=greets,
            revives=revives,
            timeout_s=timeout_s,
        )
        try:
            await daemon.open()
            yield daemon
        except Exception as error:  # noqa: BLE001 - raised below, in no group
            failure = error
        daemon.close()
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
