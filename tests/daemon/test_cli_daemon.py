"""The command line against a real daemon: the daemon itself."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from crystalmath.exits import Exit
from tests.harness import RunningDaemon

Command = Callable[..., CompletedProcess[str]]


def has_ended(pid: int) -> bool:
    """Tell whether a process is gone; init may not have collected it yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def test_status_tells_who_answers(daemon: RunningDaemon, crystalmath: Command) -> None:
    assert daemon.process is not None
    said = crystalmath("status").stdout
    assert f"pid {daemon.process.pid}" in said
    assert str(daemon.socket) in said
    reply = json.loads(crystalmath("daemon", "status", "--json").stdout)
    assert reply["socket"] == str(daemon.socket)


def test_doctor_and_config_tell_values_with_their_origin(crystalmath: Command) -> None:
    assert "code.crystal" in crystalmath("doctor").stdout
    settings = crystalmath("config").stdout
    assert "CRY_SCRATCH_BASE" in settings
    assert "CRYSTALMATH_CORES" in settings


def test_events_start_with_the_daemons_own(crystalmath: Command) -> None:
    said = crystalmath("events")
    assert "daemon_started" in said.stdout
    cursor = said.stderr.split()[-1]
    assert crystalmath("events", "--since", cursor).stdout == ""


def test_the_socket_that_is_printed_is_the_one_that_answers(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    path = crystalmath("socket").stdout.strip()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}\n')
        assert b"time_ms" in connection.recv(1000)
    assert path == str(daemon.socket)


def test_daemon_stop_returns_when_the_process_is_gone(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    assert daemon.process is not None
    said = crystalmath("daemon", "stop")
    assert f"(pid {daemon.process.pid}) has stopped" in said.stdout
    assert daemon.process.poll() == 0
    assert crystalmath("status", check=False).returncode == Exit.UNREACHABLE
    assert "No daemon is running" in crystalmath("daemon", "stop").stderr


@pytest.mark.parametrize("n_clients", [1, 6])
def test_the_first_command_starts_one_daemon_however_many_there_are(
    stopped_daemon: RunningDaemon, n_clients: int
) -> None:
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "crystalmath", "jobs", "--json"],
            env=stopped_daemon.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(n_clients)
    ]
    for client in clients:
        out, err = client.communicate(timeout=60)
        assert client.returncode == 0, err
        assert json.loads(out)["jobs"] == []
    status = json.loads(stopped_daemon.crystalmath("status", "--json").stdout)
    events = stopped_daemon.crystalmath("events", "-q").stdout
    assert events.count("daemon_started") == 1
    assert stopped_daemon.crystalmath("daemon", "stop").returncode == 0
    assert has_ended(status["pid"])


def test_a_daemon_that_cannot_start_is_quoted(stopped_daemon: RunningDaemon) -> None:
    stopped_daemon.config.write_text("cores = 'many'\n")
    del stopped_daemon.environ["CRYSTALMATH_CORES"]
    said = stopped_daemon.crystalmath("jobs", check=False)
    assert said.returncode == Exit.UNREACHABLE
    assert "cores" in said.stderr
    assert "daemon.log" in said.stderr


def test_a_setting_that_does_not_exist_is_told_with_its_neighbour(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.config.write_text("core = 4\n")
    said = stopped_daemon.crystalmath("jobs", check=False)
    assert said.returncode == Exit.UNREACHABLE
    assert "there is no setting core. Did you mean cores?" in said.stderr


def test_a_daemon_of_another_program_is_not_waited_for_for_ever(
    stopped_daemon: RunningDaemon,
) -> None:
    """A socket that accepts and never answers ends in a sentence, not in a hang."""
    stopped_daemon.socket.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(stopped_daemon.socket))
        listener.listen()
        client = subprocess.Popen(
            [sys.executable, "-m", "crystalmath", "jobs"],
            env=stopped_daemon.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        accepted, _ = listener.accept()
        accepted.recv(1000)
        accepted.close()
        _, err = client.communicate(timeout=30)
    assert client.returncode == Exit.UNREACHABLE
    assert "was lost" in err


def test_ctrl_c_in_watch_leaves_the_job_alone(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    helium = (
        "MOLECULE\n1\n1\n2 0. 0. 0.\nEND\n2 1\n0 0 1 2. 1.\n1. 1.\n99 0\nEND\nEND\n"
    )
    deck = daemon.write("he.d12", f"STANDIN_CYCLE_S=0.2\n{helium}")
    crystalmath("submit", str(deck), "--code", "crystal", "--name", "slow")
    watching = subprocess.Popen(
        [sys.executable, "-m", "crystalmath", "watch", "1"],
        env=daemon.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert watching.stdout.readline().startswith("1 slow")
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=20)
    assert watching.returncode == Exit.INTERRUPTED
    assert "Jobs go on" in err
    assert crystalmath("wait", "1", check=False).returncode != Exit.JOB_CANCELLED


def test_a_stopped_daemon_is_named_with_what_to_do(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        said = crystalmath("status", check=False)
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    assert said.returncode == Exit.UNREACHABLE
    assert f"`kill -CONT {daemon.process.pid}`" in said.stderr
    assert crystalmath("status").returncode == 0


def test_daemon_stop_tells_of_a_daemon_that_lost_its_socket(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    assert daemon.process is not None
    daemon.socket.unlink()
    said = crystalmath("daemon", "stop", check=False)
    assert said.returncode == Exit.UNREACHABLE
    assert f"`kill {daemon.process.pid}`" in said.stderr
