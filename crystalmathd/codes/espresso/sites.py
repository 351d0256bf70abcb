"""Charges and moments in spheres around the atoms, as pw.x prints them."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Charges

_SITE: Final = re.compile(
    r"^ +atom:? +\d+ *(?:\(R= *[\d.]+\))? +charge[:=] *(\S+) +magn[:=] *(\S+)"
)
"""`atom: 1 charge: c magn: m constr: k` before version 6.5, `atom 1 (R=r) charge=`."""


@dataclass(slots=True)
class Sites:
    report: Report
    start: int | None = None

    def charges(self) -> Charges | None:
        """Return the last list; one number an atom."""
        if self.start is None:
            return None
        electrons, moments = [], []
        row = self.start + 1
        while match := _SITE.match(self.report.line(row)):
            charge, moment = fortran_float(match[1]), fortran_float(match[2])
            if charge is None or moment is None:
                return None
            electrons.append(charge)
            moments.append(moment)
            row += 1
        if not electrons:
            return None
        return Charges(
            scheme="spheres",
            electrons=tuple(electrons),
            moments_bohr=tuple(moments),
        )

    def _take_start(self, at: int) -> None:
        self.start = at

    HEADS: ClassVar[Heads] = {
        "Magnetic moment per site": _take_start,
    }
