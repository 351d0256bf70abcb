"""The daemon as a service manager sees it: sockets passed, notifications, backlog."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmath import units
from tests.daemon.raw_client import RawClient, request
from tests.daemon.test_full_disk import fill, small_disk  # noqa: F401  # a fixture
from tests.harness import ROOT, START_S, RunningDaemon, deck, wait_until
from tests.real.programs import require

SCRIPT = ROOT / "tests" / "validating_daemon.py"
AS_SYSTEMD = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); "
    "os.environ['LISTEN_PID'] = str(os.getpid()); "
    "os.execv(sys.executable, [sys.executable, sys.argv[2]])"
)
"""What systemd does between fork and exec."""


class Manager:
    """Holds a socket as systemd does, and listens to what the daemon tells."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self.daemon = daemon
        daemon.socket.parent.mkdir(mode=0o700)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(daemon.socket))
        daemon.socket.chmod(0o600)
        self.socket.listen(128)
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.told.settimeout(START_S)
        self.address = str(daemon.home / "notify")
        self.told.bind(self.address)

    def start(self, **environ: str) -> subprocess.Popen[bytes]:
        passed = {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "api"}
        number = self.socket.fileno()
        with (self.daemon.home / "daemon.log").open("ab") as log:
            self.daemon.process = subprocess.Popen(
                [sys.executable, "-c", AS_SYSTEMD, str(number), str(SCRIPT)],
                env=self.daemon.environ | passed | environ,
                pass_fds=[number],
                stderr=log,
            )
        return self.daemon.process

    def hear(self, wanted: str) -> list[str]:
        """Return what is told, up to a word."""
        heard: list[str] = []
        while wanted not in heard:
            heard += self.told.recv(4096).decode().splitlines()
        return heard

    def hear_now(self) -> list[str]:
        """Return what was told to the end: the daemon is gone."""
        self.told.setblocking(False)
        heard: list[str] = []
        try:
            while True:
                heard += self.told.recv(4096).decode().splitlines()
        except BlockingIOError:
            return heard

    def close(self) -> None:
        self.socket.close()
        self.told.close()


@pytest.fixture
def manager(stopped_daemon: RunningDaemon) -> Iterator[Manager]:
    manager = Manager(stopped_daemon)
    yield manager
    manager.close()


def test_systemds_own_program_passes_the_socket(stopped_daemon: RunningDaemon) -> None:
    require("systemd")
    daemon = stopped_daemon
    daemon.socket.parent.mkdir(mode=0o700)
    named = [f"--setenv={name}={value}" for name, value in daemon.environ.items()]
    activate = ["systemd-socket-activate", f"--listen={daemon.socket}", "--fdname=api"]
    with (daemon.home / "daemon.log").open("ab") as log:
        daemon.process = subprocess.Popen(
            [*activate, *named, sys.executable, str(SCRIPT)], stderr=log
        )
    wait_until(daemon.socket.exists, START_S)
    with daemon.connection() as connection:
        assert connection.status().socket == str(daemon.socket)
        deck_file = daemon.write("mgo.d12", deck())
        job_id = connection.submit_job(inputs=[deck_file]).jobs[0].job_id
        assert connection.wait(job_id).state == "completed"
    assert daemon.stop() == 0
    assert daemon.socket.exists(), "the path belongs to who made the socket"


def test_ready_is_told_when_clients_are_answered_and_stopping_when_not(
    manager: Manager,
) -> None:
    process = manager.start(NOTIFY_SOCKET=manager.address)
    heard = manager.hear("READY=1")
    assert f"STATUS=ready on {manager.daemon.socket}" in heard
    assert any(word.startswith("EXTEND_TIMEOUT_USEC=") for word in heard)
    with manager.daemon.connection() as connection:
        connection.ping()
    process.send_signal(signal.SIGTERM)
    manager.hear("STOPPING=1")
    assert process.wait(START_S) == 0


def test_an_abstract_address_is_told_too(manager: Manager) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract:
        name = f"cm-notify-{os.getpid()}"
        abstract.bind(f"\0{name}")
        manager.told.close()
        manager.told = abstract
        abstract.settimeout(START_S)
        manager.start(NOTIFY_SOCKET=f"@{name}")
        manager.hear("READY=1")


def test_the_watchdog_is_fed_while_the_daemon_works(manager: Manager) -> None:
    manager.start(NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="200000")
    for _ in range(3):
        manager.hear("WATCHDOG=1")


def test_the_watchdog_of_another_process_is_not_fed(manager: Manager) -> None:
    process = manager.start(
        NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="10000", WATCHDOG_PID="1"
    )
    manager.hear("READY=1")
    process.send_signal(signal.SIGTERM)
    assert "WATCHDOG=1" not in manager.hear("STOPPING=1")


def test_a_store_that_does_not_answer_starves_the_watchdog(manager: Manager) -> None:
    """Another process holds the store's write lock: the thread waits in SQLite."""
    manager.start(NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="100000")
    manager.hear("WATCHDOG=1")
    other = sqlite3.connect(manager.daemon.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    inputs = [{"path": str(manager.daemon.write("mgo.d12", deck()))}]
    with RawClient(manager.daemon.socket) as client:
        client.send(request(1, "submit_job", inputs=inputs))
        manager.told.settimeout(1.0)
        with pytest.raises(TimeoutError):
            manager.hear("nothing that is ever told")
        other.execute("ROLLBACK")
        other.close()
        manager.told.settimeout(START_S)
        manager.hear("WATCHDOG=1")
        assert "result" in client.receive()


def test_a_full_disk_does_not_starve_the_watchdog(
    manager: Manager,
    small_disk: Path,  # noqa: F811  # the fixture
) -> None:
    database = str(small_disk / "store" / "crystalmath.db")
    manager.start(
        NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="100000", CRYSTAL_TUI_DB=database
    )
    manager.hear("READY=1")
    fill(small_disk)
    inputs = [{"path": str(manager.daemon.write("mgo.d12", deck()))}]
    with RawClient(manager.daemon.socket) as client:
        assert client.kind("submit_job", inputs=inputs) == "store.full"
    for _ in range(5):
        manager.hear("WATCHDOG=1")
    assert manager.daemon.stop() == 0


def test_whoever_waits_in_the_backlog_is_answered_by_the_next_daemon(
    manager: Manager,
) -> None:
    """Killed and stopped: no request that was sent meanwhile is lost."""
    daemon = manager.daemon
    manager.start()
    for end in (signal.SIGKILL, signal.SIGTERM):
        wait_until(daemon.answers, START_S)
        assert daemon.process is not None
        daemon.process.send_signal(end)
        daemon.process.wait(START_S)
        waiting = [RawClient(daemon.socket) for _ in range(20)]
        for client in waiting:
            client.send(request(1, "ping"))
        manager.start()
        for client in waiting:
            assert "result" in client.receive()
            client.close()


def test_a_daemon_that_stops_leaves_newcomers_to_the_next(manager: Manager) -> None:
    """One long call keeps the old one busy; who comes meanwhile is not turned away."""
    daemon = manager.daemon
    manager.start(NOTIFY_SOCKET=manager.address)
    manager.hear("READY=1")
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGTERM)
    manager.hear("STOPPING=1")
    with RawClient(daemon.socket) as late:
        late.send(request(1, "ping"))
        daemon.process.wait(START_S)
        manager.start()
        assert "result" in late.receive()


def test_a_daemon_that_may_not_start_lets_go_who_waits(manager: Manager) -> None:
    """Else systemd would start it again for them, and again."""
    daemon = manager.daemon
    daemon.config.write_text("cores = 'many'\n")
    del daemon.environ["CRYSTALMATH_CORES"]
    with RawClient(daemon.socket) as waiting:
        waiting.send(request(1, "ping"))
        process = manager.start(NOTIFY_SOCKET=manager.address)
        assert process.wait(START_S) == 1
        assert waiting.has_ended()
    [told] = [word for word in manager.hear_now() if word.startswith("STATUS=")]
    assert "cores = 'many'" in told


def test_a_lock_that_is_held_ends_an_activated_daemon_with_3(
    manager: Manager,
) -> None:
    daemon = manager.daemon
    first = manager.start()
    wait_until(daemon.answers, START_S)
    second = manager.start(NOTIFY_SOCKET=manager.address)
    assert second.wait(START_S) == 3
    daemon.process = first
    assert any(f"pid {first.pid}" in word for word in manager.hear_now())


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_what_is_no_listening_socket_is_refused(manager: Manager, kind: int) -> None:
    manager.socket.close()
    wrong = socket.socket(socket.AF_UNIX, kind)
    wrong.bind(str(manager.daemon.home / "wrong"))
    manager.socket = wrong
    assert manager.start().wait(START_S) == 1
    assert "one stream socket that listens" in manager.daemon.log()


def test_children_see_nothing_of_what_systemd_passed(manager: Manager) -> None:
    """A job's program gets neither the variables nor the descriptors."""
    daemon = manager.daemon
    manager.start(NOTIFY_SOCKET=manager.address, CRYSTALMATH_JOB_UNITS="never")
    manager.hear("READY=1")
    assert daemon.process is not None
    # What `getenv` finds is what children inherit; /proc shows the first state.
    spy = daemon.home / "spy"
    (daemon.bin / "crystal").write_text(
        f"#!/bin/sh\nenv > {spy}\nls -l /proc/self/fd >> {spy}\n"
    )
    with daemon.connection() as connection:
        deck_file = daemon.write("mgo.d12", deck())
        job_id = connection.submit_job(inputs=[deck_file]).jobs[0].job_id
        connection.wait(job_id)
    seen = spy.read_text()
    for name in ("LISTEN_", "NOTIFY_SOCKET", "socket:"):
        assert name not in seen


def test_a_unit_without_a_user_manager_refuses_to_start_jobs_and_says_what_to_do(
    manager: Manager,
) -> None:
    require("systemd")
    daemon = manager.daemon
    manager.start(NOTIFY_SOCKET=manager.address)
    manager.hear("READY=1")
    with daemon.connection() as connection:
        deck_file = daemon.write("mgo.d12", deck())
        job_id = connection.submit_job(inputs=[deck_file]).jobs[0].job_id

        def doubt() -> str:
            return connection.get_job_details(job_id).doubt or ""

        wait_until(lambda: "KillMode=process" in doubt(), START_S)
        assert "loginctl enable-linger" in doubt()
        assert connection.get_job_details(job_id).state == "starting"
        checks = {check.id: check for check in connection.doctor().checks}
        assert checks["runner.local"].status == "fail"
        assert "job_units" in checks["runner.local"].remedy
        connection.cancel_job(job_id)
        assert connection.wait(job_id, timeout_s=START_S).state == "cancelled"
    assert not daemon.scratch.exists() or not list(daemon.scratch.iterdir())


def test_the_installed_units_are_without_fault(stopped_daemon: RunningDaemon) -> None:
    require("systemd")
    said = stopped_daemon.crystalmath("daemon", "install")
    folder = stopped_daemon.home / ".config" / "systemd" / "user"
    written = [folder / name for name in units.UNITS]
    assert said.stdout == "".join(f"wrote {path}\n" for path in written)
    assert "systemctl --user enable --now crystalmathd.socket" in said.stderr
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *written],
        env=stopped_daemon.environ | {"XDG_RUNTIME_DIR": str(stopped_daemon.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    removed = stopped_daemon.crystalmath("daemon", "uninstall")
    assert removed.stdout == "".join(f"removed {path}\n" for path in written)
    assert not any(path.exists() for path in written)


def test_the_unit_starts_this_installation_where_it_is(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.crystalmath("daemon", "install")
    folder = stopped_daemon.home / ".config" / "systemd" / "user"
    text = (folder / "crystalmathd.service").read_text()
    [start] = [row for row in text.splitlines() if row.startswith("ExecStart=")]
    program = Path(start.removeprefix("ExecStart=").split('"')[1])
    assert program.is_absolute()
    assert shutil.which(program) is not None
    assert program.parent == Path(sys.executable).parent


def test_the_socket_of_the_unit_is_where_clients_look(
    stopped_daemon: RunningDaemon,
) -> None:
    del stopped_daemon.environ["CRYSTALMATHD_SOCKET"]
    stopped_daemon.environ["XDG_RUNTIME_DIR"] = str(stopped_daemon.home)
    said = stopped_daemon.crystalmath("socket").stdout.strip()
    text = (ROOT / "systemd" / "crystalmathd.socket").read_text()
    assert f"ListenStream={said}\n".replace(str(stopped_daemon.home), "%t") in text
