"""`collect`: save what ended jobs have left in their scratch directories."""

from typing import Final

from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.cli.outcomes import cause_of
from crystalmath.exits import Exit

UNSAVED: Final = "files_not_saved"


@command("collect")
@jobs_argument
def collect_command(invocation: Invocation, *, job_ids: tuple[str, ...]) -> Exit:
    """Save and read again the files that ended jobs have left in their scratch.

    Fails if some of them still cannot be saved.
    """
    output = invocation.output
    with invocation.connect() as daemon:

        def collect(job_id: str) -> Exit:
            result = daemon.collect_job(job_id)
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                cause = cause_of(result.state, result.cause, " ({})")
                state = output.style(result.state)
                output.answer(f"job {job_id} is {state}{cause}: {result.evidence}")
            is_saved = result.is_collected and result.cause != UNSAVED
            return Exit.OK if is_saved else Exit.ERROR

        return with_each(output, job_ids, collect)
