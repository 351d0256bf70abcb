"""The electronic loops of pw.x: energies of each cycle, their parts, convergence."""

import re
from dataclasses import dataclass, field
from typing import ClassVar, Final

from crystalmathd.codes.espresso import printed
from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.espresso.system import floats
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.progress import Measure
from crystalmathd.models.results import ScfLoop
from crystalmathd.units import EV_PER_RYDBERG

FREE: Final = "free_energy"
"""F as printed with `!`: without smearing it is the total energy itself."""

INTERNAL: Final = "internal_energy"
"""E = F + TS, printed from version 6.5 on where there is smearing."""

SMEARING: Final = "smearing"
"""−TS: F less E."""

ROUNDING: Final = 1.01
"""The accuracy and the threshold are printed with few digits."""

_PART: Final = re.compile(r"^ +([-+]?[^=]*[^= ]) += +(\S+) Ry")
_KNOWN_PARTS: Final = {
    "one-electron contribution": "one_electron",
    "hartree contribution": "hartree",
    "xc contribution": "exchange_correlation",
    "ewald contribution": "ewald",
    "Hubbard energy": "hubbard",
    "one-center paw contrib.": "paw_one_center",
    "Dispersion Correction": "dispersion",
    "Dispersion XDM Correction": "dispersion",
    "Dispersion T-S Correction": "dispersion",
    "DFT-D3 Dispersion": "dispersion",
    "- averaged Fock potential": "averaged_fock_potential",
    "+ Fock energy": "fock",
    "electric field correction": "electric_field",
    "smearing contrib. (-TS)": SMEARING,
}
_LONGEST_LIST: Final = 40


@dataclass(slots=True)
class Loop:
    """One electronic loop; energies in Ry.

    `before`: cycles of the loops inside the one over exact exchange that have ended.
    `is_diverged`: its total energy was printed, and is no number.
    """

    step: int
    energies: list[float | None] = field(default_factory=list)
    before: int = 0
    begun: int | None = None
    is_open: bool = False
    n_cycles: int | None = None
    is_converged: bool | None = None
    is_diverged: bool = False

    def model(self) -> ScfLoop:
        energies = [None if e is None else e * EV_PER_RYDBERG for e in self.energies]
        deltas = [
            None if a is None or b is None else b - a
            for a, b in zip([None, *energies], energies, strict=False)
        ]
        return ScfLoop(
            geometry_step=self.step,
            is_converged=self.is_converged,
            n_cycles=self.n_cycles,
            energies_ev=tuple(energies),
            deltas_ev=tuple(deltas),
        )


@dataclass(slots=True)
class Scf:
    """All electronic loops; energies in Ry, `source` the last line with `!`.

    `parts_ry`: what the total energy is the sum of, by our names; they belong to the
    last total energy.
    """

    report: Report
    loops: list[Loop] = field(default_factory=list)
    energy_ry: float | None = None
    source: int | None = None
    n_energies: int = 0
    parts_ry: dict[str, float] = field(default_factory=dict)
    internal_ry: float | None = None
    all_electron_ry: float | None = None
    threshold_ry: float | None = None
    accuracy_ry: float | None = None
    is_refining: bool = False
    magnetisation: tuple[float, ...] = ()
    cause: int | None = None

    @property
    def last(self) -> Loop | None:
        return self.loops[-1] if self.loops else None

    @property
    def is_accurate(self) -> bool:
        """Whether the accuracy that is printed is the one that was asked for.

        With scf_must_converge=.false. pw.x says "has been achieved" all the same.
        """
        if self.threshold_ry is None or self.accuracy_ry is None:
            return True
        return self.accuracy_ry <= self.threshold_ry * ROUNDING

    def energies_ev(self) -> dict[str, float]:
        """Return every kind of energy that was printed for the last total energy."""
        found = {FREE: self.energy_ry, INTERNAL: self.internal_ry, **self.parts_ry}
        found["total_all_electron"] = self.all_electron_ry
        return {
            kind: energy * EV_PER_RYDBERG
            for kind, energy in found.items()
            if energy is not None
        }

    def accuracy(self) -> Measure | None:
        """Return the last estimated accuracy against the threshold, Ry."""
        if self.threshold_ry is None or self.accuracy_ry is None:
            return None
        return Measure(
            name="scf_accuracy",
            value=self.accuracy_ry,
            threshold=self.threshold_ry,
            unit="Ry",
            is_met=self.is_accurate,
        )

    def _take_start(self, _: int) -> None:
        if not self.is_refining:
            self.loops.append(Loop(step=self.n_energies))
        self.is_refining = False

    def _take_iteration(self, at: int) -> None:
        match = printed.ITERATION.match(self.report.line(at))
        if match is None:
            return
        loop = self.last
        if loop is None:
            loop = Loop(step=self.n_energies)
            self.loops.append(loop)
        # An iteration that has begun counts when its energy is printed.
        loop.begun, loop.is_converged, loop.is_open = int(match[1]), False, True
        loop.n_cycles = loop.before + loop.begun - 1

    def _take_cycle(self, at: int) -> None:
        loop = self.last
        line = self.report.line(at)
        if loop is not None and loop.is_open and loop.begun and "=" in line:
            loop.n_cycles = loop.before + loop.begun
            loop.energies.append(printed.current_energy_ry(line))

    def _take_energy(self, at: int) -> None:
        if not printed.is_headline(self.report.line(at)):
            return
        energy = printed.converged_energy_ry(self.report.line(at))
        is_corrected = self.report.line(at).startswith("!!")
        self.energy_ry, self.source = energy, None if energy is None else at
        self.internal_ry = self.all_electron_ry = None
        self.parts_ry = {}
        # The line with `!!` corrects the last one with `!`: it is no step of its own.
        self.n_energies += not is_corrected
        if (loop := self.last) is not None:
            loop.is_open = False
            if is_corrected and loop.energies:
                loop.energies.pop()
            loop.energies.append(energy)
            loop.is_diverged = energy is None
            if loop.is_diverged:
                loop.is_converged = False

    def _take_internal(self, at: int) -> None:
        self.internal_ry = printed.internal_energy_ry(self.report.line(at))

    def _take_smearing(self, at: int) -> None:
        self._take_part(at)

    def _take_all_electron(self, at: int) -> None:
        match = _PART.match(self.report.line(at))
        self.all_electron_ry = None if match is None else fortran_float(match[2])

    def _take_parts(self, at: int) -> None:
        """Read the list that the total energy is the sum of, up to an empty line."""
        for row in range(at + 1, at + _LONGEST_LIST):
            if self.report.line(row).strip() and not self._take_part(row):
                return
            if not self.report.line(row).strip() and self.parts_ry.keys() - {SMEARING}:
                return

    def _take_part(self, at: int) -> bool:
        match = _PART.match(self.report.line(at))
        value = None if match is None else fortran_float(match[2])
        if match is None or value is None:
            return False
        if match[1].startswith("->"):  # how much of a part PAW is
            return True
        name = _KNOWN_PARTS.get(match[1]) or _word(match[1])
        self.parts_ry[name] = value
        return True

    def _take_threshold(self, at: int) -> None:
        if match := printed.THRESHOLD.match(self.report.line(at)):
            self.threshold_ry = fortran_float(match[1])

    def _take_accuracy(self, at: int) -> None:
        if match := printed.ACCURACY.match(self.report.line(at)):
            self.accuracy_ry = fortran_float(match[1])

    def _take_achieved(self, at: int) -> None:
        match = printed.ACHIEVED.match(self.report.line(at))
        if match is not None and (loop := self.last) is not None:
            loop.n_cycles = loop.before + int(match[1])
            loop.is_converged = self.is_accurate and not loop.is_diverged

    def _take_not_achieved(self, at: int) -> None:
        match = printed.NOT_ACHIEVED.match(self.report.line(at))
        if match is None:
            return
        if (loop := self.last) is not None:
            loop.n_cycles, loop.is_converged = loop.before + int(match[1]), False
        self.cause = at if self.cause is None else self.cause

    def _take_magnetisation(self, at: int) -> None:
        self.magnetisation = tuple(floats(self.report.line(at)))

    def _take_refinement(self, _: int) -> None:
        """Go on with the same geometry: a hybrid functional's outer loop.

        Its inner loops print a line with `!` each; they are one step.
        """
        self.is_refining = True
        self.n_energies -= 1
        if (loop := self.last) is not None:
            loop.before = loop.n_cycles or 0

    HEADS: ClassVar[Heads] = {
        "Self-consistent Calculation": _take_start,
        "iteration #": _take_iteration,
        "total energy  ": _take_cycle,
        "!    total energy": _take_energy,
        "!!   total energy": _take_energy,
        "internal energy E=F+TS": _take_internal,
        "smearing contrib.": _take_smearing,
        "total all-electron energy": _take_all_electron,
        "The total energy is ": _take_parts,
        "convergence threshold": _take_threshold,
        "scf convergence threshold": _take_threshold,
        "estimated scf accuracy": _take_accuracy,
        "convergence has been achieved": _take_achieved,
        "convergence NOT achieved": _take_not_achieved,
        "total magnetization": _take_magnetisation,
        "EXX: now go back": _take_refinement,
    }


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
