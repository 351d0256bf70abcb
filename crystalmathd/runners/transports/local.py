"""The machine of the daemon, through the same protocol as every other."""

import errno
import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
import anyio.abc

from crystalmathd.runners.jobrunner.records import sync_directory
from crystalmathd.runners.jobrunner.rescuing import printable
from crystalmathd.runners.transports.arrivals import CHUNK, Arrival
from crystalmathd.runners.transports.base import (
    CommandResult,
    FileStatus,
    RemoteFileError,
    TransportError,
    refuse_detours,
)
from crystalmathd.runners.transports.threads import in_thread


class LocalTransport:
    name = "local"

    async def run(
        self,
        arguments: Sequence[str],
        *,
        deadline_s: float,
        environment: dict[str, str] | None = None,
        max_output: int = 4 << 20,
        stdin: bytes = b"",
        is_control: bool = False,  # noqa: ARG002  # nothing queues here
    ) -> CommandResult:
        try:
            process = await anyio.open_process(
                list(arguments),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise TransportError(f"{arguments[0]}: {error.strerror}") from error
        async with process:
            outputs: dict[str, bytes] = {}
            try:
                with anyio.fail_after(deadline_s):
                    async with anyio.create_task_group() as readers:
                        readers.start_soon(_send, process, stdin)
                        for stream in ("stdout", "stderr"):
                            readers.start_soon(
                                _read, process, stream, max_output, outputs
                            )
                    code = await process.wait()
            except TimeoutError as error:
                process.kill()
                raise TransportError(
                    f"{arguments[0]} gave no answer within {deadline_s:g} s"
                ) from error
        return CommandResult(
            exit_code=code, stdout=outputs["stdout"], stderr=outputs["stderr"]
        )

    async def make_directory(self, path: str) -> None:
        await in_thread(path, lambda: Path(path).mkdir(0o700, True, True))

    async def write_file(self, path: str, data: bytes) -> None:
        await in_thread(path, lambda: write_whole(Path(path), data))

    async def put_file(self, source: Path, path: str) -> None:
        await in_thread(path, lambda: _link_or_copy(source, Path(path)))

    async def put_files(self, files: Sequence[tuple[Path, str]]) -> None:
        for source, path in files:
            await self.put_file(source, path)

    async def fetch_files(self, files: Sequence[tuple[str, Path]]) -> None:
        for path, _ in files:
            refuse_detours(path)
        for path, target in files:
            await in_thread(path, partial(_fetch, path, target))

    async def rename(self, path: str, target: str) -> None:
        await in_thread(path, lambda: Path(path).replace(target))

    async def read_file(self, path: str, offset: int, limit: int) -> bytes:
        def read() -> bytes:
            with Path(path).open("rb") as file:
                file.seek(offset)
                return file.read(limit)

        return await in_thread(path, read)

    async def read_files(
        self, requests: Sequence[tuple[str, int, int]]
    ) -> list[bytes | None]:
        found: list[bytes | None] = []
        for path, offset, limit in requests:
            try:
                found.append(await self.read_file(path, offset, limit))
            except RemoteFileError:
                found.append(None)
        return found

    async def list_files(self, path: str) -> list[FileStatus]:
        def walk() -> list[FileStatus]:
            root = Path(path)
            return [
                FileStatus(
                    name=printable(str(p.relative_to(root))), size=p.stat().st_size
                )
                for p in sorted(root.rglob("*"))
                if p.is_file() and not p.is_symlink()
            ]

        return await in_thread(path, walk)

    async def remove_tree(self, path: str) -> None:
        def remove() -> None:
            if Path(path).exists():
                shutil.rmtree(path)

        await in_thread(path, remove)


async def _read(
    process: anyio.abc.Process, name: str, limit: int, outputs: dict[str, bytes]
) -> None:
    """Read a stream to its end, and keep its beginning."""
    kept = bytearray()
    stream = process.stdout if name == "stdout" else process.stderr
    if stream is not None:
        async for chunk in stream:
            kept += chunk[: max(0, limit - len(kept))]
    outputs[name] = bytes(kept)


async def _send(process: anyio.abc.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    try:
        await process.stdin.send(data)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass  # it ended before it had read everything, and may do so
    finally:
        await process.stdin.aclose()


def write_whole(path: Path, data: bytes) -> None:
    """Make a private file appear whole: beside it, sync, rename, sync the directory."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_directory(path.parent)


def _link_or_copy(source: Path, target: Path) -> None:
    """Give a stored document a name in the job's directory without a second copy."""
    target.parent.mkdir(0o700, True, True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK}:
            raise
        shutil.copyfile(source, target)
        target.chmod(0o400)


def _fetch(path: str, target: Path) -> None:
    """Copy a regular file here, and see that it did not change meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RemoteFileError(path, "not a regular file") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise RemoteFileError(path, "not a regular file")
        arrival = Arrival(target)
        try:
            while part := file.read(CHUNK):
                arrival.write(part)
            arrival.finish()
            file.seek(0)
            if hashlib.file_digest(file, "sha256").hexdigest() != arrival.sha256:
                raise TransportError(f"{path} changed while it was fetched")
            arrival.accept()
        finally:
            arrival.drop()
