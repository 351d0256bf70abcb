"""Lines that CRYSTAL prints, versions 06 to 23, and the numbers in them.

Energies are hartree per cell as printed. Source: outputs of versions 06, 09,
14, 17, 22 and 23 of serial and parallel runs; CRYSTAL's lines begin with one blank.
"""

import re
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.numbers import fortran_float

BANNER: Final = re.compile(r"^ \* +CRYSTAL(\d\d) +\*")
BANNER_IN_BYTES: Final = re.compile(rb"^ ?\* +CRYSTAL\d\d +\*", re.MULTILINE)
"""The same anywhere in a file that is not cut into lines."""

RELEASE: Final = re.compile(
    r"^ \* +(?:public|develop|Release) *:? *(\S+)", re.IGNORECASE
)
STARTED: Final = re.compile(r"^ ?E{10} STARTING")
ENDED: Final = re.compile(r"^ ?E{10} TERMINATION")
"""Not the end of a run: `EEEEEEEEEE INT_CALC TERMINATION`, `… SCF TERMINATION`."""
WHOLE_END: Final = re.compile(
    r"^ ?E{10} TERMINATION +DATE \d\d \d\d \d{4} TIME \d\d:\d\d:\d\d\.\d"
)
"""The end of a run with its whole date: nothing of this line can have been cut."""
ATOMS: Final = re.compile(
    r"ATOMS IN THE UNIT CELL: +(\d{1,9})(?!\d)"
    r"|^ N\. OF ATOMS PER CELL +(\d{1,9})(?!\d)"
)
MAX_CYCLES: Final = re.compile(r"^ MAX NUMBER OF SCF CYCLES +(\d{1,9})(?!\d)")
POINT: Final = re.compile(
    r"^ (?:COORDINATE AND CELL|COORDINATE|CELL|ATOMS?(?: ONLY)?)"
    r" OPTIMIZATION - POINT +(\d{1,9})(?!\d)"
)
ERROR: Final = re.compile(r"^ ?ERROR \*{4} .*")
RUNTIME_ERROR: Final = re.compile(
    r"^(?:forrtl: (?:severe|error).*|Program received signal .*"
    r"|.*GEOMETRY OPTIMIZATION FAILED.*|At line \d+ of file .*)"
)
"""What is printed where no ERROR line is: by the Fortran run-time and by f90main."""

_CYCLE: Final = re.compile(r"^ ?CYC +(\d{1,9}) ETOT\(AU\) *(\S+) DETOT *(\S+)")
_CYCLE_NUMBER: Final = re.compile(r"^ ?CYC +(\d{1,9}) ETOT")
_SCF_END: Final = re.compile(
    r"^ ?== SCF ENDED - (.+?) +E\(AU\) *(\S+) +CYCLES +(\d{1,9})(?!\d)"
)
_TOTAL: Final = re.compile(r"^ TOTAL ENERGY\((?:DFT|HF)\)\(AU\)\( *(\d{1,9})\) *(\S+)")
_CORRECTED: Final = re.compile(r"^ TOTAL ENERGY((?: \+ \w+)+) \(AU\) +(\S+)")
_OPT_END: Final = re.compile(
    r"\* OPT END - (\w+) \*(?: +E\(AU\): *(\S+) +POINTS +(\d{1,9})(?!\d))?"
)
_WAVEFUNCTION: Final = re.compile(r"^ TOTAL ENERGY +(\S+) +CONVERGENCE ON ENER")


@dataclass(frozen=True, kw_only=True, slots=True)
class ScfCycle:
    """A line `CYC n ETOT(AU) e DETOT d …`; CRYSTAL counts from 0 in every SCF."""

    number: int
    energy_ha: float | None
    delta_ha: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScfEnd:
    """A line `== SCF ENDED - why  E(AU) e CYCLES n`.

    CRYSTAL calls a change of NaN converged; an energy that is no number is not.
    """

    is_converged: bool
    energy_ha: float | None
    cycles: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PointEnergy:
    """A line `TOTAL ENERGY(DFT)(AU)( n) e …`: the end of one SCF.

    From the second point of an optimisation on, `e` holds the dispersion too.
    """

    cycles: int
    energy_ha: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimisationEnd:
    """A line `* OPT END - CONVERGED * E(AU): e POINTS n *`."""

    is_converged: bool
    energy_ha: float | None
    points: int | None


def cycle_number(line: str) -> int | None:
    match = _CYCLE_NUMBER.match(line)
    return None if match is None else int(match[1])


def scf_cycle(line: str) -> ScfCycle | None:
    match = _CYCLE.match(line)
    if match is None:
        return None
    return ScfCycle(
        number=int(match[1]),
        energy_ha=fortran_float(match[2]),
        delta_ha=fortran_float(match[3]),
    )


def scf_end(line: str) -> ScfEnd | None:
    match = _SCF_END.match(line)
    if match is None:
        return None
    energy_ha = fortran_float(match[2])
    return ScfEnd(
        is_converged=match[1].startswith("CONVERGENCE") and energy_ha is not None,
        energy_ha=energy_ha,
        cycles=int(match[3]),
    )


def point_energy(line: str) -> PointEnergy | None:
    match = _TOTAL.match(line)
    if match is None:
        return None
    return PointEnergy(cycles=int(match[1]), energy_ha=fortran_float(match[2]))


def corrected_energy_ha(line: str) -> float | None:
    """Return the total with what is added to it: DISP, GCP, SRB or several."""
    match = _CORRECTED.match(line)
    return None if match is None else fortran_float(match[2])


def optimisation_end(line: str) -> OptimisationEnd | None:
    match = _OPT_END.search(line)
    if match is None:
        return None
    energy_ha = None if match[2] is None else fortran_float(match[2])
    is_broken = match[2] is not None and energy_ha is None
    return OptimisationEnd(
        is_converged=match[1] == "CONVERGED" and not is_broken,
        energy_ha=energy_ha,
        points=None if match[3] is None else int(match[3]),
    )


def wavefunction_energy_ha(line: str) -> float | None:
    """Return the energy that `properties` prints of the wavefunction it has read."""
    match = _WAVEFUNCTION.match(line)
    return None if match is None else fortran_float(match[1])
