"""How a job ended: its marker, the word of its scheduler, and its outputs."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.models.jobs import (
    AttemptState,
    JobState,
    StepExit,
    is_end,
)
from crystalmathd.models.observations import (
    Ended,
    Terminated,
    Vanished,
)
from crystalmathd.models.plans import Limits, Parallelism, Plan, Step
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.lifecycle import (
    conclude,
    headline,
    may_abandon,
    overall_grade,
)
from tests.unit.services.exits import VANISHED, ended, step_exit

J = JobState


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
