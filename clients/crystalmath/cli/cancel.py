"""`cancel`: end jobs, and say what the daemon saw of their ends."""

from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.cli.outcomes import cause_of
from crystalmath.exits import Exit


@command("cancel")
@jobs_argument
def cancel_command(invocation: Invocation, *, job_ids: tuple[str, ...]) -> Exit:
    """Cancel jobs. Fails if it is not certain that nothing of a job still runs."""
    output = invocation.output
    with invocation.connect() as daemon:

        def cancel(job_id: str) -> Exit:
            result = daemon.cancel_job(job_id)
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                cause = cause_of(result.state, result.cause, " ({})")
                output.answer(f"job {job_id} is {output.style(result.state)}{cause}")
            if result.is_confirmed:
                return Exit.OK
            output.hint(
                f"Job {job_id} may still run; `crystalmath show {job_id}` "
                "tells what was seen."
            )
            return Exit.ERROR

        return with_each(output, job_ids, cancel)
