"""What the world says about an attempt. Unknown is an answer, and proves nothing."""

from dataclasses import dataclass

from crystalmathd.models.jobs import ExitRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """The question got no answer."""

    source: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NeverStarted:
    """Proof that no program of this attempt was ever started.

    `is_spent`: the start guard was passed, so the same token cannot start again.
    """

    source: str
    is_spent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Alive:
    """The attempt runs."""

    source: str
    scheduler_id: str
    scratch: str | None
    started_ms: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Orphaned:
    """The runner is gone, but processes of the attempt still run."""

    source: str
    pids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """The exit marker with the attempt's token."""

    source: str
    record: ExitRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Vanished:
    """It ran, nothing of it runs any more, and no exit marker was written."""

    source: str
    cause: str
    text: str


Observation = Unknown | NeverStarted | Alive | Orphaned | Ended | Vanished
