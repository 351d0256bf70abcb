"""The handlers of the methods about the materials databases."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

import anyio.to_thread
import msgspec

from crystalmath_protocol import materials as messages
from crystalmathd.errors import MaterialQuestionError
from crystalmathd.models.materials import Bound
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.jobs import read_number
from crystalmathd.services.material_questions import MaterialAsked
from crystalmathd.services.material_shelf import MaterialShelf
from crystalmathd.services.materials import Materials
from crystalmathd.services.offprints import MOST_IN_A_REPLY_BYTES, Offprints
from crystalmathd.store.materials import CacheChoice

T = TypeVar("T")


class MaterialHandlers:
    def __init__(
        self, materials: Materials, shelf: MaterialShelf, offprints: Offprints
    ) -> None:
        self._materials = materials
        self._shelf = shelf
        self._offprints = offprints

    async def search_materials(
        self, _context: Context, params: messages.SearchMaterialsParams
    ) -> messages.SearchMaterialsResult:
        asked = MaterialAsked(
            text=params.text,
            formula=params.formula,
            elements=params.elements,
            chemical_system=params.chemical_system,
            material_ids=params.material_ids,
            optimade_filter=params.optimade_filter,
            bounds=tuple(
                Bound(name=one.name, least=one.least, most=one.most)
                for one in params.bounds
            ),
            limit=params.limit,
        )
        found = await self._materials.search(
            asked,
            params.sources,
            refresh=params.refresh,
            wait_s=params.wait_ms / 1000,
        )
        return messages.SearchMaterialsResult(
            query=_as(found.query, messages.MaterialQuery),
            materials=tuple(
                _as(replace(one, structure=None), messages.Material)
                for one in found.materials
            ),
            reports=_as(found.reports, tuple[messages.SourceReport, ...]),
        )

    async def fetch_material_details(
        self, _context: Context, params: messages.FetchMaterialDetailsParams
    ) -> messages.FetchMaterialDetailsResult:
        found = await self._materials.details(
            params.material_id,
            has_contributions=params.contributions,
            refresh=params.refresh,
            wait_s=params.wait_ms / 1000,
        )
        return _as(found, messages.FetchMaterialDetailsResult)

    async def fetch_material_cache(
        self, _context: Context, params: messages.FetchMaterialCacheParams
    ) -> messages.FetchMaterialCacheResult:
        offset = read_number(params.page) or 0
        choice = CacheChoice(source=params.source, kind=params.kind)
        shelf = await self._shelf.show(choice, params.limit, offset)
        now_ms = self._shelf.now_ms()
        return messages.FetchMaterialCacheResult(
            answers=tuple(
                messages.CachedAnswer(
                    **{name: getattr(one, name) for name in one.__slots__},
                    is_expired=one.expires_ms <= now_ms,
                )
                for one in shelf.lines
            ),
            sums=_as(shelf.sums, tuple[messages.CacheSum, ...]),
            health=tuple(
                msgspec.structs.replace(
                    _as(one, messages.SourceHealth),
                    paused_until_ms=one.paused_until_ms or None,
                )
                for one in shelf.health
            ),
            next_page=str(offset + params.limit) if shelf.has_more else None,
        )

    async def prune_material_cache(
        self, context: Context, params: messages.PruneMaterialCacheParams
    ) -> messages.PruneMaterialCacheResult:
        choice = CacheChoice(source=params.source, kind=params.kind)
        is_everything = choice == CacheChoice() and params.older_than_ms is None
        if is_everything != params.all:
            reason = "name a source, a kind or an age, or all of it, but not both"
            raise MaterialQuestionError(what="what is to be forgotten", reason=reason)
        prune = partial(self._shelf.prune, choice, params.older_than_ms)
        n_pruned, n_left = await context.finish(prune)
        return messages.PruneMaterialCacheResult(n_pruned=n_pruned, n_left=n_left)

    async def export_material_cache(
        self, _context: Context, params: messages.ExportMaterialCacheParams
    ) -> messages.ExportMaterialCacheResult:
        choice = CacheChoice(source=params.source, kind=params.kind)
        data, n_answers = await self._shelf.export(choice)
        is_large = len(data) > MOST_IN_A_REPLY_BYTES
        keep = partial(self._offprints.write, data)
        return messages.ExportMaterialCacheResult(
            n_answers=n_answers,
            text=None if is_large else data.decode(),
            blob=await anyio.to_thread.run_sync(keep) if is_large else None,
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def _as(value: Any, kind: type[T]) -> T:  # noqa: ANN401  # a dataclass, or several
    return msgspec.convert(value, kind, from_attributes=True)


HANDLERS: Final = (
    "search_materials",
    "fetch_material_details",
    "fetch_material_cache",
    "prune_material_cache",
    "export_material_cache",
)
