"""`export`: the structure of a job in the formats of other programs."""

from pathlib import Path
from typing import Any, Final

import click

from crystalmath.cli.invocation import Invocation, command, job_argument, parsed
from crystalmath.cli.values import completing, one_of
from crystalmath.exits import Exit

FORMATS: Final = ("xyz", "cif", "gui", "json")


@command("export")
@job_argument
@click.option(
    "--format",
    "form",
    required=True,
    callback=parsed(one_of("format", FORMATS)),
    metavar="FORMAT",
    shell_complete=completing(FORMATS),
    help=", ".join(FORMATS) + ".",
)
@click.option("--steps", is_flag=True, help="Every geometry of the run (xyz).")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Else to stdout.",
)
def export_command(
    invocation: Invocation,
    *,
    job_id: str,
    form: Any,  # noqa: ANN401 - one of FORMATS
    steps: bool,
    target: Path | None,
) -> Exit:
    """Write the last structure of a finished job, or all its results as JSON."""
    output = invocation.output
    with invocation.connect() as daemon:
        data = daemon.export_structure(job_id, form, steps=steps)
    if target is not None:
        target.write_bytes(data)
        if output.is_json:
            output.record({"file": str(target.absolute())})
        else:
            output.answer(str(target))
    elif output.is_json and form != "json":
        output.record({"format": form, "text": data.decode()})
    else:
        output.data(data)
    return Exit.OK
