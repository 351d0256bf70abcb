"""Why a job is in its state, in sentences."""

from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.jobs import Attempt, AttemptState, Evidence, Job, JobState
from crystalmathd.models.observations import Observation, Orphaned, Unknown
from crystalmathd.services.reasons import Parent, Situation, sentences
from tests.unit.services.test_queue import job

RESOLVE = "If you know better, `crystalmath resolve` settles it by your word."


def said(one: Job, **facts: Any) -> list[str]:
    situation = Situation(
        job=one, attempts=(), parents=(), n_before=0, cores_free=4, cores_total=4
    )
    return sentences(replace(situation, **facts))


def in_state(state: JobState, **fields: Any) -> Job:
    return replace(job(7), state=state, **fields)


def attempt(number: int, scheduler_id: str | None) -> Attempt:
    return Attempt(
        attempt_id=number,
        job_id=7,
        number=number,
        token=f"cm-{number}",
        state=AttemptState.SUBMITTED,
        boot_id="boot",
        scheduler_id=scheduler_id,
        scratch=None,
        created_ms=1,
        started_ms=None,
        ended_ms=None,
        exits=(),
    )


def test_a_held_job_names_the_command_that_lets_it_go() -> None:
    [sentence] = said(in_state(JobState.HELD))
    assert sentence == "It is held; `crystalmath release 7` lets it start."


def test_a_limit_on_the_number_of_jobs_is_named() -> None:
    found = said(in_state(JobState.QUEUED), cores_free=None, n_jobs=2, max_jobs=2)
    assert found[0] == (
        "local takes at most 2 jobs of yours at once, those submitted by hand among "
        "them; 2 of this store are there."
    )


@pytest.mark.parametrize(
    ("n_before", "cores", "free", "expected"),
    [
        (0, 1, 0, ["It needs 1 core; 0 of 4 are free.", "It is the next one"]),
        (0, 8, 4, ["It needs 8 cores; 4 of 4 are free.", "It is the next one"]),
        (1, 1, -3, ["It needs 1 core; 0 of 4 are free.", "1 job stands before it"]),
        (2, 1, 0, ["It needs 1 core; 0 of 4 are free.", "2 jobs stand before it"]),
    ],
)
def test_a_queued_job_names_cores_and_place(
    n_before: int, cores: int, free: int, expected: list[str]
) -> None:
    queued = replace(job(7, cores), priority=-5)
    found = said(queued, n_before=n_before, cores_free=free)
    assert len(found) == len(expected)
    for sentence, beginning in zip(found, expected, strict=True):
        assert sentence.startswith(beginning)
    is_behind = n_before > 0
    assert ("its priority is -5" in found[1]) == is_behind


def test_a_queued_job_names_every_parent_that_it_waits_for() -> None:
    parents = (
        Parent(job_id=1, state=JobState.COMPLETED),
        Parent(job_id=2, state=JobState.RUNNING),
        Parent(job_id=3, state=None),
    )
    assert said(job(7, parents=(1, 2, 3)), parents=parents) == [
        "It takes files of job 2, which is running; it starts when that has completed.",
        "It takes files of job 3, which was deleted; it cannot start.",
    ]
    done = said(job(7, parents=(1,)), parents=parents[:1])
    assert done[0].startswith("It needs 1 core")


@pytest.mark.parametrize(
    ("state", "doing"),
    [
        (JobState.STARTING, "It is being started."),
        (JobState.PENDING, "It was handed to the scheduler and waits there."),
        (JobState.RUNNING, "It runs."),
        (JobState.COLLECTING, "Its programs have ended; its files are being read."),
    ],
)
def test_an_active_job_says_what_is_being_done(state: JobState, doing: str) -> None:
    assert said(in_state(state)) == [doing]
    assert said(in_state(state), attempts=(attempt(1, "5"), attempt(2, "77"))) == [
        doing,
        "Attempt 2 is submitted, runner process 77.",
    ]
    assert said(in_state(state, cancel_asked_ms=5), attempts=(attempt(1, None),)) == [
        doing,
        "Attempt 1 is submitted.",
        "It was asked to end.",
    ]


DOUBT = "This is the last known state. In doubt: no answer."
GOES_ON = "No process of it was seen; it goes on by itself."
PROCESSES = "Processes of it run; `crystalmath cancel 7` ends them."
FULL = "The disk of the store is full: make room. Nothing was stored."
UNSEEN = Unknown(source="s", reason="no answer")
ORPHANED = Orphaned(source="s", pids=(4,))


@pytest.mark.parametrize(
    ("doubt", "seen", "problem", "expected"),
    [
        ("no answer", UNSEEN, None, [DOUBT, RESOLVE]),
        ("no answer.", ORPHANED, None, [DOUBT, PROCESSES]),
        ("no answer..", None, None, [DOUBT, GOES_ON]),
        ("no answer", UNSEEN, FULL, [DOUBT, FULL, GOES_ON]),
        (None, ORPHANED, FULL, [FULL, PROCESSES]),
    ],
)
def test_a_persons_word_is_wanted_only_where_nobody_can_see(
    doubt: str | None,
    seen: Observation | None,
    problem: str | None,
    expected: list[str],
) -> None:
    job = in_state(JobState.RUNNING, doubt=doubt)
    assert said(job, seen=seen, store_problem=problem) == ["It runs.", *expected]


def test_files_that_an_ended_job_left_are_offered() -> None:
    found = said(in_state(JobState.LOST), scratch_left="/scratch/cry_mgo_7")
    assert found[1].startswith("Files of it are left in /scratch/cry_mgo_7; ")
    assert "`crystalmath collect 7`" in found[1]


@pytest.mark.parametrize(
    "state", [JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.LOST]
)
def test_an_ended_job_names_cause_evidence_and_next_step(state: JobState) -> None:
    evidence = tuple(
        Evidence(seen_ms=1, source="runner", text=text) for text in ("old", "exit 3")
    )
    found = said(in_state(state, cause="exit_code", evidence=evidence))
    assert found[:2] == [f"It ended as {state} (exit_code).", "runner: exit 3"]
    retry = (
        [] if state is JobState.COMPLETED else ["`crystalmath retry 7` runs it again."]
    )
    assert found[2:] == retry
    assert said(in_state(state)) == [f"It ended as {state}.", *retry]


def test_an_adopted_run_is_not_run_again_where_nobody_can() -> None:
    failed = in_state(JobState.FAILED, cluster="adopted")
    assert said(failed)[1] == (
        "It was adopted; `crystalmath clone 7` runs the same here."
    )
    [_, sentence] = said(failed, has_inputs=False)
    assert "no input was found" in sentence
    assert "`" not in sentence


@pytest.mark.parametrize("state", JobState)
def test_every_state_has_sentences_that_end(state: JobState) -> None:
    for sentence in said(in_state(state)):
        assert sentence.endswith(".")
