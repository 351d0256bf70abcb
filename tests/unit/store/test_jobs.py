"""Jobs, attempts and their events in the store."""

import itertools
import sqlite3
from pathlib import Path

import pytest

from crystalmathd.models.jobs import (
    NEXT_STATES,
    OPEN_ATTEMPTS,
    AttemptState,
    Evidence,
    JobState,
    is_end,
)
from crystalmathd.store.attempts import (
    attempts_of,
    change_attempt,
    insert_intent,
    open_attempt,
)
from crystalmathd.store.database import (
    Connection,
    Database,
)
from crystalmathd.store.events import events_after, last_seq
from crystalmathd.store.jobs import (
    MAX_EVIDENCE,
    JobFilter,
    StateConflictError,
    ask_cancel,
    change_job,
    find_inputs,
    find_plan,
    find_submission,
    insert_submission,
    page_of_jobs,
)
from crystalmathd.store.owner import Owner, mark_clean, take_ownership
from tests.unit.store.rows import found, in_state, insert, new_job, with_store


def test_a_submission_is_stored_whole_with_its_events(db: Connection) -> None:
    jobs = [new_job("a", tags=("x", "x")), new_job("b", project="p")]
    submission, numbers = insert_submission(db, 5, "token-of-mine", "sha", jobs)
    assert find_submission(db, "token-of-mine") == (submission, "sha")
    assert find_submission(db, "another-token") is None
    assert [found(db, n).collection for n in numbers] == [submission] * 2
    assert find_plan(db, numbers[0]) == jobs[0].plan
    assert find_inputs(db, numbers[0]) == (jobs[0].inputs, ())
    events, _ = events_after(db, 0, 10)
    assert [(e.type, e.job_id) for e in events] == [
        ("job_created", number) for number in numbers
    ]


def test_a_token_is_used_once(db: Connection) -> None:
    insert_submission(db, 5, "token-of-mine", "sha", [new_job()])
    with pytest.raises(sqlite3.IntegrityError):
        insert_submission(db, 5, "token-of-mine", "sha", [new_job()])


def test_one_job_is_no_collection(db: Connection) -> None:
    assert insert(db).collection is None


MOVES = [
    (before, after)
    for before, after in itertools.product(JobState, JobState)
    if before is not after
]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_only_the_moves_of_the_table_are_made(
    db: Connection, before: JobState, after: JobState
) -> None:
    job = in_state(db, before)
    if after in NEXT_STATES[before]:
        changed = change_job(db, 9, job, state=after, cause="a cause")
        assert changed.state is after
        assert changed.version == job.version + 1
        assert changed.ended_ms == (9 if is_end(after) else None)
        (event,) = events_after(db, last_seq(db) - 1, 10)[0]
        assert event.payload == {"state": after, "before": before, "cause": "a cause"}
    else:
        last = last_seq(db)
        with pytest.raises(StateConflictError):
            change_job(db, 9, job, state=after)
        assert found(db, job.job_id) == job
        assert last_seq(db) == last


def test_a_stale_job_is_not_written(db: Connection) -> None:
    job = insert(db)
    change_job(db, 2, job, state=JobState.STARTING)
    with pytest.raises(StateConflictError, match="changed meanwhile"):
        change_job(db, 3, job, state=JobState.CANCELLED)
    assert found(db, job.job_id).state is JobState.STARTING


def test_a_wish_to_cancel_makes_the_job_that_others_hold_stale(db: Connection) -> None:
    job = in_state(db, JobState.RUNNING)
    ask_cancel(db, job.job_id, 4)
    ask_cancel(db, job.job_id, 5)
    assert found(db, job.job_id).cancel_asked_ms == 4
    with pytest.raises(StateConflictError):
        change_job(db, 6, job, state=JobState.COLLECTING)


def test_a_state_and_its_event_are_undone_together(path: Path) -> None:
    async def work(database: Database) -> tuple[JobState, int]:
        job = await database.transact(insert)

        def change(db: Connection) -> None:
            change_job(db, 2, job, state=JobState.STARTING)
            insert_intent(db, 2, job.job_id, 1, "cm-1", "boot")
            raise StateConflictError("somebody was faster")

        with pytest.raises(StateConflictError):
            await database.transact(change)
        return await database.read(
            lambda db: (found(db, job.job_id).state, last_seq(db))
        )

    assert with_store(path, work) == (JobState.QUEUED, 1)


def test_a_doubt_comes_and_goes_with_an_event_and_the_time_it_began(
    db: Connection,
) -> None:
    job = in_state(db, JobState.RUNNING)
    last = last_seq(db)
    job = change_job(db, 10, job, state=JobState.RUNNING, doubt="no answer")
    job = change_job(db, 20, job, state=JobState.RUNNING, doubt="still none")
    assert (job.doubt, job.stale_since_ms) == ("still none", 10)
    job = change_job(db, 30, job, state=JobState.RUNNING)
    assert (job.doubt, job.stale_since_ms) == (None, None)
    events, _ = events_after(db, last, 10)
    assert [event.payload["doubt"] for event in events] == [
        "no answer",
        "still none",
        None,
    ]


def test_the_last_pieces_of_evidence_are_kept(db: Connection) -> None:
    job = in_state(db, JobState.RUNNING)
    for number in range(MAX_EVIDENCE + 5):
        seen = Evidence(seen_ms=number, source="s", text="t")
        job = change_job(db, number, job, state=JobState.RUNNING, evidence=seen)
    kept = found(db, job.job_id).evidence
    assert [one.seen_ms for one in kept] == list(range(5, MAX_EVIDENCE + 5))


@pytest.mark.parametrize("state", sorted(OPEN_ATTEMPTS))
def test_a_job_has_at_most_one_open_attempt(
    db: Connection, state: AttemptState
) -> None:
    job = insert(db)
    first = insert_intent(db, 1, job.job_id, 1, "cm-1", "boot")
    change_attempt(db, first, state)
    with pytest.raises(sqlite3.IntegrityError):
        insert_intent(db, 1, job.job_id, 2, "cm-2", "boot")
    for closed in set(AttemptState) - OPEN_ATTEMPTS:
        change_attempt(db, first, closed)
        assert open_attempt(db, job.job_id) is None
    second = insert_intent(db, 1, job.job_id, 2, "cm-2", "boot")
    assert open_attempt(db, job.job_id) == second
    assert [one.number for one in attempts_of(db, job.job_id)] == [1, 2]


def test_an_attempts_token_is_nobody_elses(db: Connection) -> None:
    insert_intent(db, 1, insert(db).job_id, 1, "cm-1", "boot")
    with pytest.raises(sqlite3.IntegrityError):
        insert_intent(db, 1, insert(db).job_id, 1, "cm-1", "boot")


def test_the_table_of_states_is_that_of_the_models(db: Connection) -> None:
    for state in JobState:
        in_state(db, state)
    job = insert(db)
    attempt = insert_intent(db, 1, job.job_id, 1, "cm-1", "boot")
    for one in AttemptState:
        change_attempt(db, attempt, one)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE jobs SET state = 'unknown'")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE attempts SET state = 'unknown'")


def test_pages_of_jobs_are_newest_first_and_complete(db: Connection) -> None:
    numbers = [insert(db, f"j{n % 3}", tags=(f"t{n % 2}",)).job_id for n in range(20)]
    seen: list[int] = []
    before = None
    while page := page_of_jobs(db, JobFilter(), 7, before):
        seen += [job.job_id for job in page]
        before = seen[-1]
    assert seen == numbers[::-1]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (JobFilter(), ["b", "a"]),
        (JobFilter(name="a"), ["a"]),
        (JobFilter(tag="t"), ["a"]),
        (JobFilter(tag="%"), []),
        (JobFilter(project="p"), ["b"]),
        (JobFilter(code="crystal", states=("queued", "failed")), ["b", "a"]),
        (JobFilter(states=("failed",)), []),
        (JobFilter(text="A_50%"), ["a"]),
        (JobFilter(text="'; DROP TABLE jobs"), []),
        (JobFilter(collection=1), []),
        (JobFilter(code="vasp"), []),
    ],
)
def test_filters_are_combined_and_taken_literally(
    db: Connection, wanted: JobFilter, names: list[str]
) -> None:
    insert(db, "a", tags=("t",), search_text="a a_50%")
    insert(db, "b", project="p")
    assert [job.name for job in page_of_jobs(db, wanted, 10, None)] == names


def test_an_owner_keeps_the_name_of_the_store_and_counts_its_starts(
    db: Connection,
) -> None:
    first = take_ownership(db, "host", "boot", 1, 1)
    second = take_ownership(db, "host", "boot", 2, 2)
    mark_clean(db)
    third = take_ownership(db, "host", "boot", 3, 3)
    name = first.store_id
    assert [first, second, third] == [
        Owner(store_id=name, epoch=1, was_clean=True),
        Owner(store_id=name, epoch=2, was_clean=False),
        Owner(store_id=name, epoch=3, was_clean=True),
    ]
