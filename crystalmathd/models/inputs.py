"""Inputs that were made, and what is found in inputs before they run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.models.sourced import Origin

ERROR: Final = "error"
WARNING: Final = "warning"
NOTE: Final = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFinding:
    """Something in an input that a person should know before it runs.

    `code` is stable (`basis.missing`): it is what `--force` names. An `error` stops a
    submission unless it is forced. `fix` says what to write instead. `source`: where
    the rule or the number is from. Lines and columns (characters) count from 1; the
    end is the first character behind, None: to the end of the line.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedFile:
    """A file of an input; `text` is written as UTF-8."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedInput:
    """What was made of a structure and options.

    `settings`: every value that was used, the chosen ones too (mesh, basis, cutoff),
    with units in the names. `references`: what to cite for the data that went in.
    """

    code: str
    program: str
    files: tuple[GeneratedFile, ...]
    settings: Mapping[str, Any]
    findings: tuple[InputFinding, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Where generated files come from: enough to make the same bytes again.

    `params`: those of the RPC method `method`, with the structure as atoms. `libraries`
    name → version of what took part. `sha256`: file name → that of its text.
    """

    method: str
    params: Mapping[str, Any]
    crystalmath: str
    libraries: Mapping[str, str]
    origin: Origin
    references: tuple[str, ...]
    sha256: Mapping[str, str]
    template: str = ""
    """Name and version of the template, if one chose the options."""
