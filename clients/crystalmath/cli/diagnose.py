"""`diagnose`: what went wrong, where that stands, and what helps."""

import click

from crystalmath.cli.diagnosis_text import diagnosis_text
from crystalmath.cli.invocation import Invocation, command, is_number
from crystalmath.cli.values import CODES, completing
from crystalmath.exits import Exit


@command("diagnose")
@click.argument("subject", metavar="JOB|PATH")
@click.option(
    "--code", shell_complete=completing(CODES), help="Else what the output looks like."
)
def diagnose_command(invocation: Invocation, *, subject: str, code: str | None) -> Exit:
    """Say what went wrong in a job, or in a run whose files lie in PATH.

    The first cause stands in front, with the lines that show it, what helps, and
    what each remedy changes. Nothing is changed or submitted.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        if is_number(subject):
            found = daemon.diagnose_job(subject)
        else:
            found = daemon.diagnose_path(subject, code=code)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    output.answer(diagnosis_text(found, output))
    return Exit.OK
