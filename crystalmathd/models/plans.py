"""What will be run: the plan that `explain_job` shows and a job is stored with."""

from dataclasses import dataclass, field

from crystalmathd.models.clusters import QueueOptions

PLAN_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a user asks for; None leaves the choice to the code."""

    ranks: int | None = None
    threads: int | None = None
    walltime_s: int | None = None
    memory_mb: int | None = None
    queue: QueueOptions = field(default_factory=QueueOptions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parallelism:
    """MPI ranks and OpenMP threads a rank, and why."""

    ranks: int
    ranks_reason: str
    threads: int
    threads_reason: str

    @property
    def cores(self) -> int:
        return self.ranks * self.threads


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """An environment variable of a job, and where its value comes from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedFile:
    """A file that is copied between the job's directory and the scratch directory.

    `name` is the name in the job's `inputs/` or `outputs/`, `scratch_name` the
    one in scratch. A `scratch_name` with `*` or a trailing `/` (a tree) is
    copied back under its own names.
    """

    name: str
    scratch_name: str
    role: str
    is_required: bool = False
    sha256: str | None = None
    is_for_restart: bool = False
    """Of use only if the job was ended before its time: else it is not saved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanStop:
    """How a program is asked to end so that it can be restarted.

    `files` (name in scratch, text) are written `margin_s` before the end of the wall
    time; programs that know no such file have none. They get SIGTERM when a third of
    the margin is left, which is kept for saving the files.
    """

    files: tuple[tuple[str, str], ...] = ()
    margin_s: int = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One program of the job; all steps share one scratch directory.

    `stdin` and `stdout` are names: `stdin` in scratch, `stdout` and `stderr` in
    the job's `outputs/`, where they grow while the program runs. `good_codes`
    are the exit codes after which the next step may start. If `stderr` equals
    `stdout`, both streams go into one file in the order they are written.
    `input_as`: the step's input file is copied to this name in scratch just
    before the step starts.
    """

    program: str
    input_name: str
    launcher: tuple[str, ...]
    executable: str
    executable_origin: str
    arguments: tuple[str, ...]
    stdin: str | None
    stdout: str
    stderr: str
    good_codes: tuple[int, ...] = (0,)
    input_as: str | None = None
    clean_stop: CleanStop | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What ends a job from outside. None: no limit."""

    walltime_s: int | None
    memory_mb: int | None
    grace_s: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """All that a submission will do; stored with the job as it is shown."""

    version: int = PLAN_VERSION
    name: str
    code: str
    cluster: str
    scheduler: str
    parallelism: Parallelism
    steps: tuple[Step, ...]
    environment: tuple[Variable, ...]
    stage_in: tuple[StagedFile, ...]
    stage_out: tuple[StagedFile, ...]
    scratch: str
    scratch_origin: str
    limits: Limits
    warnings: tuple[str, ...] = ()
    overrides: tuple[str, ...] = field(default=())
    queue: QueueOptions = field(default_factory=QueueOptions)
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    script: str | None = None
    """The job script of a batch system, with names for what is not known yet."""
