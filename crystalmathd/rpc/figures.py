"""The handlers of what is drawn of results or taken away."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import anyio.to_thread
import msgspec

from crystalmath_protocol import figures as messages
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.exporting import Exporting
from crystalmathd.services.offprints import MOST_IN_A_REPLY_BYTES, Offprints
from crystalmathd.services.picturing import Picturing


class FigureHandlers:
    def __init__(
        self, picturing: Picturing, exporting: Exporting, offprints: Offprints
    ) -> None:
        self._picturing = picturing
        self._exporting = exporting
        self._offprints = offprints

    async def fetch_job_series(
        self, _context: Context, params: messages.FetchJobSeriesParams
    ) -> messages.FetchJobSeriesResult:
        text = await self._picturing.figure(int(params.job_id), params.kind)
        figure, blob = None, None
        if len(text) > MOST_IN_A_REPLY_BYTES:
            blob = await self._keep(text)
        else:
            figure = msgspec.json.decode(text, type=messages.Figure)
        return messages.FetchJobSeriesResult(
            job_id=params.job_id, kind=params.kind, figure=figure, blob=blob
        )

    async def draw_job(
        self, _context: Context, params: messages.FetchJobSeriesParams
    ) -> messages.DrawJobResult:
        picture = await self._picturing.draw(int(params.job_id), params.kind)
        return messages.DrawJobResult(
            job_id=params.job_id,
            kind=params.kind,
            blob=await self._keep(picture),
            size=len(picture),
        )

    async def export_structure(
        self, _context: Context, params: messages.ExportStructureParams
    ) -> messages.ExportStructureResult:
        data = await self._exporting.export(
            int(params.job_id), params.format, with_steps=params.steps
        )
        is_large = len(data) > MOST_IN_A_REPLY_BYTES
        return messages.ExportStructureResult(
            job_id=params.job_id,
            format=params.format,
            text=None if is_large else data.decode(),
            blob=await self._keep(data) if is_large else None,
        )

    async def _keep(self, data: bytes) -> str:
        return await anyio.to_thread.run_sync(partial(self._offprints.write, data))

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


HANDLERS: Final = ("fetch_job_series", "draw_job", "export_structure")
