"""Documents named by their sha256: auxiliary files, and what clients upload."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crystalmathd.errors import (
    BlobMismatchError,
    BlobNotFoundError,
    FileEmptyError,
    FileMissingError,
    InputRefusedError,
    StoreFullError,
)
from crystalmathd.failpoints import failpoint

_FICLONE: Final = 0x40049409
"""ioctl of linux/fs.h: share the blocks of another file (btrfs, xfs)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """How much of a document is on disk."""

    received: int
    is_complete: bool


class Blobs:
    """A folder of read-only files; nothing in it ever changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, and forget copies that were broken off by a crash."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self.folder.glob("tmp-*"):
            left.unlink()

    def path(self, sha256: str) -> Path:
        """Return where a document is.

        Raises
        ------
        BlobNotFoundError
            If it is not there, or not whole.
        """
        path = self.folder / sha256
        if not path.is_file():
            raise BlobNotFoundError(sha256=sha256)
        return path

    def keep(self, source: Path) -> str:
        """Store a copy of a file as it is now; return its sha256.

        Raises
        ------
        FileMissingError, FileEmptyError
            If there is nothing to store.
        InputRefusedError
            If the file changes while it is read.
        """
        before = _status(source)
        with room_needed():
            return self._keep(source, before)

    def _keep(self, source: Path, before: tuple[int, int, int]) -> str:
        descriptor, name = tempfile.mkstemp(prefix="tmp-", dir=self.folder)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as writer, source.open("rb") as reader:
                _copy(reader.fileno(), writer.fileno(), source, temporary)
                os.fsync(writer.fileno())
            sha256 = file_sha256(temporary)
            if _status(source) != before:
                raise InputRefusedError(
                    name=source.name, reason="the file changes while it is read"
                )
            temporary.chmod(0o400)
            failpoint("blob.before")
            temporary.rename(self.folder / sha256)
            failpoint("blob.kept")
        finally:
            temporary.unlink(missing_ok=True)
        return sha256

    def write(self, data: bytes) -> str:
        """Store a text that the daemon has made; return its sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        # A crash may have left a part of it.
        (self.folder / f"{sha256}.part").unlink(missing_ok=True)
        self.put(sha256, len(data), 0, data)
        return sha256

    def put(self, sha256: str, size: int, offset: int, data: bytes) -> Upload:
        """Take the next chunk of an upload.

        Raises
        ------
        BlobMismatchError
            If the chunk does not continue what is there, or the whole is not
            what its name says; then the upload starts again.
        """
        target = self.folder / sha256
        if target.is_file():
            return Upload(received=target.stat().st_size, is_complete=True)
        if size == 0:
            raise BlobMismatchError(sha256=sha256, reason="an empty one is not kept")
        part = self.folder / f"{sha256}.part"
        received = part.stat().st_size if part.exists() else 0
        if not data and offset == 0:
            return Upload(received=received, is_complete=False)
        if offset != received or offset + len(data) > size:
            reason = f"{received} bytes are here; the chunk starts at {offset}"
            raise BlobMismatchError(sha256=sha256, reason=reason)
        with room_needed(), part.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        received += len(data)
        if received < size:
            return Upload(received=received, is_complete=False)
        found = file_sha256(part)
        if found != sha256:
            part.unlink()
            raise BlobMismatchError(sha256=sha256, reason=f"its sha256 is {found}")
        part.chmod(0o400)
        part.rename(target)
        return Upload(received=received, is_complete=True)


@contextlib.contextmanager
def room_needed() -> Iterator[None]:
    """Tell of a full disk in the words of the store."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFullError(reason=error.strerror) from error
        raise


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file.

    Raises
    ------
    FileMissingError, FileEmptyError
        If it cannot be read, or nothing is in it.
    """
    _status(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _status(path: Path) -> tuple[int, int, int]:
    """Return inode, size and time of change of a readable, not empty file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
    except OSError as error:
        raise FileMissingError(path=path, reason=error.strerror) from error
    if status.st_size == 0:
        raise FileEmptyError(path=path)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _copy(reader: int, writer: int, source: Path, target: Path) -> None:
    """Share the blocks where the file system can, else copy them."""
    try:
        fcntl.ioctl(writer, _FICLONE, reader)
    except OSError as error:
        if error.errno not in {
            errno.EOPNOTSUPP,
            errno.EXDEV,
            errno.EINVAL,
            errno.ENOTTY,
            errno.ENOSYS,
        }:
            raise
        shutil.copyfile(source, target)
