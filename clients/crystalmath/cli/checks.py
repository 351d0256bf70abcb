"""Checks with evidence and remedies: what `doctor` and `clusters test` print."""

from collections.abc import Sequence

from crystalmath.cli.output import Output
from crystalmath.cli.tables import columns
from crystalmath.exits import Exit
from crystalmath_protocol.system import Check


def checks_text(checks: Sequence[Check], output: Output) -> str:
    """Return a line for each check."""
    style = output.style
    return columns(
        ("", "", ""),
        [(check.status, check.id, check.evidence) for check in checks],
        style=lambda cell, column: cell if column else style(cell),
    )


def outcome(checks: Sequence[Check], output: Output) -> Exit:
    """Say what is to be done, and return an error if a check has failed."""
    for check in checks:
        if check.remedy and check.status != "ok":
            output.hint(f"{check.id}: {check.remedy}")
    is_ill = any(check.status == "fail" for check in checks)
    return Exit.ERROR if is_ill else Exit.OK
