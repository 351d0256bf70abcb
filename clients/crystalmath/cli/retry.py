"""`retry`: another attempt of jobs that have ended."""

from typing import Any

import click

from crystalmath.cli.afterwards import Afterwards, go_on, waiting_options
from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import (
    Invocation,
    cluster_option,
    command,
    jobs_argument,
)
from crystalmath.cli.outcomes import first_bad
from crystalmath.cli.resources import resource_options, resources_asked
from crystalmath.connection import TERMINAL_STATES
from crystalmath.environment import environment_values
from crystalmath.exits import Exit
from crystalmath_protocol.jobs import JobDetails
from crystalmath_protocol.submissions import ResourcesAsked


@command("retry")
@jobs_argument
@cluster_option("Run it there instead.")
@resource_options
@click.option("--force", multiple=True, metavar="CODE", help="Override a named check.")
@waiting_options
def retry_command(
    invocation: Invocation,
    *,
    job_ids: tuple[str, ...],
    force: tuple[str, ...],
    cluster: str | None,
    after: Afterwards,
    **asked: Any,  # noqa: ANN401 - from resource_options
) -> Exit:
    """Run jobs again that have failed, or were cancelled or lost.

    A job keeps its number and its earlier attempts. With other resources, or on
    another cluster, it is planned anew; without, it runs as before.
    """
    output = invocation.output
    resources = resources_asked(asked)
    is_planned_anew = resources != ResourcesAsked() or cluster is not None
    going: list[str] = []
    with invocation.connect() as daemon:

        def retry(job_id: str) -> None:
            result = daemon.retry_job(
                job_id,
                cluster=cluster,
                resources=resources if is_planned_anew else None,
                environment=environment_values() if is_planned_anew else (),
                after_attempt=last_attempt(daemon.get_job_details(job_id)),
                force=force,
            )
            going.append(job_id)
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                output.answer(f"job {job_id} is {output.style(result.state)}")
            if not result.created:
                output.hint(f"Another attempt of job {job_id} was asked for before.")

        exit_code = with_each(output, job_ids, retry)
        if going and after is not Afterwards.LEAVE:
            return first_bad([exit_code, go_on(daemon, output, going, after)])
    if going:
        output.hint(f"next: crystalmath watch {' '.join(going)}")
    return exit_code


def last_attempt(job: JobDetails) -> int | None:
    """Return the number of the last attempt, so that a request sent twice makes one.

    0 if the job never started. None of a job that has not ended: with a number the
    daemon would take the attempt that goes on for the one that is asked for.
    """
    if job.state not in TERMINAL_STATES:
        return None
    return job.attempts[-1].number if job.attempts else 0
