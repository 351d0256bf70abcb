"""Löwdin charges of projwfc.x."""

import re
from typing import Final

from crystalmathd.codes.espresso.report import Report
from crystalmathd.models.quantities import Charges

_CHARGE: Final = re.compile(r"^ +Atom # +(\d{1,9}): total charge = +(-?\d+\.?\d*)")
_POLARISATION: Final = re.compile(r"^ +polarization = +(-?\d+\.?\d*)")


def lowdin_charges(report: Report) -> Charges | None:
    """Return electrons and, where spins differ, moments of all atoms.

    An atom's total is printed once a shell in newer versions: always the same number.
    """
    electrons: dict[int, float] = {}
    moments: dict[int, float] = {}
    start = next(
        (n for n, line in enumerate(report.lines) if line.startswith("Lowdin Charges")),
        len(report.lines),
    )
    atom = 0
    for line in report.lines[start:]:
        if match := _CHARGE.match(line):
            atom = int(match[1])
            electrons[atom] = float(match[2])
        elif match := _POLARISATION.match(line):
            moments[atom] = float(match[1])
    if not electrons or sorted(electrons) != list(range(1, len(electrons) + 1)):
        return None
    order = sorted(electrons)
    return Charges(
        scheme="lowdin",
        electrons=tuple(electrons[n] for n in order),
        moments_bohr=(
            tuple(moments[n] for n in order)
            if moments.keys() == electrons.keys()
            else ()
        ),
    )
