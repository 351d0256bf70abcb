"""A job, its attempts, and the states that they move through."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crystalmathd.models.clusters import LOCAL


class JobState(StrEnum):
    """Where a job is. Not knowing is a doubt beside the state, never a state."""

    HELD = "held"
    QUEUED = "queued"
    """Waits here for room or for another job."""
    STARTING = "starting"
    PENDING = "pending"
    """Waits in a scheduler."""
    RUNNING = "running"
    COLLECTING = "collecting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    """It is proven that nothing of it runs, and its end was seen by nobody."""


_S = JobState
_ENDS: Final = frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED, _S.LOST})

NEXT_STATES: Final[dict[JobState, frozenset[JobState]]] = {
    _S.HELD: frozenset({_S.QUEUED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.HELD, _S.STARTING, _S.CANCELLED, _S.FAILED}),
    _S.STARTING: frozenset(
        {_S.STARTING, _S.PENDING, _S.RUNNING, _S.COLLECTING, _S.CANCELLED, _S.FAILED}
    ),
    _S.PENDING: frozenset({_S.RUNNING, _S.COLLECTING, _S.STARTING, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.COLLECTING, _S.PENDING}),
    _S.COLLECTING: _ENDS,
    _S.COMPLETED: frozenset({_S.COLLECTING}),
    **{
        state: frozenset({_S.QUEUED, _S.COLLECTING}) for state in _ENDS - {_S.COMPLETED}
    },
}
"""The only moves; the store refuses every other one.

An end is left by a retry, or because what was left is to be collected again.
"""

ACTIVE_STATES: Final = frozenset({_S.STARTING, _S.PENDING, _S.RUNNING, _S.COLLECTING})
"""Somebody has to look after these."""


SETTLED_STATES: Final = frozenset({_S.QUEUED, _S.FAILED, _S.CANCELLED, _S.LOST})
"""Where a person's word may move a job that is in doubt."""


def is_end(state: JobState) -> bool:
    return state in _ENDS


class AttemptState(StrEnum):
    """Where one try to run the job is."""

    INTENT = "intent"
    """Written down before anything was sent out."""
    SUBMIT_UNKNOWN = "submit_unknown"
    """Sent out, and the answer did not come."""
    SUBMITTED = "submitted"
    FINISHED = "finished"
    """Its end is proven; its files are not yet collected."""
    COLLECTED = "collected"
    ABANDONED = "abandoned"
    """It is proven that it never started."""


OPEN_ATTEMPTS: Final = frozenset(
    {
        AttemptState.INTENT,
        AttemptState.SUBMIT_UNKNOWN,
        AttemptState.SUBMITTED,
        AttemptState.FINISHED,
    }
)


class Cause(StrEnum):
    """Why a job is in its state. Open: codes and schedulers may add words."""

    NOT_CONVERGED = "not_converged"
    EXIT_CODE = "exit_code"
    SIGNAL = "signal"
    CODE_ERROR = "code_error"
    BROKEN_OFF = "broken_off"
    """The output of an adopted run stops before its end."""
    WALLTIME = "walltime"
    CANCELLED = "cancelled"
    INPUT_CHANGED = "input_changed"
    STAGING = "staging"
    PARENT = "parent_not_completed"
    REBOOT = "reboot"
    RUNNER_KILLED = "runner_killed"
    RESOLVED = "resolved_by_user"
    FILES_GONE = "files_gone"
    SCRATCH_FULL = "scratch_full"
    FILES_NOT_SAVED = "files_not_saved"
    """It completed, but something it left is only in its scratch directory."""
    REFUSED = "refused_by_scheduler"
    MEMORY = "out_of_memory"
    NODE_FAIL = "node_fail"
    PREEMPTED = "preempted"
    DEADLINE = "deadline"
    BOOT_FAIL = "boot_fail"
    CANCELLED_ELSEWHERE = "cancelled_elsewhere"
    """By scancel or by an administrator, not through the daemon."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What was seen, where and when."""

    seen_ms: int
    source: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StepExit:
    """How one program ended; `code` is None when a signal ended it.

    A runner that cannot measure CPU time or memory leaves them out.
    """

    program: str
    code: int | None
    signal: int | None
    started_ms: int
    ended_ms: int
    cpu_s: float | None
    max_memory_mb: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedFile:
    """A file that the job left in its `outputs/`."""

    name: str
    role: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitRecord:
    """The exit marker: what the runner wrote when everything had ended.

    `unsaved` are those of the errors that tell of files; `is_asked`: the daemon
    wanted the end.
    """

    token: str
    cause: str | None
    steps: tuple[StepExit, ...]
    files: tuple[SavedFile, ...]
    errors: tuple[str, ...]
    ended_ms: int
    scratch: str | None
    is_scratch_kept: bool
    unsaved: tuple[str, ...] = ()
    is_asked: bool = False
    is_stopped: bool = False
    """A program was asked to end by itself before the wall time was over."""
    scratch_free_mb: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A row of the job table, without its plan and results.

    Among queued jobs the lowest `rank_ms` goes first. Attempts before number
    `first_attempt` were made before it was last run again. `restart_of`: the one of
    its `parents` that it goes on from, which need not have completed.
    """

    job_id: int
    name: str
    code: str
    cluster: str
    state: JobState
    cause: str | None
    doubt: str | None
    stale_since_ms: int | None
    evidence: tuple[Evidence, ...]
    project: str | None
    tags: tuple[str, ...]
    collection: int | None
    cores: int
    version: int
    parents: tuple[int, ...]
    cancel_asked_ms: int | None
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    energy_ev: float | None
    energy_kind: str | None
    grade: str | None
    priority: int
    rank_ms: int
    first_attempt: int = 1
    restart_of: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try to run a job. `token` names it everywhere outside the store."""

    attempt_id: int
    job_id: int
    number: int
    token: str
    state: AttemptState
    boot_id: str
    scheduler_id: str | None
    scratch: str | None
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    exits: tuple[StepExit, ...]
    cluster: str = LOCAL
    directory: str | None = None
    """Where it is on another machine; None: beside the store."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredInput:
    """An input as it was submitted, byte for byte: decks are not always UTF-8."""

    name: str
    program: str
    text: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Auxiliary:
    """A file beside the inputs: a blob, or a role of another job's files."""

    name: str
    sha256: str | None = None
    origin: str | None = None
    parent: int | None = None
    parent_name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Artefact:
    """A file of a job that others may use, with its role and hash."""

    name: str
    role: str
    size: int
    sha256: str
    attempt: int
    is_here: bool = True
    """Else it is still on its cluster."""
