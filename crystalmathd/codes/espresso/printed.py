"""Lines that Quantum ESPRESSO prints, versions 4.2 to 7.5. Energies in Ry per cell."""

import re
from typing import Final

from crystalmathd.codes.numbers import fortran_float

PROGRAM: Final = re.compile(r"^ +Program (\S+) +v\.?(\S+) +(.*)starts")
ITERATION: Final = re.compile(r"^ +iteration # *(\d{1,9})\b")
ACHIEVED: Final = re.compile(
    r"^ +convergence has been achieved in +(\d{1,9}) iterations"
)
THRESHOLD: Final = re.compile(r"^ +(?:scf )?convergence threshold += +(\S+)")
ACCURACY: Final = re.compile(r"^ +estimated scf accuracy +< +(\S+) Ry")
NOT_ACHIEVED: Final = re.compile(
    r"^ +convergence NOT achieved after +(\d{1,9}) iterations"
)
BAND_STRUCTURE: Final = re.compile(r"^ +Band Structure Calculation")
BFGS_STEPS: Final = re.compile(r"^ +number of bfgs steps += +(\d{1,9})\b")
FINAL_SCF: Final = re.compile(r"^ +(?:A )?[Ff]inal scf calculation at the relaxed")
REPRESENTATION: Final = re.compile(r"^ +Representation # +(\d{1,9})\b")
STOPPED: Final = re.compile(
    r"^ +(?:Maximum CPU time exceeded|Program stopped by user request).*"
)
ERROR: Final = re.compile(r"^ +Error in routine +(.+)")
DONE: Final = re.compile(r"^ +JOB DONE\.")

_HEADLINE: Final = re.compile(r"^!!? +total energy += +(\S+) Ry")
_CURRENT: Final = re.compile(r"^ +total energy += +(\S+) Ry")
_INTERNAL: Final = re.compile(r"^ +internal energy E=F\+TS += +(\S+) Ry")


def converged_energy_ry(line: str) -> float | None:
    """Return the total energy of an SCF that has converged; F with smearing."""
    match = _HEADLINE.match(line)
    return None if match is None else fortran_float(match[1])


def current_energy_ry(line: str) -> float | None:
    """Return the total energy after an iteration that was not the last."""
    match = _CURRENT.match(line)
    return None if match is None else fortran_float(match[1])


def internal_energy_ry(line: str) -> float | None:
    match = _INTERNAL.match(line)
    return None if match is None else fortran_float(match[1])
