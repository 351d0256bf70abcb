"""The handlers of the methods about structures."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import anyio.to_thread
import msgspec

from crystalmath_protocol import structures as messages
from crystalmathd.models.transforms import Step
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.sourced import source_asked
from crystalmathd.services.offprints import MOST_IN_A_REPLY_BYTES, Offprints
from crystalmathd.services.structures import Structures
from crystalmathd.store.structures import NamedStructure


class StructureHandlers:
    def __init__(self, structures: Structures, offprints: Offprints) -> None:
        self._structures = structures
        self._offprints = offprints

    async def import_structure(
        self, context: Context, params: messages.ImportStructureParams
    ) -> messages.ImportStructureResult:
        named = await context.finish(
            partial(
                self._structures.keep,
                params.name,
                source_asked(params.source),
                steps_asked(params.steps),
                params.tags,
                replaces=params.replace,
            )
        )
        return messages.ImportStructureResult(structure=_named(named))

    async def preview_structure(
        self, _context: Context, params: messages.PreviewStructureParams
    ) -> messages.PreviewStructureResult:
        data = await self._structures.preview(source_asked(params.source))
        if len(data) > MOST_IN_A_REPLY_BYTES:
            return messages.PreviewStructureResult(
                preview=None, blob=await self._keep(data)
            )
        return messages.PreviewStructureResult(
            preview=msgspec.json.decode(data, type=messages.Preview), blob=None
        )

    async def transform_structure(
        self, _context: Context, params: messages.TransformStructureParams
    ) -> messages.TransformStructureResult:
        data = await self._structures.transform(
            source_asked(params.source), steps_asked(params.steps)
        )
        if len(data) > MOST_IN_A_REPLY_BYTES:
            return messages.TransformStructureResult(
                transformed=None, blob=await self._keep(data)
            )
        return messages.TransformStructureResult(
            transformed=msgspec.json.decode(data, type=messages.Transformed), blob=None
        )

    async def convert_structure(
        self, _context: Context, params: messages.ConvertStructureParams
    ) -> messages.ConvertStructureResult:
        made = await self._structures.write(
            source_asked(params.source),
            steps_asked(params.steps),
            params.format,
            has_symmetry=params.symmetry,
            tolerance_a=params.tolerance_a,
            may_shift=params.may_shift,
        )
        is_large = len(made.data) > MOST_IN_A_REPLY_BYTES
        return messages.ConvertStructureResult(
            format=params.format,
            text=None if is_large else made.data.decode(),
            blob=await self._keep(made.data) if is_large else None,
            notes=made.notes,
        )

    async def draw_structure(
        self, _context: Context, params: messages.DrawStructureParams
    ) -> messages.DrawStructureResult:
        picture = await self._structures.draw(
            source_asked(params.source), steps_asked(params.steps)
        )
        return messages.DrawStructureResult(
            blob=await self._keep(picture), size=len(picture)
        )

    async def fetch_structures(
        self, _context: Context, params: messages.FetchStructuresParams
    ) -> messages.FetchStructuresResult:
        found = await self._structures.all(params.tag)
        return messages.FetchStructuresResult(structures=tuple(map(_named, found)))

    async def delete_structure(
        self, context: Context, params: messages.DeleteStructureParams
    ) -> messages.DeleteStructureResult:
        await context.finish(partial(self._structures.forget, params.name))
        return messages.DeleteStructureResult(name=params.name)

    async def _keep(self, data: bytes) -> str:
        return await anyio.to_thread.run_sync(partial(self._offprints.write, data))

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def steps_asked(steps: Sequence[messages.TransformStep]) -> tuple[Step, ...]:
    """Return the steps in the daemon's own words."""
    return tuple(msgspec.convert(one, Step, from_attributes=True) for one in steps)


def _named(named: NamedStructure) -> messages.NamedStructure:
    return msgspec.convert(named, messages.NamedStructure, from_attributes=True)


HANDLERS: Final = (
    "import_structure",
    "preview_structure",
    "transform_structure",
    "convert_structure",
    "draw_structure",
    "fetch_structures",
    "delete_structure",
)
