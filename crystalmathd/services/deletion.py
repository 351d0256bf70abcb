"""Forgetting jobs: first in the store, then on the disk."""

import contextlib
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from crystalmathd.errors import FilesNotRemovedError
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import is_end
from crystalmathd.services.jobs import existing_job, refused
from crystalmathd.services.layout import Layout
from crystalmathd.store import queue, tombstones
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.tombstones import FilesLeft

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What the deletion of a job took away."""

    directory: Path
    n_files: int
    size_bytes: int


class Deletion:
    def __init__(
        self, database: Database, layout: Layout, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._layout = layout
        self._now_ms = now_ms

    async def delete(self, job_id: int, *, keep_files: bool) -> Removed:
        """Forget a job that has ended; its number and client token stay used.

        Raises
        ------
        FilesNotRemovedError
            If the job is forgotten and its files are still there.
        """
        directory = self._layout.job(job_id)
        n_files, size = await anyio.to_thread.run_sync(_contents, directory)

        def bury(db: Connection) -> None:
            job = existing_job(db, job_id)
            if not is_end(job.state):
                raise refused(job, "cancel it before you delete it")
            waiting = queue.children_waiting(db, job_id)
            if waiting:
                raise refused(job, f"job {waiting[0]} waits for its files")
            left = FilesLeft.KEPT if keep_files else FilesLeft.TO_BE_REMOVED
            tombstones.bury(db, self._now_ms(), job, left)

        failpoint("delete.before")
        await self._database.transact(bury)
        failpoint("delete.buried")
        if not keep_files:
            await self._remove_files(job_id)
        return Removed(directory=directory, n_files=n_files, size_bytes=size)

    async def finish_deletions(self) -> None:
        """Remove what an earlier daemon had no time or no right to remove."""
        for tombstone in await self._database.read(tombstones.to_be_removed):
            try:
                await self._remove_files(tombstone.job_id)
            except FilesNotRemovedError as error:
                log.warning("%s", error)

    async def _remove_files(self, job_id: int) -> None:
        directory = self._layout.job(job_id)
        try:
            await anyio.to_thread.run_sync(_remove_tree, directory)
        except OSError as error:
            raise FilesNotRemovedError(
                job_id=job_id, directory=directory, reason=error.strerror
            ) from error
        failpoint("delete.removed")
        await self._database.transact(lambda db: tombstones.mark_removed(db, job_id))


def _contents(directory: Path) -> tuple[int, int]:
    """Return the number of files below a directory and their size in bytes."""
    sizes = []
    for parent, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # somebody else deletes it
                sizes.append(Path(parent, name).lstat().st_size)
    return len(sizes), sum(sizes)


def _remove_tree(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)
