"""Large answers, kept for a while so that clients can fetch them in pieces."""

import contextlib
import hashlib
import tempfile
import time
from pathlib import Path
from typing import Final

from crystalmathd.services.blobs import Blobs, room_needed

MOST_IN_A_REPLY_BYTES: Final = 1 << 20
"""What is larger is kept here, and fetched in pieces."""
KEPT_S: Final = 3600.0
"""Whoever has asked for one fetches it at once."""


class Offprints(Blobs):
    """Documents made of what is stored anyway: nothing is lost with them."""

    def prepare(self) -> None:
        """Make the folder, and forget what an earlier daemon has made."""
        super().prepare()
        self._forget(older_than=time.time())

    def write(self, data: bytes) -> str:
        """Keep an answer; the same one may be made by several calls at once."""
        self._forget(older_than=time.time() - KEPT_S)
        sha256 = hashlib.sha256(data).hexdigest()
        with (
            room_needed(),
            tempfile.NamedTemporaryFile(
                prefix="tmp-", dir=self.folder, delete=False
            ) as file,
        ):
            file.write(data)
        Path(file.name).rename(self.folder / sha256)
        return sha256

    def _forget(self, older_than: float) -> None:
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another call was quicker
                if path.stat().st_mtime <= older_than:
                    path.unlink()


def offprints_of(root: Path) -> Offprints:
    """Return the folder of them beside the store, ready for use."""
    made = Offprints(root / "offprints")
    made.prepare()
    return made
