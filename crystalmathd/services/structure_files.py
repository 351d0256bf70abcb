"""Structures of finished jobs in the formats of other programs: for the worker."""

import msgspec

from crystalmathd.errors import ExportRefusedError
from crystalmathd.models.results import Result
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.services.records import results_in
from crystalmathd.services.structure_writing import written
from crystalmathd.structures.xyz import write_trajectory, write_xyz


def structure_file(
    record: str, job_id: int, form: str, *, with_steps: bool
) -> list[bytes]:
    """Return a file of the last structure in a `results.json`.

    Raises
    ------
    ExportRefusedError
        If there is none, or none that the format can hold.
    """

    def refusal(reason: str) -> ExportRefusedError:
        return ExportRefusedError(job_id=job_id, format=form, reason=reason)

    try:
        results = results_in(record)
    except (OSError, msgspec.DecodeError) as error:
        raise refusal(f"its results cannot be read: {error}") from error
    found = [one for one in results if one.final_structure or one.initial_structure]
    if not found:
        raise refusal("its output has no structure that could be read")
    try:
        return [_written(found[-1], form, with_steps=with_steps)]
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
    if form != "xyz":
        origin = Origin(kind="job", name=f"{result.code} {result.program}")
        return written(SourcedStructure(structure=structure, origin=origin), form)
    is_final = result.final_structure is not None
    return write_xyz(
        structure,
        energy_ev=result.energy_ev if is_final else None,
        forces_ev_a=result.forces_ev_a if is_final else (),
    ).encode()
