"""`cancel`: end jobs, and say what the daemon saw of their ends."""

from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.exits import Exit


@command("cancel")
@jobs_argument
def cancel_command(invocation: Invocation, *, job_ids: tuple[str, ...]) -> Exit:
    """Cancel jobs. Fails if it is not certain that nothing of a job still runs."""
    output = invocation.output
    exit_code = Exit.OK
    with invocation.connect() as daemon:
        for job_id in job_ids:
            result = daemon.cancel_job(job_id)
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                cause = f" ({result.cause})" if result.cause else ""
                output.answer(f"job {job_id} is {output.style(result.state)}{cause}")
            if not result.is_confirmed:
                exit_code = Exit.ERROR
                output.hint(
                    f"Job {job_id} may still run; `crystalmath show {job_id}` "
                    "tells what was seen."
                )
    return exit_code
