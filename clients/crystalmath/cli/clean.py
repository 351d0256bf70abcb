"""`clean`: remove files of an ended job by their role."""

import click

from crystalmath.cli import quantities
from crystalmath.cli.invocation import Invocation, command, job_argument
from crystalmath.cli.tables import columns
from crystalmath.exits import Exit
from crystalmath_protocol.jobs import CleanJobResult


@command("clean")
@job_argument
@click.argument("roles", nargs=-1, required=True, metavar="ROLE...")
@click.option("--here", is_flag=True, help="Also the files of this machine.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
def clean_command(
    invocation: Invocation,
    *,
    job_id: str,
    roles: tuple[str, ...],
    here: bool,
    dry_run: bool,
) -> Exit:
    """Remove files of an ended job from its cluster, by their role.

    `crystalmath show` has the role of each file: restart, wavefunction …
    """
    return invocation.tell(
        lambda daemon: daemon.clean_job(job_id, roles, here=here, dry_run=dry_run),
        lambda result: clean_text(result, is_dry=dry_run),
    )


def clean_text(result: CleanJobResult, *, is_dry: bool) -> str:
    """Return the files, and how much they are together."""
    rows = [
        (
            one.name,
            quantities.size(one.size),
            one.role,
            "stays here" if one.is_left else "",
        )
        for one in result.files
    ]
    done = "would be removed" if is_dry else "removed"
    number = "1 file" if len(rows) == 1 else f"{len(rows)} files"
    total = f"{number} {done}, {quantities.size(result.size_bytes)}."
    return f"{columns(('', '', '', ''), rows)}\n{total}"
