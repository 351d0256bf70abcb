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
    ExitRecord,
    JobState,
    StepExit,
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
    Terminated,
    Unknown,
    Vanished,
)
from crystalmathd.models.plans import Limits, Parallelism, Plan, Step
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.lifecycle import (
    MAX_ATTEMPTS_NEVER_STARTED,
    Action,
    as_proof,
    conclude,
    decide,
    headline,
    may_abandon,
    overall_grade,
)

J, A = JobState, AttemptState


def step_exit(
    code: int | None = 0, signal: int | None = None, program: str = "crystal"
) -> StepExit:
    return StepExit(
        program=program,
        code=code,
        signal=signal,
        started_ms=1,
        ended_ms=2,
        cpu_s=0.1,
        max_memory_mb=1.0,
    )


def ended(
    *steps: StepExit, cause: str | None = None, errors: tuple[str, ...] = ()
) -> Ended:
    record = ExitRecord(
        token="cm-x",  # noqa: S106  # names an attempt
        cause=cause,
        steps=steps,
        files=(),
        errors=errors,
        ended_ms=3,
        scratch=None,
        is_scratch_kept=False,
    )
    return Ended(source="marker", record=record)


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
VANISHED = Vanished(source="boot", cause="reboot", text="the machine was restarted")


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


# --- how a job ended -------------------------------------------------------------


def plan(*good_codes: tuple[int, ...]) -> Plan:
    steps = tuple(
        Step(
            program="crystal",
            input_name="mgo.d12",
            launcher=(),
            executable="/bin/crystal",
            executable_origin="PATH",
            arguments=(),
            stdin="INPUT",
            stdout="mgo.out",
            stderr="mgo.out",
            good_codes=codes,
        )
        for codes in good_codes or ((0,),)
    )
    return Plan(
        name="mgo",
        code="crystal",
        cluster="local",
        scheduler="direct",
        parallelism=Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason=""),
        steps=steps,
        environment=(),
        stage_in=(),
        stage_out=(),
        scratch="/scratch/cry_mgo_<pid>",
        scratch_origin="default",
        limits=Limits(walltime_s=60, memory_mb=None, grace_s=10),
    )


def result(**fields: Any) -> Result:
    return Result(code="crystal", program="crystal", **fields)


GOOD = result(grade=Grade.CONVERGED, is_normal_end=True, energy_ev=-1.0)
OPEN = result(grade=Grade.NOT_CONVERGED, is_normal_end=True)
STOPPED = result(is_normal_end=False, cause="ERROR **** SCF")
ABRUPT = result(is_normal_end=False)


@pytest.mark.parametrize(
    ("end", "results", "is_cancelled", "state", "cause"),
    [
        (ended(step_exit()), [GOOD], False, J.COMPLETED, None),
        (ended(step_exit()), [GOOD], True, J.COMPLETED, None),
        (ended(step_exit()), [], False, J.COMPLETED, None),
        (ended(step_exit(1)), [GOOD], False, J.FAILED, "exit_code"),
        (ended(step_exit(1)), [STOPPED], False, J.FAILED, "code_error"),
        (ended(step_exit(0)), [STOPPED], False, J.FAILED, "code_error"),
        (ended(step_exit(0)), [ABRUPT], False, J.FAILED, "code_error"),
        (ended(step_exit(0)), [OPEN], False, J.FAILED, "not_converged"),
        (ended(step_exit(1)), [OPEN], False, J.FAILED, "not_converged"),
        (ended(step_exit(None, 9)), [GOOD], False, J.FAILED, "signal"),
        (ended(step_exit(None, 15)), [OPEN], True, J.FAILED, "signal"),
        (ended(), [], False, J.FAILED, "code_error"),
        (ended(step_exit(None, 15), cause="walltime"), [GOOD], False, J.FAILED,
         "walltime"),
        (ended(step_exit(None, 15), cause="cancelled"), [GOOD], True, J.CANCELLED,
         "cancelled"),
        (ended(step_exit(None, 15), cause="cancelled"), [GOOD], False, J.FAILED,
         "signal"),
        (ended(cause="staging", errors=("no space",)), [], False, J.FAILED, "staging"),
        (ended(cause="a word of tomorrow"), [], True, J.FAILED, "a word of tomorrow"),
        (VANISHED, [], False, J.LOST, "reboot"),
        (VANISHED, [GOOD], False, J.LOST, "reboot"),
        (VANISHED, [], True, J.CANCELLED, "reboot"),
    ],
)  # fmt: skip
def test_the_marker_and_the_outputs_say_how_it_ended(
    end: Ended | Vanished,
    results: list[Result],
    is_cancelled: bool,  # noqa: FBT001
    state: JobState,
    cause: str | None,
) -> None:
    conclusion = conclude(end, plan(), results, is_cancel_asked=is_cancelled)
    assert (conclusion.state, conclusion.cause) == (state, cause)
    assert conclusion.text


def test_a_code_may_have_good_exit_codes_of_its_own() -> None:
    end = ended(step_exit(3), step_exit(0))
    assert conclude(end, plan((0, 3), (0,)), [], is_cancel_asked=False).cause is None
    assert conclude(end, plan(), [], is_cancel_asked=False).cause == "exit_code"


def test_the_first_step_that_failed_is_the_cause() -> None:
    end = ended(step_exit(2, program="first"), step_exit(None, 9, program="second"))
    conclusion = conclude(end, plan((0,), (0,)), [], is_cancel_asked=False)
    assert conclusion.cause == "exit_code"
    assert conclusion.text == "first ended with exit code 2"


def test_a_step_that_never_ran_is_a_failure() -> None:
    end = ended(step_exit())
    conclusion = conclude(end, plan((0,), (0,)), [GOOD], is_cancel_asked=False)
    assert conclusion.state is J.FAILED
    assert conclusion.text == "only 1 of 2 programs ran"


def test_a_completion_whose_files_were_not_saved_says_where_they_are() -> None:
    end = ended(step_exit(), errors=("mgo.f9 was not saved: no space",))
    conclusion = conclude(end, plan(), [GOOD], is_cancel_asked=False)
    assert (conclusion.state, conclusion.cause) == (J.COMPLETED, "files_not_saved")
    assert str(end.record.scratch) in conclusion.text


def test_an_end_that_the_runner_was_asked_for_needs_no_word_in_the_store() -> None:
    """The store may have had no room for it when the user asked."""
    end = ended(step_exit(None, 15), cause="cancelled")
    asked = replace(end, record=replace(end.record, is_asked=True))
    conclusion = conclude(asked, plan(), [], is_cancel_asked=False)
    assert conclusion.state is J.CANCELLED


@pytest.mark.parametrize(
    ("free_mb", "results", "cause"),
    [
        (None, [STOPPED], "code_error"),
        (16, [STOPPED], "code_error"),
        (0, [STOPPED], "scratch_full"),
        (15, [], "scratch_full"),
        (0, [OPEN], "not_converged"),
    ],
)
def test_a_failure_without_room_in_scratch_names_that(
    free_mb: int | None, results: list[Result], cause: str
) -> None:
    end = ended(step_exit(1))
    record = replace(end.record, scratch="/scratch/x", scratch_free_mb=free_mb)
    conclusion = conclude(
        replace(end, record=record), plan(), results, is_cancel_asked=False
    )
    assert (conclusion.state, conclusion.cause) == (J.FAILED, cause)
    is_named = f"{free_mb} MB were free at its scratch directory /scratch/x"
    assert (is_named in conclusion.text) == (free_mb is not None and free_mb < 16)


def terminated(raw: str, cause: str) -> Terminated:
    return Terminated(source="sacct", cause=cause, text=f"it ended: {raw}", raw=raw)


@pytest.mark.parametrize(
    ("raw", "known", "is_cancelled", "state", "cause"),
    [
        ("TIMEOUT", "walltime", False, J.FAILED, "walltime"),
        ("OUT_OF_MEMORY", "out_of_memory", True, J.FAILED, "out_of_memory"),
        ("CANCELLED by 0", "cancelled_elsewhere", False, J.CANCELLED,
         "cancelled_elsewhere"),
        ("CANCELLED by 1000", "cancelled_elsewhere", True, J.CANCELLED, "cancelled"),
        # Its exit code was seen by nobody, whatever the batch system calls it.
        ("COMPLETED", "marker_missing", False, J.LOST, "marker_missing"),
        ("FAILED", "marker_missing", False, J.FAILED, "marker_missing"),
    ],
)  # fmt: skip
def test_the_word_of_a_scheduler_alone_completes_nothing(
    raw: str,
    known: str,
    is_cancelled: bool,  # noqa: FBT001
    state: JobState,
    cause: str,
) -> None:
    end = terminated(raw, known)
    conclusion = conclude(end, plan(), [GOOD], is_cancel_asked=is_cancelled)
    assert (conclusion.state, conclusion.cause) == (state, cause)
    assert conclusion.text == end.text


@pytest.mark.parametrize(
    ("end", "results", "raw", "state", "cause"),
    [
        (ended(step_exit(None, 9)), [ABRUPT], "OUT_OF_MEMORY", J.FAILED,
         "out_of_memory"),
        (ended(step_exit(None, 9)), [ABRUPT], "NODE_FAIL", J.FAILED, "node_fail"),
        (ended(step_exit(None, 15), cause="cancelled"), [ABRUPT], "CANCELLED by 0",
         J.CANCELLED, "cancelled_elsewhere"),
        (ended(step_exit(None, 15), cause="cancelled"), [ABRUPT], "PREEMPTED",
         J.FAILED, "preempted"),
        (ended(step_exit(1)), [OPEN], "TIMEOUT", J.FAILED, "not_converged"),
        (ended(step_exit(1)), [STOPPED], "FAILED", J.FAILED, "code_error"),
        (ended(step_exit(1)), [STOPPED], None, J.FAILED, "code_error"),
        (ended(step_exit()), [GOOD], "TIMEOUT", J.COMPLETED, None),
    ],
)  # fmt: skip
def test_a_scheduler_knows_why_a_program_was_killed(
    end: Ended,
    results: list[Result],
    raw: str | None,
    state: JobState,
    cause: str | None,
) -> None:
    seen = replace(end, scheduler_state=raw)
    conclusion = conclude(seen, plan(), results, is_cancel_asked=False)
    assert (conclusion.state, conclusion.cause) == (state, cause)


@pytest.mark.parametrize(
    ("absences_s", "asked", "is_given_up"),
    [
        ((130, 140, 150), ("squeue", "files"), True),
        ((10, 20, 30, 130, 140, 150), ("squeue", "files"), True),
        ((130, 140), ("squeue", "files"), False),
        ((110, 130, 140), ("squeue", "files"), False),
        ((130, 131, 132, 133), ("squeue", "files"), False),
        ((130, 135, 140, 145, 150), ("squeue", "files"), True),
        ((130, 140, 150), ("squeue",), False),
        ((130, 140, 150), ("squeue", "squeue"), False),
        ((), ("squeue", "files"), False),
    ],
)
def test_an_attempt_is_given_up_after_its_grace_by_three_looks_at_two_places(
    absences_s: tuple[int, ...],
    asked: tuple[str, ...],
    is_given_up: bool,  # noqa: FBT001
) -> None:
    at = [1000 * (7 + one) for one in absences_s]
    unsure = AttemptState.SUBMIT_UNKNOWN
    found = may_abandon(unsure, at, asked, 7000, grace_s=120, spacing_s=10)
    assert found == is_given_up


@pytest.mark.parametrize(
    "attempt_state", [AttemptState.SUBMITTED, AttemptState.FINISHED]
)
def test_what_was_once_seen_there_is_never_given_up(
    attempt_state: AttemptState,
) -> None:
    long = [n * 10_000_000 for n in range(1, 9)]
    asked = ("squeue", "its directory", "sacct")
    assert not may_abandon(attempt_state, long, asked, 0, grace_s=1, spacing_s=1)


def test_a_wall_time_without_a_number_is_named_as_well() -> None:
    end = ended(step_exit(None, 15), cause="walltime", errors=("x was not saved",))
    unlimited = replace(plan(), limits=replace(plan().limits, walltime_s=None))
    text = conclude(end, unlimited, [], is_cancel_asked=False).text
    assert text == "the wall time was over; x was not saved"


def test_a_wall_time_is_named_in_seconds() -> None:
    end = ended(step_exit(None, 15), cause="walltime")
    text = conclude(end, plan(), [], is_cancel_asked=True).text
    assert text == "the wall time of 60 s was over"


@given(
    st.sampled_from([None, "walltime", "cancelled", "staging"]),
    st.lists(
        st.builds(step_exit, st.none() | st.integers(0, 3), st.none() | st.just(9)),
        max_size=2,
    ),
    st.lists(st.sampled_from([GOOD, OPEN, STOPPED, ABRUPT]), max_size=2),
    st.booleans(),
)
def test_nothing_but_good_ends_of_every_step_is_a_completion(
    cause: str | None,
    exits: list[StepExit],
    results: list[Result],
    is_cancelled: bool,  # noqa: FBT001
) -> None:
    end = ended(*exits, cause=cause)
    conclusion = conclude(end, plan((0,), (0,)), results, is_cancel_asked=is_cancelled)
    assert is_end(conclusion.state)
    assert conclusion.state is not J.LOST
    is_good = (
        cause is None
        and [(one.code, one.signal) for one in exits] == [(0, None)] * 2
        and all(one is GOOD for one in results)
    )
    assert (conclusion.state is J.COMPLETED) == is_good
    if conclusion.state is J.CANCELLED:
        assert is_cancelled


@pytest.mark.parametrize(
    ("grades", "overall"),
    [
        ((), Grade.UNKNOWN),
        ((Grade.UNKNOWN,), Grade.UNKNOWN),
        ((Grade.CONVERGED, Grade.UNKNOWN), Grade.CONVERGED),
        ((Grade.LOOSE, Grade.CONVERGED), Grade.LOOSE),
        ((Grade.CONVERGED, Grade.NOT_CONVERGED, Grade.LOOSE), Grade.NOT_CONVERGED),
    ],
)
def test_the_worst_grade_is_the_grade(
    grades: tuple[Grade, ...], overall: Grade
) -> None:
    assert overall_grade([result(grade=grade) for grade in grades]) is overall


def test_the_last_energy_is_the_headline() -> None:
    first, last = result(energy_ev=-1.0), result(energy_ev=-2.0)
    assert headline([first, last, result()]) is last
    assert headline([result()]) is None


def test_a_failure_after_a_request_to_end_is_one_of_the_wall_time() -> None:
    end = ended(step_exit(255))
    told = replace(end, record=replace(end.record, is_stopped=True))
    found = conclude(told, plan((0,)), [ABRUPT], is_cancel_asked=False)
    assert (found.state, found.cause) == (JobState.FAILED, "walltime")
    assert "exit code 255" in found.text
    whole = conclude(
        replace(told, record=replace(told.record, steps=(step_exit(),))),
        plan((0,)),
        [GOOD],
        is_cancel_asked=False,
    )
    assert (whole.state, whole.cause) == (JobState.COMPLETED, None)
