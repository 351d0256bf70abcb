"""Accepting connections: only the owner's, and for as long as the daemon lives."""

import logging
import socket
from pathlib import Path
from typing import Final

import anyio
import anyio.abc

from crystalmathd.rpc.dispatch import Dispatcher
from crystalmathd.server.peer import peer_credentials
from crystalmathd.server.place import (
    clear_stale_socket,
    prepare_directory,
    remove_own_socket,
)
from crystalmathd.server.session import Session

log = logging.getLogger(__name__)

ACCEPT_PAUSE_S: Final = 0.2
LOOK_S: Final = 2.0
BACKLOG: Final = 1024
MAX_CONNECTIONS: Final = 1024


def is_same(path: Path, inode: int) -> bool:
    try:
        return path.lstat().st_ino == inode
    except OSError:
        return False


class Listener:
    """The socket. Make it only while the lock of its directory is held."""

    def __init__(
        self,
        path: Path,
        dispatcher: Dispatcher,
        passed: socket.socket | None = None,
    ) -> None:
        self._path = path
        self._dispatcher = dispatcher
        self._passed = passed
        self._closing = anyio.Event()
        self.n_clients = 0

    def close_door(self) -> None:
        """Leave who comes now to the next daemon, if there will be one.

        The socket of systemd outlives this process; whoever waits in it is served
        by the one after us.
        """
        if self._passed is not None:
            self._closing.set()

    async def run(
        self,
        work: anyio.abc.TaskGroup,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until cancelled; `work` outlives every connection."""
        async with anyio.create_task_group() as connections:
            if self._passed is not None:
                await self._accept_from(self._passed, connections, work, task_status)
                await anyio.sleep_forever()
            while True:
                with anyio.CancelScope() as accepting:
                    await self._accept(connections, work, accepting, task_status)
                log.warning("%s was removed; it is made again", self._path)
                task_status = anyio.TASK_STATUS_IGNORED

    async def _accept(
        self,
        connections: anyio.abc.TaskGroup,
        work: anyio.abc.TaskGroup,
        accepting: anyio.CancelScope,
        task_status: anyio.abc.TaskStatus[None],
    ) -> None:
        """Make the socket and accept, until somebody removes it."""
        prepare_directory(self._path)
        clear_stale_socket(self._path)
        listener = await anyio.create_unix_listener(
            self._path, mode=0o600, backlog=BACKLOG
        )
        status = self._path.lstat()
        try:
            async with listener, anyio.create_task_group() as watching:
                watching.start_soon(self._watch, status.st_ino, accepting)
                task_status.started()
                await self._accept_all(listener, connections, work)
        finally:
            remove_own_socket(self._path, status.st_dev, status.st_ino)

    async def _accept_from(
        self,
        passed: socket.socket,
        connections: anyio.abc.TaskGroup,
        work: anyio.abc.TaskGroup,
        task_status: anyio.abc.TaskStatus[None],
    ) -> None:
        """Accept on the socket of systemd, whose name is systemd's to remove."""
        listener = await anyio.abc.SocketListener.from_socket(passed)
        async with listener, anyio.create_task_group() as accepting:
            accepting.start_soon(self._accept_all, listener, connections, work)
            task_status.started()
            await self._closing.wait()
            accepting.cancel_scope.cancel()

    async def _accept_all(
        self,
        listener: anyio.abc.SocketListener,
        connections: anyio.abc.TaskGroup,
        work: anyio.abc.TaskGroup,
    ) -> None:
        raw = listener.extra(anyio.abc.SocketAttribute.raw_socket)
        while True:
            # Cancelled while somebody comes, `accept` of anyio 4.16 leaves an
            # InvalidStateError in the log.
            await anyio.wait_readable(raw)
            try:
                stream = await listener.accept()
            except (OSError, anyio.BrokenResourceError):
                # No descriptors left, or a peer that went before it came.
                log.warning("a connection could not be accepted")
                await anyio.sleep(ACCEPT_PAUSE_S)
                continue
            connections.start_soon(self._serve, stream, work)

    async def _watch(self, inode: int, accepting: anyio.CancelScope) -> None:
        """End the accepting when the socket has lost its name; nothing tells of it."""
        while is_same(self._path, inode):  # noqa: ASYNC110  # no event for it
            await anyio.sleep(LOOK_S)
        accepting.cancel()

    async def _serve(
        self, stream: anyio.abc.SocketStream, work: anyio.abc.TaskGroup
    ) -> None:
        """Serve one connection; no error of it reaches the others."""
        raw = stream.extra(anyio.abc.SocketAttribute.raw_socket)
        self.n_clients += 1
        try:
            peer = peer_credentials(raw)
            if not peer.is_owner or self.n_clients > MAX_CONNECTIONS:
                log.warning("refused a connection of uid %d", peer.uid)
                await stream.aclose()
                return
            await Session(stream, self._dispatcher, work).serve()
        except Exception:
            log.exception("a connection ended with an error of this program")
        finally:
            self.n_clients -= 1
