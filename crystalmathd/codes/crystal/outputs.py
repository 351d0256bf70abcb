"""The main output of a finished (or broken-off) run of CRYSTAL → Result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.lines import numbered_lines
from crystalmathd.models.results import Grade, Result, Source
from crystalmathd.units import EV_PER_HARTREE

TOTAL: Final = "total_energy"
"""Electronic energy with dispersion and GCP, where the run has them."""

SCF: Final = "scf_energy"
"""Electronic energy of the last SCF that the output shows, without corrections."""

DISPERSION: Final = "dispersion_energy"
WAVEFUNCTION: Final = "wavefunction_energy"
"""Energy of the wavefunction that `properties` has read; it computes none."""

_HEADS: Final = frozenset(
    {
        " * ",
        "EEE",
        " EE",
        " AT",
        " N.",
        " MA",
        " CO",
        " CE",
        " CY",
        "CYC",
        " ==",
        "== ",
        " TO",
        " D2",
        " D3",
        " D4",
        " GR",
        " ER",
        "ERR",
        "for",
        "Pro",
        "At ",
        " f9",
        "f90",
        " WA",
    }
)
"""The first three characters of every line that is read, to pass over others fast."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Printed:
    """An energy in hartree and where it stands."""

    energy_ha: float
    line: int
    text: str


@dataclass(slots=True)
class _Reading:
    """What the lines read so far say; runs may follow one another in one file."""

    version: str | None = None
    release: str | None = None
    n_atoms: int | None = None
    energies: dict[str, _Printed] = field(default_factory=dict)
    corrected: _Printed | None = None
    point: _Printed | None = None
    optimised: _Printed | None = None
    cycles: int | None = None
    open_cycles: int | None = None
    is_scf_converged: bool | None = None
    scf_end_text: str | None = None
    geometry_steps: int | None = None
    is_geometry_converged: bool | None = None
    has_ended: bool = False
    error: str | None = None

    def take(self, number: int, line: str) -> None:
        """Read one line; the order of the readers is that of their frequency."""
        if not (
            self._take_cycle(line)
            or self._take_energy(number, line)
            or self._take_optimisation(number, line)
        ):
            self._take_frame(line)

    def _take_cycle(self, line: str) -> bool:
        cycle = printed.scf_cycle(line)
        if cycle is None:
            return False
        self.open_cycles = cycle.number
        self.is_scf_converged = False
        return True

    def _take_energy(self, number: int, line: str) -> bool:
        if end := printed.scf_end(line):
            self.cycles, self.open_cycles = end.cycles, None
            self.is_scf_converged = end.is_converged
            self.scf_end_text = line.strip()
            self.corrected = None
            self._keep(SCF, end.energy_ha, number, line)
        elif point := printed.point_energy(line):
            self.point = _printed(point.energy_ha, number, line)
        elif energy := printed.corrected_energy_ha(line):
            self.corrected = self.point = _printed(energy, number, line)
        elif energy := printed.dispersion_energy_ha(line):
            self._keep(DISPERSION, energy, number, line)
        elif energy := printed.wavefunction_energy_ha(line):
            self._keep(WAVEFUNCTION, energy, number, line)
        else:
            return False
        return True

    def _take_optimisation(self, number: int, line: str) -> bool:
        if match := printed.POINT.match(line):
            self.geometry_steps = int(match[1])
            self.is_geometry_converged = False
        elif end := printed.optimisation_end(line):
            self.is_geometry_converged = end.is_converged
            self.geometry_steps = end.points or self.geometry_steps
            self.optimised = _printed(end.energy_ha, number, line)
        else:
            return False
        return True

    def _take_frame(self, line: str) -> None:
        if match := printed.ATOMS.search(line):
            self.n_atoms = int(match[1] or match[2])
        elif printed.STARTED.match(line):
            self.has_ended, self.error = False, None
        elif printed.ENDED.match(line):
            self.has_ended = True
        elif match := printed.BANNER.match(line):
            self.version, self.release = match[1], None
        elif self.version and not self.release and (m := printed.RELEASE.match(line)):
            self.release = m[1]
        elif printed.ERROR.match(line):
            self._fail(line)
            if "SCF FAILED" in line:
                self.is_scf_converged = False
        elif printed.RUNTIME_ERROR.match(line):
            self._fail(line)

    def _fail(self, line: str) -> None:
        if self.error is None:
            self.error = line.strip()

    def _keep(self, kind: str, energy_ha: float | None, number: int, line: str) -> None:
        if (energy := _printed(energy_ha, number, line)) is not None:
            self.energies[kind] = energy

    def headline(self) -> tuple[str, _Printed] | None:
        """Choose the energy of the run.

        OPT END if there is one; in an optimisation that was cut, the last
        point that ended; else the SCF with its corrections; else the energy
        of the wavefunction that `properties` has read.
        """
        scf = self.energies.get(SCF)
        if self.optimised is not None:
            return TOTAL, self.optimised
        if self.geometry_steps is not None and self.point is not None:
            return TOTAL, self.point
        if (total := self.corrected or scf) is not None:
            return TOTAL, total
        if (read := self.energies.get(WAVEFUNCTION)) is not None:
            return WAVEFUNCTION, read
        return None

    def grade(self) -> Grade:
        if self.is_scf_converged is False or self.is_geometry_converged is False:
            return Grade.NOT_CONVERGED
        if not self.has_ended or self.error is not None:
            return Grade.UNKNOWN
        return Grade.CONVERGED if self.is_scf_converged else Grade.UNKNOWN

    def cause(self) -> str | None:
        if self.error is not None:
            return self.error
        if self.is_scf_converged is False and self.open_cycles is None:
            return self.scf_end_text
        return None


def read_output(
    program: str, stdout: str, output: bytes, error_unit: bytes = b""
) -> Result:
    """Read a main output; what stands around CRYSTAL's own lines is passed over.

    Parameters
    ----------
    error_unit
        fort.87, where CRYSTAL writes the line of a fatal error once more; a
        parallel run that aborts may leave it there only.
    """
    reading = _Reading()
    for number, line in numbered_lines(output):
        if line[:3] in _HEADS:
            reading.take(number, line)
    if reading.error is None and not reading.has_ended:
        reading.error = _first_error(error_unit)
    return _result(program, stdout, reading)


def _result(program: str, stdout: str, reading: _Reading) -> Result:
    headline = reading.headline()
    kind, energy = headline if headline is not None else (None, None)
    energies = {k: e.energy_ha * EV_PER_HARTREE for k, e in reading.energies.items()}
    if kind is not None and energy is not None:
        energies[kind] = energy.energy_ha * EV_PER_HARTREE
    return Result(
        code="crystal",
        program=program,
        code_version=_version(reading),
        headline_energy_kind=kind,
        energy_ev=None if kind is None else energies[kind],
        energy_as_printed=None if energy is None else energy.energy_ha,
        energy_unit=None if energy is None else "hartree",
        energy_source=(
            None
            if energy is None
            else Source(file=stdout, line=energy.line, text=energy.text)
        ),
        energies_ev=energies,
        n_atoms=reading.n_atoms,
        n_scf_cycles=(
            reading.cycles if reading.cycles is not None else reading.open_cycles
        ),
        n_geometry_steps=reading.geometry_steps,
        is_scf_converged=reading.is_scf_converged,
        is_geometry_converged=reading.is_geometry_converged,
        is_normal_end=reading.has_ended and reading.error is None,
        grade=reading.grade(),
        cause=reading.cause(),
    )


def _printed(energy_ha: float | None, number: int, line: str) -> _Printed | None:
    if energy_ha is None:
        return None
    return _Printed(energy_ha=energy_ha, line=number, text=line.strip())


def _version(reading: _Reading) -> str | None:
    if reading.version is None:
        return None
    return " ".join(filter(None, (reading.version, reading.release)))


def _first_error(error_unit: bytes) -> str | None:
    lines = error_unit[:65536].decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in lines if "****" in line), None)


def error_file(stdout: str) -> str:
    """Return the name that fort.87 has beside this main output."""
    return f"{stdout.rsplit('.', 1)[0]}.ERROR"


def read_files(program: str, stdout: str, files: Mapping[str, bytes]) -> Result:
    return read_output(
        program, stdout, files.get(stdout, b""), files.get(error_file(stdout), b"")
    )
