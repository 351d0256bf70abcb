"""Submitting jobs, and explaining what a submission would do."""

from typing import Annotated

import msgspec

from crystalmath_protocol.method import (
    AbsolutePath,
    ClusterName,
    FileName,
    JobId,
    Message,
    Method,
    Params,
    Result,
    Sha256,
    ShortText,
)
from crystalmath_protocol.plans import Plan
from crystalmath_protocol.queues import QueueAsked

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
JobName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$(?!\n)",
        description="at most 100 letters, digits and . _ + -, not a sign first",
    ),
]
ClientToken = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_.:-]{8,128}$(?!\n)",
        description="8 to 128 letters, digits and . _ : -",
    ),
]
Priority = Annotated[int, msgspec.Meta(ge=-1000, le=1000)]
"""One point is worth an hour of waiting."""


class Input(Message, frozen=True, kw_only=True):
    """An input file by absolute path or by text, or a directory by path.

    With `text` a `name` is needed; with `path` it may rename the file.
    """

    path: AbsolutePath | None = None
    text: Annotated[str, msgspec.Meta(max_length=1 << 20)] | None = None
    name: FileName | None = None
    program: ShortText | None = None


class Auxiliary(Message, frozen=True, kw_only=True):
    """Another file the job reads: by absolute path, or by the sha256 of a blob."""

    path: AbsolutePath | None = None
    blob: Sha256 | None = None
    name: FileName | None = None


class InputsFrom(Message, frozen=True, kw_only=True):
    """Files of another job by their role, copied when that job has completed."""

    job_id: JobId
    role: ShortText


class ResourcesAsked(Message, frozen=True, kw_only=True):
    """What the job may use; what is left out is chosen, with a reason in the plan.

    `memory_mb` is for all ranks. `queue` is for clusters with a batch system.
    """

    ranks: Count | None = None
    threads: Count | None = None
    walltime_s: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)] | None = None
    memory_mb: Annotated[int, msgspec.Meta(ge=1, le=1 << 30)] | None = None
    queue: QueueAsked = QueueAsked()


class EnvironmentValue(Message, frozen=True, kw_only=True):
    """A value of the client's environment or project file, with its origin."""

    name: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Z][A-Z0-9_]{0,63}$(?!\n)",
            description="the name of a variable: capitals, digits and _",
        ),
    ]
    value: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[^\x00\n]*$(?!\n)",
            description="one line of text",
            max_length=4096,
        ),
    ]
    origin: ShortText


class Sweep(Message, frozen=True, kw_only=True):
    """Values that replace `${name}` in the input, one job for each combination."""

    name: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,31}$(?!\n)",
            description="a name of letters, digits and _ (at most 32)",
        ),
    ]
    values: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=200)], ...],
        msgspec.Meta(min_length=1, max_length=1000),
    ]


class ExplainJobParams(Params, frozen=True, kw_only=True):
    """A submission. Several `inputs`, or a sweep, make a collection of jobs.

    `hold`: the jobs wait until `release_job`.
    """

    inputs: Annotated[tuple[Input, ...], msgspec.Meta(min_length=1, max_length=1000)]
    steps: Annotated[tuple[Input, ...], msgspec.Meta(max_length=50)] = ()
    auxiliary: Annotated[tuple[Auxiliary, ...], msgspec.Meta(max_length=200)] = ()
    inputs_from: Annotated[tuple[InputsFrom, ...], msgspec.Meta(max_length=20)] = ()
    sweep: Annotated[tuple[Sweep, ...], msgspec.Meta(max_length=5)] = ()
    code: ShortText | None = None
    name: JobName | None = None
    project: ShortText | None = None
    tags: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)] = ()
    cluster: ClusterName = "local"
    resources: ResourcesAsked = ResourcesAsked()
    environment: Annotated[
        tuple[EnvironmentValue, ...], msgspec.Meta(max_length=100)
    ] = ()
    priority: Priority = 0
    hold: bool = False
    force: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)] = ()


class SubmitJobParams(ExplainJobParams, frozen=True, kw_only=True):
    """A submission; the same `client_token` never makes a second job."""

    client_token: ClientToken | None = None


class SubmittedJob(Result, frozen=True, kw_only=True):
    job_id: str
    name: str
    directory: str


class SubmitJobResult(Result, frozen=True, kw_only=True):
    """The jobs, all of them on disk. `created` is false if the token was known."""

    jobs: tuple[SubmittedJob, ...]
    collection: str | None
    created: bool


class ExplainJobResult(Result, frozen=True, kw_only=True):
    """One plan for each job that `submit_job` would make.

    With what takes too long to look for there: what the symmetry makes of a CRYSTAL
    deck. It may refuse (`job.input_invalid`) what `submit_job` takes.
    """

    plans: tuple[Plan, ...]


METHODS = (
    Method(
        name="submit_job",
        summary="Store one job or a collection, to be run as soon as there is room.",
        params=SubmitJobParams,
        result=SubmitJobResult,
        access="write",
    ),
    Method(
        name="explain_job",
        summary="Return the plan that submit_job would carry out; nothing is stored.",
        params=ExplainJobParams,
        result=ExplainJobResult,
        access="read",
    ),
)
