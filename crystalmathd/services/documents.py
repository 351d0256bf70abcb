"""Stored documents and the files that jobs left, by their sha256."""

from functools import partial
from pathlib import Path

import anyio.to_thread

from crystalmathd.errors import BlobNotFoundError
from crystalmathd.services.blobs import Blobs, Upload
from crystalmathd.services.layout import Layout
from crystalmathd.services.offprints import Offprints
from crystalmathd.store.attempts import find_artefact
from crystalmathd.store.database import Database


class Documents:
    def __init__(
        self, database: Database, blobs: Blobs, offprints: Offprints, layout: Layout
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._offprints = offprints
        self._layout = layout

    async def put(self, sha256: str, size: int, offset: int, data: bytes) -> Upload:
        """Take the next chunk of an upload."""
        return await anyio.to_thread.run_sync(
            partial(self._blobs.put, sha256, size, offset, data)
        )

    async def path(self, sha256: str) -> Path:
        """Return a file with this content.

        Raises
        ------
        BlobNotFoundError
            If it was neither uploaded nor left by a job.
        """
        found = await self._database.read(lambda db: find_artefact(db, sha256))
        if found is not None:
            job_id, attempt, name = found
            path = self._layout.attempt(job_id, attempt) / "outputs" / name
            if path.is_file():
                return path
        try:
            return self._offprints.path(sha256)
        except BlobNotFoundError:
            return self._blobs.path(sha256)
