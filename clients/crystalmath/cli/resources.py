"""The options that say what a job may use, and where it stands in the queue."""

from typing import Any, Final

import click

from crystalmath.cli.invocation import Function, parsed
from crystalmath.cli.quantities import parse_duration, parse_memory
from crystalmath.cli.values import whole
from crystalmath_protocol.submissions import ResourcesAsked

COUNT: Final = parsed(whole(1, 1_000_000))
PRIORITY: Final = parsed(whole(-1000, 1000))


def resource_options(function: Function) -> Function:
    """Add ranks, threads, wall time and memory."""
    options = (
        click.option("-n", "--ranks", callback=COUNT, metavar="N", help="MPI ranks."),
        click.option(
            "--threads", callback=COUNT, metavar="N", help="OpenMP threads a rank."
        ),
        click.option(
            "--walltime",
            callback=parsed(parse_duration),
            help="90 (seconds), 30m, 2h, 1-12:00:00.",
        ),
        click.option(
            "--memory", callback=parsed(parse_memory), help="500M, 4G for all ranks."
        ),
    )
    return added(options, function)


def queue_options(function: Function) -> Function:
    """Add priority and hold."""
    options = (
        click.option(
            "--priority",
            callback=PRIORITY,
            default="0",
            metavar="N",
            help="One point is worth an hour of waiting; may be negative.",
        ),
        click.option("--hold", is_flag=True, help="Do not start before `release`."),
    )
    return added(options, function)


def added(options: tuple[Function, ...], function: Function) -> Function:
    """Add options so that the help has them in this order."""
    for option in reversed(options):
        function = option(function)
    return function


def resources_asked(asked: dict[str, Any]) -> ResourcesAsked:
    """Take the values of `resource_options`."""
    return ResourcesAsked(
        ranks=asked.pop("ranks"),
        threads=asked.pop("threads"),
        walltime_s=asked.pop("walltime"),
        memory_mb=asked.pop("memory"),
    )
