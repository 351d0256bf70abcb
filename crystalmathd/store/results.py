"""Results in columns, for tables: one row a step; questions over them are SQL."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.models.formulas import reduced_formula
from crystalmathd.models.results import Result


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column that can be asked for: its SQL, its unit, and what kind of value."""

    sql: str
    unit: str = ""
    kind: type = str


_S: Final = "results."
_MEASURED_CPU_S: Final = (
    "(SELECT sum(json_extract(value, '$.cpu_s')) FROM json_each(attempts.exits))"
)

COLUMNS: Final[dict[str, Column]] = {
    "job": Column(sql="jobs.job_id", kind=int),
    "name": Column(sql="jobs.name"),
    "formula": Column(sql=f"{_S}formula"),
    "reduced_formula": Column(sql=f"{_S}reduced_formula"),
    "energy_ev": Column(sql=f"{_S}energy_ev", unit="eV", kind=float),
    "energy_ev_per_atom": Column(
        sql=f"{_S}energy_ev_per_atom", unit="eV/atom", kind=float
    ),
    "energy_kind": Column(sql=f"{_S}energy_kind"),
    "grade": Column(sql="coalesce(jobs.grade, 'unknown')"),
    "state": Column(sql="jobs.state"),
    "cause": Column(sql="jobs.cause"),
    "code": Column(sql="jobs.code"),
    "program": Column(sql=f"{_S}program"),
    "code_version": Column(sql=f"{_S}code_version"),
    "cluster": Column(sql="jobs.cluster"),
    "project": Column(sql="jobs.project"),
    "collection": Column(sql="jobs.collection", kind=int),
    "calculation": Column(sql=f"{_S}calculation"),
    "functional": Column(sql=f"{_S}functional"),
    "spin": Column(sql=f"{_S}spin"),
    "n_atoms": Column(sql=f"{_S}n_atoms", kind=int),
    "gap_ev": Column(sql=f"{_S}gap_ev", unit="eV", kind=float),
    "gap_is_direct": Column(sql=f"{_S}gap_is_direct", kind=bool),
    "fermi_energy_ev": Column(sql=f"{_S}fermi_energy_ev", unit="eV", kind=float),
    "magnetisation_bohr": Column(sql=f"{_S}magnetisation_bohr", unit="μB", kind=float),
    "volume_a3": Column(sql=f"{_S}volume_a3", unit="Å³", kind=float),
    "volume_a3_per_atom": Column(
        sql=f"{_S}volume_a3 / nullif({_S}n_atoms, 0)", unit="Å³/atom", kind=float
    ),
    **{
        name: Column(sql=f"{_S}{name}", unit=unit, kind=float)
        for name, unit in (
            *(("a_a", "Å"), ("b_a", "Å"), ("c_a", "Å")),
            *(("alpha_deg", "°"), ("beta_deg", "°"), ("gamma_deg", "°")),
            *(("pressure_gpa", "GPa"), ("zero_point_ev", "eV")),
            *(("wall_time_s", "s"), ("max_memory_mb", "MiB")),
        )
    },
    "cpu_h": Column(
        sql=f"coalesce({_MEASURED_CPU_S}, {_S}cpu_time_s) / 3600.0",
        unit="h",
        kind=float,
    ),
    "space_group": Column(sql=f"{_S}space_group"),
    **{
        name: Column(sql=f"{_S}{name}", kind=int)
        for name in (
            *("n_kpoints", "n_basis_functions", "n_scf_cycles", "n_geometry_steps"),
        )
    },
    "scf_converged": Column(sql=f"{_S}is_scf_converged", kind=bool),
    "geometry_converged": Column(sql=f"{_S}is_geometry_converged", kind=bool),
    "normal_termination": Column(sql=f"{_S}is_normal_end", kind=bool),
    "fingerprint": Column(sql=f"{_S}fingerprint"),
}
"""Nothing else can be asked for: no word of a client becomes SQL."""

OPERATORS: Final = {
    "=": "IS ?",
    "!=": "IS NOT ?",
    "<": "< ?",
    "<=": "<= ?",
    ">": "> ?",
    ">=": ">= ?",
}
CONTAINS: Final = "~"
MOST_INTEGER: Final = (1 << 63) - 1

_FROM: Final = (
    "FROM jobs "
    "JOIN attempts ON attempts.job_id = jobs.job_id "
    "AND attempts.number = (SELECT max(number) FROM attempts AS a "
    "WHERE a.job_id = jobs.job_id AND a.number >= jobs.first_attempt) "
    "JOIN results ON results.job_id = jobs.job_id "
    "AND results.attempt = attempts.number AND results.is_headline = 1"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What a value must be: `operator` is one of OPERATORS, or CONTAINS for texts."""

    column: str
    operator: str
    value: str | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a table shows. Only names of COLUMNS may stand in it.

    `sort`: a column, and whether the largest come first; what is missing comes last.
    """

    columns: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    tag: str | None = None
    limit: int = 50
    offset: int = 0


def store_rows(
    db: sqlite3.Connection,
    job_id: int,
    attempt: int,
    results: Sequence[Result],
    fingerprints: Sequence[str | None] = (),
) -> None:
    """Put the results of an attempt in the place of those that were there."""
    db.execute(
        "DELETE FROM results WHERE job_id = ? AND attempt = ?", (job_id, attempt)
    )
    known = [*fingerprints, *[None] * len(results)]
    with_energy = [n for n, one in enumerate(results) if one.energy_ev is not None]
    headline = with_energy[-1] if with_energy else len(results) - 1
    for step, (result, fingerprint) in enumerate(zip(results, known, strict=False)):
        row = {
            "job_id": job_id,
            "attempt": attempt,
            "step": step,
            "is_headline": step == headline,
            "fingerprint": fingerprint,
            **{name: _stored(value) for name, value in _values(result).items()},
        }
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        db.execute(
            f"INSERT INTO results ({names}) VALUES ({marks})",  # noqa: S608
            tuple(row.values()),
        )


def _stored(value: object) -> object:
    """Return a value as a column takes it: nothing, if a number has over 63 bits."""
    is_too_large = isinstance(value, int) and abs(value) > MOST_INTEGER
    return None if is_too_large else value


def _values(result: Result) -> dict[str, Any]:
    structure = result.final_structure or result.initial_structure
    cell = structure.cell if structure is not None else None
    lengths = ("a_a", "b_a", "c_a", "alpha_deg", "beta_deg", "gamma_deg")
    gap = min(result.gaps, key=lambda one: one.gap_ev, default=None)
    formula = result.formula
    return {
        "code": result.code,
        "program": result.program,
        "code_version": result.code_version,
        "calculation": result.calculation,
        "formula": formula,
        "reduced_formula": None if formula is None else reduced_formula(formula),
        "n_atoms": result.n_atoms,
        "energy_ev": result.energy_ev,
        "energy_kind": result.headline_energy_kind,
        "functional": result.functional,
        "spin": result.spin,
        "gap_ev": None if gap is None else gap.gap_ev,
        "gap_is_direct": None if gap is None else gap.is_direct,
        "fermi_energy_ev": result.fermi_energy_ev,
        "magnetisation_bohr": result.magnetisation_bohr,
        "volume_a3": None if structure is None else structure.volume_a3,
        **dict(zip(lengths, cell or (None,) * len(lengths), strict=True)),
        "space_group": result.space_group,
        "pressure_gpa": result.pressure_gpa,
        "zero_point_ev": result.vibrations and result.vibrations.zero_point_ev,
        "n_kpoints": result.n_kpoints,
        "n_basis_functions": result.n_basis_functions,
        "n_scf_cycles": result.n_scf_cycles,
        "n_geometry_steps": result.n_geometry_steps,
        "is_scf_converged": result.is_scf_converged,
        "is_geometry_converged": result.is_geometry_converged,
        "is_normal_end": result.is_normal_end,
        "grade": result.grade,
        "wall_time_s": result.wall_time_s,
        "cpu_time_s": result.cpu_time_s,
        "max_memory_mb": result.max_memory_mb,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Lower:
    """A converged result that lies below another one: its job, and by how much."""

    job_id: int
    by_ev_per_atom: float


SAME_VOLUME: Final = 1e-3
"""Relative: cells that differ more are another point of an equation of state."""
SAME_ENERGY_EV: Final = 1e-3
"""eV per atom: what differs less is not another state."""


def lower_than(
    db: sqlite3.Connection, job_id: int, result: Result, fingerprint: str | None
) -> Lower | None:
    """Return the lowest converged result of the same method, mesh, formula and volume.

    Only of other jobs, and only if it lies clearly below this one.
    """
    if fingerprint is None or result.energy_ev is None or not result.n_atoms:
        return None
    row = _values(result)
    found = db.execute(
        "SELECT job_id, ? / n_atoms - energy_ev_per_atom AS below "
        "FROM results WHERE fingerprint = ? AND formula = ? AND n_atoms = ? "
        "AND job_id != ? AND grade = 'converged' AND is_headline = 1 "
        "AND n_kpoints IS ? "
        "AND (? IS volume_a3 OR abs(? - volume_a3) <= ? * volume_a3) "
        "AND below > ? ORDER BY below DESC LIMIT 1",
        (
            *(result.energy_ev, fingerprint, row["formula"], result.n_atoms, job_id),
            result.n_kpoints,
            *(row["volume_a3"], row["volume_a3"], SAME_VOLUME, SAME_ENERGY_EV),
        ),
    ).fetchone()
    return None if found is None else Lower(job_id=found[0], by_ev_per_atom=found[1])


def ask(
    db: sqlite3.Connection, question: Question
) -> tuple[list[tuple[Any, ...]], int]:
    """Return the rows of a page, and how many rows there are in all."""
    where, values = _where(question)
    order = [
        f"{COLUMNS[name].sql} {'DESC' if is_falling else 'ASC'} NULLS LAST"
        for name, is_falling in question.sort
    ]
    chosen = ", ".join(COLUMNS[name].sql for name in question.columns)
    rows = db.execute(
        f"SELECT {chosen} {_FROM} {where} "  # only of COLUMNS
        f"ORDER BY {', '.join([*order, 'jobs.job_id DESC'])} LIMIT ? OFFSET ?",
        (*values, question.limit, question.offset),
    ).fetchall()
    total = db.execute(f"SELECT count(*) {_FROM} {where}", values)
    return rows, int(total.fetchone()[0])


def _where(question: Question) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    for one in question.conditions:
        sql = COLUMNS[one.column].sql
        if one.operator == CONTAINS:
            parts.append(f"instr(lower({sql}), lower(?)) > 0")
        else:
            parts.append(f"{sql} {OPERATORS[one.operator]}")
        values.append(one.value)
    if question.tag is not None:
        parts.append("jobs.job_id IN (SELECT job_id FROM job_tags WHERE tag = ?)")
        values.append(question.tag)
    return f"WHERE {' AND '.join(parts)}" if parts else "", tuple(values)
