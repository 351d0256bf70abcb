"""`clone`: a new job from an old one, with other values in its inputs."""

from collections.abc import Callable
from typing import Any, Final

import click

from crystalmath.cli.afterwards import Afterwards, go_on, waiting_options
from crystalmath.cli.invocation import (
    Invocation,
    cluster_option,
    command,
    job_argument,
    parsed,
)
from crystalmath.cli.output import Output
from crystalmath.cli.resources import queue_options, resource_options, resources_asked
from crystalmath.connection import Connection
from crystalmath.environment import environment_values
from crystalmath.exits import Exit
from crystalmath_protocol.control import CloneJobResult, Edit
from crystalmath_protocol.restarts import RestartJobResult
from crystalmath_protocol.submissions import ResourcesAsked

DIFF_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


def parse_edit(word: str) -> Edit:
    """Read `KEY=VALUE` or `FILE:KEY=VALUE`.

    Raises
    ------
    ValueError
        If there is no key, or no equals sign.
    """
    place, equals, value = word.partition("=")
    file, _, key = place.rpartition(":")
    if not equals or not key.strip():
        raise ValueError(f"{word!r} is not KEY=VALUE, as in SHRINK='8 8' or ENCUT=520")
    return Edit(key=key.strip(), value=value, input=file or None)


def copy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what a copy of a job may have of its own."""
    for option in reversed(
        (
            click.option(
                "--set",
                "edits",
                multiple=True,
                metavar="[FILE:]KEY=VALUE",
                callback=parsed(parse_edit),
                help="A value in the first input, or in FILE; may be repeated.",
            ),
            click.option("--name", help="The new job's name; else that of JOB."),
            click.option("--project", help="Else that of JOB."),
            click.option(
                "-t", "--tag", "tags", multiple=True, help="Instead of those of JOB."
            ),
            cluster_option("Else that of JOB."),
            resource_options,
            queue_options,
            click.option(
                "--force", multiple=True, metavar="CODE", help="Override a named check."
            ),
            click.option(
                "--dry-run",
                is_flag=True,
                help="Show the difference; submit nothing.",
            ),
            waiting_options,
        )
    ):
        function = option(function)
    return function


@command("clone")
@job_argument
@copy_options
def clone_command(
    invocation: Invocation,
    *,
    job_id: str,
    after: Afterwards,
    **asked: Any,  # noqa: ANN401 - the options above, as `clone_job` takes them
) -> Exit:
    """Submit a copy of JOB with changed values, and show what differs.

    KEY is a keyword of the code: SHRINK or TOLDEE (CRYSTAL), ecutwfc or
    SYSTEM.nbnd (Quantum ESPRESSO), ENCUT (VASP). What is left out is as in JOB.
    """
    with invocation.connect() as daemon:
        result = daemon.clone_job(job_id, **copied(asked))
        return say_copy(daemon, invocation.output, result, after, is_held=asked["hold"])


def copied(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the options of `copy_options` as the daemon's calls take them."""
    resources = resources_asked(asked)
    return asked | {
        "tags": asked["tags"] or None,
        "resources": None if resources == ResourcesAsked() else resources,
        "environment": environment_values(),
    }


def say_copy(
    daemon: Connection,
    output: Output,
    result: CloneJobResult | RestartJobResult,
    after: Afterwards,
    *,
    is_held: bool,
) -> Exit:
    """Print what differs and the new job; wait for it if that is asked."""
    if output.is_json:
        output.reply(daemon.last_result)
    else:
        _print_copy(output, result)
    if result.job is None:
        output.hint("Nothing was submitted.")
        return Exit.OK
    if after is not Afterwards.LEAVE:
        return go_on(daemon, output, [result.job.job_id], after)
    verb = "release" if is_held else "watch"
    output.hint(f"next: crystalmath {verb} {result.job.job_id}")
    return Exit.OK


def _print_copy(output: Output, result: CloneJobResult | RestartJobResult) -> None:
    if output.is_silent and result.job is not None:
        output.answer(result.job.job_id)
        return
    if result.diff:
        output.answer(coloured_diff(result.diff, output))
    else:
        output.hint("The inputs are the same.")
    if result.job is not None:
        job = result.job
        output.answer(f"job {job.job_id}  {job.name}  {job.directory}")


def coloured_diff(diff: str, output: Output) -> str:
    """Return a unified diff with the colours that people know."""
    lines = []
    for line in diff.splitlines():
        colour = DIFF_COLOURS.get(line[:1])
        is_title = line.startswith(("--- ", "+++ "))
        lines.append(line if is_title or not colour else output.paint(line, colour))
    return "\n".join(lines)
