"""Moving bytes and running commands on the machine where a job lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from crystalmathd.errors import HostError


class TransportError(Exception):
    """The machine gave no answer, or not in time; nothing follows from it.

    `error` is what stands in the way, where a person may have to act.
    """

    error: HostError | None = None


class RemoteFileError(Exception):
    """The machine answered: this cannot be done with this file."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandResult:
    """How a command ended; at most `max_output` bytes of each stream are kept.

    `exit_code` is -N if signal N ended it.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class FileStatus:
    """A file found by `list_files`: its path below the directory, size in bytes."""

    name: str
    size: int


def refuse_detours(path: str) -> None:
    """See that a path says where it leads.

    Raises
    ------
    RemoteFileError
        If it is relative, or goes up on its way.
    """
    parts = PurePosixPath(path)
    if not parts.is_absolute() or ".." in parts.parts or "\0" in path:
        raise RemoteFileError(path, "not an absolute path without '..'")


class Transport(Protocol):
    """A way to one machine. Paths are absolute there."""

    @property
    def name(self) -> str:
        """The word that stands in a job's record."""

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
        """Run a command to its end.

        Parameters
        ----------
        environment
            All that the command gets; None: what a login has there.
        is_control
            Asks for or ends jobs: such commands do not queue behind the others.

        Raises
        ------
        TransportError
            If it did not end in time or could not be started; it may have had
            its effect all the same.
        """

    async def make_directory(self, path: str) -> None:
        """Make a private directory with its parents; it may be there already."""

    async def write_file(self, path: str, data: bytes) -> None:
        """Write a private file that appears whole and durable, or not at all."""

    async def put_file(self, source: Path, path: str) -> None:
        """Bring a file of this machine there; the target is read-only."""

    async def put_files(self, files: Sequence[tuple[Path, str]]) -> None:
        """Bring many files there, each whole or not at all, read-only."""

    async def fetch_files(self, files: Sequence[tuple[str, Path]]) -> None:
        """Bring files here, each whole, with the same sha256, and durable.

        A link is refused where a file is named, and so is `..` in its path.

        Raises
        ------
        RemoteFileError
            If one is not there or is no regular file.
        TransportError
            If one changed on the way; nothing stands under its name then.
        """

    async def rename(self, path: str, target: str) -> None:
        """Give a file or directory another name, at once, over what was there."""

    async def read_file(self, path: str, offset: int, limit: int) -> bytes:
        """Return up to `limit` bytes from `offset`.

        Raises
        ------
        RemoteFileError
            If there is no such file.
        """

    async def read_files(
        self, requests: Sequence[tuple[str, int, int]]
    ) -> list[bytes | None]:
        """Read (path, offset, limit) of many files at once.

        None stands for what is no file, or none that may be read.
        """

    async def list_files(self, path: str) -> list[FileStatus]:
        """Return every regular file below a directory, sorted; no links.

        A directory that is not there has none.
        """

    async def remove_tree(self, path: str) -> None:
        """Remove a directory with all that is in it; it may be gone already."""
