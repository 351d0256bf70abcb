"""`plot`: what a job has computed, drawn in the terminal or into a file."""

import shutil
from pathlib import Path
from typing import Any, Final

from crystalmath.cli.chart import chart
from crystalmath.cli.invocation import (
    Invocation,
    choice_option,
    command,
    job_argument,
)
from crystalmath.cli.targets import target_option, write_target
from crystalmath.exits import Exit

KINDS: Final = ("scf", "opt", "bands", "dos", "eos", "phonons")
FALLBACK_SIZE: Final = (80, 24)
LINES_BESIDE: Final = 8
MOST_COLUMNS: Final = 120


@command("plot")
@job_argument
@choice_option("kind", "kind", "kind of plot", KINDS)
@target_option("FILE.png", "A picture instead; needs matplotlib where the daemon is.")
def plot_command(
    invocation: Invocation,
    *,
    job_id: str,
    kind: Any,  # noqa: ANN401 - one of KINDS
    target: Path | None,
    overwrite: bool,
) -> Exit:
    """Draw a finished job: its SCF, optimisation, bands, densities, E(V) or phonons."""
    output = invocation.output
    with invocation.connect() as daemon:
        if target is not None:
            picture = daemon.draw_job(job_id, kind)
            write_target(output, target, picture, overwrite=overwrite)
            return Exit.OK
        figure = daemon.fetch_job_series(job_id, kind)
        if output.is_json:
            output.record(figure)
            return Exit.OK
    columns, lines = shutil.get_terminal_size(FALLBACK_SIZE)
    drawn = chart(figure, min(columns, MOST_COLUMNS) - 1, lines - LINES_BESIDE)
    output.answer("\n".join(drawn))
    return Exit.OK
