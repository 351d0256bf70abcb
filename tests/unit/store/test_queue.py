"""What waits, what runs, and how many there are."""

from dataclasses import replace

import pytest

from crystalmathd.models.jobs import ACTIVE_STATES, JobState
from crystalmathd.store.database import Connection
from crystalmathd.store.job_counts import count_by_state, count_doubts
from crystalmathd.store.jobs import (
    HOUR_MS,
    JobFilter,
    StateConflictError,
    all_numbers,
    change_job,
    find_plan,
    jobs_in,
    jobs_of_submission,
    page_of_jobs,
    rank,
    remove_job,
    replace_plan,
    start_numbers_after,
)
from crystalmathd.store.queue import (
    Use,
    children_waiting,
    clusters_with_queue,
    in_use,
    queue_position,
    queued_jobs,
    state_of,
)
from tests.unit.store.rows import in_state, insert


def test_the_queue_is_in_the_order_of_its_numbers(db: Connection) -> None:
    numbers = [insert(db, name).job_id for name in "abc"]
    in_state(db, JobState.RUNNING)
    assert [job.job_id for job in queued_jobs(db, "local")] == numbers


def test_a_point_of_priority_is_worth_an_hour_of_waiting(db: Connection) -> None:
    first, second = insert(db), insert(db, priority=1)
    assert second.rank_ms == first.rank_ms - HOUR_MS
    assert [queue_position(db, job) for job in (second, first)] == [0, 1]
    assert list(queued_jobs(db, "local")) == [second, first]


@pytest.mark.parametrize(
    ("waited_h", "priority", "goes_first"),
    [(0, 0, True), (2, 1, True), (0.9, 1, False), (30 * 24, 720, True), (0, -1, True)],
)
def test_a_job_that_has_waited_long_goes_before_a_more_important_one(
    waited_h: float,
    priority: int,
    goes_first: bool,  # noqa: FBT001
) -> None:
    now_ms = 1_800_000_000_000
    old = rank(now_ms - int(waited_h * HOUR_MS), 0), 1
    new = rank(now_ms, priority), 2
    assert (old < new) == goes_first


def test_each_machine_has_a_queue_of_its_own(db: Connection) -> None:
    assert clusters_with_queue(db) == []
    here, there = insert(db), insert(db, cluster="hpc")
    in_state(db, JobState.RUNNING)
    assert sorted(clusters_with_queue(db)) == ["hpc", "local"]
    assert list(queued_jobs(db, "hpc")) == [there]
    assert queue_position(db, there) == 0
    assert list(queued_jobs(db, "local")) == [here]


def test_a_queue_is_read_in_its_order_without_sorting(db: Connection) -> None:
    job = insert(db, cluster="hpc")
    questions: list[str] = []
    db.set_trace_callback(questions.append)
    assert list(queued_jobs(db, "hpc")) == [job]
    assert clusters_with_queue(db) == ["hpc"]
    assert queue_position(db, job) == 0
    db.set_trace_callback(None)
    assert len(questions) == 3
    for question in questions:
        rows = db.execute(f"EXPLAIN QUERY PLAN {question}").fetchall()
        steps = " ".join(row[3] for row in rows)
        assert "jobs_by_rank" in steps, steps
        assert "TEMP B-TREE" not in steps, steps


def test_a_deleted_job_has_no_state(db: Connection) -> None:
    job = insert(db)
    remove_job(db, job.job_id)
    assert state_of(db, job.job_id) is None


def test_jobs_that_wait_for_another_are_found_until_they_end(db: Connection) -> None:
    parent = insert(db).job_id
    children = [insert(db, parents=(parent, 99)).job_id for _ in range(2)]
    insert(db, parents=(children[0],))
    assert children_waiting(db, parent) == children
    db.execute("UPDATE jobs SET state = 'failed' WHERE job_id = ?", (children[0],))
    assert children_waiting(db, parent) == children[1:]
    assert all_numbers(db) == [parent, *children, children[-1] + 1]


def test_a_held_job_is_not_in_the_queue(db: Connection) -> None:
    job = insert(db, is_held=True)
    assert job.state is JobState.HELD
    assert list(queued_jobs(db, "local")) == []


def test_a_plan_is_replaced_for_the_attempts_to_come(db: Connection) -> None:
    job = insert(db)
    replace_plan(db, job.job_id, replace(find_plan(db, job.job_id), name="other"))
    assert find_plan(db, job.job_id).name == "other"


@pytest.mark.parametrize("text", ["m", "mg", "mgo", "MGO", 'go "b', "g%"])
def test_a_text_is_found_with_and_without_the_index(db: Connection, text: str) -> None:
    stored = 'mgo "bulk"'
    job = insert(db, search_text=stored)
    insert(db, search_text="urea")
    is_there = text.lower() in stored
    found = page_of_jobs(db, JobFilter(text=text), 10, None)
    assert found == ([job] if is_there else [])


def test_jobs_are_counted_by_state_and_by_doubt(db: Connection) -> None:
    assert count_by_state(db) == {}
    assert count_doubts(db) == 0
    for state in (JobState.RUNNING, JobState.RUNNING, JobState.LOST):
        in_state(db, state)
    job = in_state(db, JobState.RUNNING)
    change_job(db, 5, job, state=job.state, doubt="no answer")
    assert count_by_state(db) == {"running": 3, "lost": 1}
    assert count_doubts(db) == 1
    assert state_of(db, job.job_id) is JobState.RUNNING


@pytest.mark.parametrize("state", JobState)
def test_cores_are_taken_while_a_program_may_run(
    db: Connection, state: JobState
) -> None:
    in_state(db, state)
    db.execute("UPDATE jobs SET cores = 3")
    may_run = state in ACTIVE_STATES - {JobState.COLLECTING}
    n_starting = 1 if state is JobState.STARTING else 0
    taken = Use(n_jobs=1, n_starting=n_starting, cores=3)
    assert in_use(db, "local") == (taken if may_run else Use(0, 0, 0))
    assert in_use(db, "another") == Use(0, 0, 0)


def test_active_jobs_are_found_oldest_first(db: Connection) -> None:
    wanted = [in_state(db, s).job_id for s in (JobState.RUNNING, JobState.STARTING)]
    in_state(db, JobState.COMPLETED)
    assert [job.job_id for job in jobs_in(db, ACTIVE_STATES)] == wanted


@pytest.mark.parametrize("is_used", [False, True])
def test_numbers_of_jobs_that_were_forgotten_are_not_given_again(
    db: Connection,
    is_used: bool,  # noqa: FBT001
) -> None:
    if is_used:
        insert(db)
    start_numbers_after(db, 41)
    assert insert(db).job_id == 42
    start_numbers_after(db, 7)
    assert insert(db).job_id == 43


def test_a_plan_and_a_submission_are_found_again(db: Connection) -> None:
    job = insert(db, "mgo")
    assert find_plan(db, job.job_id).name == "mgo"
    (submission,) = db.execute("SELECT submission_id FROM jobs").fetchone()
    assert jobs_of_submission(db, submission) == [job]


def test_a_job_that_goes_while_it_is_changed_is_a_conflict(db: Connection) -> None:
    job = insert(db)
    db.execute(
        "CREATE TEMP TRIGGER gone AFTER UPDATE ON jobs BEGIN "
        "DELETE FROM jobs WHERE job_id = new.job_id; END"
    )
    with pytest.raises(StateConflictError, match="is gone"):
        change_job(db, 5, job, state=JobState.STARTING)
