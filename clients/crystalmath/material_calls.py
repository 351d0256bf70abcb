"""The calls about the materials databases; as those in `calls`."""

from collections.abc import Sequence

from crystalmath.call import Call, Flow
from crystalmath.result_calls import document
from crystalmath_protocol import materials


def search_materials(
    text: str | None = None,
    *,
    formula: str | None = None,
    elements: Sequence[str] = (),
    chemical_system: str | None = None,
    material_ids: Sequence[str] = (),
    optimade_filter: str | None = None,
    bounds: Sequence[materials.PropertyBound] = (),
    limit: int = 20,
    sources: Sequence[materials.SourceName] = (),
    refresh: bool = False,
    wait_ms: int = 120_000,
) -> Call[materials.SearchMaterialsResult]:
    """Search the databases; `text` is a formula, a chemical system or an id."""
    params = materials.SearchMaterialsParams(
        text=text,
        formula=formula,
        elements=tuple(elements),
        chemical_system=chemical_system,
        material_ids=tuple(material_ids),
        optimade_filter=optimade_filter,
        bounds=tuple(bounds),
        limit=limit,
        sources=tuple(sources),
        refresh=refresh,
        wait_ms=wait_ms,
    )
    return Call("search_materials", params, materials.SearchMaterialsResult)


def fetch_material_details(
    material_id: str,
    *,
    contributions: bool = True,
    refresh: bool = False,
    wait_ms: int = 120_000,
) -> Call[materials.FetchMaterialDetailsResult]:
    """Return a material: structure, properties, moments, origin, licence."""
    params = materials.FetchMaterialDetailsParams(
        material_id=material_id,
        contributions=contributions,
        refresh=refresh,
        wait_ms=wait_ms,
    )
    return Call("fetch_material_details", params, materials.FetchMaterialDetailsResult)


def fetch_material_cache(
    *,
    source: materials.SourceName | None = None,
    kind: materials.AnswerKind | None = None,
    limit: int = 50,
    page: str | None = None,
) -> Call[materials.FetchMaterialCacheResult]:
    """Return what is kept of the databases' answers, the newest first."""
    params = materials.FetchMaterialCacheParams(
        source=source, kind=kind, limit=limit, page=page
    )
    return Call("fetch_material_cache", params, materials.FetchMaterialCacheResult)


def prune_material_cache(
    *,
    source: materials.SourceName | None = None,
    kind: materials.AnswerKind | None = None,
    older_than_ms: int | None = None,
    all: bool = False,  # noqa: A002  # the protocol's word
) -> Call[materials.PruneMaterialCacheResult]:
    """Forget answers: of a source, of a kind, of an age, or all."""
    params = materials.PruneMaterialCacheParams(
        source=source, kind=kind, older_than_ms=older_than_ms, all=all
    )
    return Call("prune_material_cache", params, materials.PruneMaterialCacheResult)


def export_material_cache(
    *,
    source: materials.SourceName | None = None,
    kind: materials.AnswerKind | None = None,
) -> Flow[bytes]:
    """Return all kept answers as JSON."""
    params = materials.ExportMaterialCacheParams(source=source, kind=kind)
    found: materials.ExportMaterialCacheResult
    found = yield Call(
        "export_material_cache", params, materials.ExportMaterialCacheResult
    )
    if found.text is not None:
        return found.text.encode()
    return (yield from document(found.blob or ""))
