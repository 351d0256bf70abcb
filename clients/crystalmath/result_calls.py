"""The calls about results, of jobs and of old outputs; as those in `calls`."""

import base64
import os
from collections.abc import Sequence

import msgspec

from crystalmath.call import Call, Flow
from crystalmath.calls import get_blob
from crystalmath.submission import absolute
from crystalmath_protocol import results


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
    whole = msgspec.json.decode(data, type=results.CalculationResult)
    return msgspec.structs.replace(found, result=whole, series_blob=None)


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


def document(sha256: str) -> Flow[bytes]:
    """Return a stored document, chunk by chunk."""
    data = b""
    while True:
        chunk = yield get_blob(sha256, offset=len(data))
        data += base64.b64decode(chunk.data_base64)
        if len(data) >= chunk.size or not chunk.data_base64:
            return data
