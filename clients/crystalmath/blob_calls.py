"""The calls about large documents, which travel in pieces."""

from crystalmath.call import Call
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
