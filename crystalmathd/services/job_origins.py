"""Where the structures of a job come from: what its generated input was made of."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from crystalmathd.models.inputs import Provenance
from crystalmathd.models.sourced import Origin
from crystalmathd.services.generation import PROPERTIES

_JOB = "job"
_REQUEST = "request"


def origin_of_job(job_id: int, provenance: Mapping[str, bytes]) -> Origin:
    """Return the origin of a job's input with the job as one more step, or the job.

    `provenance`: JSON of a `Provenance` for each generated file of the job. What is
    known of the source (database, licence, what to cite) holds for what the job left
    as well. An input of `properties` says only which deck it was made for.
    """
    own = Origin(kind=_JOB, name=str(job_id))
    known = [msgspec.json.decode(text, type=Provenance) for text in provenance.values()]
    known.sort(key=lambda one: one.method == PROPERTIES)
    origin = known[0].origin if known else own
    if origin is own or origin.kind == _REQUEST:
        return own
    return replace(
        origin,
        kind=_JOB if origin.kind == _JOB else "transformed",
        steps=(*origin.steps, f"job {job_id}"),
    )
