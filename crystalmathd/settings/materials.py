"""The settings of the materials search: databases, patience, what is kept."""

import re
from collections.abc import Mapping
from typing import Any, Final

from crystalmathd.settings.layers import Layers
from crystalmathd.settings.values import above_zero, positive, seconds, whole

OPTIMADE_PROVIDERS: Final[Mapping[str, str]] = {
    "mp": "https://optimade.materialsproject.org",
    "cod": "https://www.crystallography.net/cod/optimade",
    "oqmd": "https://oqmd.org/optimade",
    "aflow": "https://aflow.org/API/optimade",
    "alexandria": "https://alexandria.icams.rub.de/pbe",
    "mc3d": "https://optimade.materialscloud.org/main/mc3d-pbe-v1",
    "mc2d": "https://optimade.materialscloud.org/main/mc2d",
    "odbx": "https://optimade.odbx.science",
    "jarvis": "https://jarvis.nist.gov/optimade/jarvisdft",
}
"""Base URLs without the version, as the providers' own index databases name them."""
_PROVIDER: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_URL: Final = re.compile(r"https?://[^\s/@]+(?:/\S*)?")


def material_settings(layers: Layers) -> dict[str, Any]:
    """Return the settings of the materials search; names as users know them."""
    return {
        "mp_api_endpoint": layers.take(
            "mp_api_endpoint",
            _url,
            "https://api.materialsproject.org",
            variable="MP_API_ENDPOINT",
        ),
        "mpcontribs_api_host": layers.take(
            "mpcontribs_api_host",
            str,
            "contribs-api.materialsproject.org",
            variable="MPCONTRIBS_API_HOST",
        ),
        "optimade_providers": layers.take(
            "optimade_providers", _providers, OPTIMADE_PROVIDERS
        ),
        "optimade_mp_base_url": layers.take(
            "optimade_mp_base_url", _url, None, variable="OPTIMADE_MP_BASE_URL"
        ),
        "materials_structure_days": layers.take(
            "materials_structure_days",
            above_zero,
            30.0,
            variable="MATERIALS_CACHE_TTL_DAYS",
        ),
        "materials_search_days": layers.take("materials_search_days", above_zero, 7.0),
        "materials_property_days": layers.take(
            "materials_property_days", above_zero, 7.0
        ),
        "materials_empty_hours": layers.take("materials_empty_hours", above_zero, 1.0),
        "materials_timeout_s": layers.take(
            "materials_timeout_s",
            seconds,
            30.0,
            variable="MATERIALS_REQUEST_TIMEOUT",
        ),
        "materials_deadline_s": layers.take("materials_deadline_s", seconds, 120.0),
        "materials_retries": layers.take(
            "materials_retries", whole, 3, variable="MATERIALS_MAX_RETRIES"
        ),
        "materials_retry_budget_s": layers.take(
            "materials_retry_budget_s", seconds, 60.0
        ),
        "materials_failures": layers.take("materials_failures", positive, 3),
        "materials_pause_s": layers.take("materials_pause_s", seconds, 60.0),
        "materials_workers": layers.take("materials_workers", positive, 2),
        "materials_idle_s": layers.take("materials_idle_s", seconds, 60.0),
    }


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise ValueError("it must be a URL: http:// or https://, without a user")
    return value


def _providers(value: str | Mapping[str, str]) -> dict[str, str]:
    """Read a table, or `name=url,name=url`."""
    if isinstance(value, str):
        pairs = [part.partition("=")[::2] for part in value.split(",") if part.strip()]
        value = {name.strip(): url.strip() for name, url in pairs}
    for name in value:
        if not _PROVIDER.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a provider")
    return {name: _url(url) for name, url in value.items()}
