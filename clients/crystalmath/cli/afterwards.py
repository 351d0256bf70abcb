"""What a command does after it has sent jobs on their way: nothing, wait or watch."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

import click

from crystalmath.cli.invocation import Function
from crystalmath.cli.output import Output
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from crystalmath.connection import Connection


class Afterwards(Enum):
    LEAVE = auto()
    WAIT = auto()
    WATCH = auto()


def waiting_options(function: Function) -> Function:
    """Add `--wait` and `--watch`; of both, the last one counts."""
    for flag, value, text in (
        ("--watch", Afterwards.WATCH, "Watch the SCF converge."),
        ("--wait", Afterwards.WAIT, "Wait; exit codes as of `wait`."),
    ):
        option = click.option(
            flag,
            "after",
            flag_value=value,
            type=click.UNPROCESSED,
            default=Afterwards.LEAVE,
            help=text,
        )
        function = option(function)
    return function


def go_on(
    daemon: "Connection", output: Output, job_ids: Sequence[str], after: Afterwards
) -> Exit:
    """Wait for jobs or watch them, with the exit codes of those commands."""
    if after is Afterwards.WATCH:
        from crystalmath.cli.watch import watch_jobs  # noqa: PLC0415 - if asked for

        return watch_jobs(daemon, output, job_ids)
    if after is Afterwards.WAIT:
        from crystalmath.cli.wait import wait_for  # noqa: PLC0415 - if asked for

        return wait_for(daemon, output, job_ids, timeout_s=None)
    return Exit.OK
