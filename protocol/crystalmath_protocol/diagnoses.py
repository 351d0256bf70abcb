"""What went wrong in a run, where that stands, and what helps."""

from crystalmath_protocol.calculations import Source
from crystalmath_protocol.method import (
    AbsolutePath,
    JobId,
    Method,
    Params,
    Result,
    ShortText,
)
from crystalmath_protocol.restarts import RestartOption


class DiagnoseJobParams(Params, frozen=True, kw_only=True):
    """A job, or an output on the daemon's machine: one of the two.

    `path` is a file, or a directory that holds one run; `code` reads it as one of
    this code, also if it does not look like one.
    """

    job_id: JobId | None = None
    path: AbsolutePath | None = None
    code: ShortText | None = None


class ProposedEdit(Result, frozen=True, kw_only=True):
    """A value for a key of an input; without one the key is taken out."""

    input: str
    key: str
    value: str | None


class Remedy(Result, frozen=True, kw_only=True):
    """Something to do about a fault.

    `effect` is what it changes: none, numerical or physics. `edits` are those that
    change an input, `diff` shows them as a unified diff; `obstacle` says why they
    cannot be made in this run. `restarts`: the ways to go on that belong to it (as
    `kind` of `restart_job`). `removes`: files to start without.
    """

    text: str
    effect: str
    edits: tuple[ProposedEdit, ...]
    diff: str
    obstacle: str | None
    restarts: tuple[str, ...]
    removes: tuple[str, ...]


class Finding(Result, frozen=True, kw_only=True):
    """A known failure, with the lines that show it.

    `severity`: fatal, warning or note. `standing`: real (a recorded output shows the
    row), quoted (a public source gives it) or unverified; `source` names it.
    `is_generic`: it follows from another failure. `n_lines`: how many lines show it,
    of which `evidence` has the first. `facts`: values that the lines name.
    """

    key: str
    severity: str
    cause: str
    meaning: str
    standing: str
    source: str
    is_generic: bool
    n_lines: int
    evidence: tuple[Source, ...]
    facts: dict[str, str]
    remedies: tuple[Remedy, ...]


class DiagnoseJobResult(Result, frozen=True, kw_only=True):
    """What is known of a run's trouble, the first cause first.

    `first_cause`: a sentence, also where no known failure was found. `looked_at`: the
    texts in which failures were looked for. `restarts`: the ways to go on from a job
    that has ended.
    """

    job_id: JobId | None
    path: str | None
    code: str
    program: str
    state: str | None
    grade: str | None
    normal_termination: bool | None
    first_cause: str
    looked_at: tuple[str, ...]
    findings: tuple[Finding, ...]
    restarts: tuple[RestartOption, ...]


METHODS = (
    Method(
        name="diagnose_job",
        summary="Name the first cause of a run's failure, with evidence and remedies.",
        params=DiagnoseJobParams,
        result=DiagnoseJobResult,
        access="read",
    ),
)
