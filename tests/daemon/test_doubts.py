"""What is in doubt is settled by a person; why a job is as it is, in sentences."""

import json
import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.daemon.test_jobs import processes_of
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle, wait_until

ENDLESS = deck(CYCLE_S=0.1, CYCLES=10_000)
NOTE = "the machine was replaced; I looked myself"
WINDOW_MS = 3000
"""The daemon looks again after longer and longer pauses; a test acts in one."""


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def run_of(connection: Connection, job_id: str) -> Path:
    return Path(connection.get_job_details(job_id).directory, "run")


def make_unreadable(connection: Connection, job_id: str) -> Path:
    """Let the record of a running job be of something else, and kill its processes.

    Nothing that can be seen says how the job is. Returns the record as it was.
    """
    wait_for_cycle(connection, job_id)
    run = run_of(connection, job_id)
    record = run / "launch.json"
    kept = record.rename(run / "launch.kept")
    launch = json.loads(kept.read_text())
    record.write_text(json.dumps(launch | {"token": "cm-of-another"}))
    for pid in processes_of(launch["token"]):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: connection.get_job_details(job_id).doubt, 20)
    return kept


@pytest.fixture
def doubted(daemon: RunningDaemon, connection: Connection) -> str:
    job_id = submit(daemon, connection, ENDLESS)
    make_unreadable(connection, job_id)
    return job_id


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "lost"])
def test_a_doubt_is_settled_by_a_persons_word(
    daemon: RunningDaemon,
    connection: Connection,
    doubted: str,
    outcome: Literal["failed", "cancelled", "lost"],
) -> None:
    assert connection.get_job_details(doubted).state == "running"
    assert connection.status().degraded == ("1 job is in doubt",)
    assert connection.resolve_job(doubted, outcome, note=NOTE).state == outcome
    job = connection.get_job_details(doubted)
    assert (job.cause, job.doubt) == ("resolved_by_user", None)
    assert job.ended_ms is not None
    last = job.evidence[-1]
    assert (last.source, last.text) == ("user", f"settled as {outcome}: {NOTE}")
    assert [attempt.state for attempt in job.attempts] == ["abandoned"]
    status = connection.status()
    assert (status.cores_busy, status.degraded) == (0, ())
    # The queue goes on, also after a restart.
    daemon.stop()
    daemon.start()
    with daemon.connection() as again:
        assert again.get_job_details(doubted).state == outcome
        assert again.wait(submit(daemon, again, deck())).state == "completed"


def test_a_job_that_is_known_not_to_run_can_be_run_again(
    connection: Connection, doubted: str
) -> None:
    assert connection.resolve_job(doubted, "run_again", note=NOTE).state == "queued"
    wait_until(lambda: len(connection.get_job_details(doubted).attempts) == 2, 20)
    wait_for_cycle(connection, doubted)
    job = connection.get_job_details(doubted)
    assert [one.state for one in job.attempts] == ["abandoned", "submitted"]
    assert f"settled as run_again: {NOTE}" in {one.text for one in job.evidence}
    assert connection.cancel_job(doubted).state == "cancelled"


def test_a_word_is_not_taken_where_nothing_is_in_doubt(
    daemon: RunningDaemon, connection: Connection
) -> None:
    done = submit(daemon, connection, deck())
    connection.wait(done)
    held = submit(daemon, connection, deck(), hold=True)
    for job_id, state in ((done, "completed"), (held, "held")):
        with refusal("job.wrong_state") as refused:
            connection.resolve_job(job_id, "lost", note=NOTE)
        assert refused.value.message == f"Job {job_id} is {state}: it is not in doubt"


def test_a_word_is_not_taken_against_processes_that_run(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, ENDLESS)
    wait_for_cycle(connection, job_id)
    attempt = connection.get_job_details(job_id).attempts[0]
    for is_runner_there in (True, False):
        if not is_runner_there:
            os.kill(int(attempt.scheduler_id or 0), signal.SIGKILL)
            wait_until(lambda: connection.get_job_details(job_id).doubt, 20)
        with refusal("job.wrong_state") as refused:
            connection.resolve_job(job_id, "run_again", note=NOTE)
        assert "processes of it run; cancel it" in refused.value.message
    assert len(connection.get_job_details(job_id).attempts) == 1
    connection.cancel_job(job_id)
    assert processes_of(attempt.token) == []


def test_a_word_is_not_taken_against_processes_whose_record_was_replaced(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, ENDLESS)
    wait_for_cycle(connection, job_id)
    token = connection.get_job_details(job_id).attempts[0].token
    record = run_of(connection, job_id) / "launch.json"
    launch = json.loads(record.read_text())
    record.write_text(json.dumps(launch | {"token": "cm-of-another"}))
    daemon.kill()
    daemon.start()
    with daemon.connection() as again:
        wait_until(lambda: again.get_job_details(job_id).doubt, 20)
        for outcome in ("lost", "run_again"):
            with refusal("job.wrong_state") as refused:
                again.resolve_job(job_id, outcome, note=NOTE)  # type: ignore[arg-type]
            assert "processes of it run; cancel it" in refused.value.message
        said = again.why_job(job_id).sentences
        assert "run/launch.json is of another attempt" in " ".join(said)
        assert said[-1] == (
            f"Processes of it run; `crystalmath cancel {job_id}` ends them."
        )
        again.cancel_job(job_id, wait_ms=5000)
        assert processes_of(token) == []
        assert again.resolve_job(job_id, "cancelled", note=NOTE).state == "cancelled"


def test_a_word_is_not_taken_against_an_end_that_was_seen(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, ENDLESS)
    kept = make_unreadable(connection, job_id)
    launch = json.loads(kept.read_text())
    record = {
        "token": launch["token"],
        "cause": "walltime",
        "steps": [],
        "files": [],
        "errors": [],
        "ended_ms": 1,
        "scratch": "/nowhere",
        "is_scratch_kept": False,
    }
    wait_until(lambda: _is_long_until_next_look(connection, job_id), 30)
    (kept.parent / "exit.json").write_text(json.dumps(record))
    kept.rename(kept.with_name("launch.json"))
    with refusal("job.wrong_state") as refused:
        connection.resolve_job(job_id, "lost", note=NOTE)
    assert "its end was seen" in refused.value.message
    job = connection.wait(job_id)
    assert (job.state, job.cause) == ("failed", "walltime")


def _is_long_until_next_look(connection: Connection, job_id: str) -> bool:
    next_look_ms = connection.why_job(job_id).next_look_ms
    return next_look_ms is not None and next_look_ms - _now_ms() > WINDOW_MS


def _now_ms() -> float:
    return time.time() * 1000


# --- why ----------------------------------------------------------------------------


def test_why_says_what_a_job_waits_for(stopped_daemon: RunningDaemon) -> None:
    stopped_daemon.environ["CRYSTALMATH_CORES"] = "1"
    daemon = stopped_daemon.start()
    with daemon.connection() as connection:
        submit_one = partial(submit, daemon, connection)
        running = submit_one(ENDLESS)
        wait_for_cycle(connection, running)
        held = submit_one(deck(), hold=True)
        first, second = submit_one(deck(), priority=3), submit_one(deck())
        guess = deck("child").replace("SHRINK", "GUESSP\nSHRINK")
        link = [{"job_id": running, "role": "wavefunction"}]
        child = submit_one(guess, name="child.d12", inputs_from=link)
        cores = "It needs 1 core; 0 of 1 are free."
        [said] = connection.why_job(held).sentences
        assert said == f"It is held; `crystalmath release {held}` lets it start."
        said = connection.why_job(first).sentences
        assert said == (cores, "It is the next one in the queue.")
        needs, behind = connection.why_job(second).sentences
        assert needs == cores
        assert behind == (
            "1 job stands before it in the queue; its priority is 0, and one point "
            "is worth an hour of waiting."
        )
        [said] = connection.why_job(child).sentences
        assert said == (
            f"It takes files of job {running}, which is running; it starts when that "
            "has completed."
        )
        attempt = connection.get_job_details(running).attempts[0]
        why = connection.why_job(running)
        assert why.sentences == (
            "It runs.",
            f"Attempt 1 is submitted, runner process {attempt.scheduler_id}.",
        )
        assert why.next_look_ms is not None
        assert why.next_look_ms > _now_ms()
        assert why.evidence[-1].source.startswith(f"pid {attempt.scheduler_id} ")
        connection.cancel_job(running)
        connection.wait(child)
        why = connection.why_job(child)
        assert (why.state, why.cause) == ("failed", "parent_not_completed")
        assert why.sentences == (
            "It ended as failed (parent_not_completed).",
            f"queue: job {running} ended as cancelled",
            f"`crystalmath retry {child}` runs it again.",
        )


def test_why_says_what_is_in_doubt(connection: Connection, doubted: str) -> None:
    why = connection.why_job(doubted)
    assert why.state == "running"
    assert why.stale_since_ms is not None
    assert why.doubt == "run/launch.json is of another attempt"
    assert f"This is the last known state. In doubt: {why.doubt}." in why.sentences
    assert "`crystalmath resolve`" in why.sentences[-1]
    connection.resolve_job(doubted, "lost", note=NOTE)
    assert connection.why_job(doubted).sentences == (
        "It ended as lost (resolved_by_user).",
        f"user: settled as lost: {NOTE}",
        f"`crystalmath retry {doubted}` runs it again.",
    )
