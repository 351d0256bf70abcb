"""Who may start now: first come, first served, and nobody for ever held back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.models.jobs import Job, JobState, is_end
from crystalmathd.services.queue import Choice, Room, choose


def job(job_id: int, cores: int = 1, parents: tuple[int, ...] = ()) -> Job:
    return Job(
        job_id=job_id,
        name=f"j{job_id}",
        code="crystal",
        cluster="local",
        state=JobState.QUEUED,
        cause=None,
        doubt=None,
        stale_since_ms=None,
        evidence=(),
        project=None,
        tags=(),
        collection=None,
        cores=cores,
        version=1,
        parents=parents,
        cancel_asked_ms=None,
        created_ms=0,
        started_ms=None,
        ended_ms=None,
        energy_ev=None,
        energy_kind=None,
        grade=None,
        priority=0,
        rank_ms=job_id,
    )


def chosen(
    *queued: Job,
    free: int | None = 4,
    jobs: int | None = None,
    is_idle: bool = False,
    states: Mapping[int, JobState | None] | None = None,
) -> Choice:
    room = Room(cores=free, jobs=jobs, is_idle=is_idle)
    return choose(queued, (states or {}).__getitem__, room)


def numbers(choice: Choice) -> list[int]:
    return [one.job_id for one in choice.start]


def test_jobs_start_in_the_order_they_came_while_there_is_room() -> None:
    assert numbers(chosen(job(1, 2), job(2, 1), job(3, 1), job(4, 1))) == [1, 2, 3]


def test_a_large_job_holds_back_those_behind_it() -> None:
    assert numbers(chosen(job(1, 3), job(2, 2), job(3, 1))) == [1]


def test_a_job_above_the_limit_starts_alone_when_nothing_runs() -> None:
    assert numbers(chosen(job(1, 9), job(2, 1), is_idle=True)) == [1]
    assert numbers(chosen(job(1, 9), is_idle=False)) == []
    assert numbers(chosen(job(1, 1), job(2, 9), is_idle=True)) == [1]


def test_a_batch_system_counts_the_cores_itself() -> None:
    assert numbers(chosen(job(1, 900), job(2, 1), free=None)) == [1, 2]


def test_no_more_jobs_are_handed_over_than_the_cluster_may_have() -> None:
    queued = [job(1, 9), job(2), job(3)]
    assert numbers(chosen(*queued, free=None, jobs=2)) == [1, 2]
    assert numbers(chosen(*queued, free=None, jobs=0)) == []


def test_a_job_that_waits_for_another_holds_back_nobody() -> None:
    waiting = job(2, 4, parents=(1,))
    choice = chosen(waiting, job(3), states={1: JobState.RUNNING})
    assert numbers(choice) == [3]
    assert choice.refuse == ()


def test_a_job_starts_when_all_its_parents_have_completed() -> None:
    child = job(3, parents=(1, 2))
    done = {1: JobState.COMPLETED, 2: JobState.COMPLETED}
    assert numbers(chosen(child, states=done)) == [3]
    assert numbers(chosen(child, states=done | {2: JobState.COLLECTING})) == []


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.CANCELLED, JobState.LOST])
def test_a_job_whose_parent_did_not_complete_never_starts(end: JobState) -> None:
    child = job(3, parents=(1, 2))
    choice = chosen(child, job(4), states={1: JobState.RUNNING, 2: end})
    assert choice.refuse == ((child, 2, end),)
    assert numbers(choice) == [4]


def test_a_job_whose_parent_was_deleted_never_starts() -> None:
    child = job(3, parents=(1, 2))
    states = {1: JobState.COMPLETED, 2: None}
    choice = chosen(child, job(4), states=states)
    assert choice.refuse == ((child, 2, None),)
    assert numbers(choice) == [4]


@pytest.mark.parametrize("end", [state for state in JobState if is_end(state)])
def test_a_job_goes_on_from_one_that_ended_in_any_way(end: JobState) -> None:
    child = replace(job(3, parents=(1, 2)), restart_of=2)
    states = {1: JobState.COMPLETED, 2: end}
    assert numbers(chosen(child, states=states)) == [3]


def test_a_job_waits_while_the_one_that_it_goes_on_from_runs_again() -> None:
    child = replace(job(3, parents=(2,)), restart_of=2)
    choice = chosen(child, states={2: JobState.RUNNING})
    assert choice == Choice(start=(), refuse=())


def test_a_job_never_goes_on_from_one_that_was_deleted() -> None:
    child = replace(job(3, parents=(2,)), restart_of=2)
    assert chosen(child, states={2: None}).refuse == ((child, 2, None),)


def test_what_else_a_restarted_job_takes_must_have_completed() -> None:
    child = replace(job(3, parents=(1, 2)), restart_of=2)
    states = {1: JobState.FAILED, 2: JobState.FAILED}
    assert chosen(child, states=states).refuse == ((child, 1, JobState.FAILED),)


def test_no_more_of_the_queue_is_read_than_can_start() -> None:
    read = []

    def queue() -> Iterator[Job]:
        for number in range(1, 100_000):
            read.append(number)
            yield job(number)

    choose(queue(), lambda _: JobState.COMPLETED, Room(cores=3))
    assert read == [1, 2, 3, 4]


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sets(st.integers(1, 4), max_size=2))),
    st.lists(st.sampled_from(JobState), min_size=4, max_size=4),
    st.integers(-2, 6),
    st.booleans(),
)
def test_nothing_starts_that_may_not(
    queue: list[tuple[int, set[int]]],
    states: list[JobState],
    free: int,
    is_idle: bool,  # noqa: FBT001
) -> None:
    queued = [
        job(10 + index, cores, tuple(parents))
        for index, (cores, parents) in enumerate(queue)
    ]
    room = Room(cores=free, is_idle=is_idle)
    choice = choose(queued, lambda parent: states[parent - 1], room)
    assert numbers(choice) == sorted(numbers(choice))
    in_use = sum(one.cores for one in choice.start)
    assert in_use <= max(free, 0) or (is_idle and len(choice.start) == 1)
    for one in choice.start:
        assert all(states[p - 1] is JobState.COMPLETED for p in one.parents)
    for one, parent, state in choice.refuse:
        assert parent in one.parents
        assert state is states[parent - 1] is not JobState.COMPLETED
        assert state is not None
        assert is_end(state)
    is_blocked = len(choice.start) + len(choice.refuse) < len(queued)
    if not is_blocked:
        assert {*choice.start, *(one for one, _, _ in choice.refuse)} == {*queued}
