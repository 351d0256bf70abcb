"""The SFTP session of a host, shared by all, and its errors in our words."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import asyncssh

from crystalmathd.errors import HostError
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.runners.transports.channels import lost_because, open_channel, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TypeVar

    from crystalmathd.runners.connections import ConnectionManager
    from crystalmathd.runners.targets import Target

    T = TypeVar("T")

CHUNK: Final = 4 << 20
SLOWEST: Final = 16 << 10
"""Bytes a second; a slower link is a broken one."""
GONE: Final = (
    asyncssh.SFTPNoConnection,
    asyncssh.SFTPConnectionLost,
    asyncssh.DisconnectError,
    asyncssh.ChannelOpenError,
    OSError,
)


class ServerFailureError(TransportError):
    """The server failed at something, and SFTP has no word for why."""

    def __init__(self, path: str, words: str) -> None:
        self.path = path
        self.words = words
        super().__init__(f"{path}: {words}")


class SftpSession:
    def __init__(self, connections: ConnectionManager, target: Target) -> None:
        self.connections = connections
        self.target = target
        self.host = connections.host(target)

    @asynccontextmanager
    async def using(self, path: str) -> AsyncIterator[asyncssh.SFTPClient]:
        """Lend the session; what goes wrong meanwhile is about this path.

        Raises
        ------
        RemoteFileError, TransportError
            As everywhere.
        ServerFailureError
            For what SFTP calls a failure: the disk, a quota, something in the way.
        """
        try:
            client = await self._client()
            self.host.n_sftp_users += 1
            try:
                yield client
            finally:
                self.host.n_sftp_users -= 1
        except HostError as error:
            raise told(error) from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
            raise RemoteFileError(path, os.strerror(2)) from error
        except asyncssh.SFTPPermissionDenied as error:
            raise RemoteFileError(path, os.strerror(13)) from error
        except TimeoutError as error:
            self.host.close_sftp()
            raise TransportError(f"{path}: the server stopped answering") from error
        except GONE as error:
            self.host.close_sftp()
            raise TransportError(f"{path}: {lost_because(error)}") from error
        except asyncssh.SFTPError as error:
            raise ServerFailureError(
                path, error.reason or type(error).__name__
            ) from error
        self.connections.answered(self.host)

    async def _client(self) -> asyncssh.SFTPClient:
        connection = await self.connections.connection(self.target)
        async with self.host.sftp_lock:
            if self.host.sftp is None:
                # A channel that is given up while it opens would stay open.
                with anyio.CancelScope(shield=True):
                    start = partial(self._start, connection)
                    limit_s = self.connections.limits.open_s
                    await open_channel(self.host, limit_s, start)
            if self.host.sftp is None:
                raise TransportError("the connection was lost meanwhile")
            return self.host.sftp

    async def _start(self, connection: asyncssh.SSHClientConnection) -> None:
        client = await connection.start_sftp_client()
        if self.host.connection is connection:
            self.host.sftp = client

    async def patiently(self, work: Callable[[], Awaitable[T]], size: int = 0) -> T:
        """Wait for an answer with so many bytes, as long as a slow link may take."""
        limit_s = self.connections.limits.stall_s + size / SLOWEST
        with anyio.fail_after(limit_s):
            return await work()

    @asynccontextmanager
    async def opened(
        self, client: asyncssh.SFTPClient, path: str, mode: str
    ) -> AsyncIterator[asyncssh.SFTPClientFile]:
        """Open a file; new ones are private. It is closed whatever happens."""
        private = asyncssh.SFTPAttrs(permissions=0o600)
        with anyio.CancelScope(shield=True):
            file: asyncssh.SFTPClientFile = await self.patiently(
                lambda: client.open(raw(path), mode, private, block_size=0)
            )
        is_left_well = False
        try:
            yield file
            is_left_well = True
        finally:
            with anyio.CancelScope(shield=True):
                try:
                    await self.patiently(file.close)
                except (asyncssh.Error, OSError):
                    if is_left_well:  # what was written may have been lost
                        raise


def raw(path: str) -> bytes:
    """Return a path as the other side spells it.

    Raises
    ------
    RemoteFileError
        If no file can have that name.
    """
    if "\0" in path:
        raise RemoteFileError(path, "a NUL in its name")
    return path.encode("utf-8", "surrogateescape")


def beside(path: str) -> str:
    """Return a name for what is to become this file; nobody else has it."""
    return f"{path}.{secrets.token_hex(4)}.tmp"


def is_regular(attributes: asyncssh.SFTPAttrs) -> bool:
    return stat.S_ISREG(attributes.permissions or 0)


def is_directory(attributes: asyncssh.SFTPAttrs) -> bool:
    return stat.S_ISDIR(attributes.permissions or 0)
