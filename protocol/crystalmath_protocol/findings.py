"""What is found in inputs before they run, and the files that are made."""

from crystalmath_protocol.method import Result


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
