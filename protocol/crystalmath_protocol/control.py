"""Steering jobs: their place in the queue, another attempt, copies, and their end."""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.jobs import Evidence
from crystalmath_protocol.method import (
    ClusterName,
    FileName,
    JobId,
    Line,
    Message,
    Method,
    Milliseconds,
    Params,
    Result,
    ShortText,
)
from crystalmath_protocol.submissions import (
    ClientToken,
    EnvironmentValue,
    JobName,
    Priority,
    ResourcesAsked,
    SubmittedJob,
)


class JobParams(Params, frozen=True, kw_only=True):
    job_id: JobId


class JobState(Result, frozen=True, kw_only=True):
    """The job as the call left it."""

    job_id: str
    state: str
    priority: int


class SetPriorityParams(Params, frozen=True, kw_only=True):
    job_id: JobId
    priority: Priority


class RetryJobParams(Params, frozen=True, kw_only=True):
    """A new attempt of a job that has ended otherwise than completed.

    With `resources`, `environment`, `cluster` or `force` the job gets a new plan;
    without, it runs as before. With `after_attempt` (the number of its last attempt)
    a call that is sent twice makes one attempt.
    """

    job_id: JobId
    cluster: ClusterName | None = None
    resources: ResourcesAsked | None = None
    environment: Annotated[
        tuple[EnvironmentValue, ...], msgspec.Meta(max_length=100)
    ] = ()
    after_attempt: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    force: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)] = ()


class RetryJobResult(Result, frozen=True, kw_only=True):
    """`created` is false if the attempt had been asked for before."""

    job_id: str
    state: str
    n_attempts: int
    created: bool


class Edit(Message, frozen=True, kw_only=True):
    """A value to be set in an input of the job; the first input if none is named.

    `key` is a keyword of the code: SHRINK, TOLDEE (CRYSTAL), ecutwfc or
    SYSTEM.nbnd (Quantum ESPRESSO), ENCUT (VASP).
    """

    key: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9_.()%-]{0,63}$(?!\n)",
            description="a keyword such as SHRINK, SYSTEM.nbnd or ENCUT",
        ),
    ]
    value: Annotated[Line, msgspec.Meta(max_length=1000)]
    input: FileName | None = None


class CloneJobParams(Params, frozen=True, kw_only=True):
    """A new job with the inputs of another one, changed by `edits`.

    What is left out is taken from that job. With `dry_run` nothing is stored.
    """

    job_id: JobId
    edits: Annotated[tuple[Edit, ...], msgspec.Meta(max_length=50)] = ()
    name: JobName | None = None
    project: ShortText | None = None
    tags: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)] | None = None
    cluster: ClusterName | None = None
    resources: ResourcesAsked | None = None
    environment: Annotated[
        tuple[EnvironmentValue, ...], msgspec.Meta(max_length=100)
    ] = ()
    priority: Priority = 0
    hold: bool = False
    force: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)] = ()
    dry_run: bool = False
    client_token: ClientToken | None = None


class CloneJobResult(Result, frozen=True, kw_only=True):
    """`diff`: the changed inputs as a unified diff, empty if there is no change.

    `job` is null after a dry run.
    """

    job: SubmittedJob | None
    diff: str
    created: bool


class DeleteJobParams(Params, frozen=True, kw_only=True):
    """Forget a job that has ended and remove its files.

    Its number is never given to another job, and its client token makes no
    second one.
    """

    job_id: JobId
    keep_files: bool = False


class RemovedScratch(Result, frozen=True, kw_only=True):
    """A scratch directory that the job had left; `problem`: why it is still there."""

    path: str
    n_files: int
    size_bytes: int
    problem: str | None


class DeleteJobResult(Result, frozen=True, kw_only=True):
    """What was removed; `directory` is still there if `keep_files` was asked.

    `n_files` and `size_bytes` are those of the directory. A job that is deleted
    again is refused with the same figures as facts.
    """

    job_id: str
    directory: str
    n_files: int
    size_bytes: int
    files_kept: bool
    scratches: tuple[RemovedScratch, ...] = ()


class CollectJobParams(Params, frozen=True, kw_only=True):
    """Save and read again what an ended job has left in its scratch directory."""

    job_id: JobId
    wait_ms: Milliseconds = 15_000


class CollectJobResult(Result, frozen=True, kw_only=True):
    """The state after the wait; `evidence` says what was found or not saved."""

    job_id: str
    state: str
    cause: str | None
    evidence: str
    is_collected: bool


class ResolveJobParams(Params, frozen=True, kw_only=True):
    """A person's word about a job in doubt, which is taken as its evidence.

    `run_again` is for a job that is known not to run: it gets a new attempt.
    """

    job_id: JobId
    outcome: Literal["failed", "cancelled", "lost", "run_again"]
    note: Annotated[Line, msgspec.Meta(min_length=1, max_length=1000)]


class Asked(Result, frozen=True, kw_only=True):
    """One question about a job: whom it was put to, the answer, what follows.

    `whom`: the machine and its part (`squeue on hpc`). `is_answered` is false if
    nothing came back, or nothing that says anything.
    """

    asked_ms: int
    whom: str
    answer: str
    conclusion: str
    is_answered: bool


class WhyJobResult(Result, frozen=True, kw_only=True):
    """Why the job is in its state, one sentence a line, and the evidence behind it.

    `next_look_ms` (ms since 1970) is null if the next look waits for an event.
    `asked`: what was asked last, in order. `estimated_start_ms`: when the batch
    system believes that a job which waits there will start.
    """

    job_id: str
    state: str
    cause: str | None
    doubt: str | None
    stale_since_ms: int | None
    sentences: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    next_look_ms: int | None
    asked: tuple[Asked, ...] = ()
    estimated_start_ms: int | None = None


METHODS = (
    Method(
        name="hold_job",
        summary="Keep a queued job from starting until it is released.",
        params=JobParams,
        result=JobState,
        access="write",
    ),
    Method(
        name="release_job",
        summary="Let a held job start; it waits from now on.",
        params=JobParams,
        result=JobState,
        access="write",
    ),
    Method(
        name="set_priority",
        summary="Change the priority of a job that has not started.",
        params=SetPriorityParams,
        result=JobState,
        access="write",
    ),
    Method(
        name="retry_job",
        summary="Run a job again that has ended otherwise than completed.",
        params=RetryJobParams,
        result=RetryJobResult,
        access="write",
    ),
    Method(
        name="clone_job",
        summary="Submit a copy of a job with changed values, and show the difference.",
        params=CloneJobParams,
        result=CloneJobResult,
        access="write",
    ),
    Method(
        name="delete_job",
        summary="Forget a job that has ended and remove its files.",
        params=DeleteJobParams,
        result=DeleteJobResult,
        access="write",
    ),
    Method(
        name="collect_job",
        summary="Save and read again the files that an ended job left in its scratch.",
        params=CollectJobParams,
        result=CollectJobResult,
        access="write",
    ),
    Method(
        name="resolve_job",
        summary="Settle a doubt by a person's word.",
        params=ResolveJobParams,
        result=JobState,
        access="write",
    ),
    Method(
        name="why_job",
        summary="Say why a job is in its state, with the evidence.",
        params=JobParams,
        result=WhyJobResult,
        access="read",
    ),
)
