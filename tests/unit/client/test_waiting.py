"""`watch`, `wait`, `cancel` and `collect`, and their exit codes."""

import time
from typing import Any

import msgspec
import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.control import CollectJobResult
from crystalmath_protocol.jobs import CancelJobResult, Evidence, GetJobDetailsResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import (
    DETAILS,
    changed,
    details,
    no_events,
    progress,
)


def test_watch_in_a_pipe_prints_a_line_a_cycle(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    replies = iter(
        [
            progress(0, phase="integrals"),
            progress(2),
            progress(3, since=2, state="completed"),
        ]
    )
    fake.answers |= {
        "fetch_job_progress": lambda _: next(replies),
        "get_job_details": details(),
    }
    said = crystalmath("watch", "12")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "12 mgo  running  pyscf  integrals"
    assert lines[2] == "12 mgo  cycle 1  E -7380.10000000 eV  dE - eV"
    assert lines[3] == "12 mgo  cycle 2  E -7380.01000000 eV  dE -1.00e-02 eV"
    assert lines[-1].startswith("Job 12 (mgo) completed; energy -7380.123457 eV")
    assert [p.since_cycle for p in fake.asked("fetch_job_progress")] == [0, 0, 2]
    assert [p.wait_ms for p in fake.asked("fetch_job_progress")] == [0, 1000, 1000]


def test_watch_reads_a_new_step_from_its_first_cycle(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    replies = iter(
        [
            progress(3, n_steps=2),
            progress(2, since=2, n_steps=2, step=2, program="ph", state="completed"),
            progress(2, n_steps=2, step=2, program="ph", state="completed"),
        ]
    )
    fake.answers |= {
        "fetch_job_progress": lambda _: next(replies),
        "get_job_details": details(grade="not_converged"),
    }
    said = crystalmath("watch", "12")
    assert said.code == Exit.NOT_CONVERGED
    assert said.out.count("cycle 2") == 2
    assert [p.since_cycle for p in fake.asked("fetch_job_progress")] == [0, 3, 0]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "completed", "grade": "converged"}, 0),
        ({"state": "completed", "grade": "unknown"}, 0),
        ({"state": "completed", "grade": None}, 0),
        ({"state": "completed", "grade": "loose"}, 0),
        ({"state": "completed", "grade": "not_converged"}, 13),
        ({"state": "failed"}, 10),
        ({"state": "failed", "cause": "not_converged", "grade": "not_converged"}, 13),
        ({"state": "failed", "cause": "walltime", "grade": "not_converged"}, 10),
        ({"state": "cancelled"}, 11),
        ({"state": "lost"}, 12),
    ],
)
def test_wait_exits_with_how_the_job_ended(
    fake: FakeDaemon, crystalmath: Command, fields: dict[str, Any], code: int
) -> None:
    fake.answers |= {"get_job_details": details(**fields), "fetch_events": no_events}
    assert crystalmath("wait", "12").code == code


def test_wait_for_several_exits_with_the_first_that_is_not_well(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    states = {"1": "completed", "2": "lost", "3": "failed"}
    fake.answers |= {
        "get_job_details": lambda p: GetJobDetailsResult(
            job=changed(DETAILS, job_id=p.job_id, state=states[p.job_id])
        ),
        "fetch_events": no_events,
    }
    said = crystalmath("wait", "1", "2", "3", "--json")
    assert said.code == Exit.JOB_LOST
    replies = [msgspec.json.decode(line) for line in said.out.splitlines()]
    assert [reply["job"]["job_id"] for reply in replies] == ["1", "2", "3"]


def test_wait_that_times_out_says_that_the_job_goes_on(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "get_job_details": details(state="running"),
        "fetch_events": no_events,
    }
    said = crystalmath("wait", "12", "--timeout", "0")
    assert said.code == Exit.TIMEOUT
    assert "goes on" in said.err


@pytest.mark.parametrize(
    ("timeout", "text"),
    [("0", "still running and goes on"), (".2", "still running after 0.2s and")],
)
def test_the_time_of_a_wait_is_that_which_was_asked_for(
    fake: FakeDaemon, crystalmath: Command, timeout: str, text: str
) -> None:
    fake.answers |= {
        "get_job_details": details(state="running"),
        "fetch_events": lambda p: (time.sleep(p.wait_ms / 1000), no_events(p))[1],
    }
    said = crystalmath("wait", "12", "--timeout", timeout)
    assert said.code == Exit.TIMEOUT
    assert text in said.err


def test_whoever_waits_for_a_held_job_is_told_how_to_release_it(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "get_job_details": details(state="held"),
        "fetch_events": no_events,
    }
    said = crystalmath("wait", "12", "--timeout", "0")
    assert said.code == Exit.TIMEOUT
    release = "`crystalmath release 12` lets it start."
    assert said.err.splitlines() == [
        f"Job 12 (mgo) is held; {release}",
        f"error: Job 12 is still held; {release}",
    ]


def test_whoever_watches_a_held_job_is_told_how_to_release_it(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    replies = iter(
        [
            progress(0, state="held", phase="", program=""),
            progress(1, state="completed"),
        ]
    )
    fake.answers |= {
        "fetch_job_progress": lambda _: next(replies),
        "get_job_details": details(),
    }
    first = crystalmath("watch", "12").out.splitlines()[0]
    assert first == "12 mgo  held: `crystalmath release 12` lets it start"


def test_cancel_fails_if_the_end_is_not_certain(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["cancel_job"] = lambda p: CancelJobResult(
        job_id=p.job_id,
        state="cancelled",
        cause="by user",
        is_confirmed=p.job_id == "1",
    )
    said = crystalmath("cancel", "1")
    assert (said.code, said.out) == (0, "job 1 is cancelled (by user)\n")
    said = crystalmath("cancel", "1", "2")
    assert said.code == Exit.ERROR
    assert "Job 2 may still run" in said.err


@pytest.mark.parametrize(
    ("cause", "is_collected", "code"),
    [
        (None, True, Exit.OK),
        ("walltime", True, Exit.OK),
        ("files_not_saved", True, Exit.ERROR),
        (None, False, Exit.ERROR),
    ],
)
def test_collect_fails_unless_everything_was_saved(
    fake: FakeDaemon,
    crystalmath: Command,
    cause: str | None,
    is_collected: bool,  # noqa: FBT001 - pytest's
    code: int,
) -> None:
    fake.answers["collect_job"] = lambda p: CollectJobResult(
        job_id=p.job_id,
        state="completed",
        cause=cause,
        evidence="2 files saved",
        is_collected=is_collected,
    )
    said = crystalmath("collect", "12")
    assert said.code == code
    assert said.out.startswith("job 12 is completed")
    assert said.out.endswith(": 2 files saved\n")


UNSAVED = {
    "state": "completed",
    "cause": "files_not_saved",
    "evidence": (
        Evidence(seen_ms=1, source="exit.json", text="exit code 0"),
        Evidence(seen_ms=2, source="collect", text="mgo.f9: the disk\nis full"),
    ),
}


@pytest.mark.parametrize("words", [["wait", "12"], ["watch", "12"]])
@pytest.mark.parametrize(("state", "code"), [("completed", 0), ("failed", 10)])
def test_the_last_line_has_the_cause_and_its_evidence(
    fake: FakeDaemon, crystalmath: Command, words: list[str], state: str, code: int
) -> None:
    fake.answers |= {
        "get_job_details": details(**{**UNSAVED, "state": state}),
        "fetch_job_progress": lambda _: progress(0, state=state),
        "fetch_events": no_events,
    }
    said = crystalmath(*words)
    assert said.code == code
    last = said.out.splitlines()[-1]
    assert f"{state}: files_not_saved (mgo.f9: the disk is full);" in last


def test_a_job_that_went_well_has_no_evidence_in_its_line(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {"get_job_details": details(), "fetch_events": no_events}
    assert "exit code 0" not in crystalmath("wait", "12").out


def test_show_prints_the_evidence_of_a_completed_job_with_a_cause(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["get_job_details"] = details(**UNSAVED)
    said = crystalmath("show", "12")
    assert "completed: files_not_saved" in said.out
    assert "collect: mgo.f9: the disk" in said.out
