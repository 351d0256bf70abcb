"""OPTIMADE: many databases with one interface, asked side by side.

The grammar is checked by the library before anything is sent. Its client is not used:
it repeats after 429 for ever, waits up to 1000 s, and keeps headers and results in
attributes of its class, so that one question leaks into the next.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests

from crystalmathd.materials import faults
from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer, SourceFault
from crystalmathd.materials.gathering import Harvest, Work, gather, skipped
from crystalmathd.materials.optimade_entries import FIELDS, Provider, material
from crystalmathd.materials.optimade_filters import (
    NOT_ASKED,
    FilterError,
    filter_for,
)
from crystalmathd.materials.patience import opened
from crystalmathd.models.materials import (
    FAILED,
    OPTIMADE,
    MaterialQuery,
    SourceAnswer,
    SourceReport,
)

PAGE: Final = 100
MOST_PAGES: Final = 50
"""Some servers send short pages, whatever is asked for."""
VERSIONED: Final = re.compile(r"/v[0-9]+(\.[0-9]+)*$")


def load() -> None:
    """Import what takes longer than a request."""
    import optimade.filterparser  # noqa: F401, PLC0415


def search(access: Access, query: MaterialQuery) -> SourceAnswer:
    """Return what every provider has, each up to the limit, without structures."""
    return _asked(access, query, is_whole=False)


def details(access: Access, material_id: str) -> SourceAnswer:
    """Return one entry, `provider/id`, with its structure."""
    query = MaterialQuery(material_ids=(material_id,), limit=1)
    answer = _asked(access, query, is_whole=True)
    # Others were not meant: nothing need be said of them.
    meant = tuple(one for one in answer.reports if one.message != NOT_ASKED)
    return replace(answer, reports=meant) if meant else answer


def _asked(access: Access, query: MaterialQuery, *, is_whole: bool) -> SourceAnswer:
    works: list[tuple[Peer, Work]] = []
    reports: list[SourceReport] = []
    for name, url in sorted(access.providers.items()):
        peer = Peer(source=OPTIMADE, provider=name, title=f"The database {name}")
        try:
            text = filter_for(query, name)
        except FilterError as error:
            fault = faults.question_refused(peer, str(error))
            reports.append(_refusal(peer, fault))
            continue
        if text is None:
            reports.append(skipped(peer, NOT_ASKED))
            continue
        database = _Database(peer, access, url, is_whole=is_whole)
        works.append((peer, database.work(text, query.limit)))
    if not access.providers:
        nobody = Peer(source=OPTIMADE, provider="", title="OPTIMADE")
        reports.append(skipped(nobody, "No provider of OPTIMADE is set."))
    answer = gather(works, access)
    return replace(answer, reports=(*answer.reports, *reports))


def _refusal(peer: Peer, fault: SourceFault) -> SourceReport:
    return SourceReport(
        source=peer.source,
        provider=peer.provider,
        state=FAILED,
        kind=fault.kind,
        message=str(fault),
    )


class _Database:
    """One provider during one question."""

    def __init__(self, peer: Peer, access: Access, url: str, *, is_whole: bool) -> None:
        self._peer = peer
        self._access = access
        self._is_whole = is_whole
        base = url.rstrip("/")
        self._base = base if VERSIONED.search(base) else f"{base}/v1"
        self._provider = Provider(name=peer.provider, base_url=self._base)

    def work(self, text: str, limit: int) -> Work:
        def work(harvest: Harvest) -> None:
            self._session = opened(self._peer, self._access, self._base)
            if self._is_whole:
                self._introduce()
            unreadable: SourceFault | None = None
            for entry in self._entries(text, limit, harvest):
                try:
                    harvest.materials.append(self._material(entry))
                except SourceFault as fault:
                    unreadable = unreadable or fault
                if len(harvest.materials) >= limit:
                    break
            if unreadable is not None:
                raise unreadable  # after the entries that can be read

        return work

    def _entries(
        self, text: str, limit: int, harvest: Harvest
    ) -> Iterator[Mapping[str, Any]]:
        """Yield entries as pages come; `harvest` is told if not all were seen."""
        params = {"filter": text, "page_limit": str(min(limit, PAGE))}
        if not self._is_whole:
            params["response_fields"] = ",".join(FIELDS)
        page = self._get(f"{self._base}/structures", params)
        seen: set[str] = set()
        for number in range(1, MOST_PAGES + 1):
            self._call_by_name(page.get("meta"))
            entries = page.get("data")
            if not isinstance(entries, list):
                raise faults.no_data(self._peer, "something that is no list")
            yield from entries
            following = self._next(page)
            if not following or not entries or following in seen:
                return
            seen.add(following)
            if number < MOST_PAGES:
                page = self._get(following, {})
        harvest.is_partial = True

    def _next(self, page: Mapping[str, Any]) -> str:
        links = page.get("links")
        found = links.get("next") if isinstance(links, dict) else None
        if isinstance(found, dict):
            found = found.get("href")
        if not isinstance(found, str) or not found:
            return ""
        try:
            whole = urljoin(f"{self._base}/", found)
        except ValueError as error:
            raise self._leads_nowhere(error) from error
        # A server behind a proxy may write http for what is served by https.
        if urlsplit(self._base).scheme == "https" and whole.startswith("http://"):
            whole = "https://" + whole.removeprefix("http://")
        return whole

    def _get(self, url: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            said = self._session.get(url, params=dict(params)).json()
        # Raised before or after our adapter: links and redirects that are no addresses.
        except (requests.RequestException, ValueError) as error:
            raise self._leads_nowhere(error) from error
        if not isinstance(said, dict):
            raise faults.no_data(self._peer, "something that is no answer of OPTIMADE")
        return said

    def _leads_nowhere(self, error: Exception) -> SourceFault:
        what = f"an address or a page of no use ({error})"
        return faults.no_data(self._peer, what[: faults.MOST_DETAIL])

    def _call_by_name(self, meta: Any) -> None:  # noqa: ANN401 - any JSON
        provider = meta.get("provider") if isinstance(meta, dict) else None
        name = provider.get("name") if isinstance(provider, dict) else None
        title = str(name) if name else self._peer.provider
        self._provider = self._provider._replace(title=title)

    def _introduce(self) -> None:
        """Ask for the licence and the units; an entry is worth having without them."""
        try:
            info = self._get(f"{self._base}/info", {})
            described = self._get(f"{self._base}/info/structures", {})
        except SourceFault:
            return
        self._provider = self._provider._replace(
            licence=_licence(info), units=_units(described)
        )

    def _material(self, entry: Any) -> Any:  # noqa: ANN401 - any JSON
        try:
            return material(entry, self._provider, is_whole=self._is_whole)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"an entry that cannot be read ({error})"
            raise faults.no_data(self._peer, what) from error


def _licence(info: Mapping[str, Any]) -> str:
    """Return SPDX names of the licences, else the page that tells of them."""
    data = info.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        return ""
    for name in ("available_licenses_for_entries", "available_licenses"):
        if isinstance(attributes.get(name), list) and attributes[name]:
            return ", ".join(str(one) for one in attributes[name])
    page = attributes.get("license")
    page = page.get("href") if isinstance(page, dict) else page
    return str(page) if page else ""


def _units(described: Mapping[str, Any]) -> dict[str, str]:
    data = described.get("data")
    fields = data.get("properties") if isinstance(data, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {
        str(name): str(known["unit"])
        for name, known in fields.items()
        if isinstance(known, dict) and known.get("unit")
    }
