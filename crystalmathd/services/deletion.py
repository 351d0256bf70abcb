"""Forgetting jobs: first in the store, then on the disk."""

import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from crystalmathd.errors import FilesNotRemovedError
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import is_end
from crystalmathd.services.jobs import existing_job, refused
from crystalmathd.services.layout import Layout
from crystalmathd.services.scratches import Found, Scratches, Whose
from crystalmathd.store import attempts, queue, tombstones
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.tombstones import FilesLeft, Grave, Scratch

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovedScratch:
    """A scratch directory; `problem` says why it is still there."""

    path: str
    n_files: int
    size_bytes: int
    problem: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What the deletion of a job took away; the sizes are those of its directory."""

    directory: Path
    n_files: int
    size_bytes: int
    scratches: tuple[RemovedScratch, ...]


class Deletion:
    def __init__(
        self,
        database: Database,
        layout: Layout,
        scratches: Scratches,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._layout = layout
        self._scratches = scratches
        self._now_ms = now_ms
        self._again = anyio.Event()

    async def run(self) -> None:
        """Finish deletions now, and each time that there is more hope for them."""
        while True:
            self._again = anyio.Event()
            await self._finish_deletions()
            await self._again.wait()

    def try_again(self) -> None:
        """See whether more can be removed now: a machine answers again."""
        self._again.set()

    async def delete(self, job_id: int, *, keep_files: bool) -> Removed:
        """Forget a job that has ended; its number and client token stay used.

        Raises
        ------
        FilesNotRemovedError
            If the job is forgotten and its directory is still there.
        """
        directory = self._layout.job(job_id)
        _, made = await self._database.read(
            lambda db: (existing_job(db, job_id), attempts.attempts_of(db, job_id))
        )
        found = await self._scratches.of(made)
        found += await self._scratches.elsewhere(made)
        n_files, size = await anyio.to_thread.run_sync(_contents, directory)
        ours = tuple(one.scratch for one in found if _may_remove(one))
        grave = Grave(
            directory=str(directory), n_files=n_files, size_bytes=size, scratches=ours
        )

        def bury(db: Connection) -> None:
            job = existing_job(db, job_id)
            if not is_end(job.state):
                raise refused(job, "cancel it before you delete it")
            waiting = queue.children_waiting(db, job_id)
            if waiting:
                raise refused(job, f"job {waiting[0]} waits for its files")
            left = FilesLeft.KEPT if keep_files else FilesLeft.TO_BE_REMOVED
            tombstones.bury(db, self._now_ms(), job, left, grave)

        failpoint("delete.before")
        await self._database.transact(bury)
        failpoint("delete.buried")
        problems = {one.path: "it was to be kept" for one in ours}
        if not keep_files:
            problems = await self._remove_files(job_id, ours)
        return Removed(
            directory=directory,
            n_files=n_files,
            size_bytes=size,
            scratches=tuple(_told(one, problems) for one in found),
        )

    async def _finish_deletions(self) -> None:
        """Remove what an earlier daemon had no time or no right to remove."""
        for tombstone in await self._database.read(tombstones.to_be_removed):
            try:
                problems = await self._remove_files(
                    tombstone.job_id, tombstone.scratches
                )
            except FilesNotRemovedError as error:
                log.warning("%s", error)
                continue
            for problem in problems.values():
                log.warning("deleted job %d: %s", tombstone.job_id, problem)

    async def _remove_files(
        self, job_id: int, scratches: Sequence[Scratch]
    ) -> dict[str, str]:
        """Remove scratch directories and the job's own; return path → why not."""
        directory = self._layout.job(job_id)
        reason, problems = None, {}
        for one in scratches:
            problem = await self._scratches.remove(one)
            if problem is not None:
                problems[one.path] = problem
        try:
            await anyio.to_thread.run_sync(_remove_tree, directory)
        except OSError as error:
            reason = error.strerror or str(error)
        said = [*problems.values()]
        if reason is not None:
            said.append(f"{directory}: {reason}")
        failpoint("delete.removed")
        await self._database.transact(
            lambda db: (
                tombstones.mark_left(db, job_id, "; ".join(said))
                if said
                else tombstones.mark_removed(db, job_id)
            )
        )
        if reason is not None:
            raise FilesNotRemovedError(
                job_id=job_id, directory=directory, reason=reason
            )
        return problems


def _may_remove(found: Found) -> bool:
    """Tell whether a directory is ours, for all that its machine says now."""
    is_named = not found.scratch.token and found.whose in {
        Whose.UNKNOWN,
        Whose.UNREACHED,
    }
    return is_named or found.whose is Whose.OURS


def _told(found: Found, problems: dict[str, str]) -> RemovedScratch:
    path = found.scratch.path
    is_ours = _may_remove(found)
    return RemovedScratch(
        path=path,
        n_files=found.n_files,
        size_bytes=found.size_bytes,
        problem=problems.get(path) if is_ours else str(found.whose),
    )


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
