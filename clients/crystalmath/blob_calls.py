"""The calls about large documents, which travel in pieces."""

import base64
import hashlib

from crystalmath.call import Call, Flow
from crystalmath_protocol import blobs


def put_blob(
    *, sha256: str, size: int, offset: int, data_base64: str
) -> Call[blobs.PutBlobResult]:
    params = blobs.PutBlobParams(
        sha256=sha256, size=size, offset=offset, data_base64=data_base64
    )
    return Call("put_blob", params, blobs.PutBlobResult)


def get_blob(
    sha256: str, *, offset: int = 0, limit: int = blobs.CHUNK_BYTES
) -> Call[blobs.GetBlobResult]:
    params = blobs.GetBlobParams(sha256=sha256, offset=offset, limit=limit)
    return Call("get_blob", params, blobs.GetBlobResult)


def store_document(data: bytes) -> Flow[str]:
    """Send a document in pieces, or what is not there of it; return its sha256."""
    sha256 = hashlib.sha256(data).hexdigest()
    size = len(data)
    answer = yield put_blob(sha256=sha256, size=size, offset=0, data_base64="")
    while not answer.is_complete:
        start = answer.received
        piece = data[start : start + blobs.CHUNK_BYTES]
        answer = yield put_blob(
            sha256=sha256,
            size=size,
            offset=start,
            data_base64=base64.b64encode(piece).decode(),
        )
    return sha256
