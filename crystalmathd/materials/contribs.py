"""MPContribs, by mpcontribs-client: what people have added to materials.

Before the client is made, whether the server is there and takes the key is asked here:
the client itself sleeps 30 s three times, or fails with a KeyError.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from crystalmathd.materials import faults
from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer, SourceFault
from crystalmathd.materials.gathering import Harvest, gather, skipped
from crystalmathd.materials.patience import mount, opened
from crystalmathd.models.materials import (
    CONTRIBUTIONS,
    REFUSED,
    Material,
    MaterialQuery,
    Property,
    SourceAnswer,
)

ENDPOINT: Final = "https://contribs-api.materialsproject.org"
KEYS_AT: Final = "https://next-gen.materialsproject.org/api"
PAGES: Final = "https://contribs.materialsproject.org/contributions/"
PAGE: Final = 100
MOST_PAGES: Final = 20
FIELDS: Final = ("id", "project", "identifier", "formula", "data")
PROJECT_FIELDS: Final = ("name", "title", "authors", "references")
LICENCE: Final = "license"
LICENCES: Final = {"CCA4": "CC BY 4.0", "CCPD": "CC0 1.0"}
"""Of a project, as mpcontribs-api 5 names them."""
NO_UNIT: Final = frozenset({"", "NaN", "None"})
"""How a column says that it has no unit."""


def peer(access: Access) -> Peer:
    return Peer(
        source=CONTRIBUTIONS,
        provider=CONTRIBUTIONS,
        title="MPContribs",
        variable="MPCONTRIBS_API_KEY (or MP_API_KEY)",
        keys_at=KEYS_AT,
        key=access.api_key,
    )


def load() -> None:
    """Import what is heavy: seconds, which count for no deadline of a server."""
    import mpcontribs.client  # noqa: F401, PLC0415
    import pymatgen.core  # noqa: F401, PLC0415


def search(access: Access, query: MaterialQuery) -> SourceAnswer:
    """Return contributions to a formula or to ids, each with its project's citation.

    An id is that of a material (`mp-149`), or `project/mp-149` for one project's, or
    `project/` for all of a project.
    """
    contribs = peer(access)
    if query.formula is None and not query.material_ids:
        why = "MPContribs is asked by a formula or by ids."
        return SourceAnswer(materials=(), reports=(skipped(contribs, why),))
    return _asked(access, query.formula, query.material_ids, query.limit)


def details(access: Access, material_id: str) -> SourceAnswer:
    """Return what was contributed to a material; ids as in `search`."""
    return _asked(access, None, (material_id,), PAGE)


def _asked(
    access: Access, formula: str | None, ids: tuple[str, ...], limit: int
) -> SourceAnswer:
    contribs = peer(access)

    def work(harvest: Harvest) -> None:
        client = _Client(contribs, access)
        for criteria in _criteria(contribs, formula, ids):
            client.collect(criteria, harvest, limit)

    return gather([(contribs, work)], access)


def _criteria(
    contribs: Peer, formula: str | None, ids: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Yield the arguments of one question for all plain ids, and one a project."""
    from pymatgen.core.composition import Composition  # noqa: PLC0415

    also: dict[str, Any] = {}
    if formula is not None:
        try:
            also["formula"] = Composition(formula, strict=True).reduced_formula
        except ValueError as error:
            raise faults.question_refused(contribs, str(error)) from error
    plain = [one for one in ids if "/" not in one]
    if plain:
        yield {**also, "identifier__in": plain}
    for one in ids:
        project, slash, identifier = one.partition("/")
        if slash and identifier:
            yield {**also, "project": project, "identifier": identifier}
        elif slash:
            yield {**also, "project": project}
    if not ids:
        yield also


class _Client:
    """What is asked of the server, page by page."""

    def __init__(self, contribs: Peer, access: Access) -> None:
        if not access.api_key:
            raise faults.key_missing(contribs)
        self._peer = contribs
        self._projects: dict[str, dict[str, Any]] = {}
        endpoint = (access.endpoint or ENDPOINT).rstrip("/")
        session = opened(contribs, access, endpoint)
        session.get(f"{endpoint}/healthcheck")
        session.headers["x-api-key"] = access.api_key
        session.get(f"{endpoint}/projects/", params={"_fields": "name", "_limit": "1"})
        self._client = self._made(urlsplit(endpoint).netloc, access)
        inner = self._client.swagger_spec.http_client.session
        mount(inner, contribs, access)
        # The library shares this session between all keys that see the same projects.
        inner.headers["x-api-key"] = access.api_key

    def _made(self, host: str, access: Access) -> Any:  # noqa: ANN401
        from mpcontribs.client import (  # noqa: PLC0415
            Client,
            MPContribsClientError,
        )
        from requests import RequestException  # noqa: PLC0415

        try:
            return Client(apikey=access.api_key, host=host)
        except MPContribsClientError as error:
            why = str(error).partition("(one of")[0]
            raise faults.question_refused(self._peer, why) from error
        except RequestException as error:
            # Its own requests, by sessions that cannot be got at, have no patience.
            where = f"{host} a second time"
            raise faults.out_of_reach(self._peer, where, "it broke off") from error
        except (KeyError, TypeError, ValueError) as error:
            raise faults.no_data(self._peer, "something of an unknown form") from error

    def collect(self, criteria: Mapping[str, Any], harvest: Harvest, most: int) -> None:
        """Add what matches to the harvest, page by page, until there are `most`."""
        for number in range(1, MOST_PAGES + 1):
            said = self._query(
                ("contributions", "queryContributions"),
                ("id", "project", "identifier"),
                **criteria,
                _fields=list(FIELDS),
                page=number,
                per_page=min(most, PAGE),
            )
            found = said["data"]
            self._learn(sorted({str(one["project"]) for one in found}))
            room = most - len(harvest.materials)
            harvest.materials += [self._material(one) for one in found[:room]]
            if not found or not said.get("has_more"):
                return
            if len(harvest.materials) >= most:
                return
        harvest.is_partial = True

    def _learn(self, names: list[str]) -> None:
        """Ask who made the projects that are not known yet."""
        new = [name for name in names if name not in self._projects]
        if not new:
            return
        try:
            said = self._project_data(new, (*PROJECT_FIELDS, LICENCE))
        except SourceFault as fault:
            if fault.kind != REFUSED:
                raise
            # Not every release of the server gives the licence away.
            said = self._project_data(new, PROJECT_FIELDS)
        self._projects |= {str(one["name"]): one for one in said["data"]}

    def _project_data(
        self, names: list[str], fields: tuple[str, ...]
    ) -> dict[str, Any]:
        operation = ("projects", "queryProjects")
        return self._query(operation, ("name",), name__in=names, _fields=list(fields))

    def _query(
        self,
        operation: tuple[str, str],
        needed: tuple[str, ...],
        **asked: str | int | list[str],
    ) -> dict[str, Any]:
        """Return an answer whose `data` are dicts that hold what is needed."""
        from bravado_core.exception import SwaggerError  # noqa: PLC0415

        resource, name = operation
        try:
            said = getattr(getattr(self._client, resource), name)(**asked).result()
            for one in said["data"]:
                _ = [one[field] for field in needed]
            return dict(said)
        except SwaggerError as error:
            raise faults.question_refused(self._peer, str(error)) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise faults.no_data(self._peer, "documents of an unknown form") from error

    def _material(self, one: Mapping[str, Any]) -> Material:
        name = str(one["project"])
        project = self._projects.get(name, {})
        return Material(
            material_id=str(one["identifier"]),
            source=CONTRIBUTIONS,
            provider=name,
            formula=str(one.get("formula") or ""),
            properties=tuple(properties(one.get("data") or {})),
            licence=LICENCES.get(str(project.get(LICENCE)), ""),
            citation=citation(project),
            url=PAGES + str(one["id"]),
        )


def citation(project: Mapping[str, Any]) -> str:
    """Return who contributed, the title and the references, as far as they are said."""
    references = [
        str(one.get("url") or one.get("label") or "")
        for one in project.get("references") or ()
        if isinstance(one, dict)
    ]
    parts = (project.get("authors"), project.get("title"), *references)
    return ", ".join(str(part) for part in parts if part)


def properties(data: Mapping[str, Any], above: str = "") -> Iterator[Property]:
    """Yield the values of a contribution, named by their path: `S.p`, with units."""
    for name, value in data.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and "value" not in value:
            yield from properties(value, f"{path}.")
            continue
        said = value["value"] if isinstance(value, dict) else value
        unit = str(value.get("unit") or "") if isinstance(value, dict) else ""
        if isinstance(said, bool | str | int | float):
            known = float(said) if type(said) is int else said
            unit = "" if unit in NO_UNIT else unit
            yield Property(name=path, value=known, unit=unit)
