"""`restart`: a new job that takes up what an ended one has left."""

from collections.abc import Sequence
from typing import Any

import click

from crystalmath.cli.afterwards import Afterwards
from crystalmath.cli.clone import copied, copy_options, say_copy
from crystalmath.cli.invocation import Invocation, command, job_argument
from crystalmath.cli.output import Output
from crystalmath.exits import Exit
from crystalmath_protocol.restarts import RestartOption


@command("restart")
@job_argument
@click.option("--kind", metavar="WORD", help="The way to go on; else the best one.")
@click.option("--list", "is_list", is_flag=True, help="Show the ways; submit nothing.")
@copy_options
def restart_command(
    invocation: Invocation,
    *,
    job_id: str,
    kind: str | None,
    is_list: bool,
    after: Afterwards,
    **asked: Any,  # noqa: ANN401 - from copy_options
) -> Exit:
    """Submit a job that goes on from what JOB has left, and show what differs.

    What is taken up (a density, a geometry, the state of an optimisation) is checked
    for wholeness and fit before. It never starts from scratch: for that there is
    `clone`.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        wish = {"dry_run": True} if is_list else {"kind": kind, **copied(asked)}
        result = daemon.restart_job(job_id, **wish)
        is_possible = result.kind is not None or result.job is not None
        if is_list or not is_possible:
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                print_options(output, result.options, result.kind)
            return Exit.OK if is_possible else Exit.ERROR
        chosen = next((one for one in result.options if one.kind == result.kind), None)
        if chosen is not None:
            output.hint(f"{chosen.title}: {chosen.keeps}")
        return say_copy(daemon, output, result, after, is_held=asked["hold"])


def print_options(
    output: Output, options: Sequence[RestartOption], best: str | None
) -> None:
    """Print every way to go on, with what speaks for it or against it."""
    if not options:
        output.answer("It has left nothing that a successor could take up.")
    for option in options:
        can = "cannot be done" if option.obstacles else "can be done"
        is_best = option.kind == best and not option.obstacles
        mark = ", the best way" if is_best else ""
        effect = "" if option.effect == "none" else f" (changes: {option.effect})"
        output.answer(f"{option.kind}: {option.title}, {can}{mark}{effect}")
        output.answer(f"    keeps {option.keeps}")
        for check in option.checks:
            output.answer(f"    + {check}")
        for obstacle in option.obstacles:
            output.answer(f"    - {obstacle}")
