"""Files that a command writes instead of its answer."""

from collections.abc import Callable
from pathlib import Path

import click

from crystalmath.cli.invocation import Function
from crystalmath.cli.output import Output


def target_option(metavar: str, description: str) -> Callable[[Function], Function]:
    """Add `-o`, the file that is written instead of stdout."""
    return click.option(
        "-o",
        "--output",
        "target",
        metavar=metavar,
        type=click.Path(path_type=Path, dir_okay=False),
        help=description,
    )


def write_target(output: Output, target: Path, data: bytes) -> None:
    """Write the file that was asked for, and answer with its name."""
    target.write_bytes(data)
    if output.is_json:
        output.record({"file": str(target.absolute())})
    else:
        output.answer(str(target))
