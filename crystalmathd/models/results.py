"""What a calculation gave, and how far it has come."""

from dataclasses import dataclass, field
from enum import StrEnum

RESULT_VERSION = 1


class Grade(StrEnum):
    """How far a result may be trusted, from facts that the code printed."""

    CONVERGED = "converged"
    LOOSE = "loose"
    NOT_CONVERGED = "not_converged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The line that a value was read from; `line` counts from 1."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a finished (or broken-off) output says. Absent values were not printed.

    `energy_ev` is the energy of `headline_energy_kind`, in eV per cell as run;
    `energies_ev` holds every kind that the code printed. `energy_as_printed` is
    the same number in `energy_unit`, the code's own unit.
    """

    version: int = RESULT_VERSION
    code: str
    program: str
    code_version: str | None = None
    headline_energy_kind: str | None = None
    energy_ev: float | None = None
    energy_as_printed: float | None = None
    energy_unit: str | None = None
    energy_source: Source | None = None
    energies_ev: dict[str, float] = field(default_factory=dict)
    n_atoms: int | None = None
    n_scf_cycles: int | None = None
    n_geometry_steps: int | None = None
    is_scf_converged: bool | None = None
    is_geometry_converged: bool | None = None
    is_normal_end: bool | None = None
    grade: Grade = Grade.UNKNOWN
    warnings: tuple[str, ...] = ()
    cause: str | None = None
    """Why the run did not reach its end, in the code's own words."""
    ignored_keywords: tuple[str, ...] = ()
    """Input keywords that the program accepted without having their counterpart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """One SCF cycle. Energies in eV per cell; `delta_ev` against the one before."""

    number: int
    geometry_step: int
    energy_ev: float | None
    delta_ev: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a running program has come, read from its growing output."""

    program: str
    phase: str
    detail: str = ""
    geometry_step: int = 0
    max_cycles: int | None = None
    cycles: tuple[Cycle, ...] = ()
