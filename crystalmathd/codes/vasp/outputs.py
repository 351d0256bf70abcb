"""OUTCAR and the standard output of VASP → Result."""

from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.lines import numbered_lines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp import printed
from crystalmathd.models.results import Grade, Result, Source

ZERO: Final = "energy_sigma_zero"
"""E0: extrapolated to no smearing, `energy(sigma->0)`."""

FREE: Final = "free_energy"
"""F: `free  energy   TOTEN`."""

INTERNAL: Final = "energy_without_entropy"

_RELAXATIONS: Final = frozenset({1, 2, 3})
"""IBRION of quasi-Newton, conjugate gradients and damped dynamics."""

_HEADS: Final = (
    "vasp.",
    "number of dos",
    "NELM ",
    "NSW",
    "IBRION",
    "EDIFF ",
    "---",
    "total energy-change",
    "free  energy",
    "energy  without",
    "reached required",
    "General timing",
)


@dataclass(slots=True)
class _Reading:
    version: str | None = None
    n_atoms: int | None = None
    nelm: int | None = None
    nsw: int | None = None
    ibrion: int | None = None
    ediff_ev: float | None = None
    ionic: int = 0
    cycles: int | None = None
    changes_ev: tuple[float | None, ...] = ()
    energies: dict[str, float] = field(default_factory=dict)
    source: tuple[int, str] | None = None
    is_scf_converged: bool | None = None
    has_accuracy: bool = False
    has_ended: bool = False

    def take(self, number: int, line: str) -> None:
        if not (
            self._take_scf(line)
            or self._take_energy(number, line)
            or self._take_setting(line)
        ):
            self._take_frame(line)

    def _take_scf(self, line: str) -> bool:
        if match := printed.ITERATION.match(line):
            self.ionic, self.cycles = int(match[1]), int(match[2])
            self.is_scf_converged, self.changes_ev = False, ()
        elif match := printed.CHANGE.match(line):
            self.changes_ev = fortran_float(match[1]), fortran_float(match[2])
        elif printed.NOT_REACHED.match(line):
            self.is_scf_converged = False
        elif printed.REACHED.match(line):
            self.is_scf_converged = self._is_below_ediff()
        else:
            return False
        return True

    def _is_below_ediff(self) -> bool:
        """Say whether the loop converged in its last allowed step.

        Before version 6, VASP prints "EDIFF is reached" at NELM as well.
        """
        if self.nelm is None or self.cycles is None or self.cycles < self.nelm:
            return True
        limit = self.ediff_ev
        return limit is not None and all(
            change is not None and abs(change) < limit for change in self.changes_ev
        )

    def _take_energy(self, number: int, line: str) -> bool:
        if match := printed.FREE.match(line):
            self._keep(FREE, match[1])
        elif match := printed.ZERO.match(line):
            self._keep(INTERNAL, match[1])
            self._keep(ZERO, match[2])
            self.source = number, line.strip()
        else:
            return False
        return True

    def _keep(self, kind: str, text: str) -> None:
        value = fortran_float(text)
        if value is None:
            self.energies.pop(kind, None)
        else:
            self.energies[kind] = value

    def _take_setting(self, line: str) -> bool:
        if match := printed.NELM.match(line):
            self.nelm = int(match[1])
        elif match := printed.NSW.match(line):
            self.nsw = int(match[1])
        elif match := printed.IBRION.match(line):
            self.ibrion = int(match[1])
        elif match := printed.EDIFF.match(line):
            self.ediff_ev = fortran_float(match[1])
        else:
            return False
        return True

    def _take_frame(self, line: str) -> None:
        if match := printed.N_IONS.search(line):
            self.n_atoms = int(match[1])
        elif printed.ACCURACY.match(line):
            self.has_accuracy = True
        elif printed.TIMING.match(line):
            self.has_ended = True
        elif self.version is None and (match := printed.VERSION.match(line)):
            self.version = match[1]

    @property
    def is_relaxing(self) -> bool:
        # NSW = 1 moves nothing: it is a static run.
        return (self.nsw or 0) > 1 and self.ibrion in _RELAXATIONS

    @property
    def is_geometry_converged(self) -> bool | None:
        return self.has_accuracy if self.is_relaxing else None

    def grade(self) -> Grade:
        if self.is_scf_converged is False or self.is_geometry_converged is False:
            return Grade.NOT_CONVERGED
        if not self.has_ended or not self.is_scf_converged:
            return Grade.UNKNOWN
        return Grade.CONVERGED


def read_output(
    program: str, outcar_name: str, outcar: bytes, stdout: bytes = b""
) -> Result:
    """Read OUTCAR; from the standard output comes why VASP stopped.

    The energy is that of the last ionic step that ended: one that was cut in
    its electronic loop has none.
    """
    reading = _Reading()
    for number, line in numbered_lines(outcar):
        if line.lstrip(" ").startswith(_HEADS):
            reading.take(number, line)
    cause = _cause(stdout) or _cause(outcar)
    energy = reading.energies.get(ZERO)
    return Result(
        code="vasp",
        program=program,
        code_version=reading.version,
        headline_energy_kind=None if energy is None else ZERO,
        energy_ev=energy,
        energy_as_printed=energy,
        energy_unit=None if energy is None else "eV",
        energy_source=(
            None
            if energy is None or reading.source is None
            else Source(
                file=outcar_name, line=reading.source[0], text=reading.source[1]
            )
        ),
        energies_ev=reading.energies,
        n_atoms=reading.n_atoms,
        n_scf_cycles=reading.cycles,
        n_geometry_steps=reading.ionic if (reading.nsw or 0) > 1 else None,
        is_scf_converged=reading.is_scf_converged,
        is_geometry_converged=reading.is_geometry_converged,
        is_normal_end=reading.has_ended,
        grade=reading.grade(),
        cause=None if reading.has_ended else cause,
    )


def _cause(output: bytes) -> str | None:
    """Return the text of the box that ends with `I REFUSE TO CONTINUE …`."""
    if b"I REFUSE TO CONTINUE" not in output:
        return None
    box: list[str] = []
    for _, line in numbered_lines(output):
        if printed.REFUSED.search(line):
            break
        match = printed.BOX.match(line)
        if match is None:
            box = box if line.strip(" |") == "" else []
        elif any(letter.islower() for letter in match[1]):
            # The banner of the box is painted with capitals.
            box.append(match[1].strip())
    return " ".join(box) or "I REFUSE TO CONTINUE WITH THIS SICK JOB"
