"""Databases of materials on loopback, for tests of those who ask them.

`with materials_project() as project:` yields a `Control`: `project.endpoint` goes into
MP_API_ENDPOINT or `Access.endpoint`, `KEY` is the key that is taken, and
`project.fault = Fault("503", times=2)` makes the next two requests fail.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from tests.real.local_servers import KEY, Control, serving
from tests.real.project_data import DB_VERSION, DOCUMENTS

HEARTBEAT: Final = {
    "status": "OK",
    "version": "0.88.1",
    "db_version": DB_VERSION,
    "suffix": None,
    "access_controlled_batch_ids": [""],
}
RANGES: Final = {
    "band_gap": "band_gap",
    "energy_above_hull": "energy_above_hull",
    "formation_energy_per_atom": "formation_energy_per_atom",
    "density": "density",
    "nelements": "nelements",
    "nsites": "nsites",
}
PAGING: Final = {"_fields", "_limit", "_skip", "_page", "_per_page", "_sort_fields"}
LISTS: Final = {"formula": "formula_pretty", "chemsys": "chemsys"}
IDS: Final = "material_ids"
KNOWN: Final = {
    *PAGING,
    *LISTS,
    *(IDS, "elements", "deprecated", "spacegroup_number", "_all_fields"),
    *(f"{name}_{end}" for name in RANGES for end in ("min", "max")),
}


@contextlib.contextmanager
def materials_project() -> Iterator[Control]:
    """Run a server with the contract of emmet-api 0.88: summaries and structures."""
    with serving(_project, host="127.0.0.1", ports=(0,)) as control:
        yield control


def _project(path: str, query: dict[str, str]) -> tuple[int, Any]:
    if path == "/heartbeat":
        return 200, HEARTBEAT
    if query.pop("x-api-key") != KEY:
        return 401, {"message": "Invalid authentication credentials"}
    if path not in {"/materials/summary/", "/materials/core/"}:
        return 404, {"detail": "Not Found"}
    unknown = sorted(set(query) - KNOWN)
    if unknown:
        said = "Request contains query parameters which cannot be used: "
        return 400, {"detail": said + ", ".join(unknown)}
    return 200, _page(_matching(query), query)


def _matching(query: dict[str, str]) -> list[dict[str, Any]]:
    found = DOCUMENTS
    for name, field in LISTS.items():
        if name in query:
            wanted = query[name].split(",")
            found = [one for one in found if one[field] in wanted]
    if IDS in query:
        wanted = query[IDS].split(",")
        found = [one for one in found if one["material_id"] in wanted]
    if "elements" in query:
        elements = set(query["elements"].split(","))
        found = [one for one in found if elements <= set(one["elements"])]
    if "spacegroup_number" in query:
        number = int(query["spacegroup_number"])
        found = [one for one in found if one["symmetry"]["number"] == number]
    for name, field in RANGES.items():
        least = float(query.get(f"{name}_min", "-inf"))
        most = float(query.get(f"{name}_max", "inf"))
        found = [one for one in found if least <= one[field] <= most]
    return found


def _page(found: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    field = query.get("_sort_fields")
    if field:
        found = sorted(found, key=lambda one: float(one[field]))
    limit = int(query.get("_per_page", query.get("_limit", "100")))
    skip = int(query.get("_skip", limit * (int(query.get("_page", "1")) - 1)))
    wanted = query.get("_fields", "material_id").split(",")
    page = [{name: one.get(name) for name in wanted} for one in found]
    meta = {"api_version": "0.88.1", "total_doc": len(found), "max_limit": 1000}
    return {"data": page[skip : skip + limit], "meta": meta}
