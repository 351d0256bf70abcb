"""Files that jobs have left: here, or still on the machine where they ran."""

from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread

from crystalmathd.models.jobs import Artefact, Attempt
from crystalmathd.runners.transports.base import RemoteFileError
from crystalmathd.services.blobs import file_sha256
from crystalmathd.services.layout import Layout
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.store import attempts
from crystalmathd.store.database import Connection, Database


class Artefacts:
    def __init__(self, database: Database, machines: Machines, layout: Layout) -> None:
        self._database = database
        self._machines = machines
        self._layout = layout

    def path_here(self, job_id: int, artefact: Artefact) -> Path:
        """Return where a file is or will be on this machine."""
        attempt = self._layout.attempt(job_id, artefact.attempt)
        return attempt / "outputs" / artefact.name

    async def path_on(
        self, machine: Machine, job_id: int, artefact: Artefact
    ) -> str | None:
        """Return where a file is on a machine where its job ran; None: it is not."""
        attempt = await self.attempt_of(job_id, artefact)
        if machine.is_here or attempt.cluster != machine.name:
            return None
        return path_there(machine, attempt, artefact)

    async def bring_home(self, job_id: int, wanted: Sequence[Artefact]) -> None:
        """Fetch files that are still on their machine, and write down that they came.

        Raises
        ------
        RemoteFileError
            If one is gone, or is not what the job has left.
        TransportError
            If the machine did not answer, or one changed on the way.
        """
        away = [one for one in wanted if not one.is_here]
        if not away:
            return
        attempt = await self.attempt_of(job_id, away[0])
        machine = self._machines[attempt.cluster]
        await machine.transport.fetch_files(
            [
                (path_there(machine, attempt, one), self.path_here(job_id, one))
                for one in away
            ]
        )
        for one in away:
            path = self.path_here(job_id, one)
            if await anyio.to_thread.run_sync(file_sha256, path) != one.sha256:
                path.unlink()
                raise RemoteFileError(one.name, f"it is not what job {job_id} left")

        def mark(db: Connection) -> None:
            for one in away:
                attempts.mark_here(db, one, job_id)

        await self._database.transact(mark)

    async def attempt_of(self, job_id: int, artefact: Artefact) -> Attempt:
        """Return the attempt that has left a file.

        Raises
        ------
        RemoteFileError
            If its job was deleted.
        """
        found = await self._database.read(
            lambda db: attempts.find_attempt(db, job_id, artefact.attempt)
        )
        if found is None:
            raise RemoteFileError(f"job {job_id}", "it was deleted")
        return found


def path_there(machine: Machine, attempt: Attempt, artefact: Artefact) -> str:
    """Return where a file is or was on the machine where its attempt ran."""
    return str(machine.directory(attempt) / "outputs" / artefact.name)
