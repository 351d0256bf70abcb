"""ph.x and dynmat.x: frequencies, dielectric tensor and effective charges → Result."""

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from crystalmathd.codes.espresso.frame import Frame
from crystalmathd.codes.espresso.levels import Levels
from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.espresso.system import System, floats
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import (
    Dielectric,
    Mode,
    Phonons,
    Tensor,
    Vibrations,
)
from crystalmathd.models.results import Grade, Result
from crystalmathd.models.structures import Vector
from crystalmathd.structures.formula import formula

KM_MOL_PER_D2_A2_AMU: Final = 42.2561
"""Infrared intensities: 1 (D/Å)²/amu in km/mol."""

_FREQUENCY: Final = re.compile(
    r"^ +(?:freq|omega) *\( *\d+ *\) *= +\S+ +\[THz\] += +(\S+) +\[cm-1\]"
)
_SYMMETRY: Final = re.compile(
    r"^ +(?:freq|omega) ?\( *(\d{1,9}) *- *(\d{1,9}) *\) *= +\S+ +\[cm-1\]"
    r" +--> +(\S+)(.*)"
)
_ATOM: Final = re.compile(r"^ +atom +(\d{1,9}) +\S+")
_MODE_ROW: Final = re.compile(
    r"^ +(\d+) +(-?\d+\.\d+) +-?\d+\.\d+((?: +-?\d+\.\d+)*) *$"
)
_LONGEST_GAP: Final = 4


@dataclass(slots=True)
class _Reading:
    report: Report
    system: System
    points: list[Phonons] = field(default_factory=list)
    electronic: Tensor | None = None
    born: dict[int, Tensor] = field(default_factory=dict)
    n_achieved: int = 0
    n_failed: int = 0

    def vibrations(self) -> Vibrations | None:
        n_atoms = self.system.n_atoms or len(self.born)
        born = [self.born[n] for n in sorted(self.born)]
        born = born if len(born) == n_atoms else []
        points = sorted(self.points, key=lambda point: any(point.q))
        if not points and not born:
            return None
        return Vibrations(points=tuple(points), born_charges=tuple(born))

    def _take_modes(self, at: int) -> None:
        """Read q and, up to the second rule of asterisks, its frequencies."""
        q: Vector | None = None
        modes: list[Mode] = []
        rules = 0
        row = at + 1
        while row < len(self.report.lines) and rules < len("()"):
            line = self.report.line(row)
            rules += line.strip().startswith("***")
            if " q = (" in line:
                q = self._q(line)
            elif match := _FREQUENCY.match(line):
                frequency = fortran_float(match[1])
                if frequency is None:
                    return
                modes.append(Mode(frequency_cm=frequency))
            row += 1
        if rules == len("()") and q is not None and modes:
            self.points.append(Phonons(q=q, modes=tuple(modes)))

    def _q(self, line: str) -> Vector | None:
        numbers = floats(line)
        if len(numbers) != len("xyz"):
            return None
        q = numbers[0], numbers[1], numbers[2]
        found = (q,) if not any(q) else self.system.fractional([q])
        return found[0] if found else None

    def _take_symmetry(self, at: int) -> None:
        """Give the modes of the last point their names and what light does to them."""
        row, gap = at + 1, 0
        while gap < _LONGEST_GAP and self.points:
            match = _SYMMETRY.match(self.report.line(row))
            gap = 0 if match else gap + 1
            row += 1
            if match:
                self._name(int(match[1]), int(match[2]), match[3], match[4].split())

    def _name(self, first: int, last: int, irrep: str, rest: list[str]) -> None:
        activity = rest[-1] if rest and rest[-1] in {"I", "R", "I+R"} else ""
        point = self.points[-1]
        is_gamma = not any(point.q)
        modes = tuple(
            replace(
                mode,
                irrep=irrep,
                is_infrared_active="I" in activity if is_gamma else None,
                is_raman_active="R" in activity if is_gamma else None,
            )
            if first <= number <= last
            else mode
            for number, mode in enumerate(point.modes, start=1)
        )
        self.points[-1] = replace(point, modes=modes)

    def _take_table(self, at: int) -> None:
        """Read the table of dynmat.x, modes at Γ: number, cm⁻¹, THz, IR, Raman …."""
        names = self.report.line(at).split()[3:]
        modes = []
        row = at + 1
        while match := _MODE_ROW.match(self.report.line(row)):
            values = dict(zip(names[1:], floats(match[3]), strict=False))
            infrared = values.get("IR")
            modes.append(
                Mode(
                    frequency_cm=float(match[2]),
                    infrared_km_mol=(
                        None if infrared is None else infrared * KM_MOL_PER_D2_A2_AMU
                    ),
                    raman=values.get("Raman"),
                )
            )
            row += 1
        if modes:
            self.points = [Phonons(q=(0.0, 0.0, 0.0), modes=tuple(modes))]

    def _take_dielectric(self, at: int) -> None:
        self.electronic = self._tensor(at + 1, _LONGEST_GAP) or self.electronic

    def _take_born(self, at: int) -> None:
        row, gap = at + 1, 0
        while gap < _LONGEST_GAP:
            match = _ATOM.match(self.report.line(row))
            gap = 0 if match else gap + 1
            row += 1
            if match is None:
                continue
            tensor = self._tensor(row, 1)
            if tensor is None:
                return
            self.born[int(match[1])] = tensor
            row += len(tensor)

    def _tensor(self, at: int, most_empty: int) -> Tensor | None:
        rows = []
        for row in range(at, at + most_empty + len("xyz")):
            numbers = floats(self.report.line(row))
            if len(numbers) == len("xyz"):
                rows.append((numbers[0], numbers[1], numbers[2]))
            elif rows:
                break
        return (rows[0], rows[1], rows[2]) if len(rows) == len("xyz") else None

    def _take_achieved(self, _: int) -> None:
        self.n_achieved += 1

    def _take_failed(self, _: int) -> None:
        self.n_failed += 1

    HEADS: ClassVar[Heads] = {
        "Diagonalizing the dynamical matrix": _take_modes,
        "Dielectric constant in cartesian": _take_dielectric,
        "Effective charges (d Force / dE)": _take_born,
        "Convergence has been achieved": _take_achieved,
        "No convergence has been achieved": _take_failed,
        "# mode   [cm-1]": _take_table,
        "Mode symmetry,": _take_symmetry,
    }


def read_phonons(program: str, report: Report, crash: bytes) -> Result:
    """Read a run of ph.x or dynmat.x.

    Self-consistent are the responses to every displacement and field that was done;
    a point q counts once its frequencies are printed.
    """
    system, frame = System(report), Frame(report)
    reading, levels = _Reading(report, system), Levels(report, system, is_response=True)
    parts = (reading, system, frame, levels)
    report.scan(*parts)
    cpu, wall = frame.times_s
    vibrations = reading.vibrations()
    is_converged = None
    if reading.n_achieved or reading.n_failed:
        is_converged = not reading.n_failed
    is_normal = frame.has_ended and frame.stopped is None
    initial = system.initial
    has_modes = vibrations is not None and bool(vibrations.points)
    return Result(
        code="espresso",
        program=program,
        code_version=report.header[1] if report.header else None,
        build=frame.build,
        calculation="phonons" if has_modes else "response",
        functional=system.functional,
        n_atoms=system.n_atoms,
        formula=None if initial is None else formula(initial.atomic_numbers),
        n_electrons=system.n_electrons,
        n_kpoints=system.n_kpoints,
        initial_structure=initial,
        is_scf_converged=is_converged,
        is_normal_end=is_normal,
        fermi_energy_ev=levels.fermi_ev,
        vibrations=vibrations,
        dielectric=(
            None
            if reading.electronic is None
            else Dielectric(electronic=reading.electronic)
        ),
        n_ranks=frame.n_ranks,
        n_threads=frame.n_threads,
        n_pools=frame.n_pools,
        wall_time_s=wall,
        cpu_time_s=cpu,
        max_memory_mb=frame.measured_mb or frame.estimated_mb,
        warnings=tuple(frame.warnings),
        cause=frame.cause(crash) or frame.stopped,
        grade=_grade(is_converged=is_converged, is_normal=is_normal),
    )


def _grade(*, is_converged: bool | None, is_normal: bool) -> Grade:
    if is_converged is False:
        return Grade.NOT_CONVERGED
    return Grade.CONVERGED if is_converged and is_normal else Grade.UNKNOWN
