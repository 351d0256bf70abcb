"""`fetch`: bring files here that were left on a cluster."""

import click

from crystalmath.cli import quantities
from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import Invocation, command, job_argument
from crystalmath.exits import Exit


@command("fetch")
@job_argument
@click.argument("names", nargs=-1, required=True, metavar="FILE...")
def fetch_command(
    invocation: Invocation, *, job_id: str, names: tuple[str, ...]
) -> Exit:
    """Bring large files of a job from its cluster here, and print where they are.

    `crystalmath show` lists them. Ctrl-c ends the waiting only.
    """
    output = invocation.output
    with invocation.connect() as daemon:

        def fetch(name: str) -> None:
            fetched = daemon.fetch_file(job_id, name)
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                size = "" if output.is_silent else f" ({quantities.size(fetched.size)})"
                output.answer(f"{fetched.path}{size}")

        return with_each(output, names, fetch)
