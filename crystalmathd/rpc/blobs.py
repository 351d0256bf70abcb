"""The handlers of the document methods."""

import base64
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import anyio.to_thread

from crystalmath_protocol import blobs as messages
from crystalmathd.errors import BlobMismatchError
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.documents import Documents


class BlobHandlers:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def put_blob(
        self, context: Context, params: messages.PutBlobParams
    ) -> messages.PutBlobResult:
        try:
            data = base64.b64decode(params.data_base64, validate=True)
        except ValueError as error:
            raise BlobMismatchError(
                sha256=params.sha256, reason=f"it is not base64: {error}"
            ) from error
        upload = await context.finish(
            partial(
                self._documents.put, params.sha256, params.size, params.offset, data
            )
        )
        return messages.PutBlobResult(
            sha256=params.sha256,
            received=upload.received,
            is_complete=upload.is_complete,
        )

    async def get_blob(
        self, _context: Context, params: messages.GetBlobParams
    ) -> messages.GetBlobResult:
        path = await self._documents.path(params.sha256)
        read = partial(_read, path, params.offset, params.limit)
        data, size = await anyio.to_thread.run_sync(read)
        return messages.GetBlobResult(
            sha256=params.sha256,
            size=size,
            offset=params.offset,
            next_offset=params.offset + len(data),
            data_base64=base64.b64encode(data).decode(),
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def _read(path: Path, offset: int, limit: int) -> tuple[bytes, int]:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(limit), path.stat().st_size


HANDLERS: Final = ("put_blob", "get_blob")
