"""Removing files of ended jobs by their role: what is large, and of no more use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread

from crystalmathd.errors import (
    ArtefactNotFoundError,
    FilesLeftError,
    HostUnreachableError,
)
from crystalmathd.models.clusters import ADOPTED
from crystalmathd.models.jobs import Artefact, Job, is_end
from crystalmathd.runners.transports.base import Transport, TransportError
from crystalmathd.services.artefacts import Artefacts, path_there
from crystalmathd.services.jobs import Jobs, refused
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.store import attempts, queue
from crystalmathd.store.database import Connection, Database

DEADLINE_S: Final = 120.0
AT_ONCE: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """A file that was removed; `is_left`: there is still one on this machine."""

    artefact: Artefact
    is_left: bool


class Cleaning:
    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        machines: Machines,
        artefacts: Artefacts,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._machines = machines
        self._artefacts = artefacts

    async def clean(
        self, job_id: int, roles: Sequence[str], *, here: bool, is_dry: bool
    ) -> list[Cleaned]:
        """Remove files from where the job ran; `here`: also from this machine.

        Raises
        ------
        JobStateError
            If it has not ended, or another job waits for its files.
        ArtefactNotFoundError
            If it has left no file in one of the roles.
        HostUnreachableError, FilesLeftError
            If its machine does not answer, or does not let go of one.
        """
        details = await self._jobs.details(job_id)
        await self._check(details.job)
        if details.job.cluster == ADOPTED:
            raise refused(details.job, "it was adopted: its files are not ours")
        known = {one.role for one in details.artefacts}
        for role in roles:
            if role not in known:
                raise ArtefactNotFoundError(
                    job_id=job_id, role=role, known=", ".join(sorted(known)) or "none"
                )
        wanted = [one for one in details.artefacts if one.role in roles]
        attempt = await self._artefacts.attempt_of(job_id, wanted[0])
        machine = self._machines[attempt.cluster]
        if machine.is_here and not here:
            reason = "its files are on this machine; say that they may be removed here"
            raise refused(details.job, reason)
        found = [Cleaned(artefact=o, is_left=o.is_here and not here) for o in wanted]
        if is_dry:
            return found
        if not machine.is_here:
            paths = [path_there(machine, attempt, one) for one in wanted]
            await _remove_there(machine, paths)
        if here:
            await anyio.to_thread.run_sync(self._remove_here, job_id, wanted)
        gone = [one.artefact for one in found if not one.is_left]
        await self._database.transact(
            lambda db: attempts.forget_artefacts(db, job_id, gone)
        )
        return found

    async def _check(self, job: Job) -> None:
        if not is_end(job.state):
            raise refused(job, "its files are cleaned when it has ended")

        def waiting(db: Connection) -> list[int]:
            return queue.children_waiting(db, job.job_id)

        children = await self._database.read(waiting)
        if children:
            raise refused(job, f"job {children[0]} waits for its files")

    def _remove_here(self, job_id: int, wanted: Sequence[Artefact]) -> None:
        for one in wanted:
            self._artefacts.path_here(job_id, one).unlink(missing_ok=True)


async def _remove_there(machine: Machine, paths: Sequence[str]) -> None:
    try:
        for start in range(0, len(paths), AT_ONCE):
            await _remove(machine.transport, paths[start : start + AT_ONCE])
    except TransportError as error:
        raise HostUnreachableError(host=machine.name, reason=error) from error


async def _remove(transport: Transport, paths: Sequence[str]) -> None:
    done = await transport.run(["rm", "-f", "--", *paths], deadline_s=DEADLINE_S)
    if done.exit_code:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise FilesLeftError(reason=said or f"rm ended with {done.exit_code}")
