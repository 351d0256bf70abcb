"""The options that say what a job may use, and where it stands in the queue."""

from typing import Any, Final

import click

from crystalmath.cli.invocation import Function, parsed
from crystalmath.cli.quantities import parse_duration, parse_memory
from crystalmath.cli.values import whole
from crystalmath_protocol.queues import QueueAsked
from crystalmath_protocol.submissions import ResourcesAsked

COUNT: Final = parsed(whole(1, 1_000_000))
PRIORITY: Final = parsed(whole(-1000, 1000))


def site_word(word: str) -> str:
    """Return a word of a site, such as gpu-a100, intel&ib or gcc/12+cuda.

    Raises
    ------
    ValueError
        If it is empty, has spaces, or begins with - or #.
    """
    if word and word[0] not in "-#" and word.isprintable() and " " not in word:
        return word
    raise ValueError(f"{word!r} is not one word, or begins with - or #.")


WORD: Final = parsed(site_word)


def resource_options(function: Function) -> Function:
    """Add ranks, threads, wall time, memory, and what a batch system is asked for."""
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
        batch_options,
    )
    return added(options, function)


def batch_options(function: Function) -> Function:
    """Add what is for clusters with a batch system."""
    options = (
        click.option("--partition", callback=WORD, metavar="NAME"),
        click.option("--account", callback=WORD, metavar="NAME"),
        click.option("--qos", callback=WORD, metavar="NAME"),
        click.option("--constraint", callback=WORD, help="As 'intel&ib'."),
        click.option("--reservation", callback=WORD, metavar="NAME"),
        click.option("--nodes", callback=COUNT, metavar="N"),
        click.option("--gpus", callback=WORD, help="2, a100:2."),
        click.option(
            "--exclusive/--no-exclusive",
            "is_exclusive",
            default=None,
            help="Whole nodes.",
        ),
        click.option(
            "--requeue/--no-requeue",
            "is_requeued",
            default=None,
            help="Run again by itself after a node has failed.",
        ),
        click.option(
            "--directive",
            "directives",
            multiple=True,
            callback=parsed(_directive),
            metavar="OPTION",
            help="Another option of the batch system, as --directive=--mail-type=END.",
        ),
    )
    return added(options, function)


def _directive(word: str) -> str:
    name = word.lstrip("-")
    if word.startswith("-") and name[:1].isalpha() and word.isprintable():
        return word
    raise ValueError(f"{word!r} is not an option such as --mail-type=END.")


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
        queue=batch_asked(asked),
    )


def batch_asked(asked: dict[str, Any]) -> QueueAsked:
    """Take the values of `batch_options`."""
    names = QueueAsked.__struct_fields__
    return QueueAsked(**{name: asked.pop(name) for name in names})
