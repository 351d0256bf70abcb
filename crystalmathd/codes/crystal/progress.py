"""The growing main output of CRYSTAL → Progress."""

from typing import Final

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.lines import LineSplitter
from crystalmathd.models.progress import Cycle, Progress
from crystalmathd.units import EV_PER_HARTREE

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
    "NEWK": "properties",
    "BAND": "properties",
    "DOSS": "properties",
    "ECHG": "properties",
    "ECH3": "properties",
    "PPAN": "properties",
}
"""Names in the timing lines (`TTTT… NAME TELAPSE …`) that tell where the run is."""


class CrystalProgress:
    """Reads CYC lines, points of an optimisation and timing lines.

    Without ONELOG the CYC lines of the points after the first go to
    SCFOUT.LOG; the main output then shows one TOTAL ENERGY line a point, which
    counts as that point's last cycle.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._splitter = LineSplitter()
        self._phase = "starting"
        self._point = 0
        self._max_cycles: int | None = None
        self._cycles: list[Cycle] = []

    def feed(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self._take(line)

    def progress(self) -> Progress:
        last = self._cycles[-1] if self._cycles else None
        parts = []
        if self._point:
            parts.append(f"point {self._point}")
        if last is not None and self._phase == "scf":
            parts.append(f"cycle {last.number}")
        return Progress(
            program=self._program,
            phase=self._phase,
            detail=", ".join(parts),
            geometry_step=self._point,
            max_cycles=self._max_cycles,
            cycles=tuple(self._cycles),
        )

    def _take(self, line: str) -> None:
        if cycle := printed.scf_cycle(line):
            self._phase = "scf"
            self._add(cycle.number, cycle.energy_ha, cycle.delta_ha)
        elif match := printed.TIMING.match(line):
            self._phase = _PHASES.get(match[1], self._phase)
        elif match := printed.POINT.match(line):
            self._phase, self._point = "optimisation", int(match[1])
        elif point := printed.point_energy(line):
            if not self._cycles or self._cycles[-1].geometry_step != self._point:
                self._add(point.cycles, point.energy_ha, None)
        elif match := printed.MAX_CYCLES.match(line):
            self._max_cycles = int(match[1])
        elif printed.STARTED.match(line):
            self._phase = "starting"
        elif printed.ENDED.match(line):
            self._phase = "done"
        elif printed.ERROR.match(line):
            self._phase = "failed"

    def _add(
        self, number: int, energy_ha: float | None, delta_ha: float | None
    ) -> None:
        # The first cycle's DETOT is the energy itself: there is none before it.
        delta = delta_ha if number > 0 else None
        self._cycles.append(
            Cycle(
                number=number,
                geometry_step=self._point,
                energy_ev=None if energy_ha is None else energy_ha * EV_PER_HARTREE,
                delta_ev=None if delta is None else delta * EV_PER_HARTREE,
            )
        )
