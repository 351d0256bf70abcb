"""What the daemon knows of a job's end stands beside what its files say."""

from dataclasses import replace

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.diagnosis import find
from crystalmathd.models.jobs import Cause, Evidence, Job, JobState
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.diagnosis import Diagnosis, Explained, with_cause

SEEN = Evidence(seen_ms=1, source="slurm", text="TIMEOUT after 1 h")
JOB = Job(
    job_id=12,
    name="mgo",
    code="crystal",
    cluster="hpc",
    state=JobState.FAILED,
    cause=Cause.WALLTIME,
    doubt=None,
    stale_since_ms=None,
    evidence=(SEEN,),
    project=None,
    tags=(),
    collection=None,
    cores=1,
    version=1,
    parents=(),
    cancel_asked_ms=None,
    created_ms=0,
    started_ms=None,
    ended_ms=None,
    energy_ev=None,
    energy_kind=None,
    grade=None,
    priority=0,
    rank_ms=0,
)
CRASH = "forrtl: severe (174): SIGSEGV, segmentation fault occurred"
NAN = " CYC   6 ETOT(AU)                 NaN DETOT       NaN"
LIMIT = "slurmstepd: error: *** JOB 7 ON n CANCELLED AT 1 DUE TO TIME LIMIT ***"
BUFFER = " WARNING **** X **** SMALL - TO AVOID I/O SET BIPOSIZE =     6502800"


def keys(job: Job, *lines: str) -> list[str]:
    text = "\n".join(lines).encode()
    found = find(CODES["crystal"].faults, {"mgo.out": ("stdout", text)})
    return [one.fault.key for one in with_cause(job, list(found))]


def test_a_known_end_stands_behind_what_the_program_says_and_before_what_follows() -> (
    None
):
    assert keys(JOB, CRASH, NAN, BUFFER) == [
        "not_a_number",
        "wall_time",
        "crash",
        "coulomb_buffer",
    ]


def test_an_end_that_a_file_says_is_not_said_twice() -> None:
    assert keys(JOB, LIMIT) == ["wall_time"]


@pytest.mark.parametrize(
    ("cause", "key"),
    [
        (Cause.WALLTIME, "wall_time"),
        (Cause.MEMORY, "out_of_memory"),
        (Cause.SCRATCH_FULL, "disk_full"),
    ],
)
def test_an_end_is_shown_with_what_was_seen_of_it(cause: Cause, key: str) -> None:
    (found,) = with_cause(replace(JOB, cause=cause), [])
    assert found.fault.key == key
    assert found.evidence[0].text == "slurm: TIMEOUT after 1 h"


@pytest.mark.parametrize("cause", [None, Cause.CODE_ERROR, "a word of later"])
def test_another_end_adds_nothing(cause: str | None) -> None:
    assert with_cause(replace(JOB, cause=cause), []) == []


def diagnosis(*findings: Explained, result: Result | None = None) -> Diagnosis:
    return Diagnosis(
        code="crystal",
        program="crystal",
        looked_at=("mgo.out",),
        findings=findings,
        results=() if result is None else (result,),
    )


RESULT = Result(code="crystal", program="crystal", grade=Grade.UNKNOWN)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "No failure that is known"),
        (replace(RESULT, is_normal_end=True), "ended normally"),
        (replace(RESULT, is_normal_end=False), "stops before its end"),
        (replace(RESULT, is_normal_end=False, cause="odd"), "its end: odd"),
    ],
)
def test_where_no_failure_is_known_the_end_is_told(
    result: Result | None, words: str
) -> None:
    assert words in diagnosis(result=result).sentence


def test_where_nothing_was_looked_at_nothing_is_claimed() -> None:
    unseen = replace(diagnosis(result=RESULT), looked_at=())
    assert "Nothing of it could be looked at" in unseen.sentence


def test_a_warning_is_no_cause() -> None:
    found = find(CODES["crystal"].faults, {"mgo.out": ("stdout", BUFFER.encode())})
    explained = Explained(finding=found[0], advice=())
    ended = replace(RESULT, is_normal_end=True)
    assert "ended normally" in diagnosis(explained, result=ended).sentence
