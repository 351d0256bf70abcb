"""Whom a question goes to: the sources, their addresses, and what each is asked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from crystalmathd.models.materials import (
    CONTRIBUTIONS,
    MATERIALS_PROJECT,
    OPTIMADE,
    SKIPPED,
    MaterialQuery,
    SourceReport,
)
from crystalmathd.runners.secrets import SecretText
from crystalmathd.services.source_health import Target
from crystalmathd.settings import Settings

OF_PROJECT: Final = f"{MATERIALS_PROJECT}/"
"""The Materials Project is an OPTIMADE provider too: `mp/mp-1265` is `mp-1265`."""


class Targets:
    """Every source that there is, by the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        providers = dict(settings.optimade_providers)
        if settings.optimade_mp_base_url is not None:
            providers[MATERIALS_PROJECT] = settings.optimade_mp_base_url
        self._all = {
            MATERIALS_PROJECT: (
                Target(
                    source=MATERIALS_PROJECT,
                    provider=MATERIALS_PROJECT,
                    endpoint=settings.mp_api_endpoint,
                ),
            ),
            CONTRIBUTIONS: (
                Target(
                    source=CONTRIBUTIONS,
                    provider=CONTRIBUTIONS,
                    endpoint=_with_scheme(settings.mpcontribs_api_host),
                ),
            ),
            OPTIMADE: tuple(
                Target(source=OPTIMADE, provider=name, endpoint=url)
                for name, url in providers.items()
            ),
        }

    def of(
        self, source: str, query: MaterialQuery
    ) -> tuple[tuple[Target, ...], MaterialQuery]:
        """Return who of a source can answer, and the question in its words.

        Ids go to those that they belong to. Nobody: the question is none for them.
        """
        targets = self._all[source]
        if source != OPTIMADE:
            if query.optimade_filter is not None:
                return (), query
            ids = tuple(one.removeprefix(OF_PROJECT) for one in query.material_ids)
            own = tuple(one for one in ids if "/" not in one)
            return (targets if own or not ids else ()), replace(query, material_ids=own)
        ids = tuple(_with_provider(one) for one in query.material_ids)
        if ids:
            names = {one.partition("/")[0] for one in ids}
            targets = tuple(one for one in targets if one.provider in names)
        return targets, replace(query, material_ids=ids)

    def of_id(self, source: str, material_id: str) -> tuple[tuple[Target, ...], str]:
        """Return who of a source knows this material, and its id there."""
        targets, query = self.of(source, MaterialQuery(material_ids=(material_id,)))
        return targets, query.material_ids[0] if targets else material_id

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(target.provider for target in self._all[OPTIMADE])

    def access(
        self, targets: Sequence[Target], key: SecretText | None
    ) -> dict[str, Any]:
        """Return how to get there, for the worker; it holds the key."""
        first = targets[0]
        is_optimade = first.source == OPTIMADE
        return {
            "endpoint": "" if is_optimade else first.endpoint,
            "api_key": "" if key is None else key.reveal(),
            "timeout_s": self._settings.materials_timeout_s,
            "retries": self._settings.materials_retries,
            "retry_budget_s": self._settings.materials_retry_budget_s,
            "providers": {one.provider: one.endpoint for one in targets}
            if is_optimade
            else {},
        }


def not_theirs(source: str, query: MaterialQuery) -> SourceReport:
    """Return the report of a source that cannot be asked this."""
    if source != OPTIMADE and query.optimade_filter is not None:
        message = "It does not take OPTIMADE filters."
    else:
        message = f"None of {', '.join(query.material_ids)} is an id of it."
    return SourceReport(
        source=source, provider=source, state=SKIPPED, kind="", message=message
    )


def _with_scheme(host: str) -> str:
    """Return the URL of a host; that of this machine speaks plain HTTP."""
    if "://" in host:
        return host
    is_here = host.partition(":")[0] in {"localhost", "127.0.0.1"}
    return f"{'http' if is_here else 'https'}://{host}"


def _with_provider(material_id: str) -> str:
    return material_id if "/" in material_id else OF_PROJECT + material_id
