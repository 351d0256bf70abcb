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
    is_given_up: bool = False
    """We have taken its right to start, for nobody knew of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused(NeverStarted):
    """The scheduler does not take the job, in its own words: nothing was submitted.

    The same attempt would be refused again.
    """

    reason: str
    is_spent: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """It was handed over, perhaps, and none of those asked knows of it.

    No proof: the scheduler may be slow. `asked`: those who answered.
    """

    source: str
    asked: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alive:
    """The attempt runs, or waits in a scheduler to run.

    `note`: what there is to say of it, such as why it waits. `pid`: the process of
    its runner on the machine where it was started, if that is what keeps it.
    `is_ending`: the scheduler says that it is over, and that is not believed yet.
    """

    source: str
    scheduler_id: str
    scratch: str | None
    started_ms: int | None
    pid: int | None = None
    is_pending: bool = False
    is_ending: bool = False
    note: str | None = None
    estimated_start_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Orphaned:
    """Processes of the attempt run, and no runner that could be asked.

    `reason`: why not, if it is not that the runner is gone.
    """

    source: str
    pids: tuple[int, ...]
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """The exit marker with the attempt's token.

    `scheduler_state`: the scheduler's own word for the end, such as OUT_OF_MEMORY.
    `scheduler_id`: its number there, which nobody may have seen while it lived.
    """

    source: str
    record: ExitRecord
    scheduler_state: str | None = None
    scheduler_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vanished:
    """It ran, nothing of it runs any more, and no exit marker was written."""

    source: str
    cause: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Terminated(Vanished):
    """The scheduler says how it ended, and no exit marker was written.

    `raw` is the scheduler's own word, and the times are those that it tells.
    """

    raw: str
    scheduler_id: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None


Observation = Unknown | NeverStarted | Absent | Alive | Orphaned | Ended | Vanished
