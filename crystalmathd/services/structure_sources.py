"""Which structure is meant: of a file, a database, the library, a job, in numbers."""

from dataclasses import replace
from typing import Protocol

import msgspec

from crystalmathd.errors import (
    StructureNotFoundError,
    StructureRefusedError,
    StructureUnreadableError,
)
from crystalmathd.models.jobs import is_end
from crystalmathd.models.sourced import SourceAsked, SourcedStructure
from crystalmathd.services.documents import Documents
from crystalmathd.services.job_origins import origin_of_job
from crystalmathd.services.jobs import Jobs, refused
from crystalmathd.services.workers import WorkerPool
from crystalmathd.store.database import Database
from crystalmathd.store.structures import find_structure
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.soundness import check_atoms

UNNAMED = "the text"
ATOMS = "the atoms given"
HOW_TO_LIST = " `crystalmath structure list` lists what is there."


class Materials(Protocol):
    """Where structures of the databases are got from."""

    async def structure(self, material_id: str) -> SourcedStructure: ...


class StructureSources:
    """Finds the structure that a client means; files are read in the worker."""

    def __init__(
        self,
        database: Database,
        workers: WorkerPool,
        documents: Documents,
        jobs: Jobs,
        materials: Materials,
    ) -> None:
        self._database = database
        self._workers = workers
        self._documents = documents
        self._jobs = jobs
        self._materials = materials

    async def resolve(self, asked: SourceAsked) -> SourcedStructure:
        """Return the structure that is meant, with its origin.

        Raises
        ------
        StructureRefusedError
            If not exactly one source is named.
        StructureUnreadableError
            If a file, or the results of a job, hold no structure.
        StructureNotFoundError, BlobNotFoundError, JobNotFoundError, JobStateError
            If there is no such source, or the job has not ended.
        """
        self._refuse_several(asked)
        if asked.text is not None or asked.blob is not None:
            return await self._of_file(asked)
        if asked.material is not None:
            return await self._materials.structure(asked.material)
        if asked.library is not None:
            return await self._of_library(asked.library)
        if asked.job_id is not None:
            return await self._of_job(asked.job_id)
        return _checked(asked)

    def _refuse_several(self, asked: SourceAsked) -> None:
        given = {
            "text": asked.text,
            "blob": asked.blob,
            "material": asked.material,
            "library": asked.library,
            "job_id": asked.job_id,
            "atoms": asked.sourced,
        }
        named = [name for name, value in given.items() if value is not None]
        if len(named) != 1:
            said = f"{', '.join(named)} are given" if named else "none is given"
            raise StructureRefusedError(
                name="the source",
                reason=f"exactly one of {', '.join(given)} is wanted, and {said}",
            )

    async def _of_file(self, asked: SourceAsked) -> SourcedStructure:
        name = asked.file_name or UNNAMED
        arguments: dict[str, str | None] = {
            "name": name,
            "form": asked.format,
            "block": asked.block,
            "text": asked.text,
        }
        if asked.blob is not None:
            arguments["path"] = str(await self._documents.path(asked.blob))
        [found] = await self._workers.ask("read_structure", arguments, name)
        return msgspec.json.decode(found, type=SourcedStructure)

    async def _of_library(self, name: str) -> SourcedStructure:
        found = await self._database.read(lambda db: find_structure(db, name))
        if found is None:
            raise StructureNotFoundError(name=name, near=HOW_TO_LIST)
        return found

    async def _of_job(self, job_id: int) -> SourcedStructure:
        details = await self._jobs.details(job_id)
        if not is_end(details.job.state):
            raise refused(details.job, "its structure is taken when it has ended")
        directory = self._jobs.directory(details.job, details.attempts)
        arguments = {"record": str(directory / "results.json"), "name": f"job {job_id}"}
        [found] = await self._workers.ask(
            "structure_of_record", arguments, f"job {job_id}"
        )
        origin = origin_of_job(job_id, details.provenance)
        return replace(msgspec.json.decode(found, type=SourcedStructure), origin=origin)


def _checked(asked: SourceAsked) -> SourcedStructure:
    sourced = asked.sourced
    assert sourced is not None  # noqa: S101 - nothing else is left
    try:
        check_atoms(sourced)
    except StructureFaultError as error:
        raise StructureUnreadableError(name=ATOMS, reason=error) from error
    return sourced
