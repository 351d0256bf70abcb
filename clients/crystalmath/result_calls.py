"""The calls about results, of jobs and of old outputs; as those in `calls`."""

import base64
import os

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


def document(sha256: str) -> Flow[bytes]:
    """Return a stored document, chunk by chunk."""
    data = b""
    while True:
        chunk = yield get_blob(sha256, offset=len(data))
        data += base64.b64decode(chunk.data_base64)
        if len(data) >= chunk.size or not chunk.data_base64:
            return data
