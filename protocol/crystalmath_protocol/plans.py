"""The plan of a job: what `explain_job` shows and what is carried out."""

from crystalmath_protocol.method import Result
from crystalmath_protocol.queues import QueueOptions


class Variable(Result, frozen=True, kw_only=True):
    name: str
    value: str
    origin: str


class StagedFile(Result, frozen=True, kw_only=True):
    """A file copied between the job's directory and scratch."""

    name: str
    scratch_name: str
    role: str
    is_required: bool
    sha256: str | None
    is_for_restart: bool = False


class CleanStop(Result, frozen=True, kw_only=True):
    """How a program is asked to end so that it can go on later.

    `files` (name in scratch, text) are written `margin_s` before the end of the wall
    time.
    """

    files: tuple[tuple[str, str], ...]
    margin_s: int


class Step(Result, frozen=True, kw_only=True):
    """One program: what is started, in the scratch directory all steps share."""

    program: str
    input_name: str
    input_as: str | None
    executable: str
    executable_origin: str
    arguments: tuple[str, ...]
    launcher: tuple[str, ...]
    stdin: str | None
    stdout: str
    stderr: str
    good_codes: tuple[int, ...]
    clean_stop: CleanStop | None = None


class Parallelism(Result, frozen=True, kw_only=True):
    ranks: int
    ranks_reason: str
    threads: int
    threads_reason: str


class Limits(Result, frozen=True, kw_only=True):
    walltime_s: int | None
    memory_mb: int | None
    grace_s: int


class Plan(Result, frozen=True, kw_only=True):
    """What a submission does; the job is stored with the same object.

    `script` is the job script of a batch system, with names for what is not known
    before the job is submitted.
    """

    version: int
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
    warnings: tuple[str, ...]
    overrides: tuple[str, ...]
    queue: QueueOptions = QueueOptions()
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    script: str | None = None
