"""What outputs say: one shape for all codes, of jobs and of files that ran elsewhere.

The structs above `CalculationResult` mirror the daemon's own, field by field. Units
stand in the names; what was not printed is null or empty.
"""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.jobs import Page, Source
from crystalmath_protocol.method import (
    AbsolutePath,
    JobId,
    Message,
    Method,
    Milliseconds,
    Params,
    Result,
    ShortText,
)

ColumnName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)",
        description="the name of a column, as energy_ev",
    ),
]
Vector = tuple[float, float, float]
Tensor = tuple[Vector, Vector, Vector]
Cell = tuple[float, float, float, float, float, float]


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


class ParseOutputParams(Params, frozen=True, kw_only=True):
    """An output on the daemon's machine: a file, or a directory that holds one.

    `code`: read it as one of this code, also if it does not look like one. `series`:
    with what belongs to each cycle and step, bands and densities of states.
    """

    path: AbsolutePath
    code: ShortText | None = None
    series: bool = False


class ParseOutputResult(Result, frozen=True, kw_only=True):
    """What most ask first, and `result`, which has all of it.

    `path`: the file that was read. `first_error`: why the run did not reach its end.
    `cell_a_b_c_alpha_beta_gamma` in Å and degrees, of the last structure.
    `series_blob`: with its series the result is larger than 1 MiB; it lies as JSON
    under this sha256 (`get_blob`), and `result` is without them.
    """

    path: str
    code: str
    program: str
    code_version: str | None
    energy_ev: float | None
    headline_energy_kind: str | None
    scf_converged: bool | None
    scf_cycles: int | None
    geometry_converged: bool | None
    geometry_steps: int | None
    normal_termination: bool | None
    n_atoms: int | None
    formula: str | None
    cell_a_b_c_alpha_beta_gamma: Cell | None
    wall_time_s: float | None
    cpu_time_s: float | None
    first_error: str | None
    grade: str
    result: CalculationResult
    series_blob: str | None = None


class AdoptDirectoryParams(Params, frozen=True, kw_only=True):
    """Take in the past calculations of a tree on the daemon's machine.

    Nothing of it is moved or changed. It goes on after the wait; asked again, it goes
    on where there is something new. `code`: only runs of this one. `stop`: end what
    goes on; what was taken in stays.
    """

    path: AbsolutePath
    code: ShortText | None = None
    project: ShortText | None = None
    tags: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)] = ()
    stop: bool = False
    wait_ms: Milliseconds = 1000


class AdoptionProblem(Result, frozen=True, kw_only=True):
    """What could not be taken in, and why."""

    path: str
    reason: str


class AdoptDirectoryResult(Result, frozen=True, kw_only=True):
    """How far it is; the numbers are of main outputs, one a run.

    `n_known` were taken in before, `n_duplicates` have the content of another run that
    was. `n_links`: links to directories, which are not followed. `problems` holds the
    first of `n_problems`. `collection` holds the jobs; null while there are none.
    """

    path: str
    is_done: bool
    is_stopped: bool
    collection: str | None
    n_directories: int
    n_directories_done: int
    n_files: int
    n_outputs: int
    n_adopted: int
    n_known: int
    n_duplicates: int
    n_links: int
    n_problems: int
    size_bytes: int
    problems: tuple[AdoptionProblem, ...]


class ResultFilter(Message, frozen=True, kw_only=True):
    """What the value of a column must be.

    `~`: the text holds this one, in capitals or not. null goes with `=` and `!=`.
    """

    column: ColumnName
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "~"] = "="
    value: Annotated[str, msgspec.Meta(max_length=1000)] | float | bool | None = None


class QueryResultsParams(Params, frozen=True, kw_only=True):
    """A table over the results of jobs: which columns, of which jobs, in which order.

    Without columns: those that most look for. `sort`: columns, the first one first; a
    `-` in front: the largest first. What is missing comes last. `tag`: only its jobs.
    """

    columns: Annotated[tuple[ColumnName, ...], msgspec.Meta(max_length=60)] = ()
    filters: Annotated[tuple[ResultFilter, ...], msgspec.Meta(max_length=50)] = ()
    sort: Annotated[
        tuple[
            Annotated[
                str,
                msgspec.Meta(
                    pattern=r"^-?[a-z][a-z0-9_]{0,39}$(?!\n)",
                    description="the name of a column, with a - for the largest first",
                ),
            ],
            ...,
        ],
        msgspec.Meta(max_length=10),
    ] = ()
    tag: ShortText | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    page: Page | None = None


class ResultColumn(Result, frozen=True, kw_only=True):
    """A column: its unit (empty if it has none), and `text`, `number` or `boolean`."""

    name: str
    unit: str
    kind: str


class QueryResultsResult(Result, frozen=True, kw_only=True):
    """A row a job that has a result, with one value a column.

    `known`: the names of all columns. `n_rows` are there in all.
    """

    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[str | float | bool | None, ...], ...]
    n_rows: int
    next_page: str | None
    known: tuple[str, ...]


class DiffJobsParams(Params, frozen=True, kw_only=True):
    """Two jobs that have results, to be held against each other."""

    first: JobId
    second: JobId


class DifferentValue(Result, frozen=True, kw_only=True):
    """One quantity of both jobs. `delta`: second minus first, of two numbers."""

    name: str
    unit: str
    first: str | float | bool | None
    second: str | float | bool | None
    delta: float | None
    is_same: bool


class EnergyObstacle(Result, frozen=True, kw_only=True):
    """Why the energies must not be subtracted: what differs, and how."""

    what: str
    first: str
    second: str


class DiffJobsResult(Result, frozen=True, kw_only=True):
    """Inputs as a unified diff, results side by side, and the difference of energy.

    `energy_ev_per_cell` and `energy_ev_per_atom` are second minus first; null if there
    are `obstacles`, per cell also if the cells have not the same number of atoms.
    `remarks`: what could not be compared, since it is not known of either.
    """

    first: str
    second: str
    inputs: str
    values: tuple[DifferentValue, ...]
    energy_ev_per_cell: float | None
    energy_ev_per_atom: float | None
    obstacles: tuple[EnergyObstacle, ...]
    remarks: tuple[str, ...]


METHODS = (
    Method(
        name="parse_output",
        summary="Read an output of any known code, wherever it came from.",
        params=ParseOutputParams,
        result=ParseOutputResult,
        access="read",
    ),
    Method(
        name="query_results",
        summary="Return a table over the results of jobs.",
        params=QueryResultsParams,
        result=QueryResultsResult,
        access="read",
    ),
    Method(
        name="diff_jobs",
        summary="Hold the inputs and results of two jobs against each other.",
        params=DiffJobsParams,
        result=DiffJobsResult,
        access="read",
    ),
    Method(
        name="adopt_directory",
        summary="Take in the past calculations of a tree as jobs that have ended.",
        params=AdoptDirectoryParams,
        result=AdoptDirectoryResult,
        access="write",
    ),
)
