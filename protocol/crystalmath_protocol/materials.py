"""Materials of the public databases, and what is kept of their answers.

The structs mirror the daemon's own, field by field.
"""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.jobs import Page
from crystalmath_protocol.method import (
    Message,
    Method,
    Milliseconds,
    Params,
    Result,
    ShortText,
)
from crystalmath_protocol.sourced import SourcedStructure

SourceName = Literal["mp", "mpcontribs", "optimade"]
AnswerKind = Literal["search", "structure", "properties"]
Symbols = Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=118)]
Ids = Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=100)]
Filter = Annotated[str, msgspec.Meta(max_length=4000)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=500)]


class PropertyBound(Message, frozen=True, kw_only=True):
    """Limits of a property, both included; null: open.

    `name`: band_gap_ev, energy_above_hull_ev_atom, formation_energy_ev_atom,
    density_g_cm3, n_sites, n_elements or space_group.
    """

    name: ShortText
    least: float | None = None
    most: float | None = None


class SearchMaterialsParams(Params, frozen=True, kw_only=True):
    """What is looked for; all that is given must hold, and something must be given.

    `text` is understood by its form: `MgO` is a formula, `Mg-O` a chemical system,
    `mp-1265` and `cod/1000041` are ids. `elements`: all of them are there, others may
    be. `sources`: those alone; else the Materials Project, then OPTIMADE if it has
    nothing or cannot be asked. `refresh`: ask, whatever is known already.
    """

    text: ShortText | None = None
    formula: ShortText | None = None
    elements: Symbols = ()
    chemical_system: ShortText | None = None
    material_ids: Ids = ()
    optimade_filter: Filter | None = None
    bounds: Annotated[tuple[PropertyBound, ...], msgspec.Meta(max_length=20)] = ()
    limit: Limit = 20
    sources: Annotated[tuple[SourceName, ...], msgspec.Meta(max_length=3)] = ()
    refresh: bool = False
    wait_ms: Milliseconds = 120_000


class MaterialProperty(Result, frozen=True, kw_only=True):
    """A value of a database; `unit` is empty for a plain number or a word.

    `method`: how it was got (`PBE`, `experiment`), as far as the database says.
    """

    name: str
    value: float | str | bool
    unit: str = ""
    method: str = ""


class Material(Result, frozen=True, kw_only=True):
    """One entry of a database; `structure` is null in a list.

    `material_id` is what `fetch_material_details` takes.
    """

    material_id: str
    source: str
    provider: str
    formula: str
    n_sites: int | None = None
    space_group: str = ""
    properties: tuple[MaterialProperty, ...] = ()
    structure: SourcedStructure | None = None
    database_version: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""


class SourceReport(Result, frozen=True, kw_only=True):
    """How one source, or one OPTIMADE provider, answered.

    `state`: answered, empty, failed or skipped; `message` says why. `kind` of a
    failure: authentication, rate_limit, timeout, unreachable, server, unreadable,
    refused, worker (ours: nothing is known of the source). `fetched_ms`: when the
    answer was got. `is_stale`: it is older than it should be, and no newer one could
    be got. `is_partial`: pages are missing.
    """

    source: str
    provider: str
    state: str
    n_materials: int = 0
    kind: str = ""
    message: str = ""
    fetched_ms: int | None = None
    is_cached: bool = False
    is_stale: bool = False
    is_partial: bool = False


class FoundBound(Result, frozen=True, kw_only=True):
    name: str
    least: float | None
    most: float | None


class MaterialQuery(Result, frozen=True, kw_only=True):
    """A question in its normal form; `formula` is reduced, by the alphabet: `O2Si`."""

    formula: str | None
    elements: tuple[str, ...]
    chemical_system: str | None
    material_ids: tuple[str, ...]
    optimade_filter: str | None
    bounds: tuple[FoundBound, ...]
    limit: int


class SearchMaterialsResult(Result, frozen=True, kw_only=True):
    """`reports`: one of each source and provider, also of those that failed."""

    query: MaterialQuery
    materials: tuple[Material, ...]
    reports: tuple[SourceReport, ...]


class FetchMaterialDetailsParams(Params, frozen=True, kw_only=True):
    """A material by its id: `mp-1265`, or `provider/id`.

    `contributions`: with what MPContribs holds of it, where there is a key.
    """

    material_id: ShortText
    contributions: bool = True
    refresh: bool = False
    wait_ms: Milliseconds = 120_000


class FetchMaterialDetailsResult(Result, frozen=True, kw_only=True):
    material: Material
    contributions: tuple[Material, ...]
    reports: tuple[SourceReport, ...]


class FetchMaterialCacheParams(Params, frozen=True, kw_only=True):
    """A page of what is kept, the newest first."""

    source: SourceName | None = None
    kind: AnswerKind | None = None
    limit: Limit = 50
    page: Page | None = None


class CachedAnswer(Result, frozen=True, kw_only=True):
    """What one source has answered to one question; `size` in bytes."""

    key: str
    source: str
    provider: str
    kind: str
    query: str
    n_materials: int
    size: int
    fetched_ms: int
    expires_ms: int
    is_expired: bool


class CacheSum(Result, frozen=True, kw_only=True):
    source: str
    kind: str
    n_answers: int
    n_expired: int
    size: int
    oldest_ms: int


class SourceHealth(Result, frozen=True, kw_only=True):
    """A source whose last request failed; it is not asked before `paused_until_ms`."""

    name: str
    endpoint: str
    n_failures: int
    kind: str
    message: str
    failed_ms: int
    paused_until_ms: int | None


class FetchMaterialCacheResult(Result, frozen=True, kw_only=True):
    answers: tuple[CachedAnswer, ...]
    sums: tuple[CacheSum, ...]
    health: tuple[SourceHealth, ...]
    next_page: str | None


class PruneMaterialCacheParams(Params, frozen=True, kw_only=True):
    """Forget what meets all that is given; `all` if nothing else is."""

    source: SourceName | None = None
    kind: AnswerKind | None = None
    older_than_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    all: bool = False


class PruneMaterialCacheResult(Result, frozen=True, kw_only=True):
    n_pruned: int
    n_left: int


class ExportMaterialCacheParams(Params, frozen=True, kw_only=True):
    source: SourceName | None = None
    kind: AnswerKind | None = None


class ExportMaterialCacheResult(Result, frozen=True, kw_only=True):
    """JSON; above 1 MiB it lies under the sha256 `blob` (`get_blob`)."""

    n_answers: int
    text: str | None
    blob: str | None


METHODS = (
    Method(
        name="search_materials",
        summary="Search the public databases of materials.",
        params=SearchMaterialsParams,
        result=SearchMaterialsResult,
        access="read",
    ),
    Method(
        name="fetch_material_details",
        summary="Return a material with its structure, properties and origin.",
        params=FetchMaterialDetailsParams,
        result=FetchMaterialDetailsResult,
        access="read",
    ),
    Method(
        name="fetch_material_cache",
        summary="Return what is kept of the databases' answers, and who fails.",
        params=FetchMaterialCacheParams,
        result=FetchMaterialCacheResult,
        access="read",
    ),
    Method(
        name="prune_material_cache",
        summary="Forget answers of the databases.",
        params=PruneMaterialCacheParams,
        result=PruneMaterialCacheResult,
        access="write",
    ),
    Method(
        name="export_material_cache",
        summary="Return all kept answers of the databases as JSON.",
        params=ExportMaterialCacheParams,
        result=ExportMaterialCacheResult,
        access="read",
    ),
)
