"""The engine's growing output → `Progress`."""

import codecs
import math

from crystalmathd.codes.course import Course
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.pyscf.report import NORMAL_END, fields, number
from crystalmathd.models.progress import Cycle, Progress
from crystalmathd.units import EV_PER_HARTREE


class EngineProgress:
    """Reads the output of one engine process as it comes.

    The engine counts the seconds of each phase anew: `elapsed_s` is their sum.
    """

    def __init__(self, program: str) -> None:
        self._course = Course(program)
        self._course.enter("start")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._before_s = 0.0

    def feed(self, data: bytes, file: str | None = None) -> None:
        del file  # there is one
        text = self._decoder.decode(data)
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._read(line)

    def progress(self) -> Progress:
        return self._course.progress()

    def _read(self, line: str) -> None:
        if line.strip() == NORMAL_END:
            self._course.end_scf()
            self._course.enter("end")
            return
        word, values = fields(line)
        if word == "PHASE":
            self._begin_phase(values)
        elif word == "PHASE_END":
            self._before_s += _finite(line.rsplit(maxsplit=1)[-1]) or 0.0
            self._course.elapsed_s = self._before_s
        elif word == "CYCLE":
            self._take_cycle(line)
        elif word == "CONVERGED":
            self._course.end_scf(is_converged=values.get("answer") == "yes")
        elif word == "ERROR":
            self._course.enter("error", values.get("text", ""))

    def _begin_phase(self, values: dict[str, str]) -> None:
        name = values.pop("name", "")
        self._course.enter(name, ", ".join(f"{k} {v}" for k, v in values.items()))
        limit = values.get("max_cycles", "")
        if (most := whole_number(limit)) is not None:
            self._course.max_cycles = most
        self._course.take_threshold(
            _finite(values.get("tolerance_hartree")), EV_PER_HARTREE
        )

    def _take_cycle(self, line: str) -> None:
        cycle = read_cycle(line)
        if cycle is None:
            return
        seconds = _finite(fields(line.partition(" ")[2])[1].get("seconds"))
        if seconds is not None:
            self._course.elapsed_s = self._before_s + seconds
        self._course.add_cycle(cycle, size_ev=cycle.delta_ev)


def _finite(text: str | None) -> float | None:
    value = number(text)
    return value if value is not None and math.isfinite(value) else None


def read_cycle(line: str) -> Cycle | None:
    """Return the cycle of a line ``CYCLE n energy_hartree …``; None if it is broken.

    An energy that is printed as NaN is no energy, but the cycle was run.
    """
    _, at, *rest = [*line.split(), ""]
    _, values = fields(" ".join(["CYCLE", *rest]))
    energy = _finite(values.get("energy_hartree"))
    delta = _finite(values.get("delta_hartree"))
    cycle = whole_number(at)
    if cycle is None or number(values.get("energy_hartree")) is None:
        return None
    return Cycle(
        number=cycle,
        geometry_step=0,
        energy_ev=None if energy is None else energy * EV_PER_HARTREE,
        delta_ev=None if delta is None else delta * EV_PER_HARTREE,
    )
