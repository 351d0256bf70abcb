"""Results that lie above another one of the same method, formula and volume."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmathd.models.jobs import StoredInput
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.methods import fingerprint_of, fingerprints_of
from crystalmathd.services.readings import Read
from crystalmathd.services.rivals import FLAG, beside_rivals, rivals
from crystalmathd.store.attempts import insert_intent, store_results
from crystalmathd.store.database import migrate
from crystalmathd.store.jobs import find_inputs, find_plan
from tests.unit.store.rows import insert, plain

DECK = b"""O2
MOLECULE
1
2
8 0.0 0.0 0.0
8 0.0 0.0 1.2
END
8 1
0 0 1 2.0 1.0
1.0 1.0
99 0
END
TOLINTEG
7 7 7 7 14
END
"""
RESULT = Result(
    code="crystal",
    program="crystal",
    headline_energy_kind="total_energy",
    functional="HARTREE-FOCK",
    formula="O2",
    n_atoms=2,
    grade=Grade.CONVERGED,
)


@pytest.fixture
def db(tmp_path: Path) -> Any:
    path = tmp_path / "crystalmath.db"
    with plain(path) as connection:
        migrate(connection, path)
        yield connection


def job_of(db: Any, energy_ev: float | None = None) -> Any:
    """Store a job with the deck, and its result if it has one."""
    deck = StoredInput(name="o2.d12", program="crystal", text=DECK)
    job = insert(db, "o2", inputs=(deck,))
    if energy_ev is not None:
        attempt = insert_intent(db, 1, job.job_id, 1, f"token-{job.job_id}", "boot")
        result = replace(RESULT, energy_ev=energy_ev)
        plan, inputs = find_plan(db, job.job_id), find_inputs(db, job.job_id)
        fingerprint = fingerprint_of(result, plan, 0, inputs)
        assert fingerprint is not None
        store_results(db, attempt, [result], [], fingerprints=[fingerprint])
    return job


def read(**fields: Any) -> Read:
    result = replace(RESULT, **fields)
    return Read(result=result, whole=msgspec.json.encode(result))


def beside(db: Any, *readings: Read) -> tuple[Read, ...]:
    job = job_of(db)
    plan, inputs = find_plan(db, job.job_id), find_inputs(db, job.job_id)
    results = [one.result for one in readings]
    fingerprints = fingerprints_of(results, plan, inputs)
    return beside_rivals(readings, rivals(db, job.job_id, results, fingerprints))


def test_the_higher_of_two_states_says_which_job_is_lower(db: Any) -> None:
    lower = job_of(db, -100.0)
    (seen,) = beside(db, read(energy_ev=-99.0))
    assert seen.result.flags == (FLAG,)
    (said,) = seen.result.warnings
    assert said.startswith(f"job {lower.job_id} has a lower energy")
    assert said.endswith("by 0.5000 eV per atom")
    assert msgspec.json.decode(seen.whole, type=Result) == seen.result


def test_the_lower_one_and_what_did_not_converge_are_left_as_they_are(db: Any) -> None:
    job_of(db, -100.0)
    lower = read(energy_ev=-101.0)
    unconverged = read(energy_ev=-90.0, grade=Grade.NOT_CONVERGED)
    assert beside(db, lower) == (lower,)
    assert beside(db, unconverged) == (unconverged,)
