"""The engine's finished output → `Result`."""

from typing import Final

from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.pyscf.progress import read_cycle
from crystalmathd.codes.pyscf.report import BANNER, NORMAL_END, fields, number
from crystalmathd.models.results import Grade, Result, Source
from crystalmathd.units import EV_PER_HARTREE

_CODE: Final = "pyscf"
_NO_END: Final = "The output stops before its end."
_NO_OUTPUT: Final = "This is no output of the embedded engine."


class _Reading:
    """What the lines so far have said."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.version: str | None = None
        self.kind: str | None = None
        self.hartree: float | None = None
        self.source: Source | None = None
        self.n_atoms: int | None = None
        self.magnetisation: float | None = None
        self.n_cycles: int | None = None
        self.is_converged: bool | None = None
        self.is_normal_end = False
        self.warnings: list[str] = []
        self.ignored: list[str] = []
        self.error: str | None = None

    def read(self, at: int, line: str) -> None:
        word, values = fields(line)
        match word:
            case "ENGINE":
                self.version = values.get("pyscf")
            case "CELL" | "MOLECULE":
                self.n_atoms = whole_number(values.get("atoms", ""))
            case "IGNORED" if len(line.split()) > 1:
                self.ignored.append(line.split()[1])
            case "WARNING":
                self.warnings.append(values.get("text", ""))
            case "ERROR":
                self.error = values.get("text")
            case "CYCLE" if read_cycle(line) is not None:
                self.n_cycles = (self.n_cycles or 0) + 1
            case _:
                self._read_end(at, line)
        if line.strip() == NORMAL_END:
            self.is_normal_end = True

    def _read_end(self, at: int, line: str) -> None:
        """Read what is told once, behind the SCF."""
        word, values = fields(line)
        match word:
            case "CONVERGED":
                self.is_converged = values.get("answer") == "yes"
            case "MAGNETISATION":
                self.magnetisation = number(values.get("bohr"))
            case "ENERGY":
                self.kind = values.get("kind")
                self.hartree = number(values.get("hartree"))
                self.source = Source(file=self.file, line=at, text=line)


def read_result(program: str, file: str, data: bytes) -> Result:
    """Return what an output says; whole, broken off, or of something else."""
    lines = data.decode("utf-8", errors="replace").split("\n")
    # The last line of a killed process may be half a line.
    complete = lines[:-1]
    reading = _Reading(file)
    is_ours = any(line.startswith(BANNER) for line in complete)
    if is_ours:
        for at, line in enumerate(complete, start=1):
            reading.read(at, line)
    energy = reading.hartree
    kind = reading.kind if energy is not None else None
    energy_ev = None if energy is None else energy * EV_PER_HARTREE
    return Result(
        code=_CODE,
        program=program,
        code_version=reading.version,
        headline_energy_kind=kind,
        energy_ev=energy_ev,
        energy_as_printed=energy,
        energy_unit=None if energy is None else "hartree",
        energy_source=None if energy is None else reading.source,
        energies_ev={} if kind is None or energy_ev is None else {kind: energy_ev},
        n_atoms=reading.n_atoms,
        magnetisation_bohr=reading.magnetisation,
        n_scf_cycles=reading.n_cycles,
        is_scf_converged=reading.is_converged,
        is_normal_end=reading.is_normal_end,
        grade=_grade(reading),
        warnings=tuple(reading.warnings),
        cause=_cause(reading, is_ours=is_ours),
        ignored_keywords=tuple(reading.ignored),
    )


def _grade(reading: _Reading) -> Grade:
    if reading.is_converged is None:
        return Grade.UNKNOWN
    if not reading.is_converged:
        return Grade.NOT_CONVERGED
    return Grade.CONVERGED if reading.is_normal_end else Grade.UNKNOWN


def _cause(reading: _Reading, *, is_ours: bool) -> str | None:
    if not is_ours:
        return _NO_OUTPUT
    if reading.error is not None:
        return reading.error
    if reading.is_converged is False:
        return "The SCF did not converge."
    return None if reading.is_normal_end else _NO_END
