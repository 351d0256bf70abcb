"""Runs from elsewhere in the store: jobs that have ended, and who knows them."""

from dataclasses import replace
from typing import Any

from crystalmathd.models.clusters import ADOPTED
from crystalmathd.models.jobs import AttemptState, Evidence, JobState, SavedFile
from crystalmathd.models.results import Grade, Result
from crystalmathd.store.adopted import (
    NewAdoption,
    insert_adoption,
    job_with_outputs,
    known_jobs,
    remember,
    submission_of,
)
from crystalmathd.store.attempts import artefacts_of, attempts_of, results_of
from crystalmathd.store.database import Connection
from crystalmathd.store.events import events_after
from crystalmathd.store.jobs import JobFilter, jobs_in, page_of_jobs, remove_job
from crystalmathd.store.queue import queued_jobs
from tests.unit.store.rows import found, new_job

RUN = NewAdoption(
    job=new_job("old", cluster=ADOPTED, tags=("past",)),
    state=JobState.COMPLETED,
    cause=None,
    evidence=Evidence(seen_ms=9, source="adopted", text="adopted from /old/mgo.out"),
    started_ms=3,
    ended_ms=5,
    result=Result(
        code="crystal", program="crystal", energy_ev=-1.0, grade=Grade.CONVERGED
    ),
    fingerprint="abc",
    files=(SavedFile(name="mgo.out", role="output", size=7, sha256="aa"),),
    token="token-1",  # noqa: S106 - no secret
    path="/old/mgo.out",
    size=7,
    mtime_ns=11,
    sha256="aa",
    outputs=frozenset({"aa"}),
)


def adopt(db: Connection, **changes: Any) -> int:
    submission = submission_of(db, 8, "adopt:/old")
    return insert_adoption(db, 9, submission, "boot", replace(RUN, **changes))[0]


def test_an_adopted_run_is_a_job_that_has_ended_and_waits_for_nobody(
    db: Connection,
) -> None:
    job = found(db, adopt(db))
    assert (job.state, job.cluster, job.grade) == ("completed", ADOPTED, "converged")
    assert (job.started_ms, job.ended_ms, job.energy_ev) == (3, 5, -1.0)
    assert job.evidence == (RUN.evidence,)
    [attempt] = attempts_of(db, job.job_id)
    assert attempt.state is AttemptState.COLLECTED
    assert attempt.scratch is None
    assert results_of(db, job.job_id) == (RUN.result,)
    assert [one.sha256 for one in artefacts_of(db, job.job_id)] == ["aa"]
    assert list(queued_jobs(db, ADOPTED)) == []
    assert jobs_in(db, [JobState.HELD, JobState.RUNNING]) == []


def test_its_events_tell_how_it_came_and_ended(db: Connection) -> None:
    job_id = adopt(db, state=JobState.FAILED, cause="broken_off")
    events = [(e.type, e.payload) for e in events_after(db, 0, 10)[0]]
    assert [kind for kind, _ in events] == [
        "job_created",
        "job_state_changed",
        "job_result_stored",
    ]
    assert '"broken_off"' in str(events[1][1]).replace("'", '"')
    assert found(db, job_id).cause == "broken_off"


def test_the_runs_of_a_tree_are_one_collection_also_if_it_is_adopted_again(
    db: Connection,
) -> None:
    first = adopt(db)
    second = adopt(db, token="token-2", path="/old/b", sha256="bb")  # noqa: S106
    collections = {found(db, one).collection for one in (first, second)}
    assert len(collections) == 1
    page = page_of_jobs(db, JobFilter(collection=collections.pop()), 10, None)
    assert [job.job_id for job in page] == [second, first]
    other = submission_of(db, 8, "adopt:/other")
    assert other != found(db, first).collection


def test_an_output_is_known_until_it_changes_or_its_job_is_deleted(
    db: Connection,
) -> None:
    job_id = adopt(db)
    outputs = [("/old/mgo.out", 7, 11), ("/old/mgo.out", 7, 12), ("/old/x", 7, 11)]
    assert known_jobs(db, outputs) == [job_id, None, None]
    assert job_with_outputs(db, {"aa"}) == job_id
    assert job_with_outputs(db, {"cc"}) is None
    remember(db, "/copy/mgo.out", 7, 20, "aa", job_id)
    assert known_jobs(db, [("/copy/mgo.out", 7, 20)]) == [job_id]
    remove_job(db, job_id)
    assert known_jobs(db, outputs) == [None, None, None]
    assert job_with_outputs(db, {"aa"}) is None


def test_numbers_that_no_column_can_hold_are_left_out(db: Connection) -> None:
    result = replace(RUN.result, n_kpoints=1 << 63, n_scf_cycles=7)
    job_id = adopt(db, result=result)
    row = db.execute("SELECT n_kpoints, n_scf_cycles FROM results").fetchone()
    assert row == (None, 7)
    assert results_of(db, job_id) == (result,)
