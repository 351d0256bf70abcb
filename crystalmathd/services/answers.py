"""What a machine answered when it was asked about a job, and what follows. No I/O."""

from dataclasses import dataclass
from functools import singledispatch

from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Orphaned,
    Refused,
    Terminated,
    Unknown,
    Vanished,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One question: whom it was put to, what came back, and what it means."""

    asked_ms: int
    whom: str
    answer: str
    conclusion: str
    is_answered: bool = True


def told(cluster: str, seen: Observation, asked_ms: int) -> Answer:
    """Return what was seen in words."""
    answer, conclusion = _words(seen)
    return Answer(
        asked_ms=asked_ms,
        whom=f"{seen.source} on {cluster}",
        answer=answer,
        conclusion=conclusion,
        is_answered=not isinstance(seen, Unknown),
    )


@singledispatch
def _words(seen: Observation) -> tuple[str, str]:
    """Return the answer and the conclusion; a kind of answer is a function below."""
    raise TypeError(f"no words for {type(seen).__name__}")


@_words.register
def _(seen: Unknown) -> tuple[str, str]:
    return seen.reason, "nothing follows: the last known state stays"


@_words.register
def _(_seen: NeverStarted) -> tuple[str, str]:
    return "nothing of it was started", "it never ran"


@_words.register
def _(seen: Refused) -> tuple[str, str]:
    return seen.reason, "it was not taken, and would not be again"


@_words.register
def _(seen: Absent) -> tuple[str, str]:
    asked = " and ".join(seen.asked)
    return f"not known to {asked}", "no proof: it is asked again"


@_words.register
def _(seen: Alive) -> tuple[str, str]:
    if seen.is_pending:
        return seen.note or "it is in the queue", "it waits there"
    return seen.note or f"{seen.scheduler_id} runs", "it runs"


@_words.register
def _(seen: Orphaned) -> tuple[str, str]:
    numbers = ", ".join(map(str, seen.pids))
    reason = f": {seen.reason}" if seen.reason else ""
    return f"processes {numbers} run{reason}", "it runs, without its runner"


@_words.register
def _(seen: Ended) -> tuple[str, str]:
    state = f", {seen.scheduler_state}" if seen.scheduler_state else ""
    return f"its exit marker is there{state}", "it has ended"


@_words.register
def _(seen: Vanished) -> tuple[str, str]:
    return seen.text, "nothing of it runs any more"


@_words.register
def _(seen: Terminated) -> tuple[str, str]:
    return f"{seen.raw}: {seen.text}", "it has ended, without its own record"
