"""`check`: what stands against running an input, printed as compilers do."""

from collections.abc import Sequence
from typing import Final

import click
from msgspec.structs import replace

from crystalmath.cli.check_files import files_together
from crystalmath.cli.invocation import Invocation, command
from crystalmath.cli.output import Output
from crystalmath.cli.values import CODES, completing
from crystalmath.exits import Exit
from crystalmath_protocol.findings import InputFinding

_COLOURS: Final = {"error": "red", "warning": "yellow", "note": "cyan"}


@command("check")
@click.argument("words", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--code", shell_complete=completing(CODES), help="Else by the file's name."
)
@click.option("--program", help="The program that reads them.")
@click.option("--stdin-filename", metavar="NAME", help="Where the text of - belongs.")
@click.option("--fast", is_flag=True, help="Only what `submit` checks as well.")
@click.option("--strict", is_flag=True, help="Warnings count as errors do.")
def check_command(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    code: str | None,
    program: str | None,
    stdin_filename: str | None,
    fast: bool,
    strict: bool,
) -> Exit:
    """Check inputs without running them; a directory stands for those in it.

    One line a finding: file:line:column: severity: message [code]. Fails if there is
    an error. The text of - comes from stdin.
    """
    output = invocation.output
    found: list[InputFinding] = []
    with invocation.connect() as daemon:
        for group in files_together(words, code, stdin_filename):
            said = daemon.validate_inputs(
                group.texts, code=group.code, program=program, deep=not fast
            ).findings
            found += [
                replace(one, file=group.where.get(one.file, one.file)) for one in said
            ]
    if output.is_json:
        output.record({"findings": found})
    else:
        print_findings(output, found)
    severities = {one.severity for one in found}
    failing = {"error", "warning"} if strict else {"error"}
    return Exit.ERROR if severities & failing else Exit.OK


def print_findings(output: Output, found: Sequence[InputFinding]) -> None:
    """Print findings to stdout."""
    for one in found:
        output.answer(finding_text(one, one.file, output))
    if not found:
        output.hint("Nothing was found.")


def finding_text(one: InputFinding, path: str, output: Output) -> str:
    """Return a finding in a line, and its fix in another one."""
    numbers = (path, one.line, one.column if one.line is not None else None)
    place = ":".join(str(part) for part in numbers if part not in {None, ""})
    severity = output.paint(one.severity, _COLOURS.get(one.severity, "white"))
    said = f"{severity}: {one.message} [{one.code}]"
    lines = [f"{place}: {said}" if place else said]
    if one.fix:
        lines.append(f"    {one.fix}")
    if one.source and output.is_verbose:
        lines.append(f"    source: {one.source}")
    return "\n".join(lines)
