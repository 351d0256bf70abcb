"""The growing standard output of a program of Quantum ESPRESSO → Progress."""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from crystalmathd.codes.course import Course
from crystalmathd.codes.espresso import printed
from crystalmathd.codes.espresso.representations import Representations
from crystalmathd.codes.lines import LineSplitter
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.progress import Cycle, GeometryStep, Measure, Progress
from crystalmathd.units import EV_PER_RYDBERG

_THRESHOLD: Final = re.compile(
    r"^ +(?:(?:scf )?convergence threshold|new conv_thr) += +(\S+)"
)
_N_STEPS: Final = re.compile(r"^ +nstep += +(\d{1,9})\b")
_SPENT: Final = re.compile(r"^ +total cpu time spent up to now is +(\S+) secs")
_DYNAMICS: Final = re.compile(r"^ +Entering Dynamics: +iteration = +(\d{1,9})\b")
_FORCE: Final = re.compile(r"^ +Total force = +(\S+)")
_ERRORS: Final = re.compile(
    r"^ +(Energy|Gradient|Cell gradient) error += +(\S+) (Ry/Bohr|Ry|kbar)"
)
_CRITERIA: Final = re.compile(r"(energy|force|cell) < +([0-9.Ee+-]+[0-9])")
_ERROR_NAMES: Final = {
    "Energy": ("energy_error", "energy"),
    "Gradient": ("gradient_error", "force"),
    "Cell gradient": ("cell_gradient_error", "cell"),
}
_K_POINTS: Final = re.compile(r"^ +number of k points= +(\d{1,9})\b")
_K_POINT: Final = re.compile(r"^ +Computing kpt #: +(\d{1,9})\b")
_N_Q: Final = re.compile(r"^ +\( *(\d{1,9}) *q-points\)")
_N_Q_HERE: Final = re.compile(r"^ +(\d{1,9}) / +\d+ q-points for this run")
_Q_POINT: Final = re.compile(r"^ +Calculation of q = ")
_TO_DO: Final = re.compile(r"^ +Representation +\d+ +\d+ modes? -.*(?:To be done|Done)")
_RESPONSE: Final = re.compile(r"^ +iter # +(\d{1,9}) total cpu time : +(\S+) secs")


class EspressoProgress:
    """Reads iterations, energies and steps; ph.x: q-points and representations.

    `geometry_step` counts from 0, the geometry of the input. What pw.x compares with
    its threshold is the estimated accuracy, not ΔE. The limit of the iterations is
    not printed; times are those of the CPU, as pw.x prints them.
    """

    def __init__(self, program: str) -> None:
        self._course = Course(program)
        self._splitter = LineSplitter()
        self._iteration = 0
        self._criteria: dict[str, float] = {}
        self._phonons = Representations()
        self._n_k_points = 0
        self._is_phonon = False

    def feed(self, data: bytes, file: str | None = None) -> None:
        del file  # there is one
        for line in self._splitter.feed(data):
            take = self._HANDLERS.get(line[:24].lstrip()[:5])
            if take is not None:
                take(self, line)
            elif self._is_phonon and "q-points" in line:
                self._take_q_points(line)

    def progress(self) -> Progress:
        return self._course.progress()

    def _take_iteration(self, line: str) -> None:
        if match := printed.ITERATION.match(line):
            self._iteration = int(match[1])
            self._course.enter("scf", f"iteration {self._iteration}")

    def _take_energy(self, line: str) -> None:
        if match := _SPENT.match(line):
            self._clock(match[1])
        elif (energy := printed.current_energy_ry(line)) is not None:
            self._add(energy)

    def _take_converged(self, line: str) -> None:
        energy = printed.converged_energy_ry(line)
        if energy is None:
            return
        self._add(energy)
        course = self._course
        course.enter("scf converged")
        course.add_step(
            GeometryStep(number=course.geometry_step, energy_ev=energy * EV_PER_RYDBERG)
        )
        course.geometry_step += 1

    def _take_accuracy(self, line: str) -> None:
        if match := printed.ACCURACY.match(line):
            accuracy = fortran_float(match[1])
            if accuracy is not None:
                self._course.measure_cycle(accuracy * EV_PER_RYDBERG)

    def _take_convergence(self, line: str) -> None:
        if match := _THRESHOLD.match(line):
            if self._is_phonon:
                return  # that of the response, which is no energy
            self._course.take_threshold(fortran_float(match[1]), EV_PER_RYDBERG)
        elif printed.ACHIEVED.match(line):
            self._course.end_scf()
        elif printed.NOT_ACHIEVED.match(line):
            self._course.end_scf(is_converged=False)
            self._course.enter("scf not converged")

    def _take_number(self, line: str) -> None:
        course = self._course
        if match := printed.BFGS_STEPS.match(line):
            course.is_optimisation = True
            course.enter("optimisation", f"step {match[1]}")
        elif (match := _K_POINTS.match(line)) and int(match[1]):
            self._n_k_points = int(match[1])

    def _take_steps(self, line: str) -> None:
        if match := _N_STEPS.match(line):
            self._course.max_steps = int(match[1])
            # With one step there is nothing to follow the first SCF.
            self._course.is_optimisation = self._course.max_steps > 1

    def _take_dynamics(self, line: str) -> None:
        course = self._course
        match = _DYNAMICS.match(line)
        if match is None:
            return
        course.enter("dynamics", f"step {match[1]}")
        if course.max_steps:
            if course.parts is None:
                course.begin_parts("steps of the dynamics", course.max_steps)
            course.finish_parts(int(match[1]))

    def _take_force(self, line: str) -> None:
        match = _FORCE.match(line)
        force = fortran_float(match[1]) if match else None
        if force is not None:
            self._measure("total_force", force, None, "Ry/bohr")

    def _take_error(self, line: str) -> None:
        if match := _ERRORS.match(line):
            name, criterion = _ERROR_NAMES[match[1]]
            value = fortran_float(match[2])
            if value is not None:
                self._measure(name, value, self._criteria.get(criterion), match[3])
        elif printed.ERROR.match(line):
            self._course.enter("failed")

    def _take_criteria(self, line: str) -> None:
        for name, text in _CRITERIA.findall(line):
            value = fortran_float(text)
            if value is not None:
                self._criteria[name] = value

    def _measure(
        self, name: str, value: float, threshold: float | None, unit: str
    ) -> None:
        measure = Measure(
            name=name,
            value=value,
            threshold=threshold,
            unit=unit,
            is_met=None if threshold is None else value < threshold,
        )
        self._course.amend_step(measures=(measure,))

    def _take_final(self, line: str) -> None:
        if printed.FINAL_SCF.match(line):
            self._course.enter("final scf")

    def _take_bands(self, line: str) -> None:
        if printed.BAND_STRUCTURE.match(line):
            self._course.enter("bands")

    def _take_k_point(self, line: str) -> None:
        """pw.x prints the number of the k-point in long runs (verbosity high)."""
        match = _K_POINT.match(line)
        if match and self._course.phase == "bands" and self._n_k_points:
            course = self._course
            if course.parts is None:
                course.begin_parts("k-points", self._n_k_points)
            course.finish_parts(int(match[1]) - 1)
            course.detail = f"k-point {match[1]} of {self._n_k_points}"

    def _take_q_points(self, line: str) -> None:
        if match := _N_Q.match(line) or _N_Q_HERE.match(line):
            self._phonons.n_q_points = int(match[1])

    def _take_q_point(self, line: str) -> None:
        if _Q_POINT.match(line):
            self._phonons.begin_q_point()
            self._show_phonons()

    def _take_representation(self, line: str) -> None:
        if _TO_DO.match(line):
            self._phonons.list_representation()
        elif match := printed.REPRESENTATION.match(line):
            self._phonons.representation = int(match[1])
            self._show_phonons()

    def _take_response(self, line: str) -> None:
        if match := _RESPONSE.match(line):
            self._clock(match[2])
            self._course.enter(
                "phonon", ", ".join((*self._phonons.words(), f"iteration {match[1]}"))
            )

    def _show_phonons(self) -> None:
        self._course.enter("phonon", ", ".join(self._phonons.words()))
        done, total = self._phonons.done_of()
        if not total:
            return
        parts = self._course.parts
        if parts is None or parts.total != total:
            self._course.begin_parts(self._phonons.what, total, done)
        else:
            self._course.finish_parts(done)

    def _take_program(self, line: str) -> None:
        if match := printed.PROGRAM.match(line):
            self._is_phonon = match[1] == "PHONON"
            self._course.enter("starting")

    def _take_done(self, line: str) -> None:
        if printed.DONE.match(line):
            self._course.end_scf()
            self._course.enter("done")

    def _clock(self, text: str) -> None:
        now = fortran_float(text)
        self._course.elapsed_s = self._course.elapsed_s if now is None else now

    def _add(self, energy_ry: float) -> None:
        course, before = self._course, self._course.last_cycle
        energy, step = energy_ry * EV_PER_RYDBERG, course.geometry_step
        is_next = before is not None and before.geometry_step == step
        delta = None
        if before is not None and is_next and before.energy_ev is not None:
            delta = energy - before.energy_ev
        course.add_cycle(
            Cycle(
                number=self._iteration,
                geometry_step=step,
                energy_ev=energy,
                delta_ev=delta,
            ),
            size_ev=None,
        )

    _HANDLERS: ClassVar[Mapping[str, Callable[["EspressoProgress", str], None]]] = {
        "itera": _take_iteration,
        "total": _take_energy,
        "!    ": _take_converged,
        "!!   ": _take_converged,
        "estim": _take_accuracy,
        "conve": _take_convergence,
        "scf c": _take_convergence,
        "new c": _take_convergence,
        "numbe": _take_number,
        "nstep": _take_steps,
        "Enter": _take_dynamics,
        "Total": _take_force,
        "Energ": _take_error,
        "Gradi": _take_error,
        "Cell ": _take_error,
        "Error": _take_error,
        "(crit": _take_criteria,
        "Final": _take_final,
        "A fin": _take_final,
        "final": _take_final,
        "Band ": _take_bands,
        "Compu": _take_k_point,
        "Calcu": _take_q_point,
        "Repre": _take_representation,
        "iter ": _take_response,
        "Progr": _take_program,
        "JOB D": _take_done,
    }
    """The first letters of a line → who takes it: most lines are no one's."""
