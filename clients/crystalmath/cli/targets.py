"""Files that a command writes instead of its answer: never over what is there."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import click

from crystalmath.cli.invocation import Function
from crystalmath.cli.output import Output
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit

STDOUT: Final = Path("-")

overwrite_option: Final = click.option(
    "--overwrite", is_flag=True, help="Write over what is there."
)


class FilesThereError(CrystalmathError):
    """Something would be written over."""

    template = "{files} is there already; --overwrite writes over it."
    exit = Exit.ERROR


def target_option(metavar: str, description: str) -> Callable[[Function], Function]:
    """Add `-o`, the file that is written instead of stdout, and `--overwrite`."""

    def add(function: Function) -> Function:
        option = click.option(
            "-o",
            "--output",
            "target",
            metavar=metavar,
            type=click.Path(path_type=Path, dir_okay=False),
            help=description,
        )
        return option(overwrite_option(function))

    return add


def refuse_overwriting(paths: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse to write where files are, unless it was asked for.

    A pipe or a device, as /dev/stdout, may always be written to.

    Raises
    ------
    FilesThereError
        With every file that is there.
    """
    there = [str(path) for path in paths if path.is_file()]
    if there and not overwrite:
        raise FilesThereError(files=", ".join(there))


def write_target(output: Output, target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write the file that was asked for, and answer with its name; `-` is stdout.

    Raises
    ------
    FilesThereError
        If it is there already, and `overwrite` is not asked for.
    """
    if target == STDOUT:
        output.data(data)
        return
    refuse_overwriting([target], overwrite=overwrite)
    target.write_bytes(data)
    if output.is_json:
        output.record({"file": str(target.absolute())})
    else:
        output.answer(str(target))
