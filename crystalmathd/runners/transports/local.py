"""The machine of the daemon, through the same protocol as every other."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.abc
import anyio.to_thread

from crystalmathd.runners.jobrunner import printable, sync_directory
from crystalmathd.runners.transports.base import (
    CommandResult,
    FileStatus,
    RemoteFileError,
    TransportError,
)

T = TypeVar("T")


class LocalTransport:
    name = "local"

    async def run(
        self,
        arguments: Sequence[str],
        *,
        deadline_s: float,
        environment: dict[str, str] | None = None,
        max_output: int = 4 << 20,
    ) -> CommandResult:
        try:
            process = await anyio.open_process(
                list(arguments),
                stdin=subprocess.DEVNULL,
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
        await _in_thread(path, lambda: Path(path).mkdir(0o700, True, True))

    async def write_file(self, path: str, data: bytes) -> None:
        await _in_thread(path, lambda: write_whole(Path(path), data))

    async def put_file(self, source: Path, path: str) -> None:
        await _in_thread(path, lambda: _link_or_copy(source, Path(path)))

    async def read_file(self, path: str, offset: int, limit: int) -> bytes:
        def read() -> bytes:
            with Path(path).open("rb") as file:
                file.seek(offset)
                return file.read(limit)

        return await _in_thread(path, read)

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

        return await _in_thread(path, walk)

    async def remove_tree(self, path: str) -> None:
        def remove() -> None:
            if Path(path).exists():
                shutil.rmtree(path)

        await _in_thread(path, remove)


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


async def _in_thread(path: str, work: Callable[[], T]) -> T:
    try:
        return await anyio.to_thread.run_sync(work)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise TransportError(f"{path}: {error.strerror}") from error
        raise RemoteFileError(path, error.strerror or str(error)) from error


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
