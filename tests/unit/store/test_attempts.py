"""Attempts, what they gave, and the files that they left."""

import pytest

from crystalmathd.models.jobs import AttemptState, SavedFile, StepExit
from crystalmathd.models.results import Grade, Result, Source
from crystalmathd.store.attempts import (
    artefacts_of,
    attempts_of,
    change_attempt,
    count_tries,
    find_artefact,
    find_attempt,
    forget_artefacts,
    insert_intent,
    mark_here,
    next_number,
    open_attempt,
    open_scratches,
    results_of,
    store_exits,
    store_results,
)
from crystalmathd.store.database import Connection
from tests.unit.store.rows import insert

EXIT = StepExit(
    program="crystal",
    code=None,
    signal=9,
    started_ms=1,
    ended_ms=2,
    cpu_s=0.5,
    max_memory_mb=10.0,
)
RESULT = Result(
    code="crystal",
    program="crystal",
    energy_ev=-7483.125,
    energies_ev={"total": -7483.125},
    energy_source=Source(file="mgo.out", line=7, text="== SCF ENDED"),
    grade=Grade.CONVERGED,
    warnings=("one",),
)


def saved(name: str, sha256: str) -> SavedFile:
    return SavedFile(name=name, role="output", size=3, sha256=sha256)


def test_attempts_of_a_job_are_numbered_from_one(db: Connection) -> None:
    first, second = insert(db), insert(db)
    for number in (1, 2):
        assert next_number(db, first.job_id) == number
        attempt = insert_intent(db, 5, first.job_id, number, f"t{number}", "boot")
        assert (attempt.number, attempt.state) == (number, AttemptState.INTENT)
        assert open_attempt(db, first.job_id) == attempt
        change_attempt(db, attempt, AttemptState.ABANDONED, ended_ms=9)
        assert open_attempt(db, first.job_id) is None
    assert next_number(db, second.job_id) == 1
    assert (count_tries(db, first.job_id), count_tries(db, second.job_id)) == (2, 0)
    db.execute("UPDATE jobs SET first_attempt = 2")
    assert count_tries(db, first.job_id) == 1
    kept = attempts_of(db, first.job_id)
    assert [(one.number, one.token, one.ended_ms) for one in kept] == [
        (1, "t1", 9),
        (2, "t2", 9),
    ]


def test_the_scratch_directories_of_one_machine_are_those_in_use(
    db: Connection,
) -> None:
    assert open_scratches(db, "local") == []
    first, second, far = insert(db), insert(db), insert(db, cluster="far")
    for job in (first, second, far):
        number = job.job_id
        attempt = insert_intent(db, 5, number, 1, f"t{number}", "boot")
        assert number not in dict(open_scratches(db, job.cluster))
        scratch = f"/scratch/{number}"
        change_attempt(db, attempt, AttemptState.SUBMITTED, scratch=scratch)
    assert open_scratches(db, "local") == [(1, "/scratch/1"), (2, "/scratch/2")]
    [attempt] = attempts_of(db, first.job_id)
    change_attempt(db, attempt, AttemptState.COLLECTED)
    assert open_scratches(db, "local") == [(2, "/scratch/2")]
    assert open_scratches(db, "far") == [(3, "/scratch/3")]


def test_exits_and_results_come_back_as_they_were_stored(db: Connection) -> None:
    job = insert(db)
    assert results_of(db, job.job_id) == ()
    attempt = insert_intent(db, 5, job.job_id, 1, "token", "boot")
    for _ in range(2):  # doing it again changes nothing
        store_exits(db, attempt, [EXIT])
        store_results(db, attempt, [RESULT], [saved("b.out", "1"), saved("a", "2")])
    (kept,) = attempts_of(db, job.job_id)
    assert kept.exits == (EXIT,)
    assert results_of(db, job.job_id) == (RESULT,)
    names = [(file.name, file.attempt) for file in artefacts_of(db, job.job_id)]
    assert names == [("a", 1), ("b.out", 1)]


def test_the_last_attempt_is_the_one_that_counts(db: Connection) -> None:
    job = insert(db)
    for number, name in ((1, "old"), (2, "new")):
        token = f"token-{number}"
        attempt = insert_intent(db, 5, job.job_id, number, token, "boot")
        store_results(db, attempt, [RESULT] * number, [saved(name, name)])
        change_attempt(db, attempt, AttemptState.COLLECTED)
    assert len(results_of(db, job.job_id)) == 2
    assert [file.name for file in artefacts_of(db, job.job_id)] == ["new"]


@pytest.mark.parametrize("sha256", ["1", "2"])
def test_a_file_is_found_by_its_hash(db: Connection, sha256: str) -> None:
    job = insert(db)
    attempt = insert_intent(db, 5, job.job_id, 1, "token", "boot")
    store_results(db, attempt, [], [saved(f"file-{sha256}", sha256)])
    assert find_artefact(db, sha256) == (job.job_id, 1, f"file-{sha256}")
    assert find_artefact(db, "3") is None


def test_a_file_that_is_still_on_the_cluster_is_not_found_here(
    db: Connection,
) -> None:
    job = insert(db)
    attempt = insert_intent(db, 5, job.job_id, 1, "token", "boot")
    files = [saved("WAVECAR", "1"), saved("OUTCAR", "2")]
    store_results(db, attempt, [], files, left_there={"WAVECAR"})
    found = {file.name: file for file in artefacts_of(db, job.job_id)}
    assert (found["WAVECAR"].is_here, found["OUTCAR"].is_here) == (False, True)
    assert find_artefact(db, "1") is None
    mark_here(db, found["WAVECAR"], job.job_id)
    assert find_artefact(db, "1") == (job.job_id, 1, "WAVECAR")
    assert all(file.is_here for file in artefacts_of(db, job.job_id))


def test_an_attempt_stays_where_it_was_made_when_its_job_moves(db: Connection) -> None:
    job = insert(db, cluster="hpc")
    first = insert_intent(db, 5, job.job_id, 1, "t1", "boot")
    change_attempt(db, first, AttemptState.ABANDONED)
    db.execute("UPDATE jobs SET cluster = 'other'")
    second = insert_intent(db, 6, job.job_id, 2, "t2", "boot", "/there/1/2")
    assert (first.cluster, second.cluster) == ("hpc", "other")
    assert (first.directory, second.directory) == (None, "/there/1/2")
    found = find_attempt(db, job.job_id, 1)
    assert found is not None
    assert (found.number, found.cluster) == (1, "hpc")
    assert find_attempt(db, job.job_id, 3) is None


def test_files_that_were_removed_are_forgotten(db: Connection) -> None:
    job = insert(db)
    attempt = insert_intent(db, 5, job.job_id, 1, "token", "boot")
    store_results(db, attempt, [], [saved("WAVECAR", "1"), saved("OUTCAR", "2")])
    [gone] = [one for one in artefacts_of(db, job.job_id) if one.name == "WAVECAR"]
    forget_artefacts(db, job.job_id, [gone])
    assert [one.name for one in artefacts_of(db, job.job_id)] == ["OUTCAR"]
