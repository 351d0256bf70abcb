"""Structures and results of finished jobs in the formats of other programs."""

import anyio

from crystalmathd.errors import ExportRefusedError
from crystalmathd.models.jobs import is_end
from crystalmathd.services.jobs import Jobs, refused
from crystalmathd.services.parsing import Parsing


class Exporting:
    def __init__(self, jobs: Jobs, parsing: Parsing) -> None:
        self._jobs = jobs
        self._parsing = parsing

    async def export(self, job_id: int, form: str, *, with_steps: bool) -> bytes:
        """Return a file of the last structure of a job, or of its results (`json`).

        Raises
        ------
        JobStateError
            If it has not ended.
        ExportRefusedError
            If its results have no structure, or none that the format can hold.
        """
        details = await self._jobs.details(job_id)
        if not is_end(details.job.state):
            raise refused(details.job, "its structure is exported when it has ended")
        directory = self._jobs.directory(details.job, details.attempts)
        record = str(directory / "results.json")
        if form == "json":
            return await self._record(record, job_id)
        arguments = {"record": record, "job_id": job_id, "form": form}
        [data] = await self._parsing.ask(
            "structure_file", {**arguments, "with_steps": with_steps}, record
        )
        return data

    async def _record(self, record: str, job_id: int) -> bytes:
        try:
            return await anyio.Path(record).read_bytes()
        except OSError as error:
            reason = f"its results cannot be read: {error}"
            raise ExportRefusedError(
                job_id=job_id, format="json", reason=reason
            ) from error
