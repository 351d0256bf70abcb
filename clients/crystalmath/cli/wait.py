"""`wait`: return when jobs have ended, with an exit code that says how."""

import time
from typing import TYPE_CHECKING

import click

from crystalmath.cli.invocation import Invocation, command, jobs_argument, parsed
from crystalmath.cli.outcomes import exit_of, first_bad, sentence
from crystalmath.cli.output import Output
from crystalmath.cli.values import decimal
from crystalmath.errors import HOW_TO_RELEASE, JobGoesOnError
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystalmath.connection import Connection


@command("wait")
@jobs_argument
@click.option(
    "--timeout",
    "timeout_s",
    callback=parsed(decimal(0)),
    metavar="S",
    help="Seconds for all of them; the jobs go on afterwards.",
)
def wait_command(
    invocation: Invocation, *, job_ids: tuple[str, ...], timeout_s: float | None
) -> Exit:
    """Wait until jobs have ended.

    Exits with 0 completed, 10 failed, 11 cancelled, 12 lost, 13 not converged,
    14 timeout; of several jobs the first that is not 0, in the order given.
    """
    with invocation.connect() as daemon:
        return wait_for(daemon, invocation.output, job_ids, timeout_s=timeout_s)


def wait_for(
    daemon: "Connection",
    output: Output,
    job_ids: "Sequence[str]",
    *,
    timeout_s: float | None,
) -> Exit:
    """Wait for each job, print how it ended, and return the exit code."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    for job_id in job_ids:
        job = daemon.get_job_details(job_id)
        if job.state == "held":
            advice = HOW_TO_RELEASE.format(job_id=job_id)
            output.hint(f"Job {job_id} ({job.name}) is held; {advice}.")
    exits = []
    for job_id in job_ids:
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        try:
            job = daemon.wait(job_id, timeout_s=left)
        except JobGoesOnError as error:
            # What was asked for, not what the jobs before have left of it.
            raise JobGoesOnError(
                job_id=job_id, state=error.state, timeout_s=timeout_s or 0.0
            ) from error
        exits.append(exit_of(job))
        if output.is_json:
            output.reply(daemon.last_result)
        elif not output.is_silent:
            output.answer(sentence(job))
    return first_bad(exits)
