"""The calls about results, of jobs and of old outputs; as those in `calls`."""

import base64
import os
from collections.abc import Sequence
from typing import Literal

import msgspec

from crystalmath.blob_calls import get_blob
from crystalmath.call import Call, Flow
from crystalmath.submission import absolute
from crystalmath_protocol import diagnoses, figures, results
from crystalmath_protocol.calculations import CalculationResult


def parse_output(
    path: str | os.PathLike[str], *, code: str | None = None, series: bool = False
) -> Flow[results.ParseOutputResult]:
    """Read an output of any known code; `series`: with every cycle, step and band."""
    params = results.ParseOutputParams(path=absolute(path), code=code, series=series)
    found: results.ParseOutputResult
    found = yield Call("parse_output", params, results.ParseOutputResult)
    if found.series_blob is None:
        return found
    data = yield from document(found.series_blob)
    whole = msgspec.json.decode(data, type=CalculationResult)
    return msgspec.structs.replace(found, result=whole, series_blob=None)


def diagnose_job(job_id: str | int) -> Call[diagnoses.DiagnoseJobResult]:
    """Name the first cause of a job's failure, with evidence and remedies."""
    params = diagnoses.DiagnoseJobParams(job_id=str(job_id))
    return Call("diagnose_job", params, diagnoses.DiagnoseJobResult)


def diagnose_path(
    path: str | os.PathLike[str], *, code: str | None = None
) -> Call[diagnoses.DiagnoseJobResult]:
    """As `diagnose_job`, of an output that no job of the daemon has printed."""
    params = diagnoses.DiagnoseJobParams(path=absolute(path), code=code)
    return Call("diagnose_job", params, diagnoses.DiagnoseJobResult)


def adopt_directory(
    path: str | os.PathLike[str],
    *,
    code: str | None = None,
    project: str | None = None,
    tags: Sequence[str] = (),
    stop: bool = False,
    wait_ms: int = 1000,
) -> Call[results.AdoptDirectoryResult]:
    """Take in the past calculations of a tree; ask again until it is done."""
    params = results.AdoptDirectoryParams(
        path=absolute(path),
        code=code,
        project=project,
        tags=tuple(tags),
        stop=stop,
        wait_ms=wait_ms,
    )
    return Call("adopt_directory", params, results.AdoptDirectoryResult)


def query_results(
    *,
    columns: Sequence[str] = (),
    filters: Sequence[results.ResultFilter] = (),
    sort: Sequence[str] = (),
    tag: str | None = None,
    limit: int = 50,
    page: str | None = None,
) -> Call[results.QueryResultsResult]:
    """Return a table over results; `sort=["-gap_ev"]`: the largest first."""
    params = results.QueryResultsParams(
        columns=tuple(columns),
        filters=tuple(filters),
        sort=tuple(sort),
        tag=tag,
        limit=limit,
        page=page,
    )
    return Call("query_results", params, results.QueryResultsResult)


def diff_jobs(first: str | int, second: str | int) -> Call[results.DiffJobsResult]:
    """Hold two jobs against each other: inputs, results, difference of energy."""
    params = results.DiffJobsParams(first=str(first), second=str(second))
    return Call("diff_jobs", params, results.DiffJobsResult)


def fetch_job_series(job_id: str | int, kind: figures.Kind) -> Flow[figures.Figure]:
    """Return what is to be drawn of a finished job."""
    params = figures.FetchJobSeriesParams(job_id=str(job_id), kind=kind)
    found: figures.FetchJobSeriesResult
    found = yield Call("fetch_job_series", params, figures.FetchJobSeriesResult)
    if found.figure is not None:
        return found.figure
    data = yield from document(found.blob or "")
    return msgspec.json.decode(data, type=figures.Figure)


def draw_job(job_id: str | int, kind: figures.Kind) -> Flow[bytes]:
    """Return the curves of a finished job as a picture (PNG)."""
    params = figures.FetchJobSeriesParams(job_id=str(job_id), kind=kind)
    drawn: figures.DrawJobResult
    drawn = yield Call("draw_job", params, figures.DrawJobResult)
    return (yield from document(drawn.blob))


def export_structure(
    job_id: str | int,
    format: Literal["xyz", "cif", "gui", "json"],  # noqa: A002  # the protocol's word
    *,
    steps: bool = False,
) -> Flow[bytes]:
    """Return the last structure of a finished job as the bytes of a file."""
    params = figures.ExportStructureParams(
        job_id=str(job_id), format=format, steps=steps
    )
    found: figures.ExportStructureResult
    found = yield Call("export_structure", params, figures.ExportStructureResult)
    if found.text is not None:
        return found.text.encode()
    return (yield from document(found.blob or ""))


def document(sha256: str) -> Flow[bytes]:
    """Return a stored document, chunk by chunk."""
    data = b""
    while True:
        chunk = yield get_blob(sha256, offset=len(data))
        data += base64.b64decode(chunk.data_base64)
        if len(data) >= chunk.size or not chunk.data_base64:
            return data
