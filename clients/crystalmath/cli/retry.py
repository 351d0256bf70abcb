"""`retry`: another attempt of jobs that have ended."""

from typing import Any

import click

from crystalmath.cli.afterwards import Afterwards, go_on, waiting_options
from crystalmath.cli.environment import environment_values
from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.cli.resources import resource_options, resources_asked
from crystalmath.exits import Exit
from crystalmath_protocol.jobs import JobDetails, ResourcesAsked


@command("retry")
@jobs_argument
@resource_options
@click.option("--force", multiple=True, metavar="CODE", help="Override a named check.")
@waiting_options
def retry_command(
    invocation: Invocation,
    *,
    job_ids: tuple[str, ...],
    force: tuple[str, ...],
    after: Afterwards,
    **asked: Any,  # noqa: ANN401 - from resource_options
) -> Exit:
    """Run jobs again that have failed, or were cancelled or lost.

    A job keeps its number and its earlier attempts. With other resources it is
    planned anew; without, it runs as before.
    """
    output = invocation.output
    resources = resources_asked(asked)
    is_planned_anew = resources != ResourcesAsked()
    with invocation.connect() as daemon:
        for job_id in job_ids:
            result = daemon.retry_job(
                job_id,
                resources=resources if is_planned_anew else None,
                environment=environment_values() if is_planned_anew else (),
                # Named, so that a request that was sent twice makes one attempt.
                after_attempt=last_attempt(daemon.get_job_details(job_id)),
                force=force,
            )
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                output.answer(f"job {job_id} is {output.style(result.state)}")
            if not result.created:
                output.hint(f"Job {job_id} has not ended; there is no new attempt.")
        if after is not Afterwards.LEAVE:
            return go_on(daemon, output, job_ids, after)
    output.hint(f"next: crystalmath watch {' '.join(job_ids)}")
    return Exit.OK


def last_attempt(job: JobDetails) -> int:
    """Return the number of the last attempt; 0 if the job never started."""
    return job.attempts[-1].number if job.attempts else 0
