"""`wait`: return when jobs have ended, with an exit code that says how."""

import time
from typing import TYPE_CHECKING

import click

from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.cli.outcomes import exit_of, first_bad, sentence
from crystalmath.cli.output import Output
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystalmath.connection import Connection


@command("wait")
@jobs_argument
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0),
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
    exits = []
    for job_id in job_ids:
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        job = daemon.wait(job_id, timeout_s=left)
        exits.append(exit_of(job))
        if output.is_json:
            output.reply(daemon.last_result)
        elif not output.is_silent:
            output.answer(sentence(job))
    return first_bad(exits)
