"""Lines that VASP prints, versions 4.6 to 6.4. Energies in eV per cell."""

import re
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.numbers import fortran_float

NELM: Final = re.compile(r"^ +NELM +=\s*(\d{1,9})\b")
NSW: Final = re.compile(r"^ +NSW +=\s*(-?\d{1,9})\b")
IBRION: Final = re.compile(r"^ +IBRION +=\s*(-?\d{1,9})\b")
EDIFF: Final = re.compile(r"^ +EDIFF +=\s*(\S+)")
ITERATION: Final = re.compile(r"^-+ Iteration +(\d{1,9})\( *(\d{1,9})\)")
CHANGE: Final = re.compile(
    r"^ total energy-change \(2\. order\) :\s*(\S+)\s+\(\s*(\S+?)\)"
)
FREE: Final = re.compile(r"^ +free  energy +TOTEN += +(\S+) eV")
ZERO: Final = re.compile(
    r"^ +energy  without entropy= +(\S+) +energy\(sigma->0\) = +(\S+)"
)
"""Two blanks in `free  energy` and `energy  without`: the end of an ionic step."""
REACHED: Final = re.compile(r"^-+ aborting loop because EDIFF is reached")
ACCURACY: Final = re.compile(r"^ *reached required accuracy")
TIMING: Final = re.compile(r"^ General timing and accounting")
REFUSED: Final = re.compile(r"I REFUSE TO CONTINUE WITH THIS SICK JOB")
BOX: Final = re.compile(r"^ ?\| +(\S.*?) +\|\s*$")

_STEP: Final = re.compile(r"^([A-Z]{3}): +(\d{1,9}) +(\S+) +(\S+)")
_IONIC: Final = re.compile(r"^ +(\d{1,9}) (?:T= +\S+ E= +\S+ )?F= *(\S+) +E0= *(\S+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ElectronicStep:
    """A line `DAV: n E dE …` of stdout and OSZICAR."""

    number: int
    energy_ev: float | None
    delta_ev: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class IonicStep:
    """A line `n F= f E0= e0 …` of stdout and OSZICAR."""

    number: int
    free_ev: float | None
    zero_ev: float | None


def electronic_step(line: str) -> ElectronicStep | None:
    match = _STEP.match(line)
    if match is None:
        return None
    return ElectronicStep(
        number=int(match[2]),
        energy_ev=fortran_float(match[3]),
        delta_ev=fortran_float(match[4]),
    )


def ionic_step(line: str) -> IonicStep | None:
    match = _IONIC.match(line)
    if match is None:
        return None
    return IonicStep(
        number=int(match[1]),
        free_ev=fortran_float(match[2]),
        zero_ev=fortran_float(match[3]),
    )
