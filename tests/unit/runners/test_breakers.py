"""When a host that does not answer is tried again."""

import pytest

from crystalmathd.errors import HostPausedError, HostUnreachableError, LoginRefusedError
from crystalmathd.models.clusters import HostState
from crystalmathd.runners.breakers import ATTEMPTS, Breaker, pause_s

DOWN = HostUnreachableError(host="far", reason="no route to host")
REFUSED = LoginRefusedError(host="far", user="me", reason="Permission denied", tried="")


def test_a_new_host_may_be_tried_three_times() -> None:
    breaker = Breaker(now=100)
    assert breaker.state is HostState.NEVER
    assert breaker.attempts(100) == ATTEMPTS == 3


def test_after_that_single_probes_come_later_and_later() -> None:
    breaker = Breaker(now=0)
    now, waits = 0.0, []
    for _ in range(7):
        breaker.fail(DOWN, now)
        assert breaker.state is HostState.OPEN
        assert breaker.next_try is not None
        waits.append((breaker.next_try - now) / 60)
        assert breaker.attempts(breaker.next_try - 0.1) == 0
        assert breaker.attempts(breaker.next_try) == 1
        now = breaker.next_try
        breaker.begin(now)
        assert breaker.state is HostState.HALF_OPEN
    assert waits == [1, 2, 5, 10, 30, 30, 30]


def test_each_turn_is_told_and_the_first_probe_may_come_sooner() -> None:
    turns = []
    breaker = Breaker(0, 0.5, lambda: turns.append(breaker.state))
    for now in (0.0, 1.0):
        breaker.fail(DOWN, now)
        breaker.begin(now)
        breaker.begin(now)
    assert breaker.next_try == 1.0 + 2 * 0.5
    assert turns == [HostState.OPEN, HostState.HALF_OPEN] * 2


def test_a_day_costs_few_attempts() -> None:
    breaker = Breaker(now=0)
    attempts, now = 0, 0.0
    while now < 86_400:
        due = breaker.attempts(now)
        if due:
            attempts += due
            breaker.fail(DOWN, now)
        now += 1
    assert 40 < attempts <= 60


def test_an_answer_closes_the_circuit_and_begins_anew() -> None:
    breaker = Breaker(now=0)
    for _ in range(5):
        breaker.fail(DOWN, 0)
    breaker.succeed(5000)
    assert (breaker.state, breaker.since) == (HostState.CLOSED, 5000)
    assert breaker.error is None
    assert breaker.attempts(5000) == ATTEMPTS
    breaker.fail(DOWN, 6000)
    assert breaker.next_try == 6060


def test_a_refusal_waits_for_a_person_however_long() -> None:
    breaker = Breaker(now=0)
    breaker.refuse(REFUSED, 1)
    assert breaker.state is HostState.AUTH_REQUIRED
    assert breaker.attempts(10**9) == 0
    breaker.reset(10**9)
    assert breaker.attempts(10**9) == ATTEMPTS


def test_who_asks_for_it_has_one_attempt_and_its_answer() -> None:
    breaker = Breaker(now=0)
    breaker.refuse(REFUSED, 1)
    breaker.ask(5)
    assert breaker.attempts(5) == 1
    breaker.fail(DOWN, 6)
    assert breaker.attempts(6) == 0


def test_a_paused_host_is_left_alone() -> None:
    breaker = Breaker(now=0)
    breaker.pause(HostPausedError(host="far"), 1)
    assert breaker.attempts(10**9) == 0


def test_the_time_of_a_state_is_that_of_its_first_moment() -> None:
    breaker = Breaker(now=0)
    breaker.fail(DOWN, 10)
    breaker.fail(DOWN, 70)
    assert breaker.since == 10


@pytest.mark.parametrize("failures", range(12))
def test_pauses_are_doubled_at_most_a_minute_and_scattered(failures: int) -> None:
    pauses = {pause_s(failures, 2.0) for _ in range(200)}
    assert all(0 <= pause <= min(60, 2 * 2**failures) for pause in pauses)
    assert max(pauses) > min(60, 2 * 2**failures) * 0.8
    assert len(pauses) > 100
