"""What a calculation gave."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from crystalmathd.models.progress import Measure
from crystalmathd.models.quantities import (
    Bands,
    Charges,
    DensityOfStates,
    Dielectric,
    Elastic,
    EquationOfState,
    Gap,
    Tensor,
    Vibrations,
)
from crystalmathd.models.structures import Structure, Vector

RESULT_VERSION = 2


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
class ScfLoop:
    """One electronic loop: the energy after each cycle, eV per cell.

    `energies_ev` and `deltas_ev` have one entry a printed cycle; an energy that was
    not a number is None, and so is the change in the first cycle.
    """

    geometry_step: int
    is_converged: bool | None
    n_cycles: int | None
    energies_ev: tuple[float | None, ...]
    deltas_ev: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IonicStep:
    """One geometry whose energy was computed, in the order of the run.

    `number` as the code counts. `energy_ev` is of the headline's kind. `forces_ev_a`:
    one vector an atom of `structure`, eV/Å. `stress_gpa`: positive under compression.
    """

    number: int
    energy_ev: float | None
    structure: Structure | None = None
    forces_ev_a: tuple[Vector, ...] = ()
    stress_gpa: Tensor | None = None
    measures: tuple[Measure, ...] = ()
    is_scf_converged: bool | None = None
    energy_line: int | None = None
    """Where the energy stands in the file of `Result.energy_source`."""


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
    build: str | None = None
    """Compiler, library or kind of build, in the code's own words."""
    calculation: str | None = None
    """scf, optimisation, frequencies, elastic, equation_of_state, response, nscf,
    bands, dos, molecular_dynamics, phonons, geometry, properties …"""

    headline_energy_kind: str | None = None
    energy_ev: float | None = None
    energy_as_printed: float | None = None
    energy_unit: str | None = None
    energy_source: Source | None = None
    energies_ev: dict[str, float] = field(default_factory=dict)

    functional: str | None = None
    """As the code prints it, in one line."""
    spin: str | None = None
    """restricted, unrestricted, restricted_open, noncollinear."""
    n_atoms: int | None = None
    formula: str | None = None
    """Of the cell as run, Hill order: `Mg4 O4`."""
    n_electrons: float | None = None
    """Per cell: with effective cores, of the valence."""
    cell_charge: float | None = None
    n_basis_functions: int | None = None
    """Atomic orbitals per cell, or plane waves at Γ."""
    n_kpoints: int | None = None
    """In the irreducible part of the Brillouin zone."""
    kpoint_mesh: tuple[int, int, int] | None = None
    n_symmetry_operators: int | None = None
    space_group: str | None = None
    """Symbol or number as printed."""

    n_scf_cycles: int | None = None
    n_geometry_steps: int | None = None
    is_scf_converged: bool | None = None
    is_geometry_converged: bool | None = None
    is_normal_end: bool | None = None
    criteria: tuple[Measure, ...] = ()
    """The last test of each convergence criterion, with its threshold."""

    initial_structure: Structure | None = None
    final_structure: Structure | None = None
    forces_ev_a: tuple[Vector, ...] = ()
    """On the atoms of `final_structure`, eV/Å."""
    stress_gpa: Tensor | None = None
    pressure_gpa: float | None = None

    gaps: tuple[Gap, ...] = ()
    fermi_energy_ev: float | None = None
    magnetisation_bohr: float | None = None
    """Total per cell, Bohr magnetons."""
    charges: tuple[Charges, ...] = ()
    vibrations: Vibrations | None = None
    elastic: Elastic | None = None
    equation_of_state: EquationOfState | None = None
    dielectric: Dielectric | None = None
    bands: Bands | None = None
    dos: DensityOfStates | None = None

    n_ranks: int | None = None
    n_threads: int | None = None
    n_pools: int | None = None
    """Groups of ranks that share the k-points, where the code says it."""
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    """Of all ranks together; of the first rank where the code prints no more (VASP,
    Quantum ESPRESSO)."""
    max_memory_mb: float | None = None

    grade: Grade = Grade.UNKNOWN
    flags: tuple[str, ...] = ()
    """Reasons for doubt: level_shift_at_end, spin_locked_at_end, spin_lost, gap_closed,
    lower_stored_energy …"""
    warnings: tuple[str, ...] = ()
    cause: str | None = None
    """Why the run did not reach its end, in the code's own words."""
    ignored_keywords: tuple[str, ...] = ()
    """Input keywords that the program accepted without having their counterpart."""

    scf_loops: tuple[ScfLoop, ...] = ()
    steps: tuple[IonicStep, ...] = ()

    def without_series(self) -> "Result":
        """Return what a list or a table needs: no curves, no histories."""
        return replace(
            self,
            scf_loops=(),
            steps=(),
            bands=None,
            dos=None,
            forces_ev_a=(),
        )
