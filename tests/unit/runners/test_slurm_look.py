"""What follows from the tables and files of one look: no end follows from silence."""

import random
import time

import pytest

from crystalmathd.models.jobs import Cause
from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Terminated,
    Unknown,
    Vanished,
)
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_states import (
    ENDS,
    REASONS,
    RUNNING,
    WAITING,
    cause_of,
    reason_in_words,
)
from tests.unit.runners.answers import (
    NOW_S,
    SLURM,
    answer,
    exit_record,
    lie,
    place,
    seen,
    squeue_row,
    step_record,
)

SEED = 20261127
LIES = 10_000


@pytest.mark.parametrize("state", RUNNING)
def test_every_word_for_running_is_alive(state: str) -> None:
    found = seen(answer([squeue_row(state=state)]))
    assert isinstance(found, Alive)
    assert not found.is_pending
    assert found.started_ms is not None
    assert found.note == RUNNING[state]


@pytest.mark.parametrize("state", WAITING)
def test_every_word_for_waiting_is_pending(state: str) -> None:
    found = seen(answer([squeue_row(state=state, last="Priority")]))
    assert isinstance(found, Alive)
    assert found.is_pending
    assert found.estimated_start_ms is not None
    assert found.note


@pytest.mark.parametrize("state", ENDS)
def test_every_word_for_an_end_keeps_its_cause(state: str) -> None:
    rows = [squeue_row(state=state)]
    found = seen(answer(rows, flags="run submit guard", sacct=[]))
    assert isinstance(found, Terminated)
    assert (found.raw, found.cause) == (state, ENDS[state][0])
    assert state in found.text
    assert "job 7" in found.text


def test_a_word_that_nobody_knows_is_kept_and_proves_nothing() -> None:
    rows = [squeue_row(state="ENCHANTED")]
    found = seen(answer(rows, flags="run submit guard", sacct=[]))
    assert isinstance(found, Unknown)
    assert "ENCHANTED" in found.reason


def test_the_one_who_cancelled_stays_with_the_word() -> None:
    row = squeue_row(state="CANCELLED by 1000", last="0:0")
    found = seen(answer(flags="run submit guard", sacct=[row]))
    assert isinstance(found, Terminated)
    assert found.raw == "CANCELLED by 1000"
    assert found.cause == Cause.CANCELLED_ELSEWHERE


def test_a_cancellation_that_was_asked_for_is_ours() -> None:
    row = squeue_row(state="CANCELLED")
    found = seen(answer([row], flags="run submit guard asked", sacct=[]))
    assert isinstance(found, Terminated)
    assert found.cause == Cause.CANCELLED


def test_what_was_cancelled_before_it_began_is_over_at_once() -> None:
    row = squeue_row(state="CANCELLED", ended="2026-11-27T15:40:00", nodes="")
    found = seen(answer([row], flags="run submit", sacct=[]))
    assert isinstance(found, Terminated)
    assert "before it began" in found.text


@pytest.mark.parametrize("flags", ["run submit guard", "run submit", ""])
def test_the_files_of_a_job_that_has_just_ended_are_awaited(flags: str) -> None:
    row = squeue_row(state="COMPLETED", ended="2026-11-27T15:38:30")
    found = seen(answer([row], flags=flags, sacct=[]))
    assert isinstance(found, Alive)
    assert found.is_ending
    assert found.note == "Slurm says COMPLETED; its exit marker is awaited"
    later = seen(answer([row], flags=flags, sacct=[], now_s=NOW_S + 31))
    assert isinstance(later, Terminated)
    assert later.ended_ms == (NOW_S - 90) * 1000


def test_an_end_without_a_time_proves_nothing() -> None:
    row = squeue_row(state="FAILED", ended="Unknown")
    found = seen(answer(flags="run submit guard", sacct=[row]))
    assert isinstance(found, Alive)


def test_the_marker_is_the_end_and_slurms_word_stays_beside_it() -> None:
    row = squeue_row(state="OUT_OF_MEMORY")
    found = seen(answer([row], flags="run submit guard", files={"exit": exit_record()}))
    assert isinstance(found, Ended)
    assert found.scheduler_state == "OUT_OF_MEMORY"


def test_the_marker_is_the_end_also_where_slurm_says_nothing() -> None:
    files = {"exit": exit_record()}
    found = seen(
        answer(["squeue: error"], squeue_code=1, flags="run guard", files=files)
    )
    assert isinstance(found, Ended)
    assert found.scheduler_state is None


def test_a_node_that_hangs_at_the_end_does_not_hide_the_marker() -> None:
    rows = [squeue_row(state="COMPLETING")]
    found = seen(answer(rows, flags="run guard", files={"exit": exit_record()}))
    assert isinstance(found, Ended)


def test_what_was_killed_waits_for_slurms_last_word() -> None:
    killed = exit_record(steps=[step_record(signal=9)])
    rows, files = [squeue_row(state="COMPLETING")], {"exit": killed}
    found = seen(answer(rows, flags="run guard", files=files))
    assert isinstance(found, Alive)
    over = [squeue_row(state="OUT_OF_MEMORY")]
    end = seen(answer(rows, flags="run guard", files=files, sacct=over))
    assert isinstance(end, Ended)
    assert end.scheduler_state == "OUT_OF_MEMORY"


def test_without_accounting_the_controller_tells_how_the_script_ended() -> None:
    shown = (
        "JobId=7 JobName=x-cm-a UserId=dft(1000) JobState=FAILED Reason=None "
        "ExitCode=0:9 SubmitTime=2026-11-27T15:00:00 StartTime=2026-11-27T15:01:00 "
        "EndTime=2026-11-27T15:30:00 NodeList=n1 BatchHost=n1"
    )
    files = {"job": shown}
    stdout = answer(flags="run submit guard", files=files, sacct=[], sacct_code="off")
    found = seen(stdout)
    assert isinstance(found, Terminated)
    assert (found.source, found.cause) == ("scontrol", Cause.SIGNAL)
    cut = answer(flags="run submit guard", files={"job": shown[:120]}, sacct=[])
    assert isinstance(seen(cut), Unknown)


def test_a_marker_of_another_attempt_says_nothing() -> None:
    files = {"exit": exit_record("cm-other")}
    assert isinstance(seen(answer(flags="run submit", files=files)), Unknown)
    assert isinstance(
        seen(answer(flags="run submit", files={"token": "cm-other"})), Unknown
    )


def test_a_marker_of_a_job_that_slurm_may_start_again_waits_for_squeue() -> None:
    record = exit_record(may_requeue=True, cause="cancelled")
    files = {"exit": record}
    silent = answer(squeue_code=1, flags="run guard", files=files)
    assert isinstance(seen(silent), Unknown)
    waits = squeue_row(state="REQUEUED")
    lags = answer(flags="run guard", files=files, sacct=[waits])
    assert isinstance(seen(lags), Unknown)
    assert isinstance(seen(answer(flags="run guard", files=files, sacct=[])), Ended)


def test_a_number_that_was_given_again_is_not_ours() -> None:
    old = squeue_row(job="7", name="other", state="COMPLETED")
    found = seen(answer([old], flags="run submit", sacct=[old]), place(job="7"))
    assert isinstance(found, Absent)


def test_a_row_without_its_name_yet_is_not_believed() -> None:
    # Slurm 22.05: the start of a quick job can reach slurmdbd after its end.
    row = squeue_row(job="7", name="allocation", state="FAILED")
    stdout = answer(flags="run submit guard", files={"owner": "7 0"}, sacct=[row])
    assert isinstance(seen(stdout, place(job="7")), Unknown)


def test_a_job_of_before_the_intent_is_not_ours() -> None:
    old = squeue_row(state="COMPLETED", submitted="2026-11-26T15:00:00")
    assert isinstance(seen(answer(flags="run submit", sacct=[old])), Absent)


def test_a_copy_that_did_nothing_does_not_tell_of_the_end() -> None:
    rows = [squeue_row(job="8", state="FAILED")]
    files = {"owner": "7 0"}
    found = seen(answer(rows, flags="run submit guard", files=files, sacct=[]))
    assert isinstance(found, Unknown)


def test_of_two_copies_the_one_that_runs_is_told_of() -> None:
    rows = [squeue_row(job="9"), squeue_row(job="8", state="PENDING")]
    found = seen(answer(rows))
    assert isinstance(found, Alive)
    assert found.scheduler_id == "9"
    assert "also 8" in str(found.note)


def test_accounting_that_lags_proves_nothing() -> None:
    row = squeue_row(state="RUNNING", ended="Unknown")
    found = seen(answer(flags="run submit guard", sacct=[row]))
    assert isinstance(found, Unknown)


def test_nothing_was_handed_over_without_the_mark_of_a_submission() -> None:
    found = seen(answer(flags="run", sacct=[]))
    assert isinstance(found, NeverStarted)
    assert not found.is_spent


def test_an_abandoned_attempt_is_spent() -> None:
    found = seen(answer(flags="run submit guard abandoned", sacct=[]))
    assert isinstance(found, NeverStarted)
    assert found.is_spent


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        (0, ("squeue", "its directory", "sacct")),
        ("off", ("squeue", "its directory")),
        (124, ("squeue", "its directory")),
    ],
)
def test_what_nobody_knows_is_absent_for_those_who_answered(
    code: object, asked: tuple[str, ...]
) -> None:
    found = seen(answer(flags="run submit", sacct=["junk"], sacct_code=code))
    assert isinstance(found, Absent)
    assert found.asked == asked


@pytest.mark.parametrize("flags", ["run submit guard", ""])
def test_what_has_begun_or_cannot_be_read_is_not_absent(flags: str) -> None:
    assert isinstance(seen(answer(flags=flags, sacct=[])), Unknown)


def test_a_running_job_tells_its_scratch_once_that_is_known() -> None:
    pid = {"scratch": "/scratch/x"}
    found = seen(answer([squeue_row()], flags="run guard", files={"pid": pid}))
    assert isinstance(found, Alive)
    assert found.scratch == "/scratch/x"


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        ("OUT_OF_MEMORY", Cause.MEMORY),
        ("TIMEOUT", Cause.WALLTIME),
        ("PREEMPTED+", Cause.PREEMPTED),
        ("NODE_FAIL", Cause.NODE_FAIL),
        ("CANCELLED by 0", None),
        ("FAILED", None),
        ("COMPLETED", None),
        ("ENCHANTED", None),
    ],
)
def test_slurms_word_beside_a_marker_is_a_cause_where_it_says_more(
    state: str, cause: Cause | None
) -> None:
    assert cause_of(state) == cause


@pytest.mark.parametrize("word", REASONS)
def test_why_a_job_waits_is_told_in_words(word: str) -> None:
    assert reason_in_words(word).startswith(REASONS[word])
    assert reason_in_words(f"({word},x)").startswith(REASONS[word])


def test_a_reason_of_a_newer_slurm_is_told_as_it_is() -> None:
    assert reason_in_words("MoonPhase") == "it waits: MoonPhase"
    assert "QOSMaxCpuPerUserLimit" in reason_in_words("QOSMaxCpuPerUserLimit")
    assert "account" in reason_in_words("AssocGrpCPUMinutesLimit")


def recorded(name: str) -> list[str]:
    return (SLURM / name).read_text().splitlines()


WAITS, RUNS, OVER = "waits", "runs", "over"
RECORDED = {
    "big-cm-q": WAITS,
    "cancelled-cm-o": Cause.CANCELLED_ELSEWHERE,
    "conf-cm-s": WAITS,
    "deadline-cm-e": Cause.DEADLINE,
    "deadline-cm-f": Cause.WALLTIME,
    "dep-cm-h": WAITS,
    "done-cm-a": Cause.RUNNER_KILLED,
    "failed-cm-b": Cause.EXIT_CODE,
    "held-cm-g": WAITS,
    "killed-cm-c": Cause.SIGNAL,
    "later-cm-p": WAITS,
    "never-cm-j": WAITS,
    "nodefail-cm-u": Cause.NODE_FAIL,
    "oom-cm-d": Cause.MEMORY,
    "prio-cm-r": WAITS,
    "refused-cm-w": Cause.REFUSED,
    "rehold-cm-l": WAITS,
    "requeue-cm-n": WAITS,
    "running-cm-t": RUNS,
    "scancel-cm-v": Cause.CANCELLED_ELSEWHERE,
    "special-cm-m": WAITS,
    "susp-cm-k": RUNS,
    "timeout-cm-e": Cause.WALLTIME,
}
"""What was done to the jobs whose tables were recorded; their scripts were not ours."""


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_tables_are_understood(name: str) -> None:
    squeue, sacct = recorded("22.05-squeue.txt"), recorded("22.05-sacct.txt")
    never_ran = RECORDED[name] == Cause.REFUSED or name == "cancelled-cm-o"
    flags = "run submit" + ("" if never_ran else " guard")
    where = place("cm-" + name[-1], name)
    stdout = answer(squeue, flags=flags, sacct=sacct, now_s=NOW_S)
    _assert_is(seen(stdout, where), RECORDED[name])
    is_in_accounting = any(f"|{name}|" in line for line in sacct)
    if isinstance(seen(stdout, where), Terminated) and is_in_accounting:
        gone = answer(flags=flags, sacct=sacct, now_s=NOW_S)
        _assert_is(seen(gone, where), RECORDED[name])


def _assert_is(found: Observation, wanted: str) -> None:
    if isinstance(found, Alive):
        assert (WAITS if found.is_pending else RUNS) == wanted
    else:
        assert isinstance(found, Terminated), found
        assert found.cause == wanted


def test_five_thousand_jobs_are_one_question() -> None:
    places = [place(f"cm-{n:016d}") for n in range(5000)]
    states = ("RUNNING", "PENDING")
    rows = [
        squeue_row(str(n), one.queue_name, states[n % 2])
        for n, one in enumerate(places)
    ]
    others = [squeue_row(str(n), "other") for n in range(5000, 6000)]
    stdout = answer([*rows, *others])
    began = time.process_time()
    found = Slurm().parse_look(places, 0, stdout, b"")
    command = Slurm().look_command(places)
    print(f"5,000 jobs: {time.process_time() - began:.3f} s of CPU")
    assert all(isinstance(one, Alive) for one in found.values())
    assert len(command.stdin) < 1_000_000


def test_ten_thousand_lies_end_no_job() -> None:
    """A job runs all the while; whatever is answered, it must not be called over."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    kinds: dict[str, int] = {}
    for _ in range(LIES):
        found = Slurm().parse_look([place(job="7")], *lie(rng))["cm-a"]
        assert not isinstance(found, Ended | Vanished | NeverStarted), found
        kinds[type(found).__name__] = kinds.get(type(found).__name__, 0) + 1
    assert min(kinds.values()) > LIES / 100, kinds
    assert set(kinds) == {"Alive", "Unknown", "Absent"}
