"""The growing standard output of VASP → Progress. OUTCAR has no such lines."""

from crystalmathd.codes.lines import LineSplitter
from crystalmathd.codes.vasp import printed
from crystalmathd.models.progress import Cycle, Progress


class VaspProgress:
    """Reads electronic and ionic steps; `geometry_step` counts from 0."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._splitter = LineSplitter()
        self._phase = "starting"
        self._step = 0
        self._cycles: list[Cycle] = []

    def feed(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self._take(line)

    def progress(self) -> Progress:
        return Progress(
            program=self._program,
            phase=self._phase,
            detail=f"ionic step {self._step}" if self._step else "",
            geometry_step=self._step,
            cycles=tuple(self._cycles),
        )

    def _take(self, line: str) -> None:
        if step := printed.electronic_step(line):
            self._phase = "scf"
            self._cycles.append(
                Cycle(
                    number=step.number,
                    geometry_step=self._step,
                    energy_ev=step.energy_ev,
                    # The first dE is the energy itself: there is none before it.
                    delta_ev=step.delta_ev if step.number > 1 else None,
                )
            )
        elif ionic := printed.ionic_step(line):
            self._phase, self._step = "ionic step done", ionic.number
        elif "entering main loop" in line:
            self._phase = "scf"
        elif "writing wavefunctions" in line:
            self._phase = "done"
        elif printed.REFUSED.search(line):
            self._phase = "failed"
