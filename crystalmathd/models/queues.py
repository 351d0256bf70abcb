"""What stands in the queue of a batch system."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedJob:
    """A line of the queue. Tasks of an array that wait are one line.

    `n_tasks`: how many they are; `scheduler_id` is as the batch system writes it
    (`4711`, `4711_[3-20%4]`). `reason`: why it waits, in the word of the batch system.
    """

    scheduler_id: str
    name: str
    user: str
    state: str
    partition: str
    reason: str | None = None
    n_tasks: int = 1
    nodes: int | None = None
    cores: int | None = None
    elapsed_s: int | None = None
    walltime_s: int | None = None
    estimated_start_ms: int | None = None
