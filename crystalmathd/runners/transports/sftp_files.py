"""Files of another machine over SFTP: whole or not at all, there as well as here."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import anyio
import asyncssh

from crystalmathd.runners.jobrunner.rescuing import printable
from crystalmathd.runners.transports.base import (
    FileStatus,
    RemoteFileError,
    TransportError,
)
from crystalmathd.runners.transports.pieces import read_part, write_part
from crystalmathd.runners.transports.sftp import (
    CHUNK,
    SftpSession,
    beside,
    is_directory,
    is_regular,
    raw,
)
from crystalmathd.runners.transports.threads import do_all, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from crystalmathd.runners.transports.arrivals import Arrival

AT_ONCE: Final = 8
MAX_LISTED: Final = 100_000
MAX_DEPTH: Final = 64


class SftpFiles:
    """The operations of a Transport that SFTP has words for."""

    def __init__(self, session: SftpSession) -> None:
        self._session = session

    async def make_directory(self, path: str) -> None:
        async with self._session.using(path) as client:
            await self._make_directory(client, path)

    async def _make_directory(self, client: asyncssh.SFTPClient, path: str) -> None:
        private = asyncssh.SFTPAttrs(permissions=0o700)
        patiently = self._session.patiently
        try:
            await patiently(lambda: client.mkdir(raw(path), private))
        except asyncssh.SFTPNoSuchFile:
            parent = str(PurePosixPath(path).parent)
            if parent == path:
                raise
            await self._make_directory(client, parent)
            await patiently(lambda: client.mkdir(raw(path), private))
        except asyncssh.SFTPError as failure:
            # Version 3 of SFTP has no word for "it is there already".
            try:
                found = await patiently(lambda: client.stat(raw(path)))
            except asyncssh.SFTPError:
                raise failure from None
            if not is_directory(found):
                raise RemoteFileError(path, "File exists") from failure

    async def write_file(self, path: str, data: bytes) -> None:
        async def parts() -> AsyncIterator[bytes]:
            for start in range(0, len(data), CHUNK):
                yield data[start : start + CHUNK]

        await self._write(path, parts(), 0o600)

    async def put_file(self, source: Path, path: str) -> None:
        file = await in_thread(str(source), lambda: source.open("rb"))

        async def parts() -> AsyncIterator[bytes]:
            while part := await in_thread(str(source), lambda: file.read(CHUNK)):
                yield part

        try:
            await self.make_directory(str(PurePosixPath(path).parent))
            await self._write(path, parts(), 0o400)
        finally:
            file.close()

    async def _write(
        self, path: str, parts: AsyncIterator[bytes], permissions: int
    ) -> None:
        """Write beside the name, make it durable where the server can, rename."""
        temporary = beside(path)
        async with self._session.using(path) as client:
            try:
                await self._fill(client, temporary, parts, permissions)
                await self._rename(client, temporary, path)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await self._discard(client, temporary)
                raise

    async def _fill(
        self,
        client: asyncssh.SFTPClient,
        path: str,
        parts: AsyncIterator[bytes],
        permissions: int,
    ) -> None:
        patiently = self._session.patiently
        offset = 0
        async with self._session.opened(client, path, "xb") as file:
            async for part in parts:
                write = partial(write_part, client, file, part, offset)
                await patiently(write, len(part))
                offset += len(part)
                self._session.host.bytes_sent += len(part)
            mode = asyncssh.SFTPAttrs(permissions=permissions)
            await patiently(lambda: file.setstat(mode))
            with suppress(asyncssh.SFTPOpUnsupported):  # an extension of OpenSSH
                await patiently(file.fsync)
            written = await patiently(file.stat)
        if written.size != offset:
            raise TransportError(f"{path}: {written.size} of {offset} bytes arrived")

    async def _discard(self, client: asyncssh.SFTPClient, path: str) -> None:
        # It was never made, or the connection is gone; the error on its way says so.
        with suppress(asyncssh.Error, OSError):
            await self._session.patiently(lambda: client.remove(raw(path)))

    async def rename(self, path: str, target: str) -> None:
        async with self._session.using(path) as client:
            await self._rename(client, path, target)

    async def _rename(
        self, client: asyncssh.SFTPClient, path: str, target: str
    ) -> None:
        await self._session.patiently(
            lambda: client.posix_rename(raw(path), raw(target))
        )

    async def read_file(self, path: str, offset: int, limit: int) -> bytes:
        patiently = self._session.patiently
        async with self._session.using(path) as client:
            # A pipe would hold up the server, and everybody who uses this session.
            found = await patiently(lambda: client.stat(raw(path)))
            if not is_regular(found):
                raise RemoteFileError(path, "not a regular file")
            async with self._session.opened(client, path, "rb") as file:
                read = partial(read_part, client, file, limit, offset)
                data = await patiently(read, limit)
        self._session.host.bytes_received += len(data)
        return data

    async def list_files(self, path: str) -> list[FileStatus]:
        async with self._session.using(path) as client:
            try:
                root = await self._session.patiently(lambda: client.stat(raw(path)))
            except asyncssh.SFTPNoSuchFile:
                return []
            found = await self._walk(client, path) if is_directory(root) else []
        return [
            FileStatus(name=_text(b"/".join(parts)), size=size)
            for parts, size in sorted(found)
        ]

    async def _walk(
        self, client: asyncssh.SFTPClient, path: str
    ) -> list[tuple[tuple[bytes, ...], int]]:
        """Return the parts of the names of all regular files, and their sizes."""
        found: list[tuple[tuple[bytes, ...], int]] = []
        directories: list[tuple[bytes, ...]] = [()]
        n_seen = 0
        while directories:
            below = directories.pop()
            place = b"/".join([raw(path), *below])
            names = await self._session.patiently(partial(client.readdir, place))
            for entry in names:
                name = bytes(entry.filename)  # type: ignore[arg-type]  # it is as the path was
                if name in {b".", b".."}:
                    continue
                if not name or b"/" in name:
                    raise TransportError(f"the server lists a file as {name!r}")
                n_seen += 1
                if n_seen > MAX_LISTED or len(below) >= MAX_DEPTH:
                    raise TransportError(f"{_text(place)}: more than can be listed")
                if is_regular(entry.attrs):
                    found.append(((*below, name), entry.attrs.size or 0))
                elif is_directory(entry.attrs):
                    directories.append((*below, name))
        return found

    async def stamps(self, paths: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return size and time of change, in s, of regular files.

        Raises
        ------
        RemoteFileError
            If one is a link, no regular file, or not there.
        """
        found: dict[str, tuple[int, int]] = {}

        async def look(path: str) -> None:
            async with self._session.using(path) as client:
                status = await self._session.patiently(lambda: client.lstat(raw(path)))
            if not is_regular(status):
                raise RemoteFileError(path, "not a regular file")
            found[path] = (status.size or 0, status.mtime or 0)

        await do_all([partial(look, path) for path in paths], AT_ONCE)
        return found

    async def fetch(self, path: str, size: int, arrival: Arrival) -> None:
        """Bring what a file holds now to its place here, not yet under its name."""
        here = str(arrival.target)
        patiently = self._session.patiently
        offset = 0
        async with (
            self._session.using(path) as client,
            self._session.opened(client, path, "rb") as file,
        ):
            while True:
                # One byte more than there was shows that a file has grown.
                limit = min(CHUNK, size - offset + 1)
                read = partial(read_part, client, file, limit, offset)
                part = await patiently(read, limit)
                if not part:
                    break
                offset += len(part)
                self._session.host.bytes_received += len(part)
                await in_thread(here, partial(arrival.write, part))
                if offset > size:
                    raise TransportError(f"{path} changed while it was fetched")
        await in_thread(here, arrival.finish)


def _text(name: bytes) -> str:
    return printable(name.decode("utf-8", "surrogateescape"))
