"""`diff`: two jobs held against each other."""

from typing import Final

import click

from crystalmath.cli.clone import DIFF_COLOURS
from crystalmath.cli.invocation import Invocation, command, job_number, parsed
from crystalmath.cli.output import Output
from crystalmath.cli.table import cell_text, column_words
from crystalmath.cli.tables import columns, facts
from crystalmath.exits import Exit
from crystalmath_protocol.results import DifferentValue, DiffJobsResult, ResultColumn

IDENTITY: Final = frozenset({"job", "name", "collection", "fingerprint"})
"""Differ by their nature, or say nothing to a person."""


@command("diff")
@click.argument("first", metavar="JOB", callback=parsed(job_number))
@click.argument("second", metavar="JOB", callback=parsed(job_number))
def diff_command(invocation: Invocation, *, first: str, second: str) -> Exit:
    """Compare the inputs and results of two jobs.

    The difference of energy is refused where it would mean nothing.
    """
    return invocation.tell(
        lambda daemon: daemon.diff_jobs(first, second),
        lambda found: diff_text(found, invocation.output),
    )


def diff_text(found: DiffJobsResult, output: Output) -> str:
    """Return inputs, results and energies, for people."""
    parts = [_inputs(found, output), _values(found, output), _energy(found, output)]
    return "\n\n".join(part for part in parts if part)


def _inputs(found: DiffJobsResult, output: Output) -> str:
    if not found.inputs:
        return "The inputs are the same."
    lines = []
    for line in found.inputs.splitlines():
        colour = DIFF_COLOURS.get(line[:1])
        lines.append(line if colour is None else output.paint(line, colour))
    return "\n".join(lines)


def _values(found: DiffJobsResult, output: Output) -> str:
    shown = [
        one
        for one in found.values
        if output.is_verbose or not (one.is_same or one.name in IDENTITY)
    ]
    if not shown:
        return "The results are the same."
    header = ("", f"JOB {found.first}", f"JOB {found.second}", "DIFFERENCE", "UNIT")
    rows = [_row(one) for one in shown]
    return columns(header, rows, right={1, 2, 3})


def _row(one: DifferentValue) -> tuple[str, ...]:
    is_number = isinstance(one.delta, float)
    column = ResultColumn(
        name=one.name, unit=one.unit, kind="number" if is_number else "text"
    )
    delta = "" if one.delta is None else f"{one.delta:+.6f}"
    return (
        column_words(one.name, one.unit),
        cell_text(one.first, column),
        cell_text(one.second, column),
        delta,
        one.unit,
    )


def _energy(found: DiffJobsResult, output: Output) -> str:
    if found.obstacles:
        rows = [(one.what, one.first, one.second) for one in found.obstacles]
        header = ("", f"JOB {found.first}", f"JOB {found.second}")
        refusal = output.paint("ΔE is refused", "yellow")
        text = f"{refusal}: it would mean nothing.\n{columns(header, rows)}"
    else:
        pairs = [
            (name, f"{value:+.6f} eV")
            for name, value in (
                ("ΔE per cell", found.energy_ev_per_cell),
                ("ΔE per atom", found.energy_ev_per_atom),
            )
            if value is not None
        ]
        about = f"job {found.second} minus job {found.first}"
        text = facts([(name, f"{value}  ({about})") for name, value in pairs])
    for remark in found.remarks:
        text += f"\nnot compared: {remark}"
    return text
