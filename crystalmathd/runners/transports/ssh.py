"""Another machine, over an SSH connection that others share."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from crystalmathd.runners.transports.base import (
    CommandResult,
    FileStatus,
    RemoteFileError,
    TransportError,
    refuse_detours,
)
from crystalmathd.runners.transports.fetching import Fetching
from crystalmathd.runners.transports.packing import put_packed, read_many
from crystalmathd.runners.transports.remote_errors import sorted_error
from crystalmathd.runners.transports.threads import do_all, in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from crystalmathd.runners.connections import ConnectionManager
    from crystalmathd.runners.targets import Target
    from crystalmathd.runners.transports.sftp_files import SftpFiles

T = TypeVar("T")

PACKED_ABOVE: Final = 50
"""Files; each one alone costs several round trips."""
PACKED_SIZE: Final = 1 << 20
NEAR_THE_ROOT: Final = 2
"""Parts of a path, the root among them."""
REMOVE_S: Final = 600.0
WHY: Final = """
LC_ALL=C; export LC_ALL
d=$1; while ! test -d "$d"; do d=$(dirname -- "$d"); done
dd if=/dev/zero of="$d/$2" bs=65536 count="$3" 2>&1; c=$?
rm -f -- "$d/$2"
exit $c
"""
"""Writes as much as could not be written, for the words of the other side."""


class SshTransport:
    name = "ssh"

    def __init__(self, connections: ConnectionManager, target: Target) -> None:
        self._connections = connections
        self._target = target

    async def run(
        self,
        arguments: Sequence[str],
        *,
        deadline_s: float,
        environment: dict[str, str] | None = None,
        max_output: int = 4 << 20,
        stdin: bytes = b"",
        is_control: bool = False,
    ) -> CommandResult:
        # asyncssh takes 200 ms to load, and a daemon without clusters needs none.
        from crystalmathd.runners.transports.channels import (  # noqa: PLC0415
            RemoteCommand,
        )

        command = RemoteCommand(
            self._connections,
            self._target,
            arguments,
            deadline_s=deadline_s,
            environment=environment,
            max_output=max_output,
            stdin=stdin,
            is_control=is_control,
        )
        self._connections.in_background(command.execute)
        try:
            await command.done.wait()
        except anyio.get_cancelled_exc_class():
            command.give_up()
            raise
        if command.result is None:
            raise command.error or TransportError(f"{arguments[0]} was given up")
        return command.result

    @cached_property
    def _files(self) -> SftpFiles:
        from crystalmathd.runners.transports.sftp import SftpSession  # noqa: PLC0415
        from crystalmathd.runners.transports.sftp_files import (  # noqa: PLC0415
            SftpFiles,
        )

        return SftpFiles(SftpSession(self._connections, self._target))

    async def make_directory(self, path: str) -> None:
        await self._explained(path, 1, partial(self._files.make_directory, path))

    async def write_file(self, path: str, data: bytes) -> None:
        work = partial(self._files.write_file, path, data)
        await self._explained(path, len(data), work)

    async def put_file(self, source: Path, path: str) -> None:
        status = await in_thread(str(source), source.stat)
        work = partial(self._files.put_file, source, path)
        await self._explained(path, status.st_size, work)

    async def put_files(self, files: Sequence[tuple[Path, str]]) -> None:
        small = []
        if len(files) > PACKED_ABOVE:
            sizes = {
                source: (await in_thread(str(source), source.stat)).st_size
                for source, _ in files
            }
            small = [one for one in files if sizes[one[0]] <= PACKED_SIZE]
        packed = {path for _, path in small}
        large = [one for one in files if one[1] not in packed]
        await do_all([partial(self.put_file, *one) for one in large], 4)
        if small:
            await put_packed(self.run, small)

    async def fetch_files(self, files: Sequence[tuple[str, Path]]) -> None:
        for path, _ in files:
            refuse_detours(path)
        fetching = Fetching(self._files, self.run, files)
        await fetching.run()

    async def rename(self, path: str, target: str) -> None:
        await self._explained(target, 1, partial(self._files.rename, path, target))

    async def read_file(self, path: str, offset: int, limit: int) -> bytes:
        work = partial(self._files.read_file, path, offset, limit)
        return await self._explained(path, 0, work)

    async def read_files(
        self, requests: Sequence[tuple[str, int, int]]
    ) -> list[bytes | None]:
        return await read_many(self.run, requests)

    async def list_files(self, path: str) -> list[FileStatus]:
        return await self._explained(path, 0, partial(self._files.list_files, path))

    async def remove_tree(self, path: str) -> None:
        refuse_detours(path)
        if len(PurePosixPath(path).parts) <= NEAR_THE_ROOT:
            raise RemoteFileError(path, "too near the root to be removed")
        remove = ["/usr/bin/env", "LC_ALL=C", "rm", "-rf", "--", path]
        done = await self.run(remove, deadline_s=REMOVE_S)
        if done.exit_code:
            raise sorted_error(path, done.stderr.decode("utf-8", "replace"))

    async def _explained(
        self, path: str, size: int, work: Callable[[], Awaitable[T]]
    ) -> T:
        """Do something with files; where SFTP has no word for why not, find one."""
        from crystalmathd.runners.transports.sftp import (  # noqa: PLC0415
            ServerFailureError,
            beside,
        )

        try:
            return await work()
        except ServerFailureError as failure:
            if not size:
                raise
            blocks = str(min(1024, (size >> 16) + 1))
            place, own = str(PurePosixPath(path).parent), beside(".cm")
            again = ["/bin/sh", "-c", WHY, "sh", place, own, blocks]
            done = await self.run(again, deadline_s=60)
            if done.exit_code == 0:
                raise
            said = done.stdout.decode("utf-8", "replace")
            raise sorted_error(path, said) from failure
