"""`check`: what stands against running an input, printed as compilers do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from crystalmath.cli.inputs import InputNotFoundError, find_input
from crystalmath.cli.invocation import Invocation, command
from crystalmath.cli.output import Output
from crystalmath.cli.values import CODES, completing
from crystalmath.exits import Exit
from crystalmath.submission import absolute
from crystalmath_protocol.findings import InputFinding

OF_A_DIRECTORY: Final = ("INCAR", "POSCAR", "KPOINTS", "POTCAR", "POTCAR.spec")
MOST_BYTES: Final = 1 << 20
_COLOURS: Final = {"error": "red", "warning": "yellow", "note": "cyan"}


@command("check")
@click.argument("words", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--code", shell_complete=completing(CODES), help="Else by the file's name."
)
@click.option("--program", help="The program that reads them.")
@click.option("--fast", is_flag=True, help="Only what `submit` checks as well.")
@click.option("--strict", is_flag=True, help="Warnings count as errors do.")
def check_command(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    code: str | None,
    program: str | None,
    fast: bool,
    strict: bool,
) -> Exit:
    """Check inputs without running them; FILEs are taken to belong together.

    One line a finding: file:line:column: severity: message [code]. Fails if there is
    an error.
    """
    output = invocation.output
    paths = [path for word in words for path in _files(word)]
    texts = {path.name: _text(path) for path in paths}
    where = {path.name: str(path) for path in paths}
    if len(texts) < len(paths):
        raise click.UsageError("Two of the files have the same name.")
    with invocation.connect() as daemon:
        found = daemon.validate_inputs(
            texts, code=code, program=program, deep=not fast
        ).findings
        if output.is_json:
            output.reply(daemon.last_result)
    if not output.is_json:
        print_findings(output, found, where)
    severities = {one.severity for one in found}
    failing = {"error", "warning"} if strict else {"error"}
    return Exit.ERROR if severities & failing else Exit.OK


def print_findings(
    output: Output, found: Sequence[InputFinding], where: dict[str, str]
) -> None:
    """Print findings to stdout; `where`: the path of each file."""
    for one in found:
        output.answer(finding_text(one, where.get(one.file, one.file), output))
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


def _files(word: str) -> list[Path]:
    path = find_input(word)
    if not path.is_dir():
        return [path]
    found = [path / name for name in OF_A_DIRECTORY if (path / name).is_file()]
    if not found:
        tried = ", ".join(OF_A_DIRECTORY)
        raise InputNotFoundError(tried=tried, directory=absolute(path))
    return found


def _text(path: Path) -> str:
    """Return the text of a file, or the beginning of one that is too long."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES)
    return data.decode("utf-8", "replace")[:MOST_BYTES]
