"""Finding, reading and cancelling jobs."""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.calculations import CalculationResult
from crystalmath_protocol.findings import Provenance
from crystalmath_protocol.method import (
    MAX_FILE_BYTES,
    ClusterName,
    JobId,
    Method,
    Milliseconds,
    Params,
    Result,
    ShortText,
)
from crystalmath_protocol.plans import Plan

Page = Annotated[str, msgspec.Meta(max_length=64)]


class JobSummary(Result, frozen=True, kw_only=True):
    """A line of a list. Times in ms since 1970 (UTC); energy in eV per cell as run.

    `doubt` says what is not known about the state; the state is the last known.
    """

    job_id: str
    name: str
    code: str
    cluster: str
    state: str
    cause: str | None
    doubt: str | None
    project: str | None
    tags: tuple[str, ...]
    collection: str | None
    cores: int
    priority: int
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    energy_ev: float | None
    energy_kind: str | None
    grade: str | None


class FetchJobsParams(Params, frozen=True, kw_only=True):
    """Filters are combined with and; `text` looks in names, projects, tags, titles."""

    states: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)] = ()
    code: ShortText | None = None
    name: ShortText | None = None
    tag: ShortText | None = None
    project: ShortText | None = None
    text: ShortText | None = None
    collection: ShortText | None = None
    cluster: ClusterName | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    page: Page | None = None


class FetchJobsResult(Result, frozen=True, kw_only=True):
    """Newest first. `next_page` is null on the last page; `cursor` is for events."""

    jobs: tuple[JobSummary, ...]
    next_page: str | None
    cursor: str


class GetJobDetailsParams(Params, frozen=True, kw_only=True):
    job_id: JobId


class StepExit(Result, frozen=True, kw_only=True):
    """How one program ended. `code` is null when a signal ended it."""

    program: str
    code: int | None
    signal: int | None
    started_ms: int
    ended_ms: int
    cpu_s: float | None
    max_memory_mb: float | None


class Attempt(Result, frozen=True, kw_only=True):
    """One try to run the job; at most one is open.

    `remote_directory`: where its files are on its cluster; null: in `directory`.
    """

    number: int
    token: str
    state: str
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    scheduler_id: str | None
    scratch: str | None
    directory: str
    exits: tuple[StepExit, ...]
    remote_directory: str | None = None


class Evidence(Result, frozen=True, kw_only=True):
    """What was seen, where and when, behind the job's state."""

    seen_ms: int
    source: str
    text: str


class JobFile(Result, frozen=True, kw_only=True):
    """`is_here` is false of a file that stays on its cluster until `fetch_file`."""

    name: str
    size: int
    role: str | None
    sha256: str | None
    is_here: bool = True


class GeneratedFrom(Result, frozen=True, kw_only=True):
    """An input of the job is exactly a file that a generator made: from what."""

    file: str
    provenance: Provenance


class JobDetails(JobSummary, frozen=True, kw_only=True):
    """All that is known about a job."""

    stale_since_ms: int | None
    directory: str
    plan: Plan
    results: tuple[CalculationResult, ...]
    attempts: tuple[Attempt, ...]
    evidence: tuple[Evidence, ...]
    files: tuple[JobFile, ...]
    generated: tuple[GeneratedFrom, ...] = ()


class GetJobDetailsResult(Result, frozen=True, kw_only=True):
    job: JobDetails


class FetchJobLogParams(Params, frozen=True, kw_only=True):
    """Part of a file of the job. Without `file`, the output of the running step.

    A negative `offset` counts from the end.
    """

    job_id: JobId
    file: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"^[^/\x00][^\x00]*$(?!\n)",
                description="the name of a file below the job's directory",
                max_length=4096,
            ),
        ]
        | None
    ) = None
    offset: Annotated[int, msgspec.Meta(ge=-MAX_FILE_BYTES, le=MAX_FILE_BYTES)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 65536
    wait_ms: Milliseconds = 0
    encoding: Literal["text", "base64"] = "text"


class FetchJobLogResult(Result, frozen=True, kw_only=True):
    """`data` starts at byte `offset`; go on at `next_offset`.

    `text` replaces bytes that are not UTF-8. `at_end`: the job has ended and
    nothing will be added.
    """

    file: str
    offset: int
    next_offset: int
    size: int
    data: str
    encoding: str
    at_end: bool


class FetchJobProgressParams(Params, frozen=True, kw_only=True):
    """Wait for cycles after `since_cycle` of the running step, or for another phase."""

    job_id: JobId
    since_cycle: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    wait_ms: Milliseconds = 0


class Cycle(Result, frozen=True, kw_only=True):
    """One SCF cycle; `index` counts over the whole step, `number` over one SCF."""

    index: int
    number: int
    geometry_step: int
    energy_ev: float | None
    delta_ev: float | None


class Measure(Result, frozen=True, kw_only=True):
    """A quantity against its threshold, where the code prints one; its own units."""

    name: str
    value: float
    threshold: float | None
    unit: str
    is_met: bool | None


class GeometryStep(Result, frozen=True, kw_only=True):
    """The last step of an optimisation (or displacement) whose SCF has ended."""

    number: int
    energy_ev: float | None
    measures: tuple[Measure, ...]


class ScfPattern(Result, frozen=True, kw_only=True):
    """What the SCF does, and the numbers behind it.

    `word`: converging, slow, oscillating, diverging, stuck or too_short.
    """

    word: str
    because: str


class ScfForecast(Result, frozen=True, kw_only=True):
    """What is to come, from what was printed; never a promise.

    `cycles`: the number of the last cycle of this SCF. `will_finish`: before the limits
    of cycles and wall time; null if it cannot be told.
    """

    cycles: int | None
    remaining_s: float | None
    will_finish: bool | None
    because: str


class FetchJobProgressResult(Result, frozen=True, kw_only=True):
    """How far the job is: its state, the running program and the new cycles.

    `percent` is of the running step; `percent_basis` says of what it is a part.
    """

    job_id: str
    state: str
    cause: str | None
    step: int
    n_steps: int
    program: str
    phase: str
    detail: str
    geometry_step: int
    max_cycles: int | None
    n_cycles: int
    cycles: tuple[Cycle, ...]
    elapsed_s: float | None
    walltime_s: int | None
    max_steps: int | None = None
    scf_threshold_ev: float | None = None
    percent: float | None = None
    percent_basis: str | None = None
    geometry: GeometryStep | None = None
    pattern: ScfPattern | None = None
    forecast: ScfForecast | None = None


class CancelJobParams(Params, frozen=True, kw_only=True):
    """Cancel a job and wait for the proof that nothing of it runs any more."""

    job_id: JobId
    wait_ms: Milliseconds = 15_000


class CancelJobResult(Result, frozen=True, kw_only=True):
    """The state after the wait; `is_confirmed`: no process of the job is left."""

    job_id: str
    state: str
    cause: str | None
    is_confirmed: bool


class FetchFileParams(Params, frozen=True, kw_only=True):
    """Bring a file that the last attempt left on its cluster here.

    `name` is that of the file in `outputs/`. It goes on after the wait.
    """

    job_id: JobId
    name: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)",
            description="the name of a file in the job's outputs",
            max_length=1000,
        ),
    ]
    wait_ms: Milliseconds = 30_000


class FetchFileResult(Result, frozen=True, kw_only=True):
    """`path` is on the daemon's machine; the file is whole there if `is_here`."""

    job_id: str
    name: str
    path: str
    size: int
    sha256: str
    is_here: bool


class CleanJobParams(Params, frozen=True, kw_only=True):
    """Remove files of an ended job by their role, from its cluster.

    With `here` also those of this machine. With `dry_run` nothing is removed.
    """

    job_id: JobId
    roles: Annotated[tuple[ShortText, ...], msgspec.Meta(min_length=1, max_length=50)]
    here: bool = False
    dry_run: bool = False


class CleanedFile(Result, frozen=True, kw_only=True):
    """A file that was removed; `is_left` if there is still one on this machine."""

    name: str
    role: str
    size: int
    is_left: bool


class CleanJobResult(Result, frozen=True, kw_only=True):
    """What was removed, or would be after a dry run."""

    job_id: str
    files: tuple[CleanedFile, ...]
    size_bytes: int


METHODS = (
    Method(
        name="fetch_jobs",
        summary="Return a page of jobs, newest first.",
        params=FetchJobsParams,
        result=FetchJobsResult,
        access="read",
    ),
    Method(
        name="get_job_details",
        summary="Return all that is known about one job.",
        params=GetJobDetailsParams,
        result=GetJobDetailsResult,
        access="read",
    ),
    Method(
        name="fetch_job_log",
        summary="Return part of a file of a job, and wait for more if asked.",
        params=FetchJobLogParams,
        result=FetchJobLogResult,
        access="read",
    ),
    Method(
        name="clean_job",
        summary="Remove files of an ended job by their role.",
        params=CleanJobParams,
        result=CleanJobResult,
        access="write",
    ),
    Method(
        name="fetch_file",
        summary="Bring a large file of a job from its cluster here.",
        params=FetchFileParams,
        result=FetchFileResult,
        access="write",
    ),
    Method(
        name="fetch_job_progress",
        summary="Return the SCF cycles and the phase of a running or finished job.",
        params=FetchJobProgressParams,
        result=FetchJobProgressResult,
        access="read",
    ),
    Method(
        name="cancel_job",
        summary="End a job and report its confirmed state.",
        params=CancelJobParams,
        result=CancelJobResult,
        access="write",
    ),
)
