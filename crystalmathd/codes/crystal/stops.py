"""The form of CRYSTAL's fatal messages: `ERROR **** ROUTINE **** TEXT`.

The same line stands in unit 87 (`.ERROR`), where it may be the only one left of a
parallel run. `WARNING ****` and `INFORMATION ****` have the same form.
"""

import re
from typing import Final

from crystalmathd.models.faults import (
    Edit,
    Effect,
    Fault,
    Remedy,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

STOP: Final = "ERROR ****"

AIIDA_17: Final = "aiida-crystal17, parser of the main output"
AIIDA_DFT: Final = "aiida-crystal-dft, exit codes and parser of fort.87"
MACE: Final = "MACE (DjokicMa/MACE), notes on runs of CRYSTAL23"
MANUAL: Final = "CRYSTAL manual"


def stop(
    key: str,
    text: str,
    *,
    cause: str,
    meaning: str,
    source: str,
    remedies: tuple[Remedy, ...],
    unless: str | None = None,
    standing: Standing = Standing.QUOTED,
    is_generic: bool = False,
) -> Fault:
    """Make the row of a message; `text` is searched behind `ERROR ****`.

    A message with `unless` in it is another one.
    """
    other = "" if unless is None else rf"(?!.*(?:{unless}))"
    return Fault(
        key=key,
        needs=STOP,
        pattern=re.compile(rf"ERROR \*{{4}} {other}.*(?:{text})"),
        severity=Severity.FATAL,
        cause=cause,
        meaning=meaning,
        source=source,
        standing=standing,
        remedies=remedies,
        is_generic=is_generic,
    )


def advice(text: str, effect: Effect = Effect.NONE) -> Remedy:
    """Make a remedy that only a person can carry out."""
    return Remedy(text=text, effect=effect)


def edit(text: str, *edits: Edit, effect: Effect = Effect.NONE) -> Remedy:
    return Remedy(text=text, effect=effect, edits=edits)


OUT_OF_CYCLES: Final = "The SCF was not converged when its cycles were used up."
MORE_CYCLES: Final = ScaleValue(
    key="SCF.MAXCYCLE", factor=2, default=50, is_integer=True, least=100, most=1000
)
"""More cycles than the deck asks for; the embedded engine reads the same keyword."""

MORE_POINTS: Final = ScaleValue(
    key="OPTGEOM.MAXCYCLE", factor=2, default=100, is_integer=True
)

TIGHTER_SUMS: Final = edit(
    "Tighten the sums over integrals.",
    ScaleValue(
        key="TOLINTEG",
        factor=8 / 7,
        default=(7, 7, 7, 7, 14),
        is_integer=True,
        most=50,
    ),
    effect=Effect.PHYSICS,
)
SHOW_OVERLAP: Final = edit(
    "See how near to zero the eigenvalues of the overlap are, and stop there.",
    SetValue(key="EIGS", value=""),
)
