"""The ionic steps of an OUTCAR with their electronic loops."""

import re
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp import printed
from crystalmathd.codes.vasp.outcar import Outcar
from crystalmathd.codes.vasp.outcar_settings import lattice_after
from crystalmathd.codes.vasp.run import Run, Step, row, vector
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import GPA_PER_KBAR

_CYCLE: Final = re.compile(r"energy\(sigma->0\) = +(\S+)")
_FORCE_ROW: Final = ["x", "y", "z", "fx", "fy", "fz"]
_SIX: Final = ["xx", "yy", "zz", "xy", "yz", "zx"]
_MOMENT: Final = re.compile(r"magnetization\s+(\S.*)$")


class StepReader:
    """Takes the marks of an OUTCAR in their order.

    The energies of an ionic step stand before its forces in VASP 4 and behind
    them since VASP 5: what belongs together is told by `Iteration n(1)`.
    """

    def __init__(self, outcar: Outcar, run: Run) -> None:
        self._lines = outcar.lines
        self._outcar = outcar
        self._run = run
        self._lattice: tuple[Vector, ...] = ()
        self._numbers = run.atomic_numbers
        self._n_atoms = run.integer("NIONS") or 0
        self._take = {
            "iteration": self._iteration,
            "change": self._change,
            "cycle": self._cycle,
            "abort": self._abort,
            "free": self._free,
            "zero": self._zero,
            "lattice": self._cell,
            "forces": self._forces,
            "drift": self._drift,
            "stress": self._stress,
            "electrons": self._electrons,
        }

    def read(self) -> None:
        for place, name in self._outcar.marks:
            if take := self._take.get(name):
                take(place)

    @property
    def _step(self) -> Step | None:
        return self._run.steps[-1] if self._run.steps else None

    def _iteration(self, place: int) -> None:
        match = printed.ITERATION.match(self._lines[place])
        if match is None:
            return
        number, cycle = int(match[1]), int(match[2])
        step = self._step
        if step is None or step.number != number:
            step = Step(number=number)
            self._run.steps.append(step)
        elif step.free_ev is not None:
            # What follows its energy is the response to a field (LEPSILON).
            return
        elif cycle <= step.n_cycles:
            step.energies_ev, step.deltas_ev = [], []
        step.n_cycles, step.is_converged = cycle, False

    def _change(self, place: int) -> None:
        match = printed.CHANGE.match(self._lines[place])
        if match and (step := self._step):
            step.changes_ev = fortran_float(match[1]), fortran_float(match[2])

    def _cycle(self, place: int) -> None:
        match = _CYCLE.search(self._lines[place])
        if match and (step := self._step):
            step.energies_ev.append(fortran_float(match[1]))
            # The first change is the energy itself: there is none before it.
            change = step.changes_ev[0] if step.changes_ev else None
            step.deltas_ev.append(change if len(step.energies_ev) > 1 else None)

    def _abort(self, place: int) -> None:
        step = self._step
        if step is None:
            return
        reached = printed.REACHED.match(self._lines[place]) is not None
        step.is_converged = reached and self._is_below_ediff(step)

    def _is_below_ediff(self, step: Step) -> bool:
        """Say whether the loop converged in its last allowed step.

        Before version 6, VASP prints "EDIFF is reached" at NELM as well.
        """
        nelm, limit = self._run.integer("NELM"), self._run.number("EDIFF")
        if nelm is None or step.n_cycles < nelm or self._run.is_exact:
            return True
        return limit is not None and all(
            change is not None and abs(change) < limit for change in step.changes_ev
        )

    def _free(self, place: int) -> None:
        match = printed.FREE.match(self._lines[place])
        if match and (step := self._step):
            step.free_ev = fortran_float(match[1])

    def _zero(self, place: int) -> None:
        line = self._lines[place]
        match = printed.ZERO.match(line)
        if match and (step := self._step):
            step.internal_ev = fortran_float(match[1])
            step.zero_ev = fortran_float(match[2])
            step.zero_line = place + 1, line.strip()

    def _cell(self, place: int) -> None:
        self._lattice = lattice_after(self._outcar, place) or self._lattice

    def _forces(self, place: int) -> None:
        n_atoms = self._n_atoms
        rows = [row(line) for line in self._lines[place + 2 : place + 2 + n_atoms]]
        step = self._step
        if step is None or not rows or len(rows) < n_atoms:
            return
        if any(len(values) != len(_FORCE_ROW) for values in rows):
            return
        step.forces_ev_a = tuple([(fx, fy, fz) for _, _, _, fx, fy, fz in rows])
        if self._lattice and len(self._numbers) == n_atoms:
            step.structure = Structure(
                dimension=3,
                lattice_a=self._lattice,
                atomic_numbers=self._numbers,
                positions_a=tuple([(x, y, z) for x, y, z, *_ in rows]),
            )

    def _drift(self, place: int) -> None:
        if step := self._step:
            step.drift_ev_a = vector(row(self._lines[place].partition(":")[2]))

    def _stress(self, place: int) -> None:
        values = row(self._lines[place].partition("kB")[2])
        if len(values) == len(_SIX) and (step := self._step):
            step.stress_gpa = symmetric(values, GPA_PER_KBAR)

    def _electrons(self, place: int) -> None:
        match = _MOMENT.search(self._lines[place])
        values = row(match[1]) if match else ()
        if len(values) == 1:
            self._run.magnetisation = values[0]
        elif len(values) == len("xyz"):
            self._run.magnetisation = sum(value * value for value in values) ** 0.5


def symmetric(values: tuple[float, ...], factor: float = 1.0) -> Tensor:
    """Return the tensor of VASP's six numbers XX YY ZZ XY YZ ZX."""
    xx, yy, zz, xy, yz, zx = (value * factor for value in values)
    return (xx, xy, zx), (xy, yy, yz), (zx, yz, zz)
