"""What follows from what was seen: tables, and rules that hold for every case."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.models.jobs import (
    ACTIVE_STATES,
    NEXT_STATES,
    OPEN_ATTEMPTS,
    AttemptState,
    JobState,
    is_end,
)
from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Orphaned,
    Refused,
    Unknown,
    Vanished,
)
from crystalmathd.services.lifecycle import (
    MAX_ATTEMPTS_NEVER_STARTED,
    Action,
    as_proof,
    decide,
)
from tests.unit.services.exits import VANISHED, ended, step_exit

J, A = JobState, AttemptState


UNKNOWN = Unknown(source="local", reason="no route to host")
FRESH = NeverStarted(source="guard", is_spent=False)
SPENT = NeverStarted(source="guard", is_spent=True)
ALIVE = Alive(source="proc", scheduler_id="17", scratch="/scratch", started_ms=1)
PENDING = replace(ALIVE, is_pending=True, note="it waits for free nodes")
ENDING = replace(ALIVE, is_ending=True, note="its exit marker is awaited")
ABSENT = Absent(source="slurm", asked=("squeue", "sacct"))
REFUSED = Refused(source="sbatch", reason="invalid partition specified: gpu")
ORPHANED = Orphaned(source="proc", pids=(4, 5))
ENDED = ended(step_exit())


@pytest.mark.parametrize(
    ("state", "attempt", "seen", "is_cancelled", "to", "attempt_to", "action"),
    [
        # Nobody answers: nothing moves; a start that may have gone out is in doubt.
        (J.STARTING, A.INTENT, UNKNOWN, False, J.STARTING, A.SUBMIT_UNKNOWN, "wait"),
        (J.STARTING, A.INTENT, UNKNOWN, True, J.STARTING, A.SUBMIT_UNKNOWN, "wait"),
        (J.RUNNING, A.SUBMITTED, UNKNOWN, False, J.RUNNING, A.SUBMITTED, "wait"),
        (J.RUNNING, A.SUBMITTED, UNKNOWN, True, J.RUNNING, A.SUBMITTED, "wait"),
        (J.COLLECTING, A.FINISHED, UNKNOWN, False, J.COLLECTING, A.FINISHED, "wait"),
        # It is proven that nothing was started: start it, or do not if cancelled.
        (J.STARTING, A.INTENT, FRESH, False, J.STARTING, A.INTENT, "launch"),
        (J.STARTING, A.SUBMIT_UNKNOWN, FRESH, False, J.STARTING, A.SUBMIT_UNKNOWN,
         "launch"),
        (J.STARTING, A.INTENT, FRESH, True, J.CANCELLED, A.ABANDONED, "wait"),
        (J.STARTING, A.INTENT, SPENT, False, J.STARTING, A.ABANDONED, "start_over"),
        (J.STARTING, A.SUBMIT_UNKNOWN, SPENT, True, J.CANCELLED, A.ABANDONED, "wait"),
        # It ran, its directory is gone and so are its processes: that proves an end.
        (J.RUNNING, A.SUBMITTED, FRESH, False, J.COLLECTING, A.FINISHED, "collect"),
        (J.RUNNING, A.SUBMITTED, SPENT, True, J.COLLECTING, A.FINISHED, "collect"),
        (J.COLLECTING, A.FINISHED, FRESH, False, J.COLLECTING, A.FINISHED, "collect"),
        # It runs.
        (J.STARTING, A.INTENT, ALIVE, False, J.RUNNING, A.SUBMITTED, "wait"),
        (J.STARTING, A.SUBMIT_UNKNOWN, ALIVE, True, J.RUNNING, A.SUBMITTED, "stop"),
        (J.RUNNING, A.SUBMITTED, ALIVE, False, J.RUNNING, A.SUBMITTED, "wait"),
        (J.RUNNING, A.SUBMITTED, ALIVE, True, J.RUNNING, A.SUBMITTED, "stop"),
        (J.RUNNING, A.SUBMITTED, ORPHANED, False, J.RUNNING, A.SUBMITTED, "wait"),
        (J.RUNNING, A.SUBMITTED, ORPHANED, True, J.RUNNING, A.SUBMITTED, "stop"),
        (J.STARTING, A.INTENT, ORPHANED, False, J.RUNNING, A.SUBMITTED, "wait"),
        # It waits in a batch system, or has come out of it, or was put back.
        (J.STARTING, A.INTENT, PENDING, False, J.PENDING, A.SUBMITTED, "wait"),
        (J.PENDING, A.SUBMITTED, PENDING, True, J.PENDING, A.SUBMITTED, "stop"),
        (J.PENDING, A.SUBMITTED, ALIVE, False, J.RUNNING, A.SUBMITTED, "wait"),
        (J.RUNNING, A.SUBMITTED, PENDING, False, J.PENDING, A.SUBMITTED, "wait"),
        # The scheduler says that it is over: believed with its marker, or later.
        (J.PENDING, A.SUBMITTED, ENDING, False, J.PENDING, A.SUBMITTED, "wait"),
        (J.RUNNING, A.SUBMITTED, ENDING, False, J.RUNNING, A.SUBMITTED, "wait"),
        # It was handed over, perhaps, and nobody knows of it: that is silence.
        (J.STARTING, A.INTENT, ABSENT, False, J.STARTING, A.SUBMIT_UNKNOWN, "wait"),
        (J.PENDING, A.SUBMITTED, ABSENT, True, J.PENDING, A.SUBMITTED, "wait"),
        # It is refused in so many words: the same would be refused again.
        (J.STARTING, A.INTENT, REFUSED, False, J.FAILED, A.ABANDONED, "wait"),
        (J.STARTING, A.INTENT, REFUSED, True, J.CANCELLED, A.ABANDONED, "wait"),
        # It has ended.
        (J.STARTING, A.INTENT, ENDED, False, J.COLLECTING, A.FINISHED, "collect"),
        (J.RUNNING, A.SUBMITTED, ENDED, True, J.COLLECTING, A.FINISHED, "collect"),
        (J.COLLECTING, A.FINISHED, ENDED, False, J.COLLECTING, A.FINISHED, "collect"),
        (J.RUNNING, A.SUBMITTED, VANISHED, False, J.COLLECTING, A.FINISHED, "collect"),
    ],
)  # fmt: skip
def test_what_is_seen_decides_what_is_done(
    state: JobState,
    attempt: AttemptState,
    seen: Observation,
    is_cancelled: bool,  # noqa: FBT001
    to: JobState,
    attempt_to: AttemptState,
    action: str,
) -> None:
    decision = decide(state, attempt, 1, seen, is_cancel_asked=is_cancelled)
    assert (decision.state, decision.attempt_state) == (to, attempt_to)
    assert decision.action == action


def test_a_start_that_never_comes_about_is_given_up_after_three_tries() -> None:
    for number in range(1, MAX_ATTEMPTS_NEVER_STARTED + 2):
        decision = decide(
            J.STARTING, A.INTENT, number, SPENT, is_cancel_asked=False,
        )  # fmt: skip
        is_last = number >= MAX_ATTEMPTS_NEVER_STARTED
        assert decision.state is (J.FAILED if is_last else J.STARTING)
        assert decision.action is (Action.WAIT if is_last else Action.START_OVER)
        assert decision.cause == ("runner_killed" if is_last else None)


def test_a_submission_that_is_never_answered_is_made_again_without_end() -> None:
    given_up = replace(SPENT, is_given_up=True)
    decision = decide(J.STARTING, A.INTENT, 99, given_up, is_cancel_asked=False)
    assert (decision.state, decision.action) == (J.STARTING, Action.START_OVER)
    asked = decide(J.STARTING, A.INTENT, 99, given_up, is_cancel_asked=True)
    assert (asked.state, asked.cause) == (J.CANCELLED, "cancelled")


def test_a_doubt_says_what_is_not_known() -> None:
    replaced = replace(ORPHANED, reason="the record is of another attempt")
    for seen in (UNKNOWN, ORPHANED, replaced):
        decision = decide(
            J.RUNNING, A.SUBMITTED, 1, seen, is_cancel_asked=False,
        )  # fmt: skip
        assert decision.doubt
    assert "[4, 5] run, but the record is of another" in str(decision.doubt)
    certain = decide(J.RUNNING, A.SUBMITTED, 1, ALIVE, is_cancel_asked=False)
    assert certain.doubt is None


OBSERVATION = st.one_of(
    st.builds(Unknown, source=st.just("s"), reason=st.text(min_size=1)),
    st.builds(NeverStarted, source=st.just("s"), is_spent=st.booleans()),
    st.sampled_from([ALIVE, PENDING, ABSENT, REFUSED]),
    st.builds(Orphaned, source=st.just("s"), pids=st.tuples(st.integers(1, 99))),
    st.sampled_from([ENDED, ended(), ended(cause="walltime"), VANISHED]),
)
CASE = st.fixed_dictionaries(
    {
        "state": st.sampled_from(sorted(ACTIVE_STATES)),
        "attempt_state": st.sampled_from(sorted(OPEN_ATTEMPTS)),
        "n_tries": st.integers(1, 5),
        "observation": OBSERVATION,
        "is_cancel_asked": st.booleans(),
    }
)
# The only pairs that are ever in the store together; see carrier._write_down.
TOGETHER = {
    J.STARTING: {A.INTENT, A.SUBMIT_UNKNOWN},
    J.PENDING: {A.SUBMITTED},
    J.RUNNING: {A.SUBMITTED},
    J.COLLECTING: {A.FINISHED},
}


@given(CASE)
def test_silence_never_moves_a_job(case: dict[str, Any]) -> None:
    decision = decide(**case)
    if isinstance(case["observation"], Unknown):
        assert decision.state is case["state"]
        assert decision.action is Action.WAIT
        assert decision.attempt_state in OPEN_ATTEMPTS
        assert decision.doubt


@given(CASE)
def test_there_is_no_end_without_a_proof(case: dict[str, Any]) -> None:
    decision = decide(**case)
    assert decision.state not in {J.COMPLETED, J.LOST}
    if is_end(decision.state):
        assert isinstance(case["observation"], NeverStarted)
        assert decision.attempt_state is A.ABANDONED
        assert decision.cause
    if decision.action is Action.COLLECT:
        seen = as_proof(case["attempt_state"], case["observation"])
        assert isinstance(seen, Ended | Vanished)


@given(CASE)
def test_nothing_is_started_that_may_have_run(case: dict[str, Any]) -> None:
    decision = decide(**case)
    if decision.action in {Action.LAUNCH, Action.START_OVER}:
        assert isinstance(case["observation"], NeverStarted)
        assert case["attempt_state"] in {A.INTENT, A.SUBMIT_UNKNOWN}
        assert not case["is_cancel_asked"]


@given(CASE)
def test_every_decision_is_an_allowed_move(case: dict[str, Any]) -> None:
    if case["attempt_state"] not in TOGETHER[case["state"]]:
        return
    if case["state"] is J.COLLECTING and isinstance(
        case["observation"], NeverStarted | Alive | Orphaned
    ):
        pass  # its marker was seen before; the state stays all the same
    decision = decide(**case)
    same = decision.state is case["state"]
    assert same or decision.state in NEXT_STATES[case["state"]]


@given(CASE)
def test_an_attempt_that_is_left_open_is_one_that_goes_on(case: dict[str, Any]) -> None:
    decision = decide(**case)
    is_open = decision.attempt_state in OPEN_ATTEMPTS
    assert is_open == (not is_end(decision.state)) or (
        decision.action is Action.START_OVER and not is_open
    )


def test_every_state_can_reach_an_end_that_only_a_person_leaves() -> None:
    for state in JobState:
        reached, new = {state}, {state}
        while new:
            new = {to for one in new for to in NEXT_STATES[one]} - reached
            reached |= new
        assert any(is_end(one) for one in reached)
        if is_end(state):
            assert NEXT_STATES[state] <= {JobState.QUEUED, JobState.COLLECTING}
    assert JobState.QUEUED not in NEXT_STATES[JobState.COMPLETED]
