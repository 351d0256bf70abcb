"""`hold`, `release`, `priority`, `resolve`: where a job stands, by a person's word."""

from collections.abc import Callable, Sequence
from typing import Literal

import click

from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import (
    SETTINGS,
    Invocation,
    command,
    job_argument,
    jobs_argument,
)
from crystalmath.cli.output import Output
from crystalmath.cli.resources import PRIORITY
from crystalmath.connection import Connection
from crystalmath.exits import Exit
from crystalmath_protocol.control import JobState

OUTCOMES = ("failed", "cancelled", "lost", "run_again")
Outcome = Literal["failed", "cancelled", "lost", "run_again"]


@command("hold")
@jobs_argument
def hold_command(invocation: Invocation, *, job_ids: tuple[str, ...]) -> Exit:
    """Keep queued jobs from starting until they are released."""
    return _steer(invocation, job_ids, Connection.hold_job)


@command("release")
@jobs_argument
def release_command(invocation: Invocation, *, job_ids: tuple[str, ...]) -> Exit:
    """Let held jobs start. Their waiting counts from now."""
    return _steer(invocation, job_ids, Connection.release_job)


def _steer(
    invocation: Invocation,
    job_ids: Sequence[str],
    change: Callable[[Connection, str], JobState],
) -> Exit:
    output = invocation.output
    with invocation.connect() as daemon:
        return with_each(
            output,
            job_ids,
            lambda job_id: _print_state(output, daemon, change(daemon, job_id)),
        )


@command("priority")
@job_argument
@click.argument("priority", callback=PRIORITY, metavar="N")
def priority_command(invocation: Invocation, *, job_id: str, priority: int) -> Exit:
    """Change the priority of a job that has not started.

    One point is worth an hour of waiting; N may be negative.
    """
    with invocation.connect() as daemon:
        job = daemon.set_priority(job_id, priority)
        _print_state(invocation.output, daemon, job)
    return Exit.OK


# `-5` is a number here and no option.
priority_command.context_settings = {**SETTINGS, "ignore_unknown_options": True}


@command("resolve")
@job_argument
@click.argument("outcome", type=click.Choice(OUTCOMES))
@click.option(
    "--note", required=True, metavar="TEXT", help="What you know, and from where."
)
def resolve_command(
    invocation: Invocation, *, job_id: str, outcome: Outcome, note: str
) -> Exit:
    """Settle a job in doubt by your word, when you know what the daemon cannot see.

    NOTE becomes the job's evidence, with you as its source, and stays with it.
    run_again is for a job that surely does not run: it gets a new attempt.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        job = daemon.resolve_job(job_id, outcome, note=note)
        _print_state(output, daemon, job)
    output.hint(f"Your word is its evidence now; `crystalmath why {job_id}` shows it.")
    return Exit.OK


def _print_state(output: Output, daemon: Connection, job: JobState) -> None:
    if output.is_json:
        output.reply(daemon.last_result)
        return
    priority = f", priority {job.priority}" if job.priority else ""
    output.answer(f"job {job.job_id} is {output.style(job.state)}{priority}")
