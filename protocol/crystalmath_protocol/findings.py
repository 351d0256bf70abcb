"""What is found in inputs before they run, and the files that are made."""

from typing import Any

from crystalmath_protocol.method import Result
from crystalmath_protocol.sourced import Origin


class InputFinding(Result, frozen=True, kw_only=True):
    """`code` is what `force` names; `severity`: error, warning or note.

    Lines and columns (characters) count from 1; the end is the first one behind.
    """

    code: str
    severity: str
    message: str
    fix: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    source: str = ""


class GeneratedFile(Result, frozen=True, kw_only=True):
    """A file of an input, UTF-8."""

    name: str
    text: str


class Provenance(Result, frozen=True, kw_only=True):
    """Where generated files come from: enough to make the same bytes again.

    `method` and `params` make them, with the structure as atoms; `libraries`: name →
    version; `sha256`: name of a file → that of its text; `template`: name and version.
    """

    method: str
    params: dict[str, Any]
    crystalmath: str
    libraries: dict[str, str]
    origin: Origin
    references: tuple[str, ...]
    sha256: dict[str, str]
    template: str = ""
