"""Materials Project, by mp-api.

Only its resters of summaries and of core documents are used, below `MPRester`: that
one asks for the heartbeat of the server without a limit of time, and reads whole
tables from an object store when a question has no criterion.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, TypeVar

from crystalmathd.materials import faults
from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer
from crystalmathd.materials.gathering import Harvest, gather, skipped
from crystalmathd.materials.patience import opened
from crystalmathd.materials.project_documents import (
    CORE_FIELDS,
    SUMMARY_FIELDS,
    Release,
    material,
    methods,
    sourced,
    with_structure,
)
from crystalmathd.models.materials import (
    MATERIALS_PROJECT,
    Bound,
    Material,
    MaterialQuery,
    SourceAnswer,
)

ENDPOINT: Final = "https://api.materialsproject.org/"
KEYS_AT: Final = "https://next-gen.materialsproject.org/api"
KEY_LENGTH: Final = 32
PAGE: Final = 100
MOST_PAGES: Final = 20
"""So many pages are looked through for what the server cannot sort out itself."""
BOUNDS: Final = {
    "band_gap_ev": "band_gap",
    "energy_above_hull_ev_atom": "energy_above_hull",
    "formation_energy_ev_atom": "formation_energy",
    "density_g_cm3": "density",
    "n_sites": "num_sites",
    "n_elements": "num_elements",
}

T = TypeVar("T")


def peer(access: Access) -> Peer:
    return Peer(
        source=MATERIALS_PROJECT,
        provider=MATERIALS_PROJECT,
        title="Materials Project",
        variable="MP_API_KEY",
        keys_at=KEYS_AT,
        key=access.api_key,
    )


def load() -> None:
    """Import what is heavy: seconds, which count for no deadline of a server."""
    import mp_api.client  # noqa: F401, PLC0415
    import pymatgen.core  # noqa: F401, PLC0415


def search(access: Access, query: MaterialQuery) -> SourceAnswer:
    """Return what matches, the most stable first, without structures."""
    project = peer(access)
    why_not = _not_for_us(query)
    if why_not:
        return SourceAnswer(materials=(), reports=(skipped(project, why_not),))

    def work(harvest: Harvest) -> None:
        client = _Client(project, access)
        criteria = _guarded(project, lambda: _criteria(query))
        ranges = _local_bounds(query)
        # What is sorted out here needs more to choose from than will be kept.
        size = PAGE if ranges else min(query.limit, PAGE)
        for one in client.summaries(criteria, harvest, size):
            if _is_within_all(one, ranges):
                harvest.materials.append(one)
            if len(harvest.materials) >= query.limit:
                return

    return gather([(project, work)], access)


def details(access: Access, material_id: str) -> SourceAnswer:
    """Return one material with its structure, moments and methods."""
    project = peer(access)

    def work(harvest: Harvest) -> None:
        client = _Client(project, access)
        criteria = {"material_ids": [material_id]}
        one = next(client.summaries(criteria, harvest, 1), None)
        if one is not None:
            # As it is until the structure has come: a fault there leaves the rest.
            harvest.materials.append(one)
            harvest.materials[-1] = client.with_core(one)

    return gather([(project, work)], access)


def _not_for_us(query: MaterialQuery) -> str:
    if query.optimade_filter is not None:
        return "Materials Project's own interface takes no OPTIMADE filter."
    ids = _own_ids(query)
    if query.material_ids and not ids:
        return "None of the ids is one of Materials Project (mp-1265)."
    given = (query.formula, query.elements, query.chemical_system, ids, query.bounds)
    if not any(given):
        return "The question has no criterion: it would ask for the whole database."
    return ""


def _own_ids(query: MaterialQuery) -> list[str]:
    """Return the ids without those of OPTIMADE's providers, which have a slash."""
    return [one for one in query.material_ids if "/" not in one]


def _criteria(query: MaterialQuery) -> dict[str, Any]:
    """Return the arguments of mp-api's search; ValueError if there is no such formula.

    What it cannot take is left to `_local_bounds`.
    """
    from pymatgen.core.composition import Composition  # noqa: PLC0415

    criteria: dict[str, Any] = {"_sort_fields": "energy_above_hull"}
    if query.formula:
        criteria["formula"] = Composition(query.formula, strict=True).reduced_formula
    if query.elements:
        criteria["elements"] = list(query.elements)
    if query.chemical_system:
        criteria["chemsys"] = query.chemical_system
    if query.material_ids:
        criteria["material_ids"] = _own_ids(query)
    for bound in query.bounds:
        if bound.name in BOUNDS:
            criteria[BOUNDS[bound.name]] = (bound.least, bound.most)
        elif _is_one_group(bound) and bound.least is not None:
            criteria["spacegroup_number"] = int(bound.least)
    return criteria


def _is_one_group(bound: Bound) -> bool:
    return bound.name == "space_group" and bound.least == bound.most


def _local_bounds(query: MaterialQuery) -> list[Bound]:
    """Return what the server cannot sort out: a range of space groups."""
    return [
        bound
        for bound in query.bounds
        if bound.name not in BOUNDS and not _is_one_group(bound)
    ]


def _is_within_all(one: Material, bounds: Sequence[Bound]) -> bool:
    known = {prop.name: prop.value for prop in one.properties}
    return all(_is_within(known.get(bound.name), bound) for bound in bounds)


def _is_within(value: float | str | None, bound: Bound) -> bool:
    if value is None or isinstance(value, str):
        return False
    is_above = bound.least is None or value >= bound.least
    return is_above and (bound.most is None or value <= bound.most)


def _guarded(project: Peer, ask: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Have the library asked; its own refusals are told as ours.

    Answers were JSON already when the library got them, so that what it trips over is
    a page of another form than that of Materials Project.
    """
    from mp_api.client.core.exceptions import MPRestError  # noqa: PLC0415

    try:
        return ask()
    except (MPRestError, ValueError) as error:
        raise faults.question_refused(project, str(error)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise faults.no_data(project, "a page of an unknown form") from error


def _read(project: Peer, make: Callable[[], T]) -> T:
    """Have documents made into materials; whatever is wrong with them is told."""
    try:
        return make()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise faults.no_data(project, "documents of an unknown form") from error


@cache
def _known_fields(rester: Any) -> tuple[str, ...]:  # noqa: ANN401 - a class of mp-api
    return tuple(rester.document_model.model_json_schema()["properties"])


class _Client:
    """What is asked of the server, page by page."""

    def __init__(self, project: Peer, access: Access) -> None:
        if not access.api_key:
            raise faults.key_missing(project)
        if len(access.api_key) != KEY_LENGTH:
            why = f"it has not {KEY_LENGTH} characters"
            raise faults.key_refused(project, why)
        self._project = project
        self._access = access
        self._endpoint = (access.endpoint or ENDPOINT).rstrip("/") + "/"
        self._session = opened(project, access, self._endpoint)
        self._release = _guarded(project, self._heartbeat)

    def _heartbeat(self) -> Release:
        said = self._session.get(self._endpoint + "heartbeat").json()
        batches = tuple(said.get("access_controlled_batch_ids") or ())
        return Release(version=str(said["db_version"]), closed_batches=batches)

    def _rester(self, rester: type) -> Any:  # noqa: ANN401 - a rester of mp-api
        heard = (self._release.version, list(self._release.closed_batches))
        names = {
            # It would ask for the heartbeat once more, and wait for it for ever.
            "_get_heartbeat_info": staticmethod(lambda _: heard),
            # It would be made anew for every field of every question: a second.
            "available_fields": _known_fields(rester),
        }
        return type("Heard", (rester,), names)(
            api_key=self._access.api_key,
            endpoint=self._endpoint,
            session=self._session,
            use_document_model=False,
            mute_progress_bars=True,
            timeout=self._access.timeout_s,
        )

    def summaries(
        self, criteria: Mapping[str, Any], harvest: Harvest, size: int
    ) -> Iterator[Material]:
        """Yield materials as pages come; `harvest` is told if not all were seen."""
        from mp_api.client.routes.materials.summary import (  # noqa: PLC0415
            SummaryRester,
        )

        rester = _guarded(self._project, lambda: self._rester(SummaryRester))
        for number in range(1, MOST_PAGES + 1):
            page = {"_page": number} if number > 1 else {}

            ask = partial(
                rester.search,
                **criteria,
                **page,
                num_chunks=1,
                chunk_size=size,
                fields=list(SUMMARY_FIELDS),
            )
            found = list(_guarded(self._project, ask))
            for one in found:
                yield _read(self._project, partial(material, one, self._release))
            if len(found) < size:
                return
        harvest.is_partial = True

    def with_core(self, one: Material) -> Material:
        """Return the material with what its core document knows beside."""
        from mp_api.client.routes.materials.materials import (  # noqa: PLC0415
            MaterialsRester,
        )

        rester = _guarded(self._project, lambda: self._rester(MaterialsRester))

        ask = partial(
            rester.search,
            material_ids=[one.material_id],
            num_chunks=1,
            chunk_size=1,
            fields=list(CORE_FIELDS),
        )
        found = _guarded(self._project, ask)

        def whole() -> Material:
            [core] = found
            return with_structure(one, sourced(core, one), methods(core))

        return _read(self._project, whole)
