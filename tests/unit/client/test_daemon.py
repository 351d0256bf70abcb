"""`events`, `status`, `doctor`, `config`, `socket` and `daemon`."""

import fcntl
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmath import conversation
from crystalmath.exits import Exit
from crystalmath_protocol.events import Event, FetchEventsResult
from crystalmath_protocol.system import Check, DoctorResult, Setting, ShutdownResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, hello
from tests.unit.client.messages import (
    STATUS,
    changed,
)


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


@pytest.fixture
def held_lock(fake: FakeDaemon) -> Iterator[None]:
    with (fake.socket.parent / "crystalmathd.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("pid 4711")
        lock.flush()
        yield


@pytest.mark.usefixtures("held_lock")
def test_daemon_stop_names_a_daemon_whose_socket_is_gone(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.socket.unlink()
    said = crystalmath("daemon", "stop")
    assert (said.code, said.out) == (Exit.UNREACHABLE, "")
    assert "`kill 4711`" in said.err


def test_a_lock_that_nobody_holds_is_no_daemon(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    (fake.socket.parent / "crystalmathd.lock").write_text("pid 4711")
    fake.socket.unlink()
    said = crystalmath("daemon", "stop")
    assert said.code == 0
    assert "No daemon is running" in said.err


@pytest.mark.usefixtures("held_lock")
@pytest.mark.parametrize("words", [["status"], ["daemon", "status"], ["jobs"]])
def test_a_daemon_that_does_not_answer_is_named(
    fake: FakeDaemon,
    crystalmath: Command,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    release = threading.Event()

    def silent(params: Any) -> Any:
        release.wait(10)
        return hello(params)

    fake.answers["hello"] = silent
    # Only one of the two is short: the other would outlast the test.
    name = "TIMEOUT_S" if words == ["jobs"] else "QUICK_TIMEOUT_S"
    monkeypatch.setattr(conversation, name, 0.1)
    said = crystalmath(*words)
    release.set()
    assert said.code == Exit.UNREACHABLE
    assert "(pid 4711)" in said.err
    assert "does not answer within 0.1s" in said.err
    assert "`kill -CONT 4711`" in said.err
