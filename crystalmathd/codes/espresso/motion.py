"""The geometries of pw.x: relaxation and dynamics, with forces and stress."""

import math
import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from crystalmathd.codes.espresso import printed
from crystalmathd.codes.espresso.atoms import cartesian, structure
from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.espresso.system import System, floats, vector
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.progress import Measure
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.results import IonicStep
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import (
    ANGSTROM_PER_BOHR,
    EV_PER_RYDBERG,
    GPA_PER_EV_A3,
    GPA_PER_KBAR,
)

EV_A_PER_RY_BOHR: Final = EV_PER_RYDBERG / ANGSTROM_PER_BOHR
GPA_PER_RY_BOHR3: Final = EV_PER_RYDBERG / ANGSTROM_PER_BOHR**3 * GPA_PER_EV_A3

_PRESSURE: Final = re.compile(r"P= *(\S+)")
_UNIT: Final = re.compile(r"[({ ]\s*(alat|bohr|angstrom|crystal)\b", re.IGNORECASE)
_ALAT: Final = re.compile(r"alat *= *(\d+\.?\d*)")
_ERROR_WORDS: Final = {
    "Energy error": ("energy", "Ry"),
    "Gradient error": ("max_force", "Ry/bohr"),
    "Cell gradient error": ("cell_gradient", "kbar"),
}
_THRESHOLD: Final = re.compile(
    r"(energy|force|cell|press)(?: convergence thresh\. ?=| +<)"
    r" +(\S+?)(?:Ry|kbar|\s|\)|$)"
)
_CRITERIA: Final = {
    "energy": "energy",
    "force": "max_force",
    "cell": "cell_gradient",
    "press": "cell_gradient",
}
_MOST_GAP: Final = 6
"""Lines that may stand between the title of the forces and the first one."""


@dataclass(slots=True)
class Step:
    """One geometry, while what was computed at it is still being read."""

    number: int
    energy_ev: float
    structure: Structure | None
    forces_ev_a: tuple[Vector, ...] = ()
    stress_gpa: Tensor | None = None
    measures: tuple[Measure, ...] = ()

    def model(self, *, is_scf_converged: bool | None) -> IonicStep:
        return IonicStep(
            number=self.number,
            energy_ev=self.energy_ev,
            structure=self.structure,
            forces_ev_a=self.forces_ev_a,
            stress_gpa=self.stress_gpa,
            measures=self.measures,
            is_scf_converged=is_scf_converged,
        )


@dataclass(slots=True)
class Motion:
    """Geometries in the order of the run, each with what was computed at it."""

    report: Report
    system: System
    present: Structure | None = None
    steps: list[Step] = field(default_factory=list)
    pressure_gpa: float | None = None
    enthalpy_ry: float | None = None
    thresholds: dict[str, float] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    is_relaxing: bool = False
    is_dynamics: bool = False
    is_damped: bool = False
    has_failed: bool = False
    has_converged: bool = False
    has_new_cell: bool = False
    final_from: int | None = None
    cause: int | None = None

    @property
    def is_geometry_converged(self) -> bool | None:
        if self.is_dynamics or not self.is_relaxing:
            return None
        return self.has_converged and not self.has_failed

    @property
    def n_steps(self) -> int | None:
        """Geometries of the relaxation or dynamics, without a final static run."""
        if not (self.is_relaxing or self.is_dynamics):
            return None
        return len(self.steps) if self.final_from is None else self.final_from

    @property
    def target_pressure_gpa(self) -> float:
        """The pressure that a cell is relaxed at: (H − E) / V of the last step."""
        volume = self.system.volume_a3
        if self.enthalpy_ry is None or not volume or not self.steps:
            return 0.0
        at = len(self.steps) if self.final_from is None else self.final_from
        step = self.steps[at - 1] if at else self.steps[0]
        cell = step.structure.volume_a3 if step.structure else None
        if not cell:
            return 0.0
        work = self.enthalpy_ry * EV_PER_RYDBERG - step.energy_ev
        return work / cell * GPA_PER_EV_A3

    @property
    def has_final_scf(self) -> bool:
        return self.final_from is not None

    def measures(self) -> tuple[Measure, ...]:
        """Return the last test of each criterion whose threshold was printed."""
        return tuple(
            Measure(
                name=name,
                value=value,
                threshold=self.thresholds[name],
                unit=unit,
                is_met=value <= self.thresholds[name],
            )
            for name, unit in _ERROR_WORDS.values()
            if name in self.thresholds and (value := self.errors.get(name)) is not None
        )

    def _take_energy(self, at: int) -> None:
        """Begin a step; the line with `!!` is for the loop over exact exchange."""
        if self.report.line(at).startswith("!!"):
            self._take_refinement(at)
        energy = printed.converged_energy_ry(self.report.line(at))
        if energy is not None:
            self.steps.append(
                Step(
                    number=len(self.steps) + 1,
                    energy_ev=energy * EV_PER_RYDBERG,
                    structure=self._structure,
                )
            )

    @property
    def _structure(self) -> Structure | None:
        return self.present or self.system.reprinted or self.system.initial

    def _take_refinement(self, _: int) -> None:
        if self.steps:
            self.steps.pop()

    def _take_cell(self, at: int) -> None:
        head = self.report.line(at)
        scale = self._scale(head)
        rows = [vector(self.report.line(at + n)) for n in (1, 2, 3)]
        base = self.present or self.system.initial
        if base is None or scale is None or None in rows:
            return
        lattice = tuple(
            (row[0] * scale, row[1] * scale, row[2] * scale)
            for row in rows
            if row is not None
        )
        self.present = replace(base, lattice_a=lattice)

    def _take_positions(self, at: int) -> None:
        base = self.present or self.system.initial
        if base is None:
            return
        head = self.report.line(at)
        is_fractional = "crystal" in head.lower()
        scale = 1.0 if is_fractional else self._scale(head)
        labels: list[str] = []
        positions: list[Vector] = []
        for line in self.report.lines[at + 1 : at + 1 + base.n_atoms]:
            words = line.split()
            place = _place(words[1:4], scale)
            if place is None:
                return
            labels.append(words[0])
            positions.append(place)
        if len(labels) < base.n_atoms:
            return
        if is_fractional:
            positions = [cartesian(one, base.lattice_a) for one in positions]
        self.present = structure(labels, positions, base.lattice_a)

    def _scale(self, head: str) -> float | None:
        """Return Å per unit of a card: `alat = n` gives the unit in bohr."""
        if match := _ALAT.search(head):
            return float(match[1]) * ANGSTROM_PER_BOHR
        unit = _UNIT.search(head)
        word = unit[1].lower() if unit else "alat"
        return {"bohr": ANGSTROM_PER_BOHR, "angstrom": 1.0}.get(
            word, self.system.alat_a
        )

    def _take_forces(self, at: int) -> None:
        """Read one force an atom; between atoms nothing else is printed."""
        n_atoms = self.system.n_atoms or 0
        forces: list[Vector] = []
        for line in self.report.lines[at + 1 : at + 1 + _MOST_GAP + n_atoms]:
            title, found, words = line.partition("force =")
            force = _force(words) if found and " atom " in title else None
            if force is not None:
                forces.append(force)
            elif forces:
                break
        if self.steps and len(forces) == self.system.n_atoms:
            self.steps[-1].forces_ev_a = tuple(forces)

    def _take_stress(self, at: int) -> None:
        match = _PRESSURE.search(self.report.line(at))
        pressure = None if match is None else fortran_float(match[1])
        self.pressure_gpa = None if pressure is None else pressure * GPA_PER_KBAR
        rows = [floats(self.report.line(at + n))[:3] for n in (1, 2, 3)]
        if self.steps and all(len(row) == len("xyz") for row in rows):
            a, b, c = (
                (x * GPA_PER_RY_BOHR3, y * GPA_PER_RY_BOHR3, z * GPA_PER_RY_BOHR3)
                for x, y, z in rows
            )
            self.steps[-1].stress_gpa = (a, b, c)

    def _take_error(self, at: int) -> None:
        name, _, rest = self.report.line(at).partition("=")
        known = _ERROR_WORDS.get(" ".join(name.split()))
        value = fortran_float(rest.split()[0]) if rest.split() else None
        if known is not None and value is not None:
            self.errors[known[0]] = value
            self._measure()

    def _measure(self) -> None:
        if self.steps:
            self.steps[-1].measures = self.measures()

    def _take_thresholds(self, at: int) -> None:
        for word, text in _THRESHOLD.findall(self.report.line(at)):
            if (value := fortran_float(text)) is not None:
                self.thresholds[_CRITERIA[word]] = value
        self._measure()

    def _take_relaxation(self, _: int) -> None:
        self.is_relaxing = True

    def _take_convergence(self, _: int) -> None:
        self.is_relaxing = self.has_converged = True

    def _take_damped(self, at: int) -> None:
        """Take a relaxation by damped dynamics: its steps are told as those of MD."""
        self.is_relaxing = self.is_damped = True
        self.has_converged |= "convergence achieved" in self.report.line(at)

    def _take_failure(self, at: int) -> None:
        self.has_failed = True
        self.cause = at if self.cause is None else self.cause

    def _take_dynamics(self, _: int) -> None:
        self.is_dynamics = not self.is_damped

    def _take_new_cell(self, _: int) -> None:
        self.has_new_cell = True

    def _take_final_scf(self, _: int) -> None:
        self.final_from = len(self.steps)

    def _take_enthalpy(self, at: int) -> None:
        line = self.report.line(at)
        if "old" not in line and (numbers := floats(line)):
            self.enthalpy_ry = numbers[0]

    HEADS: ClassVar[Heads] = {
        "!    total energy": _take_energy,
        "!!   total energy": _take_energy,
        "EXX: now go back": _take_refinement,
        "CELL_PARAMETERS": _take_cell,
        "ATOMIC_POSITIONS": _take_positions,
        "Forces acting on atoms": _take_forces,
        "total   stress": _take_stress,
        "Energy error": _take_error,
        "Gradient error": _take_error,
        "Cell gradient error": _take_error,
        "(criteria:": _take_thresholds,
        "energy convergence thresh": _take_thresholds,
        "force convergence thresh": _take_thresholds,
        "press convergence thresh": _take_thresholds,
        "number of bfgs steps": _take_relaxation,
        "Damped Dynamics Calculation": _take_damped,
        "bfgs converged in": _take_convergence,
        "Damped Dynamics: convergence achieved": _take_damped,
        "Wentzcovitch Damped Cell": _take_damped,
        "bfgs failed after": _take_failure,
        "history already reset": _take_failure,
        "The maximum number of steps": _take_failure,
        "Entering Dynamics": _take_dynamics,
        "Molecular Dynamics": _take_dynamics,
        "new unit-cell volume": _take_new_cell,
        "Final scf calculation": _take_final_scf,
        "A final scf calculation": _take_final_scf,
        "Final enthalpy": _take_enthalpy,
        "enthalpy  ": _take_enthalpy,
        "enthalpy new": _take_enthalpy,
    }


def _force(text: str) -> Vector | None:
    try:
        x, y, z = (float(word) * EV_A_PER_RY_BOHR for word in text.split())
    except ValueError:
        return None
    return (x, y, z) if math.isfinite(x + y + z) else None


def _place(words: list[str], scale: float | None) -> Vector | None:
    numbers = [fortran_float(word) for word in words]
    if scale is None or None in numbers or len(numbers) != len("xyz"):
        return None
    x, y, z = (number * scale for number in numbers if number is not None)
    return x, y, z
