"""Holding, ordering and retrying jobs."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.submissions import EnvironmentValue, ResourcesAsked
from tests.harness import RunningDaemon, deck, submit, terminal_states, wait_for_cycle

ENDLESS = deck(CYCLE_S=0.1, CYCLES=10_000)
GUESS = deck("child").replace("SHRINK", "GUESSP\nSHRINK")


@pytest.fixture
def narrow(stopped_daemon: RunningDaemon) -> RunningDaemon:
    """Run one job at a time."""
    stopped_daemon.environ["CRYSTALMATH_CORES"] = "1"
    return stopped_daemon.start()


@pytest.fixture
def one_by_one(narrow: RunningDaemon) -> Iterator[Connection]:
    with narrow.connection() as connection:
        yield connection


def state(connection: Connection, job_id: str) -> str:
    return connection.get_job_details(job_id).state


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def in_order_of_start(connection: Connection, job_ids: list[str]) -> list[str]:
    """Return jobs that have ended in the order in which they started."""
    jobs = {one.job_id: one for one in connection.fetch_jobs().jobs}
    return sorted(job_ids, key=lambda one: jobs[one].started_ms or 0)


# --- hold and release ---------------------------------------------------------------


def test_a_job_that_was_submitted_on_hold_starts_when_it_is_released(
    daemon: RunningDaemon, connection: Connection
) -> None:
    held = submit(daemon, connection, deck(), hold=True)
    other = submit(daemon, connection, deck())
    assert connection.wait(other).state == "completed"
    job = connection.get_job_details(held)
    assert (job.state, job.attempts) == ("held", ())
    assert connection.release_job(held).state == "queued"
    assert connection.wait(held).state == "completed"


def test_a_queued_job_that_is_held_lets_others_pass(
    narrow: RunningDaemon, one_by_one: Connection
) -> None:
    submit_one = partial(submit, narrow, one_by_one)
    running = submit_one(ENDLESS)
    waiting, other = submit_one(deck()), submit_one(deck())
    for _ in range(2):  # twice is once
        assert one_by_one.hold_job(waiting).state == "held"
    one_by_one.cancel_job(running)
    assert one_by_one.wait(other).state == "completed"
    assert state(one_by_one, waiting) == "held"
    last = one_by_one.get_job_details(waiting).evidence[-1]
    assert (last.source, last.text) == ("user", "held by the user")


def test_a_held_job_is_still_held_by_the_next_daemon(
    daemon: RunningDaemon, connection: Connection
) -> None:
    held = submit(daemon, connection, deck(), hold=True)
    daemon.kill()
    daemon.start()
    with daemon.connection() as again:
        other = submit(daemon, again, deck())
        assert again.wait(other).state == "completed"
        assert state(again, held) == "held"
        assert again.cancel_job(held).state == "cancelled"


def test_a_job_that_runs_is_neither_held_nor_released_nor_moved(
    daemon: RunningDaemon, connection: Connection
) -> None:
    running = submit(daemon, connection, ENDLESS)
    wait_for_cycle(connection, running)
    for call, words in (
        (connection.hold_job, "only a job that waits in the queue can be held"),
        (connection.release_job, "only a held job can be released"),
        (
            lambda job_id: connection.set_priority(job_id, 3),
            "a priority matters before the start only",
        ),
    ):
        with refusal("job.wrong_state") as refused:
            call(running)
        assert refused.value.message == f"Job {running} is running: {words}"
    assert state(connection, running) == "running"
    connection.cancel_job(running)


def test_steering_a_job_that_is_not_there_is_refused(connection: Connection) -> None:
    for call in (connection.hold_job, connection.why_job, connection.retry_job):
        with refusal("job.not_found"):
            call("77")


# --- priorities ---------------------------------------------------------------------


def test_a_later_job_of_higher_priority_starts_first(
    narrow: RunningDaemon, one_by_one: Connection
) -> None:
    submit_one = partial(submit, narrow, one_by_one)
    running = submit_one(ENDLESS)
    low = submit_one(deck(), priority=-2)
    plain = submit_one(deck())
    high = submit_one(deck(), priority=7)
    raised = submit_one(deck())
    assert one_by_one.set_priority(raised, 9).priority == 9
    assert one_by_one.get_job_details(high).priority == 7
    one_by_one.cancel_job(running)
    terminal_states(one_by_one, [low, plain, high, raised])
    expected = [raised, high, plain, low]
    assert in_order_of_start(one_by_one, expected[::-1]) == expected


def test_a_priority_is_kept_on_hold_and_counts_after_the_release(
    narrow: RunningDaemon, one_by_one: Connection
) -> None:
    submit_one = partial(submit, narrow, one_by_one)
    running = submit_one(ENDLESS)
    held = submit_one(deck(), hold=True)
    plain = submit_one(deck())
    assert one_by_one.set_priority(held, 1).state == "held"
    assert one_by_one.release_job(held).priority == 1
    one_by_one.cancel_job(running)
    terminal_states(one_by_one, [held, plain])
    assert in_order_of_start(one_by_one, [plain, held]) == [held, plain]


def test_a_change_of_priority_is_an_event(
    daemon: RunningDaemon, connection: Connection
) -> None:
    held = submit(daemon, connection, deck(), hold=True)
    cursor = connection.fetch_events(limit=1).cursor
    connection.set_priority(held, -4)
    [event] = connection.fetch_events(cursor=cursor, wait_ms=5000).events
    assert (event.type, event.job_id) == ("job_changed", held)
    assert event.payload == {"priority": -4}


# --- retry --------------------------------------------------------------------------


def test_a_retry_is_another_attempt_of_the_same_job(
    narrow: RunningDaemon, one_by_one: Connection
) -> None:
    failed = submit(narrow, one_by_one, deck(EXIT=37))
    assert one_by_one.wait(failed).energy_ev is not None
    running = submit(narrow, one_by_one, ENDLESS)
    done = one_by_one.retry_job(failed)
    assert (done.state, done.n_attempts, done.created) == ("queued", 1, True)
    waiting = one_by_one.get_job_details(failed)
    assert (waiting.energy_ev, waiting.grade, waiting.results) == (None, None, ())
    assert (waiting.started_ms, waiting.ended_ms, waiting.cause) == (None, None, None)
    one_by_one.cancel_job(running)
    job = one_by_one.wait(failed)
    assert (job.state, job.cause) == ("failed", "exit_code")
    assert [one.number for one in job.attempts] == [1, 2]
    assert [one.exits[0].code for one in job.attempts] == [37, 37]
    assert job.energy_ev is not None
    assert "to be run again, asked by the user" in {e.text for e in job.evidence}


def test_a_retry_that_is_sent_twice_makes_one_attempt(
    daemon: RunningDaemon, connection: Connection
) -> None:
    failed = submit(daemon, connection, deck(EXIT=3))
    connection.wait(failed)
    created = [connection.retry_job(failed, after_attempt=1).created for _ in range(2)]
    assert created == [True, False]
    connection.wait(failed)
    late = connection.retry_job(failed, after_attempt=1)
    assert (late.state, late.n_attempts, late.created) == ("failed", 2, False)
    assert len(connection.get_job_details(failed).attempts) == 2


def test_a_job_that_never_started_is_retried_once_too(
    daemon: RunningDaemon, connection: Connection
) -> None:
    held = submit(daemon, connection, deck(), hold=True)
    connection.cancel_job(held)
    created = [connection.retry_job(held, after_attempt=0).created for _ in range(2)]
    assert created == [True, False]
    assert connection.wait(held).state == "completed"


def test_a_retry_that_is_cancelled_in_the_queue_has_no_result(
    narrow: RunningDaemon, one_by_one: Connection
) -> None:
    submit_one = partial(submit, narrow, one_by_one)
    failed = submit_one(deck(EXIT=3))
    assert one_by_one.wait(failed).results
    running = submit_one(ENDLESS)
    wait_for_cycle(one_by_one, running)
    one_by_one.retry_job(failed)
    assert one_by_one.cancel_job(failed).state == "cancelled"
    job = one_by_one.get_job_details(failed)
    assert (job.state, job.results, job.energy_ev) == ("cancelled", (), None)
    one_by_one.cancel_job(running)
    one_by_one.retry_job(failed)
    assert one_by_one.wait(failed).results


def test_other_resources_are_another_plan_and_the_old_one_stays_on_disk(
    daemon: RunningDaemon, connection: Connection
) -> None:
    slow = deck(CYCLE_S=0.25)
    short = submit(daemon, connection, slow, resources={"walltime_s": 1})
    assert connection.wait(short).cause == "walltime"
    connection.retry_job(
        short, resources=ResourcesAsked(walltime_s=100, threads=2), after_attempt=1
    )
    job = connection.wait(short)
    assert (job.state, job.cores) == ("completed", 2)
    assert job.plan.limits.walltime_s == 100
    before, after = (
        json.loads(
            Path(job.directory).with_name(number).joinpath("plan.json").read_text()
        )
        for number in "12"
    )
    assert before["limits"]["walltime_s"] == 1
    assert after["limits"]["walltime_s"] == 100
    assert after["parallelism"]["threads"] == 2
    assert before["steps"][0]["program"] == after["steps"][0]["program"]


def test_resources_that_are_refused_change_nothing(
    daemon: RunningDaemon, connection: Connection
) -> None:
    failed = submit(daemon, connection, deck(EXIT=3))
    connection.wait(failed)
    with refusal("job.resources_refused"):
        connection.retry_job(failed, resources=ResourcesAsked(threads=64))
    job = connection.get_job_details(failed)
    assert (job.state, len(job.attempts)) == ("failed", 1)


def test_a_completed_job_and_one_that_waits_are_not_retried(
    daemon: RunningDaemon, connection: Connection
) -> None:
    done = submit(daemon, connection, deck())
    connection.wait(done)
    held = submit(daemon, connection, deck(), hold=True)
    for job_id, words in ((done, "clone it"), (held, "cancel it first")):
        with refusal("job.wrong_state") as refused:
            connection.retry_job(job_id)
        assert words in refused.value.message


def test_a_job_whose_parent_was_deleted_is_not_retried(
    daemon: RunningDaemon, connection: Connection
) -> None:
    parent = submit(daemon, connection, deck())
    link = [{"job_id": parent, "role": "wavefunction"}]
    text = GUESS.replace("child", "child STANDIN_EXIT=3")
    child = submit(daemon, connection, text, name="child.d12", inputs_from=link)
    assert connection.wait(child).state == "failed"
    connection.delete_job(parent)
    for asked in (None, ResourcesAsked(walltime_s=100)):
        with refusal("job.deleted") as refused:
            connection.retry_job(child, resources=asked)
        assert f"Job {parent} (mgo) was deleted" in refused.value.message
    assert state(connection, child) == "failed"
    # The queue is as it was.
    assert connection.wait(submit(daemon, connection, deck())).state == "completed"


def test_a_new_plan_keeps_what_the_client_sent_unless_it_sends_it_again(
    daemon: RunningDaemon, connection: Connection
) -> None:
    def sent(place: str) -> EnvironmentValue:
        value = str(daemon.home / place)
        return EnvironmentValue(name="CRY_SCRATCH_BASE", value=value, origin="client")

    failed = submit(daemon, connection, deck(EXIT=3), environment=[sent("one")])
    connection.wait(failed)
    limited = ResourcesAsked(walltime_s=100)
    for environment, place in (((), "one"), ((sent("two"),), "two")):
        connection.retry_job(failed, resources=limited, environment=environment)
        attempt = connection.wait(failed).attempts[-1]
        assert Path(attempt.scratch or "").parent == daemon.home / place
