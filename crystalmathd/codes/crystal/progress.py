"""The growing main output of CRYSTAL, and SCFOUT.LOG beside it → Progress.

Lines as versions 06 to 23 print them; what a line is about is told by its first word.
"""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from crystalmathd.codes.course import Course
from crystalmathd.codes.crystal import printed
from crystalmathd.codes.crystal.scf_log import ScfLog
from crystalmathd.codes.lines import LineSplitter
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.progress import Cycle, GeometryStep, Measure, Progress
from crystalmathd.units import EV_PER_HARTREE

SCF_LOG: Final = "SCFOUT.LOG"
"""Where the SCF cycles of all geometries after the first go, unless ONELOG is set."""

_PHASES: Final = {
    "INPUT": "geometry",
    "SYMM": "geometry",
    "INT_SCREEN": "integrals",
    "MAKE_GRID2": "integrals",
    "INT_CALC": "integrals",
    "SDIK": "scf",
    "TOTGRA": "gradient",
    "TOTGRA_C": "gradient",
    "NUMDFG": "gradient",
    "OPTI": "gradient",
    "CP_SC": "cphf",
    "CP_TOTE": "cphf",
    "CP2_SC": "cphf",
    "RAMAN": "cphf",
    "NEWK": "properties",
    "BAND": "properties",
    "DOSS": "properties",
    "ECHG": "properties",
    "ECH3": "properties",
    "PPAN": "properties",
}
"""Names in the timing lines (`TTTT… NAME TELAPSE …`) that tell where the run is."""
_BETWEEN: Final = frozenset({"geometry", "integrals", "scf", "gradient"})
"""Phases that each displacement of FREQCALC goes through, without a word for it."""

_TIMING: Final = re.compile(r"^ ?T{20,} (\w+).*?TELAPSE +(\S+)")
_TOLERANCE: Final = re.compile(r"CONVERGENCE ON ENERGY +10\*\*- *(\d{1,9})(?!\d)")
_MAX_POINTS: Final = re.compile(
    r"^ (?:DEFAULT MAX NUM OF POINTS|MAXIMUM ALLOWED NUMBER OF STEPS) +(\d{1,9})(?!\d)"
)
_MEASURE: Final = re.compile(
    r"^ (MAX|RMS) (GRADIENT|DISPLAC\.) +(\S+) +THRESHOLD +(\S+) +CONVERGED +(YES|NO)"
)
_DISPLACEMENTS: Final = re.compile(
    r"^ NUMBER OF SCF\+GRADIENT CALCULATIONS +(\d{1,9})\s*$"
)
_TABLE: Final = re.compile(r"^ +ATOM +MAX ABS\(DGRAD\) +TOTAL ENERGY")
_ROW: Final = re.compile(
    r"^ +\d+ +\S+ +D[XYZ] +(?:RESTORED|GENERATED|\S+ +(\S+) +\d+ +\S+ +\d+ *$)"
)
_STRAIN: Final = re.compile(r"^ STRAIN MATRIX +(\d{1,9}) *:")
_CPHF_CYCLE: Final = re.compile(r"(?:^ CYCLE +|CPHF +CYCLE +)(\d{1,9})(?!\d)")
_NAMES: Final = {
    "MAX GRADIENT": ("max_gradient", "hartree/bohr"),
    "RMS GRADIENT": ("rms_gradient", "hartree/bohr"),
    "MAX DISPLAC.": ("max_displacement", "bohr"),
    "RMS DISPLAC.": ("rms_displacement", "bohr"),
}


class CrystalProgress:
    """Reads cycles, points of an optimisation, displacements and timing lines.

    Both files are fed as they grow, SCFOUT.LOG first if there is news in both. While
    it is not there, a geometry after the first shows as one cycle, the last: its
    TOTAL ENERGY line in the main output.
    """

    def __init__(self, program: str) -> None:
        self._course = Course(program, cycles_after=1)
        self._main = LineSplitter()
        self._log = ScfLog()
        self._point = 0
        self._first_point = 1
        self._n_optimisations = 0
        self._is_table = False
        self._is_list = False
        self._n_deformations = 0
        self._summed_up = 0

    def feed(self, data: bytes, file: str | None = None) -> None:
        if file == SCF_LOG:
            for line in self._log.feed(data):
                self._take_log(line)
            return
        for line in self._main.feed(data):
            take = self._HANDLERS.get(line[:12].lstrip()[:4])
            if take is not None:
                take(self, line)
            elif self._is_table:
                self._take_row(line)
            elif self._is_list:
                self._take_listed(line)

    def progress(self) -> Progress:
        return self._course.progress()

    def _take_cycle(self, line: str) -> None:
        cycle = printed.scf_cycle(line)
        if cycle is None:
            return
        self._course.enter("scf")
        self._add(cycle, self._point)
        self._describe()

    def _add(self, cycle: printed.ScfCycle, point: int) -> None:
        # The first cycle's DETOT is the energy itself: there is none before it.
        delta = _ev(cycle.delta_ha) if cycle.number > 0 else None
        self._course.add_cycle(
            Cycle(
                number=cycle.number,
                geometry_step=point,
                energy_ev=_ev(cycle.energy_ha),
                delta_ev=delta,
            ),
            size_ev=delta,
        )

    def _take_log(self, line: str) -> None:
        """Take a line of SCFOUT.LOG."""
        if cycle := printed.scf_cycle(line):
            geometry = self._log.count(cycle.number)
            geometry += 0 if self._is_table else self._first_point
            if geometry > self._summed_up:
                self._course.enter("scf")
                self._add(cycle, geometry)
                self._describe()
        elif end := printed.scf_end(line):
            self._course.end_scf(is_converged=end.is_converged)
        elif match := _TIMING.match(line):
            self._course.elapsed_s = _later(self._course.elapsed_s, match[2])

    def _show_log(self) -> None:
        """Let SCFOUT.LOG be shown: the first SCF, in the main output, has ended."""
        for line in self._log.release():
            self._take_log(line)

    def _take_total(self, line: str) -> None:
        if point := printed.point_energy(line):
            self._take_point_energy(point)
        elif (energy := printed.corrected_energy_ha(line)) is not None:
            self._course.amend_step(energy_ev=energy * EV_PER_HARTREE)

    def _take_point_energy(self, point: printed.PointEnergy) -> None:
        course, last = self._course, self._course.last_cycle
        energy = _ev(point.energy_ha)
        is_known = last is not None and last.geometry_step >= self._point
        if not is_known and not self._log.has_lines:
            self._summed_up = self._point
            course.add_point(
                Cycle(
                    number=point.cycles,
                    geometry_step=self._point,
                    energy_ev=energy,
                    delta_ev=None,
                )
            )
        if not self._log.has_lines:
            course.end_scf()
        step = course.last_step
        if step is None or step.number != self._point:
            course.add_step(GeometryStep(number=self._point, energy_ev=energy))
        else:
            # A later point is printed twice, the second time with the dispersion.
            course.amend_step(energy_ev=energy)
        self._show_log()

    def _take_scf_end(self, line: str) -> None:
        if end := printed.scf_end(line):
            self._course.end_scf(is_converged=end.is_converged)
            self._show_log()

    def _take_timing(self, line: str) -> None:
        match = _TIMING.match(line)
        if match is None:
            return
        course = self._course
        course.elapsed_s = _later(course.elapsed_s, match[2])
        phase = _PHASES.get(match[1])
        if phase is None or (self._is_table and phase in _BETWEEN):
            return
        if phase != course.phase:
            course.enter(phase)
            self._describe()

    def _take_point(self, line: str) -> None:
        match = printed.POINT.match(line)
        if match is None:
            return
        self._point = int(match[1])
        if not self._n_optimisations:
            self._first_point = self._point  # a restart may go on counting
        if self._point == self._first_point:
            self._n_optimisations += 1
        course = self._course
        course.is_optimisation, course.parts = True, None
        course.is_one_of_many = self._n_optimisations > 1
        course.geometry_step = max(self._point, course.geometry_step)
        course.enter("optimisation")
        if self._point > self._first_point:
            self._show_log()
        self._describe()

    def _take_measure(self, line: str) -> None:
        if match := printed.MAX_CYCLES.match(line):
            self._course.max_cycles = int(match[1])
        elif match := _MEASURE.match(line):
            value, threshold = fortran_float(match[3]), fortran_float(match[4])
            if value is None or threshold is None:
                return
            name, unit = _NAMES[f"{match[1]} {match[2]}"]
            measure = Measure(
                name=name,
                value=value,
                threshold=threshold,
                unit=unit,
                is_met=match[5] == "YES",
            )
            self._course.amend_step(measures=(measure,))

    def _take_tolerance(self, line: str) -> None:
        if match := _TOLERANCE.search(line):
            self._course.take_threshold(fortran_float(f"1e-{match[1]}"), EV_PER_HARTREE)

    def _take_max_points(self, line: str) -> None:
        if match := _MAX_POINTS.match(line):
            self._course.max_steps = int(match[1])

    def _take_displacements(self, line: str) -> None:
        if match := _DISPLACEMENTS.match(line):
            self._course.is_optimisation = self._course.is_one_of_many = False
            self._course.enter("frequencies")
            self._course.begin_parts("displacements", int(match[1]))

    def _take_table(self, line: str) -> None:
        """Enter the table that grows by a row a displacement."""
        if _TABLE.match(line) and self._course.parts is not None:
            self._is_table = True
            self._log.count_anew()
            self._show_log()

    def _take_row(self, line: str) -> None:
        parts = self._course.parts
        match = _ROW.match(line)
        if parts is None or match is None or "GENERATED" in line:
            return
        self._advance(parts.done + 1, fortran_float(match[1]) if match[1] else None)

    def _take_central(self, line: str) -> None:
        if self._is_table and line.lstrip().startswith("CENTRAL POINT"):
            self._advance(1, None)

    def _advance(self, done: int, energy_ha: float | None) -> None:
        course, parts = self._course, self._course.parts
        if parts is None:
            return
        if energy_ha is None and parts.is_fresh:
            # What an earlier run has left costs this one no time.
            course.begin_parts(parts.what, parts.total, min(done, parts.total))
        else:
            course.finish_parts(done)
        if energy_ha is not None:
            course.add_step(GeometryStep(number=done, energy_ev=_ev(energy_ha)))
        course.enter("frequencies", f"displacement {done} of {parts.total}")

    def _take_list(self, line: str) -> None:
        """Begin to count the deformations of ELASTCON, listed a line each."""
        if line.startswith(" LIST OF ACTIVE DEFORMATIONS"):
            self._n_deformations = 0
            self._is_list = True

    def _take_listed(self, line: str) -> None:
        if line.strip().isdecimal():
            self._n_deformations += 1
        else:
            self._is_list = False
            self._begin_deformations()

    def _begin_deformations(self) -> None:
        self._course.begin_parts("deformations", self._n_deformations, is_timed=False)

    def _take_strain(self, line: str) -> None:
        """Take the heading of a deformation, whose energies are printed below it."""
        match = _STRAIN.match(line)
        if match is None or not self._n_deformations:
            return
        course = self._course
        course.is_optimisation = course.is_one_of_many = False
        if course.parts is None:
            self._begin_deformations()  # an optimisation came between
        course.enter("elastic", f"deformation {match[1]}")
        self._show_log()

    def _take_constants(self, line: str) -> None:
        parts = self._course.parts
        is_end = line.startswith("  ELASTIC TENSOR CONSTANTS")
        if is_end and parts is not None and self._course.phase == "elastic":
            self._course.finish_parts(parts.done + 1)

    def _take_cphf(self, line: str) -> None:
        if match := _CPHF_CYCLE.search(line):
            self._course.enter("cphf", f"cycle {match[1]}")

    def _take_stars(self, line: str) -> None:
        """Take `* OPT END - CONVERGED *`: the next optimisation counts anew."""
        if printed.optimisation_end(line) is not None:
            self._show_log()
            self._course.enter("optimisation", "ended")

    def _take_mark(self, line: str) -> None:
        if printed.STARTED.match(line):
            self._course.enter("starting")
        elif printed.ENDED.match(line):
            self._course.end_scf()
            self._course.enter("done")

    def _take_error(self, line: str) -> None:
        if printed.ERROR.match(line):
            self._course.enter("failed")

    def _describe(self) -> None:
        """Say in words where it is: the geometry and, in an SCF, the cycle."""
        course, last, parts = self._course, self._course.last_cycle, self._course.parts
        is_scf = last is not None and course.phase == "scf"
        step = 0 if self._is_table else self._point
        if last is not None and is_scf:
            step = max(step, last.geometry_step)
        words = []
        if self._n_optimisations > 1 and not self._is_table:
            words.append(f"optimisation {self._n_optimisations}")
        if self._is_table and parts is not None:
            words.append(f"displacement {parts.done + 1} of {parts.total}")
        elif step:
            words.append(f"point {step}")
        if last is not None and is_scf:
            words.append(f"cycle {last.number}")
        course.detail = ", ".join(words)
        course.geometry_step = max(step, course.geometry_step)

    _HANDLERS: ClassVar[Mapping[str, Callable[["CrystalProgress", str], None]]] = {
        "CYC ": _take_cycle,
        "TTTT": _take_timing,
        "EEEE": _take_mark,
        "ERRO": _take_error,
        "TOTA": _take_total,
        "== S": _take_scf_end,
        "COOR": _take_point,
        "CELL": _take_point,
        "MAX ": _take_measure,
        "RMS ": _take_measure,
        "WEIG": _take_tolerance,
        "DEFA": _take_max_points,
        "MAXI": _take_max_points,
        "NUMB": _take_displacements,
        "ATOM": _take_table,
        "LIST": _take_list,
        "STRA": _take_strain,
        "ELAS": _take_constants,
        "CENT": _take_central,
        "CYCL": _take_cphf,
        "DIIS": _take_cphf,
        "* OP": _take_stars,
    }
    """The first letters of a line → who takes it: most lines are no one's."""


def _ev(energy_ha: float | None) -> float | None:
    return None if energy_ha is None else energy_ha * EV_PER_HARTREE


def _later(before: float | None, text: str) -> float | None:
    """Return the later of two times: SCFOUT.LOG may be ahead of the main output."""
    now = fortran_float(text)
    if now is None or before is None:
        return before if now is None else now
    return max(before, now)
