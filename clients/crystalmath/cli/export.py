"""`export`: the structure of a job in the formats of other programs."""

from pathlib import Path
from typing import Any, Final

import click

from crystalmath.cli.invocation import (
    Invocation,
    choice_option,
    command,
    job_argument,
)
from crystalmath.cli.targets import target_option, write_target
from crystalmath.exits import Exit

FORMATS: Final = ("xyz", "cif", "gui", "json")


@command("export")
@job_argument
@choice_option("format", "form", "format", FORMATS)
@click.option("--steps", is_flag=True, help="Every geometry of the run (xyz).")
@target_option("FILE", "Else to stdout.")
def export_command(
    invocation: Invocation,
    *,
    job_id: str,
    form: Any,  # noqa: ANN401 - one of FORMATS
    steps: bool,
    target: Path | None,
    overwrite: bool,
) -> Exit:
    """Write the last structure of a finished job, or all its results as JSON."""
    output = invocation.output
    with invocation.connect() as daemon:
        data = daemon.export_structure(job_id, form, steps=steps)
    if target is not None:
        write_target(output, target, data, overwrite=overwrite)
    elif output.is_json and form != "json":
        output.record({"format": form, "text": data.decode()})
    else:
        output.data(data)
    return Exit.OK
