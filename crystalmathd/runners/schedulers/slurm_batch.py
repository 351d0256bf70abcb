"""What Slurm is asked beside the daemon's own jobs: its queue, and what it is."""

from collections.abc import Sequence
from dataclasses import replace

from crystalmathd.errors import QueueFieldError
from crystalmathd.models.clusters import ClusterFacts
from crystalmathd.models.queues import QueuedJob
from crystalmathd.runners.schedulers.base import Command
from crystalmathd.runners.schedulers.slurm import command
from crystalmathd.runners.schedulers.slurm_facts import parse_facts
from crystalmathd.runners.schedulers.slurm_tables import QUEUE_FORMAT, queued_jobs


class SlurmBatch:
    """Commands for one cluster; `path` stands in front of PATH."""

    def __init__(self, path: Sequence[str] = ()) -> None:
        self._path = tuple(path)

    def queue_command(self, *, is_mine: bool) -> Command:
        return command(
            self._path, "slurm_queue.sh.j2", mine=is_mine, format=QUEUE_FORMAT
        )

    def parse_queue(
        self, exit_code: int, stdout: bytes, stderr: bytes
    ) -> tuple[QueuedJob, ...]:
        """Read the queue.

        Raises
        ------
        ValueError
            If squeue did not list it: that nothing stands there follows from nothing.
        """
        if exit_code:
            raise ValueError(f"squeue answered {exit_code}: {_said(stderr)}")
        return tuple(queued_jobs(stdout))

    def cancel_command(self, scheduler_id: str) -> Command:
        """Cancel a job by its number, whoever of this user submitted it.

        Raises
        ------
        QueueFieldError
            If this is no number of a job, a task or a list of tasks.
        """
        is_number = scheduler_id[:1].isdigit()
        if not is_number or set(scheduler_id) - set("0123456789_[]-,%:"):
            reason = "it is no number of a job"
            raise QueueFieldError(field="job", value=scheduler_id, reason=reason)
        return command(self._path, "slurm_cancel.sh.j2", job=scheduler_id)

    def facts_command(self) -> Command:
        return command(self._path, "slurm_look_over.sh.j2")

    def add_facts(
        self, facts: ClusterFacts, exit_code: int, stdout: bytes, stderr: bytes
    ) -> ClusterFacts:
        """Return the facts with what Slurm has said.

        Raises
        ------
        ValueError
            If no Slurm answered.
        """
        said = parse_facts(stdout)
        if said.version is None or not said.partitions:
            words = "; ".join(said.problems) or _said(stderr)
            raise ValueError(f"no Slurm answered ({exit_code}): {words}")
        return replace(
            facts,
            scheduler_version=said.version,
            has_accounting=said.has_accounting,
            min_job_age_s=said.min_job_age_s,
            partitions=said.partitions,
        )


def _said(stderr: bytes) -> str:
    words = stderr.decode("utf-8", "replace").strip()
    return words[-500:] or "no reason given"
