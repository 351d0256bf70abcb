"""The standard output of one program of Quantum ESPRESSO → Result."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from crystalmathd.codes.espresso import printed
from crystalmathd.codes.lines import numbered_lines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.results import Grade, Result, Source
from crystalmathd.units import EV_PER_RYDBERG

FREE: Final = "free_energy"
"""F as printed with `!`: without smearing it is the total energy itself."""

INTERNAL: Final = "internal_energy"
"""E = F + TS, printed from version 6.5 on where there is smearing."""

ROUNDING: Final = 1.01
"""The accuracy and the threshold are printed with few digits."""

_HEADS: Final = (
    "!",
    " Program",
    "number of",
    "iteration #",
    "total energy",
    "convergence",
    "bfgs",
    "history already",
    "The maximum",
    "Entering Dyn",
    "estimated scf",
    "Molecular Dyn",
    "new unit-cell",
    "Final scf",
    "A final scf",
    "internal energy",
    "Maximum CPU",
    "Program",
    "Error in",
    "JOB DONE",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Energy:
    energy_ry: float
    line: int
    text: str


@dataclass(slots=True)
class _Reading:
    """What the lines of the last run in the file say."""

    version: str | None = None
    n_atoms: int | None = None
    energy: _Energy | None = None
    internal_ry: float | None = None
    n_energies: int = 0
    cycles: int | None = None
    open_cycle: int | None = None
    is_scf_converged: bool | None = None
    threshold_ry: float | None = None
    accuracy_ry: float | None = None
    is_relaxing: bool = False
    is_dynamics: bool = False
    has_bfgs_failed: bool = False
    has_bfgs_converged: bool = False
    has_new_cell: bool = False
    has_final_scf: bool = False
    has_ended: bool = False
    causes: list[str] = field(default_factory=list)
    routine: str | None = None

    def take(self, number: int, line: str) -> None:
        if not (self._take_scf(number, line) or self._take_geometry(line)):
            self._take_frame(line)

    def _take_scf(self, number: int, line: str) -> bool:
        if match := printed.ITERATION.match(line):
            # An iteration that has begun counts when its energy is printed.
            self.open_cycle = int(match[1])
            self.cycles, self.is_scf_converged = self.open_cycle - 1, False
        elif printed.current_energy_ry(line) is not None:
            self.cycles = self.open_cycle
        elif (energy := printed.converged_energy_ry(line)) is not None:
            self.energy = _Energy(energy_ry=energy, line=number, text=line.strip())
            self.internal_ry = None
            self.n_energies += not self.has_final_scf
        elif (energy := printed.internal_energy_ry(line)) is not None:
            self.internal_ry = energy
        elif match := printed.ACHIEVED.match(line):
            self.cycles, self.is_scf_converged = int(match[1]), self.is_accurate
        elif match := printed.THRESHOLD.match(line):
            self.threshold_ry = fortran_float(match[1])
        elif match := printed.ACCURACY.match(line):
            self.accuracy_ry = fortran_float(match[1])
        elif match := printed.NOT_ACHIEVED.match(line):
            self.cycles, self.is_scf_converged = int(match[1]), False
            self.causes.append(line.strip())
        else:
            return False
        return True

    def _take_geometry(self, line: str) -> bool:
        if printed.BFGS_STEPS.match(line):
            self.is_relaxing = True
        elif printed.BFGS_CONVERGED.match(line):
            self.is_relaxing = self.has_bfgs_converged = True
        elif printed.BFGS_FAILED.match(line):
            self.has_bfgs_failed = True
        elif printed.DYNAMICS.match(line):
            self.is_dynamics = True
        elif printed.NEW_CELL.match(line):
            self.has_new_cell = True
        elif printed.FINAL_SCF.match(line):
            self.has_final_scf = True
        else:
            return False
        return True

    def _take_frame(self, line: str) -> None:
        if match := printed.N_ATOMS.match(line):
            self.n_atoms = int(match[1])
        elif printed.DONE.match(line):
            self.has_ended = True
        elif match := printed.ERROR.match(line):
            self.routine = match[1]
        elif printed.STOPPED.match(line):
            self.causes.append(line.strip())
            self.has_ended = False

    @property
    def is_accurate(self) -> bool:
        """Whether the accuracy that is printed is the one that was asked for.

        With scf_must_converge=.false. pw.x says "has been achieved" all the same.
        """
        if self.threshold_ry is None or self.accuracy_ry is None:
            return True
        return self.accuracy_ry <= self.threshold_ry * ROUNDING

    @property
    def is_geometry_converged(self) -> bool | None:
        if self.is_dynamics or not self.is_relaxing:
            return None
        return self.has_bfgs_converged and not self.has_bfgs_failed

    def grade(self) -> Grade:
        if self.is_scf_converged is False or self.is_geometry_converged is False:
            return Grade.NOT_CONVERGED
        if not self.has_ended or not self.is_scf_converged:
            return Grade.UNKNOWN
        if self.has_new_cell and not self.has_final_scf and not self.is_dynamics:
            return Grade.LOOSE
        return Grade.CONVERGED


def read_output(program: str, stdout: str, output: bytes, crash: bytes = b"") -> Result:
    """Read a standard output; of several runs in one file the last one counts.

    Programs other than pw.x have no energy; their grade is unknown. A run that
    ended by `max_seconds` or an EXIT file prints JOB DONE all the same: it has
    not come to its normal end. `crash` is the file CRASH, where each rank writes
    its fatal error; the standard output of a parallel run may lack it.
    """
    reading = _Reading()
    for number, line in numbered_lines(output):
        if reading.routine is not None:
            # The message is the line behind `Error in routine`.
            reading.causes.insert(0, f"{reading.routine} {line.strip()}")
            reading.routine = None
        elif line.lstrip().startswith(_HEADS):
            if match := printed.PROGRAM.match(line):
                reading = _Reading(version=match[2])
            else:
                reading.take(number, line)
    if not reading.causes and not reading.has_ended:
        reading.causes += _first_error(crash)
    return _result(program, stdout, reading)


def _result(program: str, stdout: str, reading: _Reading) -> Result:
    energy = reading.energy
    energies = {}
    if energy is not None:
        energies[FREE] = energy.energy_ry * EV_PER_RYDBERG
    if reading.internal_ry is not None:
        energies[INTERNAL] = reading.internal_ry * EV_PER_RYDBERG
    is_stopped = any(printed.STOPPED.match(f" {c}") for c in reading.causes)
    return Result(
        code="espresso",
        program=program,
        code_version=reading.version,
        headline_energy_kind=None if energy is None else FREE,
        energy_ev=energies.get(FREE),
        energy_as_printed=None if energy is None else energy.energy_ry,
        energy_unit=None if energy is None else "Ry",
        energy_source=(
            None
            if energy is None
            else Source(file=stdout, line=energy.line, text=energy.text)
        ),
        energies_ev=energies,
        n_atoms=reading.n_atoms,
        n_scf_cycles=reading.cycles,
        n_geometry_steps=(
            reading.n_energies if reading.is_relaxing or reading.is_dynamics else None
        ),
        is_scf_converged=reading.is_scf_converged,
        is_geometry_converged=reading.is_geometry_converged,
        is_normal_end=reading.has_ended and not is_stopped,
        grade=reading.grade(),
        cause=reading.causes[0] if reading.causes else None,
    )


def _first_error(crash: bytes) -> list[str]:
    lines = crash[:65536].decode("utf-8", "replace").splitlines()
    for line, message in pairwise(lines):
        if match := printed.ERROR.match(line):
            return [f"{match[1]} {message.strip()}"]
    return []
