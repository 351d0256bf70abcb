"""The growing standard output of a program of Quantum ESPRESSO → Progress."""

from crystalmathd.codes.espresso import printed
from crystalmathd.codes.lines import LineSplitter
from crystalmathd.models.progress import Cycle, Progress
from crystalmathd.units import EV_PER_RYDBERG


class EspressoProgress:
    """Reads iterations, energies and steps; ph.x: representations.

    `geometry_step` counts from 0, the geometry of the input. The limit of the
    iterations is not printed.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._splitter = LineSplitter()
        self._phase = "starting"
        self._detail = ""
        self._step = 0
        self._iteration = 0
        self._cycles: list[Cycle] = []

    def feed(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self._take(line)

    def progress(self) -> Progress:
        return Progress(
            program=self._program,
            phase=self._phase,
            detail=self._detail,
            geometry_step=self._step,
            cycles=tuple(self._cycles),
        )

    def _take(self, line: str) -> None:
        if match := printed.ITERATION.match(line):
            self._iteration = int(match[1])
            self._enter("scf", f"iteration {self._iteration}")
        elif (energy := printed.current_energy_ry(line)) is not None:
            self._add(energy)
        elif (energy := printed.converged_energy_ry(line)) is not None:
            self._add(energy)
            self._enter("scf converged")
            self._step += 1
        else:
            self._take_phase(line)

    def _take_phase(self, line: str) -> None:
        if match := printed.BFGS_STEPS.match(line):
            self._enter("optimisation", f"step {match[1]}")
        elif printed.DYNAMICS.match(line):
            self._enter("dynamics", f"step {self._step}")
        elif printed.FINAL_SCF.match(line):
            self._enter("final scf")
        elif printed.BAND_STRUCTURE.match(line):
            self._enter("bands")
        elif match := printed.REPRESENTATION.match(line):
            self._enter("phonon", f"representation {match[1]}")
        elif printed.PROGRAM.match(line):
            self._enter("starting")
        elif printed.DONE.match(line):
            self._enter("done")
        elif printed.ERROR.match(line):
            self._enter("failed")

    def _enter(self, phase: str, detail: str = "") -> None:
        self._phase, self._detail = phase, detail

    def _add(self, energy_ry: float) -> None:
        before = self._cycles[-1] if self._cycles else None
        energy = energy_ry * EV_PER_RYDBERG
        self._cycles.append(
            Cycle(
                number=self._iteration,
                geometry_step=self._step,
                energy_ev=energy,
                delta_ev=(
                    energy - before.energy_ev
                    if before is not None
                    and before.energy_ev is not None
                    and before.geometry_step == self._step
                    else None
                ),
            )
        )
