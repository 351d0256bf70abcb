"""Databases of materials on loopback, for tests of those who ask them.

`with materials_project() as project:` yields a `Control`: `project.endpoint` goes into
MP_API_ENDPOINT or `Access.endpoint`, `local_servers.KEY` is a key that is taken, and
`project.fault = Fault("503", times=2)` makes the next two requests fail.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.real.local_servers import KEYS, Control, serving, unused_endpoint
from tests.real.optimade_data import write_entries
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
    if query.pop("x-api-key") not in KEYS:
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


PROJECTS: Final[list[dict[str, Any]]] = [
    {
        "name": "carrier_transport",
        "title": "Carrier Transport",
        "authors": "F. Ricci et al.",
        "references": [{"label": "SD", "url": "https://doi.org/10.1038/sdata.2017.85"}],
        "license": "CCA4",
        "is_public": True,
        "columns": [
            {"path": "data.S.p", "unit": "µV/K", "min": 0, "max": 900},
            {"path": "data.functional", "unit": "NaN", "min": None, "max": None},
        ],
    },
    {
        "name": "dtu",
        "title": "GLLB-SC band gaps",
        "authors": "I. Castelli et al.",
        "references": [],
        "license": "CCPD",
        "is_public": True,
        "columns": [{"path": "data.gap", "unit": "eV", "min": 0, "max": 20}],
    },
]
SEEBECK: Final = (("mp-149", "Si", 790.0), ("mp-1265", "MgO", 812.5))
CONTRIBUTIONS: Final = [
    *(
        {
            "id": f"5f0{number:021d}",
            "project": "carrier_transport",
            "identifier": material,
            "formula": formula,
            "data": {
                "S": {
                    "p": {"value": value, "unit": "µV/K", "display": f"{value} µV/K"}
                },
                "functional": "GGA",
                "n_points": {"value": 20, "unit": "", "display": "20"},
            },
        }
        for number, (material, formula, value) in enumerate(SEEBECK)
    ),
    {
        "id": "6a0" + "0" * 21,
        "project": "dtu",
        "identifier": "mp-149",
        "formula": "Si",
        "data": {"gap": {"value": 1.09, "unit": "eV", "display": "1.09 eV"}},
    },
]
# The client goes to these ports only.
CONTRIBUTION_PORTS: Final = (5000, 5002, 5003, 5005, 10000, 10002, 10003, 10005, 20000)


@contextlib.contextmanager
def contributions() -> Iterator[Control]:
    """Run a server with the contract of mpcontribs-api 5: projects, contributions."""
    ports = CONTRIBUTION_PORTS
    with serving(_contributions, host="localhost", ports=ports) as control:
        yield control


def _contributions(path: str, query: dict[str, str]) -> tuple[int, Any]:
    if path == "/healthcheck":
        return 200, {"version": "5.10.5"}
    if path == "/apispec.json":
        return 200, API
    if query.pop("x-api-key") not in KEYS:
        return 401, {"message": "Invalid authentication credentials"}
    rows: list[dict[str, Any]]
    if path == "/projects/":
        rows = [{**one, "project": one["name"]} for one in PROJECTS]
    elif path == "/contributions/":
        rows = CONTRIBUTIONS
    else:
        return 404, {"message": "not found"}
    for name, value in query.items():
        field, is_list, _ = name.partition("__in")
        wanted = value.split(",") if is_list else [value]
        if field in {"name", "project", "identifier", "formula"}:
            rows = [one for one in rows if one[field] in wanted]
    size = int(query.get("per_page", "100"))
    first = size * (int(query.get("page", "1")) - 1)
    page = rows[first : first + size]
    more = len(rows) > first + size
    return 200, {"data": page, "has_more": more, "total_count": len(rows)}


def _parameter(name: str, kind: str) -> dict[str, Any]:
    known: dict[str, Any] = {"name": name, "in": "query", "required": False}
    if kind == "array":
        known |= {"items": {"type": "string"}, "collectionFormat": "csv"}
    return {**known, "type": kind}


def _operation(called: str, tag: str, **parameters: str) -> dict[str, Any]:
    paging = {"_fields": "array", "_sort": "string", "_skip": "integer"}
    paging |= {"_limit": "integer", "page": "integer", "per_page": "integer"}
    known = {**paging, **parameters}
    return {
        "get": {
            "operationId": called,
            "tags": [tag],
            "parameters": [_parameter(one, kind) for one, kind in known.items()],
            "responses": {"200": {"description": "ok", "schema": {"type": "object"}}},
        }
    }


API: Final = {
    "swagger": "2.0",
    "info": {"title": "MPContribs API", "version": "5.10.5"},
    "basePath": "/",
    "produces": ["application/json"],
    "consumes": ["application/json"],
    "definitions": {},
    "paths": {
        "/projects/": _operation(
            "queryProjects", "projects", name="string", name__in="array"
        ),
        "/contributions/": _operation(
            *("queryContributions", "contributions"),
            project="string",
            identifier="string",
            identifier__in="array",
            formula="string",
            formula__in="array",
        ),
    },
}


@contextlib.contextmanager
def optimade() -> Iterator[Control]:
    """Run the reference server of OPTIMADE behind one that can fail at command.

    `control.endpoint` is the base URL; entries are those of `optimade_data`.
    """
    with tempfile.TemporaryDirectory() as folder:
        backend = unused_endpoint()

        def relay(path: str, query: dict[str, str]) -> tuple[int, Any]:
            del query["x-api-key"]
            if control.page_limit is not None and "page_limit" in query:
                query["page_limit"] = str(control.page_limit)
            status, said = _fetched(f"{backend}{path}?{urllib.parse.urlencode(query)}")
            if path.endswith("/info"):
                # The server would look the licence up on the internet.
                said["data"]["attributes"]["available_licenses"] = ["CC-BY-4.0"]
            return status, said

        with serving(relay, host="127.0.0.1", ports=(0,)) as control:
            process = _reference_server(Path(folder), backend, control.endpoint)
            try:
                _wait_for(process, f"{backend}/v1/info", Path(folder) / "output")
                yield control
            finally:
                process.kill()
                process.wait()


def _reference_server(
    folder: Path, backend: str, endpoint: str
) -> subprocess.Popen[bytes]:
    write_entries(folder / "entries.jsonl")
    gap = {"name": "band_gap", "type": "float", "description": "gap", "unit": "eV"}
    provider = {"prefix": "exmpl", "name": "Example", "description": "of the tests"}
    config = {
        "insert_test_data": False,
        "create_default_index": False,
        "database_backend": "mongomock",
        "base_url": endpoint,
        "page_limit_max": 500,
        "insert_from_jsonl": str(folder / "entries.jsonl"),
        "log_dir": str(folder / "logs"),
        "provider": {**provider, "homepage": "https://example.org"},
        "provider_fields": {"structures": [gap]},
    }
    (folder / "config.json").write_text(json.dumps(config))
    port = backend.rpartition(":")[2]
    command = [sys.executable, "-m", "uvicorn", "optimade.server.main:app"]
    environment = {
        **os.environ,
        "OPTIMADE_CONFIG_FILE": str(folder / "config.json"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    with (folder / "output").open("wb") as output:
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", port],
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=output,
        )


def _wait_for(process: subprocess.Popen[bytes], url: str, output: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, output.read_text()[-3000:]
        with contextlib.suppress(OSError):
            _fetched(url)
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def _fetched(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=20) as said:  # noqa: S310
            return said.status, json.load(said)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)
