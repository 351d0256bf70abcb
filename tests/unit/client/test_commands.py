"""Every command against a fake daemon: what is asked, printed and returned."""

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmath.cli import COMMANDS
from crystalmath.exits import Exit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import Event, FetchEventsResult
from crystalmath_protocol.jobs import (
    CancelJobResult,
    ExplainJobResult,
    FetchJobLogResult,
    FetchJobsResult,
    GetJobDetailsResult,
    SubmitJobResult,
    SubmittedJob,
)
from crystalmath_protocol.system import Check, DoctorResult, Setting, ShutdownResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal, hello
from tests.unit.client.messages import (
    DETAILS,
    PLAN,
    STATUS,
    SUMMARY,
    changed,
    progress,
)


def submitted(_: Any) -> SubmitJobResult:
    job = SubmittedJob(job_id="12", name="mgo", directory="/jobs/12")
    return SubmitJobResult(jobs=(job,), collection=None, created=True)


def details(**fields: Any) -> Any:
    return lambda _: GetJobDetailsResult(job=changed(DETAILS, **fields))


def no_events(_: Any) -> FetchEventsResult:
    return FetchEventsResult(events=(), cursor="s:7")


# submit and explain


def test_submit_sends_the_deck_its_companions_and_what_was_asked(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    fake.answers["submit_job"] = submitted
    for name in ("mgo.d12", "mgo.gui", "dos.d3"):
        (tmp_path / name).touch()
    said = crystalmath(
        "submit", "--code", "pyscf", "mgo", "-t", "a", "14", "--walltime", "2h",
        "--memory=4G", "--step", "dos.d3:properties", "--from", "9:wavefunction",
        "--sweep", "a=1,2", "--force", "smearing", "--project=p", "-t", "b",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert said.out == "job 12  mgo  /jobs/12\n"
    assert said.err == "next: crystalmath watch 12\n"
    (asked,) = fake.asked("submit_job")
    assert asked.inputs[0].path == str(tmp_path / "mgo.d12")
    assert [item.path for item in asked.auxiliary] == [str(tmp_path / "mgo.gui")]
    assert (asked.steps[0].path, asked.steps[0].program) == (
        str(tmp_path / "dos.d3"),
        "properties",
    )
    resources = asked.resources
    assert (resources.ranks, resources.walltime_s, resources.memory_mb) == (
        14,
        7200,
        4096,
    )
    assert (asked.code, asked.project, asked.tags) == ("pyscf", "p", ("a", "b"))
    assert asked.sweep[0].values == ("1", "2")
    assert asked.inputs_from[0].role == "wavefunction"
    assert asked.force == ("smearing",)
    assert asked.client_token


def test_silent_submit_prints_the_number_and_nothing_else(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["submit_job"] = submitted
    Path("mgo.d12").touch()
    for words in (["-q", "submit", "mgo"], ["submit", "mgo", "-q"]):
        said = crystalmath(*words)
        assert (said.out, said.err) == ("12\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ["submit", "--explain", "mgo"],
        ["submit", "mgo", "--explain"],
        ["submit", "mgo", "--dry-run"],
        ["explain", "mgo"],
    ],
)
def test_explain_in_any_position_prints_the_plan_and_submits_nothing(
    fake: FakeDaemon, crystalmath: Command, words: list[str]
) -> None:
    fake.answers["explain_job"] = lambda _: ExplainJobResult(plans=(PLAN,))
    Path("mgo.d12").touch()
    said = crystalmath(*words)
    assert said.code == 0
    assert "mpirun -np 2 /usr/bin/python3 -m engine 'my deck' < INPUT" in said.out
    assert "2 a rank (cores)" in said.out
    assert "warning: no SHRINK" in said.out
    assert fake.asked("submit_job") == []


def test_submit_and_wait_exits_like_wait(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "submit_job": submitted,
        "get_job_details": details(state="failed", cause="wall time", energy_ev=None),
        "fetch_events": no_events,
    }
    Path("mgo.d12").touch()
    said = crystalmath("submit", "mgo", "--wait")
    assert said.code == Exit.JOB_FAILED
    assert "Job 12 (mgo) failed: wall time" in said.out


def test_submit_without_a_file_says_what_was_looked_for(crystalmath: Command) -> None:
    said = crystalmath("submit", "mgo")
    assert said.code == Exit.NOT_FOUND
    assert said.err.startswith("error: No file mgo, mgo.d12, ")
    assert said.out == ""


def test_ranks_that_stand_twice_are_refused(crystalmath: Command) -> None:
    Path("mgo.d12").touch()
    said = crystalmath("submit", "mgo", "4", "-n", "2")
    assert said.code == Exit.USAGE
    assert "stand twice" in said.err


def test_a_wrong_wall_time_is_a_usage_error_with_examples(crystalmath: Command) -> None:
    said = crystalmath("submit", "mgo", "--walltime", "soon")
    assert said.code == Exit.USAGE
    assert "write 90, 30m, 2h or 1-12:00:00" in said.err


# jobs and show


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


# log


class LogFile:
    """A file of two steps that grows while it is read."""

    def __init__(self, *files: tuple[str, bytes]) -> None:
        self.files = dict(files)
        self.running = [name for name, _ in files]

    def __call__(self, params: Any) -> FetchJobLogResult:
        name = params.file or self.running[0]
        data = self.files[name]
        part = data[params.offset : params.offset + params.limit]
        if params.wait_ms and not part and len(self.running) > 1:
            del self.running[0]
        is_last = name == self.running[-1]
        return FetchJobLogResult(
            file=name,
            offset=params.offset,
            next_offset=params.offset + len(part),
            size=len(data),
            data=base64.b64encode(part).decode()
            if params.encoding == "base64"
            else part.decode(errors="replace"),
            encoding=params.encoding,
            at_end=is_last,
        )


def test_log_prints_the_file_byte_for_byte(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    text = "grün 1\nzwei\ndrei".encode()
    fake.answers["fetch_job_log"] = LogFile(("mgo.out", text))
    assert crystalmath("log", "12").out.encode() == text
    assert crystalmath("log", "12", "mgo.out", "-n", "2").out == "zwei\ndrei"
    assert crystalmath("log", "-n", "0", "12").out == ""
    assert crystalmath("log", "12", "-n", "9").out.encode() == text


def test_log_follows_into_the_next_step(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["fetch_job_log"] = LogFile(
        ("scf.out", b"one\n"), ("dos.out", b"two\n")
    )
    said = crystalmath("log", "-f", "12")
    assert said.out == "one\ntwo\n"
    assert said.err == "==> dos.out <==\n"


# watch, wait, cancel


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


# the daemon


def test_events_start_a_little_before_now(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    event = Event(
        seq=50, time_ms=0, type="job_created", job_id="12", payload={"name": "mgo"}
    )

    def events(params: Any) -> FetchEventsResult:
        is_first = params.cursor == "s:30"
        return FetchEventsResult(events=(event,) if is_first else (), cursor="s:50")

    fake.answers["fetch_events"] = events
    said = crystalmath("events")
    assert "job_created" in said.out
    assert said.out.endswith("job 12     name=mgo\n")
    assert said.err == "next: crystalmath events --since s:50\n"


def test_status_prints_how_the_daemon_is(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["status"] = lambda _: STATUS
    for words in (["status"], ["daemon", "status"], ["status", "-v"]):
        said = crystalmath(*words)
        assert "pid 4711" in said.out
        assert "1 of 2 busy" in said.out


def test_status_starts_no_daemon(crystalmath: Command, tmp_path: Path) -> None:
    said = crystalmath("status", "--socket", str(tmp_path / "d.sock"))
    assert said.code == Exit.UNREACHABLE
    assert "crystalmath daemon start" in said.err
    assert not (tmp_path / "state").exists()


def test_doctor_fails_if_a_check_fails_and_prints_the_remedy(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = (
        Check(id="python", status="ok", evidence="3.11", remedy=""),
        Check(
            id="crystal", status="fail", evidence="no file", remedy="Set CRY23_ROOT."
        ),
    )
    fake.answers["doctor"] = lambda _: DoctorResult(checks=checks, settings=())
    monkeypatch.setenv("CRY_ARCH", "Linux")
    monkeypatch.setenv("MP_API_KEY", "secret")
    said = crystalmath("doctor")
    assert said.code == Exit.ERROR
    assert said.err == "crystal: Set CRY23_ROOT.\n"
    (asked,) = fake.asked("doctor")
    assert asked.environment["CRY_ARCH"] == "Linux"
    assert "MP_API_KEY" not in asked.environment


def test_config_prints_each_setting_with_its_origin(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    setting = Setting(name="cores", value="2", origin="default")
    fake.answers["doctor"] = lambda _: DoctorResult(checks=(), settings=(setting,))
    assert crystalmath("config").out.splitlines()[-1] == "cores    2      default"


def test_socket_prints_the_path_and_its_origin(crystalmath: Command) -> None:
    said = crystalmath("socket", "--socket", "/x/d.sock", "-v")
    assert (said.out, said.err) == ("/x/d.sock\n", "from --socket\n")
    said = crystalmath("--json", "socket", "--socket=/x/d.sock")
    assert msgspec.json.decode(said.out) == {"path": "/x/d.sock", "origin": "--socket"}


def test_daemon_stop_waits_until_the_process_is_gone(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    program = "import signal; signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", program])

    def shutdown(_: Any) -> ShutdownResult:
        process.send_signal(signal.SIGKILL)
        return ShutdownResult(pid=process.pid, n_running=2)

    # A daemon of another protocol must be stoppable as well.
    fake.answers["hello"] = lambda p: changed(hello(p), protocol="9.0")
    fake.answers["shutdown"] = shutdown
    said = crystalmath("daemon", "stop")
    assert said.out == f"The daemon (pid {process.pid}) has stopped. 2 jobs go on.\n"
    assert process.wait(5) == -signal.SIGKILL


def test_daemon_stop_without_a_daemon_is_done_already(
    crystalmath: Command, tmp_path: Path
) -> None:
    said = crystalmath("daemon", "stop", "--socket", str(tmp_path / "d.sock"))
    assert said.code == 0
    assert "No daemon is running" in said.err


def test_daemon_start_says_whether_one_ran(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["status"] = lambda _: STATUS
    assert "runs already: pid 4711" in crystalmath("daemon", "start").out


# the command line itself


def test_json_is_what_the_daemon_said(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["status"] = lambda _: STATUS
    for words in (["--json", "status"], ["status", "--json"]):
        said = crystalmath(*words)
        assert said.out.encode() == msgspec.json.encode(STATUS) + b"\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_options_of_all(
    crystalmath: Command, name: str
) -> None:
    said = crystalmath(name, "--help")
    assert said.code == 0
    for option in ("--json", "--socket", "--verbosity"):
        assert option in said.out


def test_an_unknown_command_names_its_neighbours(crystalmath: Command) -> None:
    said = crystalmath("sumbit", "mgo")
    assert said.code == Exit.USAGE
    assert "Did you mean `crystalmath submit`?" in said.err
    assert "lists them all" in crystalmath("xyzzy").err


def test_an_interrupt_is_quiet(fake: FakeDaemon, crystalmath: Command) -> None:
    def interrupt(_: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return STATUS

    fake.answers["status"] = interrupt
    said = crystalmath("status")
    assert (said.code, said.out) == (Exit.INTERRUPTED, "")


def test_a_reader_that_goes_away_is_no_error(fake: FakeDaemon) -> None:
    fake.answers["fetch_job_log"] = LogFile(("o", b"x" * 1_000_000))
    process = subprocess.Popen(
        [sys.executable, "-m", "crystalmath", "log", "12"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(1) == b"x"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(10) == Exit.BROKEN_PIPE
