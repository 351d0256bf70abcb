"""What one output of a calculation says: one shape for all codes.

The structs mirror the daemon's own, field by field. Units stand in the names; what was
not printed is null or empty.
"""

from crystalmath_protocol.method import Result

Vector = tuple[float, float, float]
Tensor = tuple[Vector, Vector, Vector]
Cell = tuple[float, float, float, float, float, float]


class Source(Result, frozen=True, kw_only=True):
    """The line that a value was read from; `line` counts from 1."""

    file: str
    line: int
    text: str


class Structure(Result, frozen=True, kw_only=True):
    """Atoms of the cell as run, Cartesian in Å; `lattice_a`: a vector a direction."""

    dimension: int
    lattice_a: tuple[Vector, ...]
    atomic_numbers: tuple[int, ...]
    positions_a: tuple[Vector, ...]
    labels: tuple[str, ...] = ()


class Measure(Result, frozen=True, kw_only=True):
    """A quantity against its threshold, in the code's units."""

    name: str
    value: float
    threshold: float
    unit: str
    is_met: bool


class ScfLoop(Result, frozen=True, kw_only=True):
    """One electronic loop: the energy after each cycle, eV per cell."""

    geometry_step: int
    is_converged: bool | None
    n_cycles: int | None
    energies_ev: tuple[float | None, ...]
    deltas_ev: tuple[float | None, ...]


class IonicStep(Result, frozen=True, kw_only=True):
    """One geometry whose energy was computed."""

    number: int
    energy_ev: float | None
    structure: Structure | None = None
    forces_ev_a: tuple[Vector, ...] = ()
    stress_gpa: Tensor | None = None
    measures: tuple[Measure, ...] = ()
    is_scf_converged: bool | None = None
    energy_line: int | None = None
    """Where the energy stands in the file of the result's `energy_source`."""


class Gap(Result, frozen=True, kw_only=True):
    """A band gap; `spin`: up, down, or null for both alike."""

    gap_ev: float
    is_direct: bool | None = None
    spin: str | None = None
    top_of_valence_ev: float | None = None
    bottom_of_conduction_ev: float | None = None


class Charges(Result, frozen=True, kw_only=True):
    """A partition of the electrons among the atoms."""

    scheme: str
    electrons: tuple[float, ...] = ()
    moments_bohr: tuple[float, ...] = ()


class Mode(Result, frozen=True, kw_only=True):
    """A vibration; imaginary ones are negative."""

    frequency_cm: float
    irrep: str | None = None
    infrared_km_mol: float | None = None
    raman: float | None = None
    is_infrared_active: bool | None = None
    is_raman_active: bool | None = None


class Phonons(Result, frozen=True, kw_only=True):
    """The modes at one q-point, in units of the reciprocal lattice."""

    q: Vector
    modes: tuple[Mode, ...]
    weight: float | None = None


class Thermodynamics(Result, frozen=True, kw_only=True):
    """Vibrational contributions per cell at a temperature and pressure."""

    temperature_k: float
    pressure_gpa: float | None = None
    vibrational_ev: float | None = None
    pv_ev: float | None = None
    ts_ev: float | None = None
    entropy_ev_k: float | None = None
    heat_capacity_ev_k: float | None = None


class Vibrations(Result, frozen=True, kw_only=True):
    points: tuple[Phonons, ...]
    zero_point_ev: float | None = None
    thermodynamics: tuple[Thermodynamics, ...] = ()
    born_charges: tuple[Tensor, ...] = ()


class Elastic(Result, frozen=True, kw_only=True):
    """Second-order elastic constants, 6 × 6 in Voigt order."""

    constants_gpa: tuple[tuple[float, ...], ...]
    bulk_voigt_gpa: float | None = None
    bulk_reuss_gpa: float | None = None
    bulk_hill_gpa: float | None = None
    shear_voigt_gpa: float | None = None
    shear_reuss_gpa: float | None = None
    shear_hill_gpa: float | None = None
    young_gpa: float | None = None
    poisson: float | None = None
    piezoelectric_c_m2: tuple[tuple[float, ...], ...] = ()


class StateFit(Result, frozen=True, kw_only=True):
    """A fit of E(V) by a `model`: birch_murnaghan, murnaghan, vinet …."""

    model: str
    volume_a3: float
    energy_ev: float
    bulk_modulus_gpa: float
    bulk_modulus_derivative: float | None


class EquationOfState(Result, frozen=True, kw_only=True):
    """Energies at volumes per cell, and what the code fitted to them."""

    volumes_a3: tuple[float, ...]
    energies_ev: tuple[float, ...]
    fits: tuple[StateFit, ...] = ()


class Dielectric(Result, frozen=True, kw_only=True):
    """Response to an electric field; atomic units where the name says so."""

    electronic: Tensor | None = None
    static: Tensor | None = None
    polarisability_bohr3: Tensor | None = None
    refractive_indices: tuple[float, ...] = ()
    hyperpolarisability_au: tuple[tuple[str, float], ...] = ()
    ionic: Tensor | None = None
    photon_energy_ev: float | None = None


class KLabel(Result, frozen=True, kw_only=True):
    """A named point of a path: its number among the k-points, from 0."""

    index: int
    name: str


class Bands(Result, frozen=True, kw_only=True):
    """Band energies `energies_ev[spin][k][band]`, on the zero that the code uses."""

    energies_ev: tuple[tuple[tuple[float, ...], ...], ...]
    kpoints: tuple[Vector, ...] = ()
    distances: tuple[float, ...] = ()
    labels: tuple[KLabel, ...] = ()
    fermi_ev: float | None = None


class Projection(Result, frozen=True, kw_only=True):
    """One curve of a density of states: states/eV per cell."""

    name: str
    spin: str | None
    density: tuple[float, ...]


class DensityOfStates(Result, frozen=True, kw_only=True):
    energies_ev: tuple[float, ...]
    curves: tuple[Projection, ...]
    fermi_ev: float | None = None


class CalculationResult(Result, frozen=True, kw_only=True):
    """What one output says. Energies in eV per cell as run.

    `scf_loops`, `steps`, `bands`, `dos` and `forces_ev_a` are its series: empty
    unless they were asked for.
    """

    version: int
    code: str
    program: str
    code_version: str | None = None
    build: str | None = None
    calculation: str | None = None

    headline_energy_kind: str | None = None
    energy_ev: float | None = None
    energy_as_printed: float | None = None
    energy_unit: str | None = None
    energy_source: Source | None = None
    energies_ev: dict[str, float]

    functional: str | None = None
    spin: str | None = None
    n_atoms: int | None = None
    formula: str | None = None
    n_electrons: float | None = None
    cell_charge: float | None = None
    n_basis_functions: int | None = None
    n_kpoints: int | None = None
    kpoint_mesh: tuple[int, int, int] | None = None
    n_symmetry_operators: int | None = None
    space_group: str | None = None

    n_scf_cycles: int | None = None
    n_geometry_steps: int | None = None
    is_scf_converged: bool | None = None
    is_geometry_converged: bool | None = None
    is_normal_end: bool | None = None
    criteria: tuple[Measure, ...] = ()

    initial_structure: Structure | None = None
    final_structure: Structure | None = None
    forces_ev_a: tuple[Vector, ...] = ()
    stress_gpa: Tensor | None = None
    pressure_gpa: float | None = None

    gaps: tuple[Gap, ...] = ()
    fermi_energy_ev: float | None = None
    magnetisation_bohr: float | None = None
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
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    max_memory_mb: float | None = None

    grade: str = "unknown"
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    cause: str | None = None
    ignored_keywords: tuple[str, ...] = ()

    scf_loops: tuple[ScfLoop, ...] = ()
    steps: tuple[IonicStep, ...] = ()
