"""The worker that asks databases of materials.

Keys come with the question, on stdin: never in an argument, in the environment or in
what is logged. Its stderr goes nowhere, since the libraries write whole requests there.
"""

import gc
import os
import traceback
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import msgspec

from crystalmathd.materials.access import Access, are_any_left
from crystalmathd.models.materials import (
    CONTRIBUTIONS,
    MATERIALS_PROJECT,
    OPTIMADE,
    SKIPPED,
    MaterialQuery,
    SourceAnswer,
    SourceReport,
)
from crystalmathd.services.worker_loop import Tasks, serve

ROOMS: Final = {
    MATERIALS_PROJECT: "crystalmathd.materials.project",
    CONTRIBUTIONS: "crystalmathd.materials.contribs",
    OPTIMADE: "crystalmathd.materials.optimade",
}
OVERRIDES: Final = (
    *("MP_API_KEY", "PMG_MAPI_KEY", "MPCONTRIBS_API_KEY", "ANTHROPIC_API_KEY"),
    *("MP_API_ENDPOINT", "MPRESTER_ENDPOINT", "MPCONTRIBS_API_HOST"),
)
"""What the libraries would take from the environment where the daemon says nothing."""


def search(source: str, access: dict[str, Any], query: dict[str, Any]) -> list[bytes]:
    """Return a `SourceAnswer` as JSON: materials without their structures."""
    wanted = msgspec.convert(query, MaterialQuery)
    return _answered(source, access, lambda room, known: room.search(known, wanted))


def details(source: str, access: dict[str, Any], material_id: str) -> list[bytes]:
    """Return a `SourceAnswer` as JSON: one material with all that is known of it."""
    return _answered(
        source, access, lambda room, known: room.details(known, material_id)
    )


TASKS: Final[Tasks] = {"search": search, "details": details}


def _answered(
    source: str,
    access: dict[str, Any],
    ask: Callable[[ModuleType, Access], SourceAnswer],
) -> list[bytes]:
    known = msgspec.convert(access, Access)
    try:
        answer = ask(_room(source), known)
    except ModuleNotFoundError as missing:
        answer = _without_packages(source, missing)
    except Exception as mistake:
        said = "".join(traceback.format_exception(mistake))
        if not known.api_key or known.api_key not in said:
            raise
        hidden = said.replace(known.api_key, "(key)")
        raise RuntimeError(hidden) from None
    return [msgspec.json.encode(answer)]


@cache
def _room(source: str) -> ModuleType:
    """Import what speaks to a source; seconds, the first time."""
    room = import_module(ROOMS[source])
    room.load()
    # The libraries are there to stay: looked through after every task, their million
    # objects would cost half a second each time.
    gc.freeze()
    return room


def _without_packages(source: str, missing: ModuleNotFoundError) -> SourceAnswer:
    if (missing.name or "").startswith("crystalmathd"):
        raise missing
    report = SourceReport(
        source=source,
        provider=source,
        state=SKIPPED,
        message=f"The package {missing.name} is not installed: "
        "pip install 'crystalmathd[search]'",
    )
    return SourceAnswer(materials=(), reports=(report,))


def main() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    for name in OVERRIDES:
        os.environ.pop(name, None)
    serve(TASKS, are_any_left)


if __name__ == "__main__":
    main()
