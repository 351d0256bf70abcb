"""The growing standard output of VASP, or OSZICAR, and OUTCAR beside it → Progress."""

import math
import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from crystalmathd.codes.course import Course
from crystalmathd.codes.lines import LineSplitter
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp import printed
from crystalmathd.models.progress import Cycle, GeometryStep, Measure, Progress

OUTCAR: Final = "OUTCAR"
_MD, _RELAXATIONS = 0, frozenset({1, 2, 3})
_SAME: Final = 0.5
"""A first dE that is as large as E is E: there was no step before."""

_ELECTRONIC: Final = re.compile(
    r"^[A-Z]{3}: +(\d{1,9}) +(\S+) +(\S+)(?: +(\S+))?(?: +\d+ +(\S+)(?: +(\S+))?)?"
)
_ITERATION: Final = re.compile(r"^-+ Iteration +(\d{1,9})\( *(\d{1,9})\)")
_TOTAL: Final = re.compile(r"^  free energy +TOTEN += +(\S+) eV")
_EDIFFG: Final = re.compile(r"^ +EDIFFG +=\s*(\S+)")
_LOOP: Final = re.compile(r"^ +LOOP(\+?): .*real time *(\S+)")
_FORCES: Final = re.compile(r"^ POSITION +TOTAL-FORCE \(eV/Angst\)")
_ELAPSED: Final = re.compile(r"^ +Elapsed time \(sec\): +(\S+)")
_DISPLACEMENT: Final = re.compile(r"^ +Total: +(\d{1,9})/ *(\d{1,9})\s*$")
_N_COLUMNS: Final = 6


class VaspProgress:
    """Reads electronic and ionic steps; `geometry_step` counts from 0.

    The main output may be standard output, OSZICAR or OUTCAR: lines of all three are
    known. OUTCAR fed beside another one gives the limits (NELM, NSW, EDIFF, EDIFFG),
    the times and the forces; of these the largest counts, also on fixed atoms.
    """

    def __init__(self, program: str) -> None:
        self._course = Course(program)
        self._main = LineSplitter()
        self._outcar = LineSplitter()
        self._has_mixed = self._has_moved = False
        self._is_mixing = False
        self._electronic = 0
        self._change: tuple[float | None, float | None] = (None, None)
        self._ediffg: float | None = None
        self._ibrion: int | None = None
        self._largest_force: float | None = None

    def feed(self, data: bytes, file: str | None = None) -> None:
        if file == OUTCAR:
            for line in self._outcar.feed(data):
                self._take_beside(line)
            return
        for line in self._main.feed(data):
            self._take(line)

    def progress(self) -> Progress:
        return self._course.progress()

    def _take(self, line: str) -> None:
        if line[3:4] == ":":
            self._take_electronic(line)
        elif " F=" in line:
            self._take_ionic(line)
        elif self._largest_force is not None:
            self._take_force(line)
        else:
            take = self._MAIN.get(line[:24].lstrip()[:5])
            if take is not None:
                take(self, line)

    def _take_beside(self, line: str) -> None:
        """Take a line of OUTCAR that says nothing of energies."""
        if self._largest_force is not None:
            self._take_force(line)
            return
        take = self._BESIDE.get(line[:24].lstrip()[:5])
        if take is not None:
            take(self, line)

    def _take_electronic(self, line: str) -> None:
        match = _ELECTRONIC.match(line)
        if match is None:
            return
        number, energy, delta, eps, _, mixed = match.groups()
        self._note_mixing(int(number), is_mixed=mixed is not None)
        self._add(
            int(number),
            fortran_float(energy),
            fortran_float(delta),
            fortran_float(eps) if eps is not None else None,
        )

    def _note_mixing(self, number: int, *, is_mixed: bool) -> None:
        """Forget the steps with a fixed density (NELMDL) once it moves: they end low.

        The first step that mixes has a last column `rms(c)`, in OUTCAR a line with the
        time of it. Its change is still that of a fixed density; the next one jumps.
        """
        if number == 1:
            self._has_mixed, self._has_moved = is_mixed, is_mixed
        elif self._has_mixed and not self._has_moved:
            self._has_moved = True
            self._course.begin_series_again()
        else:
            self._has_mixed = self._has_mixed or is_mixed

    def _add(
        self,
        number: int,
        energy_ev: float | None,
        delta_ev: float | None,
        eps_ev: float | None,
    ) -> None:
        course = self._course
        course.enter("scf", self._where())
        course.add_cycle(
            Cycle(
                number=number,
                geometry_step=course.geometry_step,
                energy_ev=energy_ev,
                # The first dE is the energy itself: there is none before it.
                delta_ev=delta_ev if number > 1 else None,
            ),
            size_ev=_size_ev(number, energy_ev, delta_ev, eps_ev),
        )

    def _take_ionic(self, line: str) -> None:
        ionic = printed.ionic_step(line)
        if ionic is None:
            return
        course = self._course
        before = course.last_step
        self._end_scf()
        course.add_step(GeometryStep(number=ionic.number, energy_ev=ionic.zero_ev))
        course.geometry_step = ionic.number
        if self._ediffg and self._ediffg > 0 and ionic.zero_ev is not None:
            last_ev = None if before is None else before.energy_ev
            if last_ev is not None:
                change = abs(ionic.zero_ev - last_ev)
                self._compare("energy_change", change, self._ediffg, "eV")
        course.enter("ionic step done", self._where())
        if course.parts is not None and self._ibrion == _MD:
            course.finish_parts(ionic.number)

    def _end_scf(self) -> None:
        course = self._course
        last, limit = course.last_cycle, course.max_cycles
        is_at_limit = last is not None and limit is not None and last.number >= limit
        course.end_scf(is_converged=not is_at_limit)

    def _where(self) -> str:
        step = self._course.geometry_step
        return f"ionic step {step}" if step else ""

    def _compare(self, name: str, value: float, threshold: float, unit: str) -> None:
        measure = Measure(
            name=name,
            value=value,
            threshold=threshold,
            unit=unit,
            is_met=value < threshold,
        )
        self._course.amend_step(measures=(measure,))

    def _take_begin(self, line: str) -> None:
        if "entering main loop" in line:
            self._course.enter("scf")

    def _take_end(self, line: str) -> None:
        if "writing wavefunctions" in line or printed.TIMING.match(line):
            self._course.enter("done")

    def _take_refusal(self, line: str) -> None:
        if printed.REFUSED.search(line):
            self._course.enter("failed")

    def _take_iteration(self, line: str) -> None:
        match = _ITERATION.match(line)
        if match is None:
            return
        step, self._electronic = int(match[1]) - 1, int(match[2])
        self._is_mixing = False
        if step > self._course.geometry_step:
            self._end_scf()
            self._course.geometry_step = step

    def _take_change(self, line: str) -> None:
        if match := printed.CHANGE.match(line):
            self._change = fortran_float(match[1]), fortran_float(match[2])

    def _take_mixing(self, line: str) -> None:
        self._is_mixing = self._is_mixing or "cpu time" in line

    def _take_free(self, line: str) -> None:
        """Take TOTEN of OUTCAR: of an electronic step, or the last of an ionic one."""
        if (match := _TOTAL.match(line)) and self._electronic:
            energy, (delta, eps) = fortran_float(match[1]), self._change
            self._note_mixing(self._electronic, is_mixed=self._is_mixing)
            self._add(self._electronic, energy, delta, eps)
            self._electronic, self._change = 0, (None, None)
        elif printed.FREE.match(line):
            self._end_scf()

    def _take_zero(self, line: str) -> None:
        if match := printed.ZERO.match(line):
            number = self._course.geometry_step + 1
            energy = fortran_float(match[2])
            self._course.add_step(GeometryStep(number=number, energy_ev=energy))

    def _take_limits(self, line: str) -> None:
        course = self._course
        if match := printed.NELM.match(line):
            course.max_cycles = int(match[1])
        elif match := printed.NSW.match(line):
            course.max_steps = int(match[1]) if int(match[1]) > 0 else None
        elif match := printed.EDIFF.match(line):
            course.take_threshold(fortran_float(match[1]), 1.0)
        elif match := _EDIFFG.match(line):
            self._ediffg = fortran_float(match[1])
        elif match := printed.IBRION.match(line):
            self._ibrion = int(match[1])
            self._begin_moves()

    def _begin_moves(self) -> None:
        """Draw the conclusion from IBRION, which OUTCAR prints after NSW."""
        course = self._course
        if course.max_steps is None or course.parts is not None:
            return
        if self._ibrion in _RELAXATIONS:
            course.is_optimisation = course.max_steps > 1
        elif self._ibrion == _MD:
            course.begin_parts("ionic steps", course.max_steps)

    def _take_loop(self, line: str) -> None:
        match = _LOOP.match(line)
        seconds = fortran_float(match[2]) if match else None
        if match is None or seconds is None:
            return
        if match[1]:
            self._course.take_part_time(seconds)
        else:
            self._course.take_cycle_time(seconds)

    def _take_displacement(self, line: str) -> None:
        """Take `Total: 3/ 12` of finite differences, printed when it begins."""
        if match := _DISPLACEMENT.match(line):
            done, total = int(match[1]) - 1, int(match[2])
            if self._course.parts is None:
                self._course.begin_parts("displacements", total, done)
            self._course.finish_parts(done)

    def _take_forces(self, line: str) -> None:
        if _FORCES.match(line):
            self._largest_force = 0.0

    def _take_force(self, line: str) -> None:
        """Take a row of the table of forces, which stands between two lines of dashes.

        Source: OUTCAR, `POSITION  TOTAL-FORCE (eV/Angst)`, versions 4.6 to 6.4.
        """
        columns = line.split()
        largest = self._largest_force or 0.0
        if len(columns) == _N_COLUMNS:
            force = [fortran_float(one) or 0.0 for one in columns[3:]]
            self._largest_force = max(largest, math.hypot(*force))
        elif largest or not line.startswith(" ---"):
            self._largest_force = None
            if largest and self._ediffg and self._ediffg < 0:
                self._compare("max_force", largest, -self._ediffg, "eV/Å")

    def _take_elapsed(self, line: str) -> None:
        if match := _ELAPSED.match(line):
            self._course.elapsed_s = fortran_float(match[1])

    _Handlers = Mapping[str, Callable[["VaspProgress", str], None]]

    _BESIDE: ClassVar[_Handlers] = {
        "NELM ": _take_limits,
        "NSW  ": _take_limits,
        "NSW =": _take_limits,
        "EDIFF": _take_limits,
        "IBRIO": _take_limits,
        "LOOP:": _take_loop,
        "LOOP+": _take_loop,
        "Total": _take_displacement,
        "POSIT": _take_forces,
        "Elaps": _take_elapsed,
    }
    """The first letters of a line of OUTCAR beside another file → who takes it."""

    _MAIN: ClassVar[_Handlers] = {
        **_BESIDE,
        "enter": _take_begin,
        "writi": _take_end,
        "Gener": _take_end,
        "|    ": _take_refusal,
        "-----": _take_iteration,
        "total": _take_change,
        "MIXIN": _take_mixing,
        "free ": _take_free,
        "energ": _take_zero,
    }
    """The same for all lines of the main output, which may be OUTCAR."""


def _size_ev(
    number: int,
    energy_ev: float | None,
    delta_ev: float | None,
    eps_ev: float | None,
) -> float | None:
    """Return the size of a step: VASP wants dE and `d eps` below EDIFF."""
    if delta_ev is None or energy_ev is None:
        return None
    if number == 1 and abs(delta_ev) >= _SAME * abs(energy_ev):
        return None
    return abs(delta_ev) if eps_ev is None else max(abs(delta_ev), abs(eps_ev))
