"""Questions over results, of jobs and of files that ran elsewhere."""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.calculations import CalculationResult, Cell
from crystalmath_protocol.jobs import Page
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
