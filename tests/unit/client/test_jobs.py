"""`jobs` and `show`."""

import sys
from typing import Any

import msgspec
import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.jobs import FetchJobsResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal
from tests.unit.client.messages import (
    RESULT,
    SUMMARY,
    changed,
    details,
)


def test_jobs_prints_a_table_and_how_to_see_more(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = (changed(SUMMARY, job_id="13", state="running", doubt="x"), SUMMARY)
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=jobs, next_page="k2", cursor="s:0"
    )
    words = ["jobs", "-s", "running,failed", "--page", "k1"]
    monkeypatch.setattr(sys, "argv", ["crystalmath", *words])
    said = crystalmath(*words)
    header, first, second = said.out.splitlines()
    assert header.split()[:5] == ["ID", "NAME", "CODE", "STATE", "ENERGY/eV"]
    assert "running?" in first
    assert "-7380.123457" in second
    assert said.err == "next: crystalmath jobs -s running,failed --page k2\n"
    (asked,) = fake.asked("fetch_jobs")
    assert (asked.states, asked.page) == (("running", "failed"), "k1")
    assert "\x1b" not in said.out


def test_a_priority_has_a_column_only_if_there_is_one(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fields: dict[str, Any] = {"cause": "walltime"}
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=(changed(SUMMARY, **fields), SUMMARY), next_page=None, cursor="s:0"
    )
    header, first, _ = crystalmath("jobs").out.splitlines()
    assert header.split()[-2:] == ["RAN", "CAUSE"]
    assert first.index("walltime") == header.index("CAUSE")
    fields["priority"] = -5
    header, first, _ = crystalmath("jobs").out.splitlines()
    assert header.split()[-2:] == ["PRIORITY", "CAUSE"]
    assert first.split()[-2:] == ["-5", "walltime"]


def test_no_jobs_is_said_on_stderr(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=(), next_page=None, cursor="s:0"
    )
    assert "crystalmath submit" in crystalmath("jobs").err
    assert "No job matches" in crystalmath("jobs", "--tag", "x").err


def test_show_prints_energy_with_unit_kind_and_source(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["get_job_details"] = details()
    said = crystalmath("show", "12")
    for words in (
        "-7380.123457 eV per cell (total)",
        "-271.21814 hartree as printed",
        "mgo.out:88: total energy -271.21814",
        "exit code 0 after 1m05s",
        "/home/anna/jobs/12",
        "TOLINTEG",
    ):
        assert words in said.out
    assert said.err == "next: ls /home/anna/jobs/12/\n"


def test_show_says_the_grade_of_a_job_once(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["get_job_details"] = details()
    said = crystalmath("show", "12")
    assert said.out.count("converged") == 1
    assert "\ngrade      converged\n" in said.out


@pytest.mark.parametrize(
    ("state", "is_normal_end", "own", "explanation"),
    [
        ("failed", False, "so far", "pyscf was broken off before its end"),
        ("lost", True, "this step", "nobody saw how the job ended"),
        ("failed", True, "this step", "the grade of its weakest step"),
    ],
)
def test_show_explains_the_grade_of_a_step_that_is_not_that_of_the_job(
    fake: FakeDaemon,
    crystalmath: Command,
    state: str,
    is_normal_end: bool,  # noqa: FBT001 - pytest's
    own: str,
    explanation: str,
) -> None:
    step = changed(RESULT, grade="not_converged", is_normal_end=is_normal_end)
    fake.answers["get_job_details"] = details(
        state=state, grade="unknown", results=(step,)
    )
    lines = crystalmath("show", "12").out.splitlines()
    assert [line.split() for line in lines if line.startswith("grade")] == [
        ["grade", "unknown"]
    ]
    (line,) = [line for line in lines if "not converged" in line]
    assert line.startswith(f"{own} ")
    assert explanation in line


def test_a_step_that_says_nothing_of_convergence_has_no_grade_of_its_own(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    steps = (RESULT, changed(RESULT, program="bands.x", grade="unknown"))
    fake.answers["get_job_details"] = details(results=steps)
    out = crystalmath("show", "12").out
    assert out.count("converged") == 1
    assert "unknown" not in out


def test_a_collection_that_is_not_there_is_told_from_an_empty_list(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def answer(params: Any) -> FetchJobsResult:
        is_there = params.collection == "3" and not params.tag
        jobs = (SUMMARY,) if is_there else ()
        return FetchJobsResult(jobs=jobs, next_page=None, cursor="s:0")

    fake.answers["fetch_jobs"] = answer
    for words in ([], ["--json"]):
        said = crystalmath("jobs", "--collection", "999", *words)
        assert (said.code, said.out) == (Exit.NOT_FOUND, "")
        assert "There is no collection 999." in said.err
    said = crystalmath("jobs", "--collection", "3", "--tag", "x")
    assert (said.code, said.out) == (0, "")
    assert "No job matches" in said.err
    said = crystalmath("jobs", "--collection", "mgo")
    assert said.code == Exit.USAGE
    assert "'mgo' is not the number of a collection." in said.err


def test_show_of_a_doubtful_job_says_what_is_not_known(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["get_job_details"] = details(state="running", doubt="host silent")
    said = crystalmath("show", "12")
    assert "not certain: host silent" in said.out
    assert "exit.json: exit code 0" in said.out
    assert said.err == "next: crystalmath watch 12\n"


def test_a_job_that_is_not_there_has_its_own_exit_code(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.JOB_NOT_FOUND, "There is no job 9.", job_id="9")

    fake.answers["get_job_details"] = refuse
    said = crystalmath("show", "9")
    assert (said.code, said.out, said.err) == (4, "", "error: There is no job 9.\n")
    said = crystalmath("show", "9", "--json")
    error = msgspec.json.decode(said.err)["error"]
    assert error["kind"] == "job.not_found"
    assert error["exit_code"] == 4
    assert error["data"]["job_id"] == "9"


def test_a_word_that_is_no_number_of_a_job_is_refused_at_once(
    crystalmath: Command,
) -> None:
    for command in ("show", "wait", "watch", "cancel", "log"):
        said = crystalmath(command, "mgo")
        assert said.code == Exit.USAGE
        assert "'mgo' is not the number of a job; `crystalmath jobs`" in said.err


def test_an_internal_error_is_printed_with_its_trace_id(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.INTERNAL_ERROR, "Internal error.", trace_id="abc")

    fake.answers["get_job_details"] = refuse
    assert "trace id: abc" in crystalmath("show", "9").err


def test_a_state_that_the_daemon_refuses_is_one_sentence(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.INVALID_PARAMS, "There is no state 'nope'.")

    fake.answers["fetch_jobs"] = refuse
    said = crystalmath("jobs", "--state", "nope")
    assert (said.code, said.out) == (1, "")
    assert said.err == "error: There is no state 'nope'.\n"
