"""Materials of the public databases: what is asked for, and what comes back."""

from dataclasses import dataclass
from typing import Final

from crystalmathd.models.sourced import SourcedStructure

MATERIALS_PROJECT: Final = "mp"
CONTRIBUTIONS: Final = "mpcontribs"
OPTIMADE: Final = "optimade"
SOURCES: Final = (MATERIALS_PROJECT, CONTRIBUTIONS, OPTIMADE)

ANSWERED: Final = "answered"
EMPTY: Final = "empty"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
WITH_AN_ANSWER: Final = frozenset({ANSWERED, EMPTY})

AUTHENTICATION: Final = "authentication"
RATE_LIMIT: Final = "rate_limit"
TIMEOUT: Final = "timeout"
UNREACHABLE: Final = "unreachable"
SERVER: Final = "server"
UNREADABLE: Final = "unreadable"
REFUSED: Final = "refused"
WORKER: Final = "worker"
"""The fault was on our side: nothing is known of the source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """Limits of a property, both included; None: open."""

    name: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialQuery:
    """A question in its one normal form: equal questions are equal.

    `formula`: reduced, elements in alphabetical order (`O2Si`). `elements`: all of
    them must be there, sorted. `chemical_system`: exactly these, `Mg-O`. `bounds`:
    sorted by name; names are those of `BOUND_NAMES`.
    """

    formula: str | None = None
    elements: tuple[str, ...] = ()
    chemical_system: str | None = None
    material_ids: tuple[str, ...] = ()
    optimade_filter: str | None = None
    bounds: tuple[Bound, ...] = ()
    limit: int = 20


BOUND_NAMES: Final = (
    "band_gap_ev",
    "energy_above_hull_ev_atom",
    "formation_energy_ev_atom",
    "density_g_cm3",
    "n_sites",
    "n_elements",
    "space_group",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """A value of a database; `unit` is empty for a number without one, or a word.

    `method`: how it was got (`PBE`, `experiment`), as far as the database says.
    """

    name: str
    value: float | str | bool
    unit: str = ""
    method: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """One entry of a database.

    `material_id`: what `fetch_material_details` and `generate` take: `mp-1265`, or
    `provider/id` for OPTIMADE. `structure` is None in a list that did not ask for it.
    """

    material_id: str
    source: str
    provider: str
    formula: str
    n_sites: int | None = None
    space_group: str = ""
    properties: tuple[Property, ...] = ()
    structure: SourcedStructure | None = None
    database_version: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceReport:
    """How one source, or one OPTIMADE provider, answered.

    `state`: answered, empty, failed or skipped (why stands in `message`). `kind`: the
    stable word of a failure, of those above. `fetched_ms`: when the answer was got, ms
    since 1970 (UTC). `is_stale`: it is older than it should be, and no newer one could
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


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceAnswer:
    """What a source found, and how it answered."""

    materials: tuple[Material, ...]
    reports: tuple[SourceReport, ...]
