"""One daemon for a socket and for a store; nobody else gets in."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crystalmath.errors import CrystalmathError
from tests.daemon.test_damaged_store import read_only
from tests.harness import ROOT, RunningDaemon, wait_until

RACES = 3
FORKED_RACES = int(os.environ.get("CRYSTALMATH_TEST_RACES", "100"))
N_RACERS = 3


def start_raw(daemon: RunningDaemon, **environ: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "crystalmathd"],
        env=daemon.environ | environ,
        cwd=daemon.home,
        stderr=subprocess.PIPE,
    )


def refusal(daemon: RunningDaemon, **environ: str) -> str:
    """Start a daemon that must refuse to start; return its sentence."""
    process = start_raw(daemon, **environ)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1, said
    return said.decode()


def test_of_two_daemons_at_once_one_runs_and_no_socket_is_stolen(
    stopped_daemon: RunningDaemon,
) -> None:
    daemon = stopped_daemon
    for _ in range(RACES):
        pair = [start_raw(daemon) for _ in range(2)]
        wait_until(lambda pair=pair: any(p.poll() is not None for p in pair), 20)
        [loser] = [p for p in pair if p.poll() is not None]
        [winner] = [p for p in pair if p is not loser]
        assert loser.returncode == 3
        assert loser.stderr is not None
        assert b"another" in loser.stderr.read().lower()

        def answers(winner: subprocess.Popen[bytes] = winner) -> bool:
            try:
                with daemon.connection() as connection:
                    return connection.status().pid == winner.pid
            except CrystalmathError:
                return False

        wait_until(answers, 20)
        winner.send_signal(signal.SIGTERM)
        winner.wait(20)
        for process in pair:
            assert process.stderr is not None
            process.stderr.close()


@pytest.mark.load
def test_of_daemons_that_start_in_one_instant_one_owns_the_place(
    stopped_daemon: RunningDaemon,
) -> None:
    """The same with forked racers, which start within microseconds of each other."""
    daemon = stopped_daemon
    command = [sys.executable, str(ROOT / "tests" / "racing_daemons.py"), str(N_RACERS)]
    with subprocess.Popen(
        command,
        env=daemon.environ,
        cwd=daemon.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        for _ in range(FORKED_RACES):
            starter.stdin.write("go\n")
            racers = set(map(int, starter.stdout.readline().split()[1:]))
            assert len(racers) == N_RACERS
            for _ in range(N_RACERS - 1):
                _, pid, code = starter.stdout.readline().split()
                assert code == "3", (daemon.home / "racers.log").read_text()[-2000:]
                racers.remove(int(pid))
            wait_until(lambda: owner_of(daemon) is not None, 20)
            inode = daemon.socket.stat().st_ino
            for _ in range(3):
                assert {owner_of(daemon)} == racers
            assert daemon.socket.stat().st_ino == inode
            os.kill(*racers, signal.SIGTERM)
            assert starter.stdout.readline().split() == ["ended", str(*racers), "0"]
            assert not daemon.socket.exists()
        starter.stdin.close()
    with daemon.start().connection() as connection:
        n_starts = 0
        page = connection.fetch_events(cursor=f"{store_of(daemon)}:0")
        while page.events:
            n_starts += len(page.events)
            page = connection.fetch_events(cursor=page.cursor)
    assert n_starts == FORKED_RACES + 1  # nobody else ever opened the store


def owner_of(daemon: RunningDaemon) -> int | None:
    try:
        with daemon.connection() as connection:
            return connection.status().pid
    except CrystalmathError:
        return None


def store_of(daemon: RunningDaemon) -> str:
    with daemon.connection() as connection:
        return connection.fetch_events().cursor.rpartition(":")[0]


def test_a_second_daemon_on_the_same_store_is_refused(daemon: RunningDaemon) -> None:
    other = str(daemon.home / "other" / "d.sock")
    process = start_raw(daemon, CRYSTALMATHD_SOCKET=other)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 3
    assert b"state.lock" in said


def test_the_socket_and_its_directory_are_private(daemon: RunningDaemon) -> None:
    assert daemon.socket.stat().st_mode & 0o777 == 0o600
    assert daemon.socket.parent.stat().st_mode & 0o777 == 0o700
    assert daemon.database.stat().st_mode & 0o077 == 0


def test_a_directory_that_others_can_open_is_refused(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.socket.parent.mkdir(mode=0o755)
    assert "chmod 700" in refusal(stopped_daemon)


def test_a_directory_that_may_not_be_written_is_named(
    stopped_daemon: RunningDaemon,
) -> None:
    folder = stopped_daemon.socket.parent
    with read_only(folder):
        said = refusal(stopped_daemon)
    assert f"{folder} may not be written" in said
    assert said.count("\n") == 1


def test_a_directory_that_is_a_link_is_refused(stopped_daemon: RunningDaemon) -> None:
    elsewhere = stopped_daemon.home / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    stopped_daemon.socket.parent.symlink_to(elsewhere)
    assert "link" in refusal(stopped_daemon)


def test_a_file_where_the_socket_should_be_is_left_alone(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.socket.parent.mkdir(mode=0o700)
    stopped_daemon.socket.write_text("precious")
    assert "left alone" in refusal(stopped_daemon)
    assert stopped_daemon.socket.read_text() == "precious"


def test_a_path_that_is_too_long_is_refused_with_the_remedy(
    stopped_daemon: RunningDaemon,
) -> None:
    long = str(stopped_daemon.home / ("x" * 120) / "d.sock")
    assert "--socket" in refusal(stopped_daemon, CRYSTALMATHD_SOCKET=long)


def test_a_stale_socket_is_taken_over(stopped_daemon: RunningDaemon) -> None:
    stopped_daemon.socket.parent.mkdir(mode=0o700)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(stopped_daemon.socket))
    left.close()
    stopped_daemon.start()


def test_the_predecessors_file_is_refused_by_name(
    stopped_daemon: RunningDaemon,
) -> None:
    import sqlite3

    old = stopped_daemon.home / ".crystal_tui.db"
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY)")
    connection.close()
    before = old.read_bytes()
    said = refusal(stopped_daemon, CRYSTAL_TUI_DB=str(old))
    assert "belongs to another program" in said
    assert old.read_bytes() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_is_refused_by_the_peer_check_itself(
    daemon: RunningDaemon,
) -> None:
    daemon.home.chmod(0o755)
    daemon.socket.parent.chmod(0o755)
    daemon.socket.chmod(0o666)
    script = f"""
import socket
asking = socket.socket(socket.AF_UNIX)
asking.connect({str(daemon.socket)!r})
try:
    asking.sendall(b'{{"jsonrpc":"2.0","id":1,"method":"ping"}}\\n')
    print("received", asking.recv(100))
except (BrokenPipeError, ConnectionResetError):  # closed before or after the write
    print("received", b"")
"""
    done = subprocess.run(
        ["/usr/bin/python3", "-c", script]
        if Path("/usr/bin/python3").exists()
        else [sys.executable, "-c", script],
        user=65534,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "received b''\n", done
