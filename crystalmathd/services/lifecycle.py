"""What follows from what was seen. Pure: no clock, no disk, no network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from crystalmathd.models.jobs import (
    AttemptState,
    Cause,
    ExitRecord,
    JobState,
    StepExit,
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
from crystalmathd.models.plans import Plan
from crystalmathd.models.results import Grade, Result

MAX_ATTEMPTS_NEVER_STARTED: Final = 3
LITTLE_ROOM_MB: Final = 16
"""With less at its end, a program that failed has most likely failed of that."""
ABSENCES_NEEDED: Final = 3
ANSWERS_NEEDED: Final = 2
COMPLETED: Final = "COMPLETED"
SCHEDULER_CAUSES: Final = {
    "TIMEOUT": Cause.WALLTIME,
    "OUT_OF_MEMORY": Cause.MEMORY,
    "NODE_FAIL": Cause.NODE_FAIL,
    "PREEMPTED": Cause.PREEMPTED,
    "DEADLINE": Cause.DEADLINE,
    "BOOT_FAIL": Cause.BOOT_FAIL,
    "CANCELLED": Cause.CANCELLED_ELSEWHERE,
}
"""What a scheduler's word for an end says of its cause."""


class Action(StrEnum):
    """What is to be done next."""

    WAIT = "wait"
    LAUNCH = "launch"
    START_OVER = "start_over"
    STOP = "stop"
    COLLECT = "collect"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The new states, why, and what to do; `text` is the evidence in words."""

    state: JobState
    attempt_state: AttemptState
    action: Action
    text: str
    source: str
    cause: str | None = None
    doubt: str | None = None


def decide(
    state: JobState,
    attempt_state: AttemptState,
    n_tries: int,
    observation: Observation,
    *,
    is_cancel_asked: bool,
) -> Decision:
    """Decide about a job with an open attempt, of which there were `n_tries` so far.

    No end follows from silence: Unknown keeps the state and adds a doubt.
    """
    observation = as_proof(attempt_state, observation)
    if isinstance(observation, Absent):
        asked = ", ".join(observation.asked)
        reason = f"it was handed over, and {asked} does not know it yet"
        observation = Unknown(source=observation.source, reason=reason)
    if isinstance(observation, Unknown):
        unsure = attempt_state is AttemptState.INTENT
        return Decision(
            state=state,
            attempt_state=AttemptState.SUBMIT_UNKNOWN if unsure else attempt_state,
            action=Action.WAIT,
            source=observation.source,
            text=f"no answer: {observation.reason}",
            doubt=observation.reason,
        )
    if isinstance(observation, NeverStarted):
        return _decide_never_started(
            attempt_state, n_tries, observation, is_cancel_asked
        )
    if isinstance(observation, Ended):
        return Decision(
            state=JobState.COLLECTING,
            attempt_state=AttemptState.FINISHED,
            action=Action.COLLECT,
            source=observation.source,
            text="the exit marker was written",
        )
    if isinstance(observation, Vanished):
        return Decision(
            state=JobState.COLLECTING,
            attempt_state=AttemptState.FINISHED,
            action=Action.COLLECT,
            source=observation.source,
            text=observation.text,
            cause=observation.cause,
        )
    return _decide_running(state, observation, is_cancel_asked)


def _decide_running(
    state: JobState,
    observation: Alive | Orphaned,
    is_cancel_asked: bool,  # noqa: FBT001
) -> Decision:
    if isinstance(observation, Orphaned):
        text = f"processes {list(observation.pids)} run"
        text += (
            f", but {observation.reason}"
            if observation.reason
            else (" without their runner")
        )
        doubt: str | None = f"{text}; their exit codes will not be known"
    else:
        waits = "it waits in the queue"
        usual = waits if observation.is_pending else "it runs"
        text = observation.note or usual
        doubt = text if observation.is_ending else None
    return Decision(
        state=_of_living(state, observation),
        attempt_state=AttemptState.SUBMITTED,
        action=Action.STOP if is_cancel_asked else Action.WAIT,
        source=observation.source,
        text=text,
        doubt=doubt,
    )


def _of_living(state: JobState, seen: Alive | Orphaned) -> JobState:
    """Return the state of what waits in a scheduler or runs."""
    if state is JobState.COLLECTING:  # its end was seen before
        return state
    if isinstance(seen, Alive) and seen.is_ending:
        return state
    if isinstance(seen, Alive) and seen.is_pending:
        return JobState.PENDING
    is_news = state in {JobState.STARTING, JobState.PENDING}
    return JobState.RUNNING if is_news else state


def may_abandon(
    attempt_state: AttemptState,
    absences_ms: Sequence[int],
    asked: Sequence[str],
    intent_ms: int,
    *,
    grace_s: int,
    spacing_s: int,
) -> bool:
    """Tell whether an attempt of which nothing was heard may be given up.

    The grace since the intent is over, and several looks in a row, some time apart,
    have each found nothing with more than one to answer. `absences_ms`: when those
    looks were made, oldest first.

    What the scheduler has once told of is never given up: it was taken, and a list
    without it proves nothing.
    """
    if attempt_state in {AttemptState.SUBMITTED, AttemptState.FINISHED}:
        return False
    if len(set(asked)) < ANSWERS_NEEDED:
        return False
    late = [at for at in absences_ms if at >= intent_ms + grace_s * 1000]
    counted: list[int] = []
    for at in late:
        if not counted or at - counted[-1] >= spacing_s * 1000:
            counted.append(at)
    return len(counted) >= ABSENCES_NEEDED


def _decide_never_started(
    attempt_state: AttemptState,
    n_tries: int,
    observation: NeverStarted,
    is_cancel_asked: bool,  # noqa: FBT001
) -> Decision:
    if isinstance(observation, Refused):
        return _decide_refused(observation, is_cancel_asked)
    if not is_cancel_asked and not observation.is_spent:
        return Decision(
            state=JobState.STARTING,
            attempt_state=attempt_state,
            action=Action.LAUNCH,
            source=observation.source,
            text="nothing was started yet",
        )
    # What a batch system does not answer is no failure, however often.
    has_tries = observation.is_given_up or n_tries < MAX_ATTEMPTS_NEVER_STARTED
    again = not is_cancel_asked and has_tries
    end = JobState.CANCELLED if is_cancel_asked else JobState.FAILED
    cause = Cause.CANCELLED if is_cancel_asked else Cause.RUNNER_KILLED
    return Decision(
        state=JobState.STARTING if again else end,
        attempt_state=AttemptState.ABANDONED,
        action=Action.START_OVER if again else Action.WAIT,
        source=observation.source,
        text=(
            "nobody knew of it; it cannot start any more"
            if observation.is_given_up
            else "the runner ended before it started any program"
        ),
        cause=None if again else cause,
    )


def _decide_refused(
    observation: Refused,
    is_cancel_asked: bool,  # noqa: FBT001
) -> Decision:
    return Decision(
        state=JobState.CANCELLED if is_cancel_asked else JobState.FAILED,
        attempt_state=AttemptState.ABANDONED,
        action=Action.WAIT,
        source=observation.source,
        text=observation.reason,
        cause=Cause.CANCELLED if is_cancel_asked else Cause.REFUSED,
    )


def as_proof(attempt_state: AttemptState, seen: Observation) -> Observation:
    """Read an observation in the light of what is written down about the attempt.

    That nothing of it is there proves the end of one that is known to have run.
    """
    if isinstance(seen, NeverStarted) and attempt_state in {
        AttemptState.SUBMITTED,
        AttemptState.FINISHED,
    }:
        return Vanished(
            source=seen.source,
            cause=Cause.FILES_GONE,
            text="its directory was removed, and no process of it is left",
        )
    return seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Conclusion:
    """How the job ended, and the fact that says so."""

    state: JobState
    cause: str | None
    text: str


def conclude(
    end: Ended | Vanished,
    plan: Plan,
    results: Sequence[Result],
    *,
    is_cancel_asked: bool,
) -> Conclusion:
    """Decide the final state from the exit marker and what the outputs say."""
    if isinstance(end, Terminated):
        return _conclude_terminated(end, is_cancel_asked=is_cancel_asked)
    if isinstance(end, Vanished):
        state = JobState.CANCELLED if is_cancel_asked else JobState.LOST
        return Conclusion(state=state, cause=end.cause, text=end.text)
    concluded = _conclude_marked(end.record, plan, results, is_cancel_asked)
    return _as_scheduler_says(concluded, end.scheduler_state)


def _conclude_terminated(end: Terminated, *, is_cancel_asked: bool) -> Conclusion:
    """Conclude from the scheduler's word alone; nothing completes by it."""
    word = end.raw.split(" ", 1)[0]
    if word == "CANCELLED":
        cause = Cause.CANCELLED if is_cancel_asked else Cause.CANCELLED_ELSEWHERE
        return Conclusion(state=JobState.CANCELLED, cause=cause, text=end.text)
    state = JobState.LOST if word == COMPLETED else JobState.FAILED
    return Conclusion(state=state, cause=end.cause, text=end.text)


def _as_scheduler_says(concluded: Conclusion, raw: str | None) -> Conclusion:
    """Take the cause of a failure from the scheduler where it knows more."""
    word = (raw or "").split(" ", 1)[0]
    known = SCHEDULER_CAUSES.get(word)
    is_of_program = concluded.cause in {Cause.NOT_CONVERGED, Cause.CANCELLED}
    if known is None or concluded.state is not JobState.FAILED or is_of_program:
        return concluded
    is_cancelled = known is Cause.CANCELLED_ELSEWHERE
    return Conclusion(
        state=JobState.CANCELLED if is_cancelled else JobState.FAILED,
        cause=known,
        text=f"{concluded.text}; the scheduler says {raw}",
    )


def _conclude_marked(
    record: ExitRecord,
    plan: Plan,
    results: Sequence[Result],
    is_cancel_asked: bool,  # noqa: FBT001
) -> Conclusion:
    if record.cause is not None:
        is_asked = is_cancel_asked or record.is_asked
        return _conclude_ended(record, plan, is_cancel_asked=is_asked)
    for index, step in enumerate(record.steps):
        said = results[index] if index < len(results) else None
        failure = _failure(step, plan.steps[index].good_codes, said)
        if failure is not None and record.is_stopped:
            text = f"{failure.text}; it was asked to end as its wall time was nearly up"
            return replace(failure, cause=Cause.WALLTIME, text=text)
        if failure is not None:
            return _of_full_scratch(failure, record)
    if len(record.steps) < len(plan.steps):
        text = f"only {len(record.steps)} of {len(plan.steps)} programs ran"
        return Conclusion(state=JobState.FAILED, cause=Cause.CODE_ERROR, text=text)
    codes = ", ".join(
        f"{s.program} ended with exit code {s.code}" for s in record.steps
    )
    if record.errors:
        text = f"{codes}; its files are kept in {record.scratch}"
        cause = Cause.FILES_NOT_SAVED
        return Conclusion(state=JobState.COMPLETED, cause=cause, text=text)
    return Conclusion(state=JobState.COMPLETED, cause=None, text=codes)


def _conclude_ended(
    record: ExitRecord, plan: Plan, *, is_cancel_asked: bool
) -> Conclusion:
    """Conclude about a job that the runner itself ended or could not start."""
    text = "; ".join(record.errors) or f"it was ended: {record.cause}"
    if record.cause == Cause.WALLTIME:
        limit_s = plan.limits.walltime_s
        limit = "" if limit_s is None else f" of {limit_s} s"
        text = "; ".join((f"the wall time{limit} was over", *record.errors))
    elif record.cause == Cause.CANCELLED and is_cancel_asked:
        text = "it was ended on request; none of its processes is left"
        return Conclusion(state=JobState.CANCELLED, cause=Cause.CANCELLED, text=text)
    elif record.cause == Cause.CANCELLED:
        text = "its runner was told to end by somebody else (SIGTERM)"
        return Conclusion(state=JobState.FAILED, cause=Cause.SIGNAL, text=text)
    return Conclusion(state=JobState.FAILED, cause=record.cause, text=text)


def _of_full_scratch(failure: Conclusion, record: ExitRecord) -> Conclusion:
    """Name the want of room beside what the program said of its failure."""
    free_mb = record.scratch_free_mb
    if free_mb is None or free_mb >= LITTLE_ROOM_MB:
        return failure
    text = f"{failure.text}; {free_mb} MB were free at its scratch directory"
    is_other = failure.cause == Cause.NOT_CONVERGED
    cause = failure.cause if is_other else Cause.SCRATCH_FULL
    return replace(failure, cause=cause, text=f"{text} {record.scratch}")


def _failure(
    step: StepExit, good_codes: tuple[int, ...], said: Result | None
) -> Conclusion | None:
    """Return why this step is a failure, or None."""
    if step.signal is not None:
        text = f"{step.program} was ended by signal {step.signal}"
        return Conclusion(state=JobState.FAILED, cause=Cause.SIGNAL, text=text)
    ended = f"{step.program} ended with exit code {step.code}"
    came_to_its_end = said is not None and said.is_normal_end is not False
    if said is not None and came_to_its_end and said.grade is Grade.NOT_CONVERGED:
        text = f"{ended}; it did not converge"
        return Conclusion(state=JobState.FAILED, cause=Cause.NOT_CONVERGED, text=text)
    words = f": {said.cause}" if said is not None and said.cause else ""
    if step.code not in good_codes:
        cause = Cause.CODE_ERROR if words else Cause.EXIT_CODE
        return Conclusion(state=JobState.FAILED, cause=cause, text=ended + words)
    if not came_to_its_end and said is not None:
        text = f"{ended}, but its output has no normal end{words}"
        return Conclusion(state=JobState.FAILED, cause=Cause.CODE_ERROR, text=text)
    return None


_WORST_FIRST: Final = (Grade.NOT_CONVERGED, Grade.LOOSE, Grade.CONVERGED)


def overall_grade(results: Sequence[Result]) -> Grade:
    """Return the worst grade that any step earned.

    A run that was broken off says nothing: nobody saw that it does not converge.
    """
    earned = {r.grade for r in results if r.is_normal_end is not False}
    return next((grade for grade in _WORST_FIRST if grade in earned), Grade.UNKNOWN)


def headline(results: Sequence[Result]) -> Result | None:
    """Return the last result that has an energy."""
    return next((r for r in reversed(results) if r.energy_ev is not None), None)
