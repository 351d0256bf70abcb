"""Large documents in chunks, named by their sha256."""

from typing import Annotated

import msgspec

from crystalmath_protocol.method import MAX_FILE_BYTES, Method, Params, Result, Sha256

CHUNK_BYTES = 512 * 1024
"""The largest chunk: as base64 it fits into a frame of 1 MiB."""

Bytes = Annotated[int, msgspec.Meta(ge=0, le=MAX_FILE_BYTES)]


class PutBlobParams(Params, frozen=True, kw_only=True):
    """A chunk of a document of `size` bytes; chunks are sent in order.

    An empty chunk at offset 0 asks how much has arrived already.
    """

    sha256: Sha256
    size: Bytes
    offset: Bytes
    data_base64: Annotated[str, msgspec.Meta(max_length=CHUNK_BYTES * 4 // 3 + 4)]


class PutBlobResult(Result, frozen=True, kw_only=True):
    """`received` bytes are on disk; `is_complete`: all, and the sha256 is right."""

    sha256: str
    received: int
    is_complete: bool


class GetBlobParams(Params, frozen=True, kw_only=True):
    sha256: Sha256
    offset: Bytes = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=CHUNK_BYTES)] = CHUNK_BYTES


class GetBlobResult(Result, frozen=True, kw_only=True):
    sha256: str
    size: int
    offset: int
    next_offset: int
    data_base64: str


METHODS = (
    Method(
        name="put_blob",
        summary="Store a chunk of a document.",
        params=PutBlobParams,
        result=PutBlobResult,
        access="write",
    ),
    Method(
        name="get_blob",
        summary="Return a chunk of a stored document or of a job's artefact.",
        params=GetBlobParams,
        result=GetBlobResult,
        access="read",
    ),
)
