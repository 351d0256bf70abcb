"""A file that comes here from elsewhere: whole and verified, or not at all."""

import hashlib
import os
from pathlib import Path
from typing import Final

from crystalmathd.runners.jobrunner.records import sync_directory

CHUNK: Final = 4 << 20


class Arrival:
    """Collects a file under `<target>.partial`. Its methods block."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.partial = target.with_name(f"{target.name}.partial")
        target.parent.mkdir(0o700, parents=True, exist_ok=True)
        # Whatever stands there, a link above all, is not written through.
        self.partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(self.partial, flags, 0o600), "wb", buffering=0)
        self._sum = hashlib.sha256()
        self.sha256 = ""
        """Set when all has come."""

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._sum.update(data)

    def finish(self) -> None:
        """Make what has come durable."""
        os.fsync(self._file.fileno())
        self._file.close()
        self.sha256 = self._sum.hexdigest()

    def accept(self) -> None:
        """Give the file its name."""
        self.partial.replace(self.target)
        sync_directory(self.target.parent)

    def drop(self) -> None:
        self._file.close()
        self.partial.unlink(missing_ok=True)
