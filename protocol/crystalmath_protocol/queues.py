"""Batch systems: what a job asks of one, and what stands in its queue."""

from typing import Annotated

import msgspec

from crystalmath_protocol.method import (
    ClusterName,
    Message,
    Method,
    Milliseconds,
    Params,
    Result,
)

SiteWord = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x20\x7f-\x9f\u2028\u2029#-]"
        r"[^\x00-\x20\x7f-\x9f\u2028\u2029]*$(?!\n)",
        description="a word of the site without spaces, not beginning with - or #",
        max_length=200,
    ),
]
"""Such as `gpu-a100`, `intel&ib`, `[rack1|rack2]` or `gcc/12+cuda`."""

Directive = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^--?[A-Za-z][^\x00-\x1f\x7f-\x9f\u2028\u2029]*$(?!\n)",
        description="one option of the batch system, such as --mail-type=END",
        max_length=500,
    ),
]

SchedulerId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,18}(?:_(?:[0-9]{1,9}|\[[0-9,:%-]{1,200}\]))?$(?!\n)",
        description="the number of a job in the queue: 4711, 4711_3, 4711_[5-9]",
        max_length=250,
    ),
]


class QueueAsked(Message, frozen=True, kw_only=True):
    """What a batch system is asked for beside cores, memory and time.

    What is left out is as the cluster has it, or as the batch system decides.
    `gpus` as it writes them: `2`, `a100:2`. `is_requeued`: it may start the job
    again after a node has failed.
    """

    partition: SiteWord | None = None
    account: SiteWord | None = None
    qos: SiteWord | None = None
    constraint: SiteWord | None = None
    reservation: SiteWord | None = None
    nodes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    gpus: SiteWord | None = None
    is_exclusive: bool | None = None
    is_requeued: bool | None = None
    directives: Annotated[tuple[Directive, ...], msgspec.Meta(max_length=50)] = ()


class QueueOptions(Result, frozen=True, kw_only=True):
    """What a batch system is asked for, as it stands in a plan."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    reservation: str | None = None
    nodes: int | None = None
    gpus: str | None = None
    is_exclusive: bool | None = None
    is_requeued: bool | None = None
    directives: tuple[str, ...] = ()


class FetchSlurmQueueParams(Params, frozen=True, kw_only=True):
    """The queue of a cluster now: the user's own jobs, or those of `all`."""

    cluster: ClusterName
    all: bool = False
    wait_ms: Milliseconds = 60_000


class QueuedJob(Result, frozen=True, kw_only=True):
    """A line of the queue; tasks of an array that wait are one line.

    `job_id` is set if it is a job of this daemon. `reason`: why it waits, in the
    word of the batch system.
    """

    scheduler_id: str
    job_id: str | None
    name: str
    user: str
    state: str
    partition: str
    reason: str | None
    n_tasks: int
    nodes: int | None
    cores: int | None
    elapsed_s: int | None
    walltime_s: int | None
    estimated_start_ms: int | None


class FetchSlurmQueueResult(Result, frozen=True, kw_only=True):
    """`n_jobs` counts every line; at most 2,000 of them are in `jobs`."""

    cluster: str
    jobs: tuple[QueuedJob, ...]
    n_jobs: int


class CancelSlurmJobParams(Params, frozen=True, kw_only=True):
    """Take a job out of the queue, also one that was submitted by hand."""

    cluster: ClusterName
    scheduler_id: SchedulerId
    wait_ms: Milliseconds = 60_000


class CancelSlurmJobResult(Result, frozen=True, kw_only=True):
    """`job_id`: it was a job of this daemon, and was cancelled as `cancel_job` does."""

    cluster: str
    scheduler_id: str
    job_id: str | None


class SyncRemoteJobsParams(Params, frozen=True, kw_only=True):
    """Look at every job of a cluster now, instead of when it is next due."""

    cluster: ClusterName
    wait_ms: Milliseconds = 60_000


class SyncRemoteJobsResult(Result, frozen=True, kw_only=True):
    """`job_ids`: the jobs that are looked at; what changed comes as events."""

    cluster: str
    job_ids: tuple[str, ...]


MAX_SHOWN = 2_000
"""Lines of a queue in one answer."""

METHODS = (
    Method(
        name="fetch_slurm_queue",
        summary="Return what stands in the queue of a cluster.",
        params=FetchSlurmQueueParams,
        result=FetchSlurmQueueResult,
        access="read",
    ),
    Method(
        name="cancel_slurm_job",
        summary="Take a job out of the queue of a cluster.",
        params=CancelSlurmJobParams,
        result=CancelSlurmJobResult,
        access="write",
    ),
    Method(
        name="sync_remote_jobs",
        summary="Look at all jobs of a cluster now.",
        params=SyncRemoteJobsParams,
        result=SyncRemoteJobsResult,
        access="write",
    ),
)
