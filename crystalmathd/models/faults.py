"""Known failures of the codes: what they look like, mean, and what helps."""

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    FATAL = "fatal"
    """The run ended of it, or its result is not what was asked for."""
    WARNING = "warning"
    NOTE = "note"


class Effect(StrEnum):
    """What a remedy changes. Only `none` may ever be applied without being asked."""

    NONE = "none"
    """The same result by another way: cycles, mixing, memory, restart."""
    NUMERICAL = "numerical"
    PHYSICS = "physics"


class Standing(StrEnum):
    """How well a row is known."""

    REAL = "real"
    """A recorded output shows it."""
    QUOTED = "quoted"
    """A public source gives the text."""
    UNVERIFIED = "unverified"


@dataclass(frozen=True, kw_only=True, slots=True)
class SetValue:
    """Set an input value, as `clone_job` does; the key is added if it is not there.

    `{name}` in the value stands for what the pattern's group of that name caught.
    """

    key: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveValue:
    """Take a key with its data out of the input."""

    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleValue:
    """Multiply a number of the input; `default` is what the code takes without it.

    The new value stays within `least` and `most`.
    """

    key: str
    factor: float
    default: float
    is_integer: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NextValue:
    """Take the value that follows the present one in a chain; the last one stays.

    A value that is not in the chain, or none, is followed by the first.
    """

    key: str
    chain: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveFile:
    """Start without a file that the run took up (CHGCAR, WAVECAR)."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Continue:
    """Go on from what the run has left: a kind of restart of this code."""

    kind: str


Edit = SetValue | RemoveValue | ScaleValue | NextValue | RemoveFile | Continue


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedy:
    """Something to do about a fault. Without edits it is advice."""

    text: str
    effect: Effect = Effect.NONE
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A row of a code's table.

    `needs` (or one of several) must stand in a line as it is, and is looked for first,
    because that is fast: it is never empty, and the rarer in good outputs the better.
    `pattern` is then searched in that line, and in the next ones where `n_lines` is
    more than 1 (they are joined by a line end). `files`: the roles of the texts that
    are looked at (`stdout`, `error_unit`, `outcar`, `scheduler` …), all if empty.
    `is_generic`: it follows from another fault, which is named before it if one is
    found, and alone if it stands in the same lines. `undone_by`: a text that, further
    down in the same file, says that the run got over it; then nothing is found.
    """

    key: str
    needs: str | tuple[str, ...]
    pattern: re.Pattern[str]
    severity: Severity
    cause: str
    meaning: str
    source: str
    standing: Standing
    remedies: tuple[Remedy, ...] = ()
    files: tuple[str, ...] = ()
    is_generic: bool = False
    n_lines: int = 1
    undone_by: str | None = None

    @property
    def literals(self) -> tuple[str, ...]:
        """The texts of which one must stand in a line."""
        return (self.needs,) if isinstance(self.needs, str) else self.needs


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A line that shows a fault; `line` counts from 1."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A fault that was found, with the lines that show it, the first ones first.

    `evidence` holds a few of them, `n_lines` says how many there are.
    """

    fault: Fault
    evidence: tuple[Evidence, ...]
    n_lines: int = 1
    facts: dict[str, str] = field(default_factory=dict)
    """What the pattern's named groups caught: the value that a message asks for. Of a
    group called `most_…` it is the largest number of all lines, else the first."""
