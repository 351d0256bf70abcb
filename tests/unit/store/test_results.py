"""Tables over results: filtered, sorted and paged by the store."""

from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.formulas import hill_formula, reduced_formula
from crystalmathd.models.jobs import AttemptState, JobState, StepExit
from crystalmathd.models.quantities import Gap, Vibrations
from crystalmathd.models.results import Grade, IonicStep, Result
from crystalmathd.models.structures import Structure
from crystalmathd.store.attempts import (
    change_attempt,
    insert_intent,
    results_of,
    store_exits,
    store_results,
)
from crystalmathd.store.database import Connection
from crystalmathd.store.results import (
    COLUMNS,
    OPERATORS,
    Condition,
    Lower,
    Question,
    ask,
    lower_than,
)
from tests.unit.store.rows import insert

CUBE = Structure(
    dimension=3,
    lattice_a=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 5.0)),
    atomic_numbers=(12, 8),
    positions_a=((0.0, 0.0, 0.0), (2.0, 2.0, 2.5)),
)


def result(
    energy_ev: float | None, formula: str | None = "Mg O", **rest: Any
) -> Result:
    return Result(
        code="crystal",
        program="crystal",
        energy_ev=energy_ev,
        formula=formula,
        n_atoms=2,
        **rest,
    )


def job_with(db: Connection, *results: Result, name: str = "mgo", **fields: Any) -> int:
    """Store a job whose attempt has these results."""
    job = insert(db, name, **fields)
    attempt = insert_intent(db, 1, job.job_id, 1, f"token-{job.job_id}", "boot")
    store_results(db, attempt, results, [], fingerprints=["same"])
    change_attempt(db, attempt, AttemptState.COLLECTED)
    db.execute("UPDATE jobs SET state = ?, grade = 'converged'", (JobState.COMPLETED,))
    return job.job_id


def values(db: Connection, *columns: str, **rest: Any) -> list[tuple[Any, ...]]:
    return ask(db, Question(columns=columns, **rest))[0]


def where(column: str, operator: str, value: Any) -> tuple[Condition, ...]:
    return (Condition(column=column, operator=operator, value=value),)


def test_every_column_can_be_asked_for_filtered_and_sorted(db: Connection) -> None:
    job_with(db, result(-10.0))
    for name in COLUMNS:
        (row,), total = ask(db, Question(columns=(name,), sort=((name, True),)))
        assert (len(row), total) == (1, 1)
        for operator in OPERATORS:
            ask(
                db, Question(columns=("job",), conditions=where(name, operator, row[0]))
            )


def test_a_row_has_what_the_result_says(db: Connection) -> None:
    job_with(
        db,
        result(
            -10.0,
            "Mg4 O4",
            final_structure=CUBE,
            gaps=(Gap(gap_ev=3.0, spin="up"), Gap(gap_ev=2.0, is_direct=True)),
            vibrations=Vibrations(points=(), zero_point_ev=0.25),
            cpu_time_s=7200.0,
        ),
    )
    columns = (
        *("formula", "reduced_formula", "energy_ev_per_atom", "gap_ev"),
        *("gap_is_direct", "volume_a3", "volume_a3_per_atom", "c_a", "gamma_deg"),
        *("zero_point_ev", "cpu_h", "fingerprint", "grade"),
    )
    [row] = values(db, *columns)
    assert row == (
        *("Mg4 O4", "MgO", -5.0, 2.0, True, pytest.approx(80.0), pytest.approx(40.0)),
        *(5.0, pytest.approx(90.0), 0.25, 2.0, "same", "converged"),
    )


def test_measured_cpu_time_counts_before_what_was_printed(db: Connection) -> None:
    job = insert(db)
    attempt = insert_intent(db, 1, job.job_id, 1, "token", "boot")
    store_results(db, attempt, [result(-1.0, cpu_time_s=3600.0)], [])
    exits = [
        StepExit(
            program="crystal",
            code=0,
            signal=None,
            started_ms=1,
            ended_ms=2,
            cpu_s=seconds,
            max_memory_mb=None,
        )
        for seconds in (1800.0, 9000.0)
    ]
    store_exits(db, attempt, exits)
    assert values(db, "cpu_h") == [(3.0,)]


def test_the_step_with_the_last_energy_stands_for_its_job(db: Connection) -> None:
    job_with(db, result(-1.0), result(-2.0), result(None, "Mg2 O2"))
    job_with(db, result(None), result(None, "C"))
    job_with(db)
    assert values(db, "energy_ev", "formula") == [(None, "C"), (-2.0, "Mg O")]


def test_an_attempt_before_the_last_retry_gives_no_row(db: Connection) -> None:
    job_id = job_with(db, result(-1.0))
    db.execute("UPDATE jobs SET first_attempt = 2")
    assert values(db, "job") == []
    attempt = insert_intent(db, 2, job_id, 2, "second", "boot")
    store_results(db, attempt, [result(-3.0)], [])
    store_results(db, attempt, [result(-4.0)], [])
    assert values(db, "energy_ev") == [(-4.0,)]


def test_rows_are_filtered(db: Connection) -> None:
    job_with(db, result(-1.0, "Mg O"), name="oxide", tags=("good",))
    job_with(db, result(-2.0, "Si2"), name="diamond", project="semi")
    job_with(db, result(None, None), name="failed")
    names = ("name",)
    assert values(db, *names, conditions=where("energy_ev", "<", -1.5)) == [
        ("diamond",)
    ]
    assert values(db, *names, conditions=where("energy_ev", "=", None)) == [("failed",)]
    assert len(values(db, *names, conditions=where("energy_ev", "!=", None))) == 2
    assert values(db, *names, conditions=where("name", "~", "XID")) == [("oxide",)]
    assert values(db, *names, tag="good") == [("oxide",)]
    two = where("energy_ev", ">=", -2) + where("project", "=", "semi")
    assert values(db, *names, conditions=two) == [("diamond",)]


def test_a_value_of_a_client_is_never_sql(db: Connection) -> None:
    job_with(db, result(-1.0))
    hostile = "' OR 1=1; DROP TABLE jobs --"
    assert values(db, "job", conditions=where("formula", "=", hostile)) == []
    assert values(db, "job", conditions=where("formula", "~", hostile)) == []
    assert values(db, "job", tag=hostile) == []
    with pytest.raises(KeyError):
        ask(db, Question(columns=("job_id FROM jobs --",)))
    assert len(values(db, "job")) == 1


def test_rows_are_sorted_with_what_is_missing_last(db: Connection) -> None:
    for energy_ev in (-2.0, None, -3.0, -1.0):
        job_with(db, result(energy_ev))
    column = "energy_ev"
    rising = values(db, column, sort=((column, False),))
    assert rising == [(-3.0,), (-2.0,), (-1.0,), (None,)]
    falling = values(db, column, sort=((column, True),))
    assert falling == [(-1.0,), (-2.0,), (-3.0,), (None,)]


def test_pages_follow_one_another(db: Connection) -> None:
    jobs = [job_with(db, result(-1.0)) for _ in range(5)]
    seen = []
    for offset in (0, 2, 4):
        rows, total = ask(db, Question(columns=("job",), limit=2, offset=offset))
        assert total == 5
        seen += [row[0] for row in rows]
    assert seen == jobs[::-1]


def test_series_are_not_kept_in_the_store(db: Connection) -> None:
    step = IonicStep(number=1, energy_ev=-1.0)
    job_id = job_with(db, result(-1.0, steps=(step,), grade=Grade.LOOSE))
    [stored] = results_of(db, job_id)
    assert stored.steps == ()
    assert stored.grade is Grade.LOOSE


@pytest.mark.parametrize(
    ("formula", "reduced"),
    [
        ("Mg4 O4", "MgO"),
        ("Si2", "Si"),
        ("Mg O", "MgO"),
        ("Al4 O6", "Al2O3"),
        ("C2 H6 O", "C2H6O"),
        ("H0", None),
        ("", None),
        ("mg o", None),
    ],
)
def test_formulas_are_reduced(formula: str, reduced: str | None) -> None:
    assert reduced_formula(formula) == reduced


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        *(("NaCl", "Cl Na"), ("OMg", "Mg O"), ("O4 Mg4", "Mg4 O4")),
        *(("CH3CH2OH", "C2 H6 O"), ("mgo", None), ("", None), (f"H{10**20}", None)),
    ],
)
def test_formulas_are_found_however_they_are_written(
    written: str, stored: str | None
) -> None:
    assert hill_formula(written) == stored


CONVERGED: dict[str, Any] = {"grade": Grade.CONVERGED}


def cube(volume: float = 1.0) -> Structure:
    return replace(
        CUBE, lattice_a=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 5.0 * volume))
    )


def test_a_lower_result_of_the_same_method_is_found(db: Connection) -> None:
    job = job_with(db, result(-10.0, final_structure=CUBE, **CONVERGED))
    lowest = job_with(db, result(-10.5, final_structure=CUBE, **CONVERGED))
    job_with(db, result(-10.2, final_structure=CUBE, **CONVERGED))
    mine = result(-10.0, final_structure=cube(1.0005), **CONVERGED)
    found = lower_than(db, job, mine, "same")
    assert found == Lower(job_id=lowest, by_ev_per_atom=pytest.approx(0.25))
    assert lower_than(db, lowest, result(-10.5, final_structure=CUBE), "same") is None


@pytest.mark.parametrize(
    ("other", "mine"),
    [
        (result(-11.0, final_structure=cube(1.1), **CONVERGED), "same"),
        (result(-11.0, final_structure=CUBE), "same"),
        (result(-11.0, formula="Mg2", final_structure=CUBE, **CONVERGED), "same"),
        (result(-10.0015, final_structure=CUBE, **CONVERGED), "same"),
        (result(-11.0, final_structure=CUBE, **CONVERGED), "another"),
        (result(-11.0, final_structure=CUBE, **CONVERGED), None),
        (result(-11.0, **CONVERGED), "same"),
        (result(-11.0, final_structure=CUBE, n_kpoints=8, **CONVERGED), "same"),
    ],
)
def test_what_cannot_be_compared_is_no_rival(
    db: Connection, other: Result, mine: str | None
) -> None:
    job_with(db, other)
    asked = result(-10.0, final_structure=CUBE, **CONVERGED)
    assert lower_than(db, 99, asked, mine) is None


def test_molecules_are_compared_without_a_volume(db: Connection) -> None:
    other = job_with(db, result(-11.0, **CONVERGED))
    found = lower_than(db, 99, result(-10.0, **CONVERGED), "same")
    assert found is not None
    assert found.job_id == other
    assert lower_than(db, 99, result(None), "same") is None
