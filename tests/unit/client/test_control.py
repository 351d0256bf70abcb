"""`hold`, `release`, `priority`, `resolve`, `why` and `retry`."""

from typing import Any

import msgspec
import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.control import (
    DeleteJobResult,
    JobState,
    RetryJobResult,
    WhyJobResult,
)
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.jobs import CancelJobResult, Evidence
from crystalmath_protocol.submissions import ResourcesAsked
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal
from tests.unit.client.messages import details, no_events, progress


def state(name: str, priority: int = 0) -> Any:
    return lambda p: JobState(job_id=p.job_id, state=name, priority=priority)


def refuse_state(_: Any) -> Any:
    raise Refusal(ErrorCode.JOB_STATE, "Job 12 is running: it has not ended")


def again(*, created: bool = True) -> Any:
    return lambda p: RetryJobResult(
        job_id=p.job_id, state="queued", n_attempts=1, created=created
    )


@pytest.mark.parametrize(("verb", "name"), [("hold", "held"), ("release", "queued")])
def test_jobs_are_held_and_released_one_after_the_other(
    fake: FakeDaemon, crystalmath: Command, verb: str, name: str
) -> None:
    fake.answers[f"{verb}_job"] = state(name)
    said = crystalmath(verb, "12", "13")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"job 12 is {name}\njob 13 is {name}\n"
    assert [p.job_id for p in fake.asked(f"{verb}_job")] == ["12", "13"]
    replies = crystalmath(verb, "12", "13", "--json").out.splitlines()
    assert [msgspec.json.decode(line)["job_id"] for line in replies] == ["12", "13"]


@pytest.mark.parametrize("verb", ["hold", "release", "cancel", "retry", "delete"])
def test_a_mistake_with_one_job_stops_no_other(
    fake: FakeDaemon, crystalmath: Command, verb: str
) -> None:
    def but_not_99(answer: Any) -> Any:
        def answered(params: Any) -> Any:
            if params.job_id in {"98", "99"}:
                text = f"There is no job {params.job_id}."
                raise Refusal(ErrorCode.JOB_NOT_FOUND, text)
            return answer(params)

        return answered

    answers: dict[str, Any] = {
        "cancel": lambda p: CancelJobResult(
            job_id=p.job_id, state="cancelled", cause=None, is_confirmed=True
        ),
        "retry": again(),
        "delete": lambda p: DeleteJobResult(
            job_id=p.job_id, directory="/j", n_files=0, size_bytes=0, files_kept=False
        ),
    }
    fake.answers |= {
        "get_job_details": details(state="failed"),
        f"{verb}_job": but_not_99(answers.get(verb, state("held"))),
    }
    words = ["--yes"] if verb == "delete" else []
    said = crystalmath(verb, "99", "4", "98", *words)
    assert said.code == Exit.NOT_FOUND
    assert said.out.startswith("job 4 is ")
    assert said.out.count("\n") == 1
    wrong = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert wrong == ["error: There is no job 99.", "error: There is no job 98."]
    said = crystalmath(verb, "99", "4", "98", "--json", *words)
    kinds = [msgspec.json.decode(x)["error"]["kind"] for x in said.err.splitlines()]
    assert kinds == ["job.not_found"] * 2
    assert msgspec.json.decode(said.out)["job_id"] == "4"


def test_a_retry_waits_for_the_jobs_that_were_accepted(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def retry(params: Any) -> Any:
        return refuse_state(params) if params.job_id == "12" else again()(params)

    fake.answers |= {
        "get_job_details": details(state="failed", job_id="13"),
        "retry_job": retry,
        "fetch_events": no_events,
    }
    said = crystalmath("retry", "12", "13", "--wait")
    assert said.code == Exit.ERROR
    assert "Job 13 (mgo) failed" in said.out
    assert {p.job_id for p in fake.asked("get_job_details")[2:]} == {"13"}


def test_a_priority_may_be_negative(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["set_priority"] = lambda p: JobState(
        job_id=p.job_id, state="queued", priority=p.priority
    )
    for word in ("-24", "5"):
        said = crystalmath("priority", "12", word)
        assert said.out == f"job 12 is queued, priority {word}\n"
    assert crystalmath("priority", "12", "1001").code == Exit.USAGE
    assert crystalmath("priority", "12", "--jsn", "5").code == Exit.USAGE


def test_a_persons_word_is_sent_and_said_to_be_evidence(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["resolve_job"] = state("failed")
    said = crystalmath("resolve", "12", "failed", "--note", "the node burnt down")
    assert said.out == "job 12 is failed\n"
    assert "Your word is its evidence now" in said.err
    (asked,) = fake.asked("resolve_job")
    assert (asked.outcome, asked.note) == ("failed", "the node burnt down")


def test_a_doubt_is_not_settled_without_a_note_or_with_any_word(
    crystalmath: Command,
) -> None:
    assert "--note" in crystalmath("resolve", "12", "failed").err
    said = crystalmath("resolve", "12", "completed", "--note", "x")
    assert said.code == Exit.USAGE
    assert "run_again" in said.err


def test_why_prints_sentences_evidence_and_the_next_look(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    evidence = tuple(
        Evidence(seen_ms=1_700_000_000_000 + n, source="pid", text=f"look {n}")
        for n in range(7)
    )
    fake.answers["why_job"] = lambda p: WhyJobResult(
        job_id=p.job_id,
        state="running",
        cause=None,
        doubt="the host is silent",
        stale_since_ms=1_700_000_000_000,
        sentences=("It runs.", "Attempt 1 is started."),
        evidence=evidence,
        next_look_ms=1_700_000_060_000,
    )
    said = crystalmath("why", "12")
    lines = said.out.splitlines()
    assert lines[:3] == ["job 12: running", "It runs.", "Attempt 1 is started."]
    assert "not certain     the host is silent" in said.out
    assert "not seen since  20" in said.out
    assert "next look       20" in said.out
    assert "pid: look 6" in said.out
    assert "pid: look 1" not in said.out
    assert "pid: look 1" in crystalmath("why", "12", "-v").out
    silent = crystalmath("-q", "why", "12").out
    assert silent == "job 12: running\nIt runs.\nAttempt 1 is started.\n"


def test_why_of_a_plain_job_has_no_empty_table(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["why_job"] = lambda p: WhyJobResult(
        job_id=p.job_id, state="failed", cause="walltime", doubt=None,
        stale_since_ms=None, sentences=("It ended.",), evidence=(), next_look_ms=None,
    )  # fmt: skip
    assert crystalmath("why", "12").out == "job 12: failed\nIt ended.\n"


def test_a_retry_names_the_attempt_that_it_comes_after(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {"get_job_details": details(state="failed"), "retry_job": again()}
    said = crystalmath("retry", "12")
    assert (said.code, said.out) == (0, "job 12 is queued\n")
    assert said.err == "next: crystalmath watch 12\n"
    (asked,) = fake.asked("retry_job")
    assert (asked.after_attempt, asked.resources, asked.environment) == (1, None, ())


def test_a_job_that_never_started_is_retried_after_attempt_zero(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {"get_job_details": details(attempts=()), "retry_job": again()}
    crystalmath("retry", "12")
    assert fake.asked("retry_job")[0].after_attempt == 0


def test_a_retry_with_other_resources_is_planned_anew(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRY23_ROOT", "/opt/cry")
    fake.answers |= {"get_job_details": details(state="failed"), "retry_job": again()}
    crystalmath("retry", "12", "--walltime", "8h", "--memory", "1G", "-n", "2")
    (asked,) = fake.asked("retry_job")
    assert asked.resources == ResourcesAsked(ranks=2, walltime_s=28800, memory_mb=1024)
    assert [one.name for one in asked.environment] == ["CRY23_ROOT"]


def test_a_retry_that_was_asked_before_says_so(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "get_job_details": details(state="failed"),
        "retry_job": again(created=False),
    }
    said = crystalmath("retry", "12")
    assert said.code == 0
    assert "Another attempt of job 12 was asked for before." in said.err


@pytest.mark.parametrize("state", ["running", "queued", "held"])
def test_a_job_that_has_not_ended_is_left_to_the_daemons_refusal(
    fake: FakeDaemon, crystalmath: Command, state: str
) -> None:
    fake.answers |= {"get_job_details": details(state=state), "retry_job": refuse_state}
    said = crystalmath("retry", "12", "--wait")
    assert (said.code, said.out) == (Exit.ERROR, "")
    assert said.err == "error: Job 12 is running: it has not ended\n"
    assert fake.asked("retry_job")[0].after_attempt is None


@pytest.mark.parametrize("flag", ["--wait", "--watch"])
def test_a_retry_waits_with_the_exit_codes_of_wait(
    fake: FakeDaemon, crystalmath: Command, flag: str
) -> None:
    fake.answers |= {
        "get_job_details": details(state="failed"),
        "retry_job": again(),
        "fetch_events": no_events,
        "fetch_job_progress": lambda _: progress(0, state="failed"),
    }
    assert crystalmath("retry", "12", flag).code == Exit.JOB_FAILED


def test_a_refusal_is_in_the_daemons_words(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {"get_job_details": details(), "retry_job": refuse_state}
    said = crystalmath("retry", "12")
    assert said.code == Exit.ERROR
    assert said.err == "error: Job 12 is running: it has not ended\n"


def test_a_deleted_job_is_not_found(fake: FakeDaemon, crystalmath: Command) -> None:
    def deleted(_: Any) -> Any:
        raise Refusal(ErrorCode.JOB_DELETED, "Job 12 (mgo) was deleted.")

    fake.answers["why_job"] = deleted
    assert crystalmath("why", "12").code == Exit.NOT_FOUND


def test_a_method_that_the_daemon_does_not_know_is_no_missing_job(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    assert "why_job" not in fake.answers
    assert crystalmath("why", "12").code == Exit.ERROR
