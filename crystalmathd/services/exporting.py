"""Structures and results of finished jobs in the formats of other programs."""

from functools import partial

import anyio.to_thread
import msgspec

from crystalmathd.codes.crystal.gui import without_symmetry, write_gui
from crystalmathd.errors import ExportRefusedError
from crystalmathd.models.jobs import is_end
from crystalmathd.models.results import Result
from crystalmathd.services.jobs import Jobs, refused
from crystalmathd.structures.cif import write_cif
from crystalmathd.structures.xyz import write_trajectory, write_xyz


class Exporting:
    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

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
        record = self._jobs.directory(details.job, details.attempts) / "results.json"
        work = partial(_exported, str(record), job_id, form, with_steps=with_steps)
        return await anyio.to_thread.run_sync(work)


class _Record(msgspec.Struct):
    results: tuple[Result, ...] = ()


def _exported(record: str, job_id: int, form: str, *, with_steps: bool) -> bytes:
    def refusal(reason: str) -> ExportRefusedError:
        return ExportRefusedError(job_id=job_id, format=form, reason=reason)

    try:
        with open(record, "rb") as file:  # noqa: PTH123 - paths travel as text
            data = file.read()
        if form == "json":
            return data
        results = msgspec.json.decode(data, type=_Record).results
    except (OSError, msgspec.DecodeError) as error:
        raise refusal(f"its results cannot be read: {error}") from error
    found = [one for one in results if one.final_structure or one.initial_structure]
    if not found:
        raise refusal("its output has no structure that could be read")
    try:
        return _written(found[-1], form, with_steps=with_steps)
    except ValueError as error:
        raise refusal(str(error).removesuffix(".")) from error


def _written(result: Result, form: str, *, with_steps: bool) -> bytes:
    structure = result.final_structure or result.initial_structure
    if structure is None:
        raise ValueError("there is no structure")
    if with_steps and form != "xyz":
        raise ValueError("only xyz holds every step")
    if with_steps:
        return write_trajectory(result.steps).encode()
    if form == "cif":
        return write_cif(structure).encode()
    if form == "gui":
        return write_gui(without_symmetry(structure))
    is_final = result.final_structure is not None
    return write_xyz(
        structure,
        energy_ev=result.energy_ev if is_final else None,
        forces_ev_a=result.forces_ev_a if is_final else (),
    ).encode()
