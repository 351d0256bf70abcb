"""`queue`: what stands in the queue of a cluster, also what was submitted by hand."""

import re

import click

from crystalmath.cli import quantities
from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import (
    Invocation,
    cluster_argument,
    command,
    parsed,
)
from crystalmath.cli.tables import columns
from crystalmath.connection import Connection
from crystalmath.durations import duration
from crystalmath.exits import Exit
from crystalmath_protocol.queues import FetchSlurmQueueResult, QueuedJob

HEADER = (
    "ID",
    "JOB",
    "NAME",
    "USER",
    "STATE",
    "REASON",
    "PARTITION",
    "NODES",
    "CORES",
    "RAN",
    "LIMIT",
    "MAY START",
)
RIGHT = {1, 7, 8, 9, 10}
_ID = re.compile(r"[0-9]+(_([0-9]+|\[[0-9,:%-]+\]))?")


def queue_id(word: str) -> str:
    """Return the id of a job in the queue.

    Raises
    ------
    ValueError
        If it is none.
    """
    if _ID.fullmatch(word):
        return word
    raise ValueError(f"{word!r} is not an id of the queue, such as 4711 or 4711_3.")


@command("queue")
@cluster_argument
@click.option("--all", "is_of_all", is_flag=True, help="The jobs of all users.")
@click.option(
    "--cancel",
    "cancelled",
    multiple=True,
    callback=parsed(queue_id),
    metavar="ID",
    help="Take this job out of the queue; may be repeated.",
)
def queue_command(
    invocation: Invocation, *, cluster: str, is_of_all: bool, cancelled: tuple[str, ...]
) -> Exit:
    """Show the queue of a cluster, or take jobs out of it.

    JOB is the number of those that were submitted here.
    """
    with invocation.connect() as daemon:
        if cancelled:
            return _cancel(invocation, daemon, cluster, cancelled)
        result = daemon.fetch_slurm_queue(cluster, all=is_of_all)
        output = invocation.output
        if output.is_json:
            output.reply(daemon.last_result)
        elif result.jobs:
            output.answer(queue_text(result, has_header=not output.is_silent))
        else:
            whose = "The queue" if is_of_all else "Your queue"
            output.hint(f"{whose} on {cluster} is empty.")
    n_more = result.n_jobs - len(result.jobs)
    if n_more:
        output.hint(f"{n_more} more are not shown.")
    return Exit.OK


def _cancel(
    invocation: Invocation, daemon: Connection, cluster: str, ids: tuple[str, ...]
) -> Exit:
    output = invocation.output

    def cancel(scheduler_id: str) -> None:
        result = daemon.cancel_slurm_job(cluster, scheduler_id)
        if output.is_json:
            output.reply(daemon.last_result)
            return
        job = "" if result.job_id is None else f", which is job {result.job_id},"
        output.answer(f"{scheduler_id}{job} was asked to end on {cluster}")

    return with_each(output, ids, cancel)


def queue_text(result: FetchSlurmQueueResult, *, has_header: bool) -> str:
    """Return the table; columns in which nothing stands are left out."""
    rows = [_row(job) for job in result.jobs]
    shown = [n for n in range(len(HEADER)) if any(row[n] for row in rows)]
    header = tuple(HEADER[n] if has_header else "" for n in shown)
    return columns(
        header,
        [tuple(row[n] for n in shown) for row in rows],
        right={place for place, n in enumerate(shown) if n in RIGHT},
    )


def _row(job: QueuedJob) -> tuple[str, ...]:
    tasks = f" ({job.n_tasks} tasks)" if job.n_tasks > 1 else ""
    return (
        job.scheduler_id + tasks,
        job.job_id or "",
        job.name,
        job.user,
        job.state.lower(),
        job.reason or "",
        job.partition,
        str(job.nodes or ""),
        str(job.cores or ""),
        duration(job.elapsed_s) if job.elapsed_s else "",
        duration(job.walltime_s) if job.walltime_s else "",
        quantities.moment(job.estimated_start_ms),
    )
