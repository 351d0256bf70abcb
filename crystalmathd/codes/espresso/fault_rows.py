"""How the rows of the table of failures are written."""

import re
from typing import Final

from crystalmathd.models.faults import (
    Continue,
    Edit,
    Effect,
    Fault,
    Remedy,
    Severity,
    Standing,
)

RUN: Final = "pw.x 6.7, run for it"
"""The message was made with the program itself (tests/real)."""
AIIDA: Final = "aiida-quantumespresso 5.1, exit codes and their fixtures"
SOURCE: Final = "the sources of Quantum ESPRESSO 6 and 7"

DENSITY: Final = Continue(kind="charge_density")
GEOMETRY: Final = Continue(kind="geometry")
RESTART: Final = Continue(kind="restart")


def stop(
    key: str,
    needs: str | tuple[str, ...],
    cause: str,
    meaning: str,
    *remedies: Remedy,
    source: str = RUN,
    standing: Standing = Standing.REAL,
    pattern: str | None = None,
    n_lines: int = 1,
    is_generic: bool = False,
    undone_by: str | None = None,
) -> Fault:
    """Return a row for a message that ends a run; its text is the pattern as well."""
    texts = (needs,) if isinstance(needs, str) else needs
    return Fault(
        key=key,
        needs=needs,
        pattern=re.compile(pattern or "|".join(re.escape(text) for text in texts)),
        severity=Severity.FATAL,
        cause=cause,
        meaning=meaning,
        source=source,
        standing=standing,
        remedies=remedies,
        n_lines=n_lines,
        is_generic=is_generic,
        undone_by=undone_by,
    )


def same(text: str, *edits: Edit) -> Remedy:
    """Return a remedy by which the same result is reached in another way."""
    return Remedy(text=text, edits=edits, effect=Effect.NONE)


def numerical(text: str, *edits: Edit) -> Remedy:
    return Remedy(text=text, edits=edits, effect=Effect.NUMERICAL)


def physics(text: str, *edits: Edit) -> Remedy:
    """Return a remedy that changes what is computed."""
    return Remedy(text=text, edits=edits, effect=Effect.PHYSICS)
