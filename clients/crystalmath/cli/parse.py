"""`parse`: what an output says, wherever it came from."""

import click

from crystalmath.cli.invocation import Invocation, command
from crystalmath.cli.output import Output
from crystalmath.cli.result_text import result_facts
from crystalmath.cli.tables import facts
from crystalmath.cli.values import CODES, completing
from crystalmath.exits import Exit
from crystalmath_protocol.results import ParseOutputResult


@command("parse")
@click.argument("path", metavar="PATH")
@click.option(
    "--code", shell_complete=completing(CODES), help="Else what it looks like."
)
@click.option(
    "--series", is_flag=True, help="As JSON: with every cycle, step, band and curve."
)
def parse_command(
    invocation: Invocation, *, path: str, code: str | None, series: bool
) -> Exit:
    """Read a finished or broken-off output of any known code.

    PATH is a file, or a directory that holds one run.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        parsed = daemon.parse_output(path, code=code, series=series)
        if output.is_json and series:  # what is large came in pieces
            output.record(parsed)
            return Exit.OK
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    output.answer(parsed_text(parsed, output))
    return Exit.OK


def parsed_text(parsed: ParseOutputResult, output: Output) -> str:
    """Return all that was read, for people."""
    return facts([("output", parsed.path), *result_facts(parsed.result, output)])
