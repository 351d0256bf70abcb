"""`jobs`: a page of jobs, newest first."""

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from crystalmath.cli import quantities
from crystalmath.cli.invocation import (
    Invocation,
    cluster_option,
    command,
    is_number,
    parsed,
)
from crystalmath.cli.tables import columns
from crystalmath.cli.values import CODES, STATES, completing, whole
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath_protocol.jobs import FetchJobsResult, JobSummary

if TYPE_CHECKING:
    from crystalmath.connection import Connection

HEADER = (
    "ID",
    "NAME",
    "CODE",
    "STATE",
    "ENERGY/eV",
    "GRADE",
    "CORES",
    "AGE",
    "RAN",
    "PRIORITY",
    "CLUSTER",
    "CAUSE",
)
ALWAYS = 9
LOCAL = "local"
RIGHT = {0, 4, 6, 7, 8, 9}
COLOURED = {3, 5}


class CollectionNotFoundError(CrystalmathError):
    """No job belongs to a collection of this number."""

    template = (
        "There is no collection {number}. `crystalmath show JOB` names that of a job."
    )
    exit = Exit.NOT_FOUND


def collection_number(word: str) -> str:
    """Return the number of a collection.

    Raises
    ------
    ValueError
        If it is none.
    """
    if is_number(word):
        return word
    raise ValueError(f"{word!r} is not the number of a collection.")


@command("jobs")
@click.option(
    "-s",
    "--state",
    "states",
    multiple=True,
    shell_complete=completing(STATES),
    help="May be repeated; or with commas.",
)
@click.option("--code", shell_complete=completing(CODES))
@cluster_option("Only jobs that run there.")
@click.option("--name")
@click.option("-t", "--tag")
@click.option("--project")
@click.option("--text", help="In names, projects, tags and titles.")
@click.option("--collection", callback=parsed(collection_number), metavar="N")
@click.option(
    "--limit",
    callback=parsed(whole(1, 1000)),
    metavar="N",
    default="50",
    show_default=True,
)
@click.option("--page", help="Printed at the end of the page before.")
def jobs_command(
    invocation: Invocation,
    *,
    states: tuple[str, ...],
    **filters: Any,  # noqa: ANN401 - the options above, as `fetch_jobs` takes them
) -> Exit:
    """List jobs, newest first. A state with `?` is the last that was known."""
    output = invocation.output
    split = [state for word in states for state in word.split(",") if state]
    with invocation.connect() as daemon:
        result = daemon.fetch_jobs(states=split, **filters)
        if not result.jobs and filters["collection"]:
            _check_there(daemon, filters["collection"])
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    if result.jobs:
        output.answer(jobs_text(result.jobs, invocation))
    else:
        output.hint(_nothing(is_filtered=bool(split) or _is_filtered(filters)))
    if result.next_page is not None:
        output.hint(f"next: {_next_command(result)}")
    return Exit.OK


def _check_there(daemon: "Connection", collection: str) -> None:
    """Tell a collection that is not there from one of which no job matches."""
    if not daemon.fetch_jobs(collection=collection, limit=1).jobs:
        raise CollectionNotFoundError(number=collection)


def jobs_text(jobs: tuple[JobSummary, ...], invocation: Invocation) -> str:
    """Return the table; colours only where they are wanted."""
    output = invocation.output
    # The last three columns stand there only if something stands in them.
    rows = [_row(job) for job in jobs]
    has_text = [any(cells) for cells in zip(*rows, strict=True)]
    shown = [n for n in range(len(HEADER)) if n < ALWAYS or has_text[n]]
    rows = [tuple(row[n] for n in shown) for row in rows]
    header = tuple(HEADER[n] for n in shown)
    if output.is_silent:
        header = ("",) * len(header)
    return columns(
        header,
        rows,
        right={place for place, n in enumerate(shown) if n in RIGHT},
        style=lambda cell, column: (
            output.style(cell, cell.rstrip(" ?")) if column in COLOURED else cell
        ),
    )


def _row(job: JobSummary) -> tuple[str, ...]:
    return (
        job.job_id,
        job.name,
        job.code,
        job.state + ("?" if job.doubt else ""),
        quantities.energy(job.energy_ev),
        job.grade or "",
        str(job.cores),
        quantities.between(job.created_ms, None),
        quantities.between(job.started_ms, job.ended_ms),
        str(job.priority) if job.priority else "",
        job.cluster if job.cluster != LOCAL else "",
        job.cause or "",
    )


def _is_filtered(filters: dict[str, Any]) -> bool:
    return any(value for name, value in filters.items() if name != "limit")


def _nothing(*, is_filtered: bool) -> str:
    if is_filtered:
        return "No job matches. `crystalmath jobs` lists all of them."
    return "There are no jobs yet. `crystalmath submit INPUT` makes one."


def _next_command(result: FetchJobsResult) -> str:
    """Return the command line that was typed, for the page after this one."""
    words = sys.argv[1:]
    kept: list[str] = []
    for index, word in enumerate(words):
        if word.startswith("--page="):
            continue
        if word == "--page" or (index and words[index - 1] == "--page"):
            continue
        kept.append(word)
    return shlex.join(["crystalmath", *kept, "--page", str(result.next_page)])
