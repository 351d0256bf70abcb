import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crystalmath import starting
from crystalmath.errors import DaemonNotStartedError
from crystalmath.starting import daemon_command, log_path, start_daemon

LISTENS = """
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
try:
    listener.bind(sys.argv[1])
except OSError:
    sys.exit(3)
listener.listen()
time.sleep(1.0)
"""


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="cm-"))
    monkeypatch.setenv("XDG_STATE_HOME", str(path / "state"))
    yield path
    for process in starting._started:
        process.wait(5)
    shutil.rmtree(path)


def python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", program, *arguments]


def never() -> bool:
    return False


def test_the_daemon_never_imports_from_the_users_directory() -> None:
    command = daemon_command(Path("/run/d.sock"))
    assert command == [
        sys.executable, "-P", "-m", "crystalmathd", "--socket", "/run/d.sock",
    ]  # fmt: skip


def test_the_log_is_in_the_state_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert log_path() == tmp_path / ".local/state/crystalmath/daemon.log"


def test_a_daemon_that_ends_at_once_is_quoted(directory: Path) -> None:
    failing = python("import sys; sys.exit('crystalmathd: the disk is full')")
    with pytest.raises(DaemonNotStartedError) as caught:
        start_daemon(directory / "d.sock", never, command=failing)
    text = str(caught.value)
    assert "exit code 1" in text
    assert "the disk is full" in text
    assert str(log_path()) in text
    assert log_path().stat().st_mode & 0o777 == 0o600


def test_only_its_own_last_words_are_quoted(directory: Path) -> None:
    for words in ("first", "second"):
        failing = python(f"import sys; sys.exit('{words}')")
        with pytest.raises(DaemonNotStartedError) as caught:
            start_daemon(directory / "d.sock", never, command=failing)
    assert "second" in str(caught.value)
    assert "first" not in str(caught.value)


def test_a_daemon_that_does_not_listen_in_time_is_told(directory: Path) -> None:
    idle = python("import time; time.sleep(0.5)")
    with pytest.raises(DaemonNotStartedError, match=r"not listen after 0\.1 s"):
        start_daemon(directory / "d.sock", never, command=idle, patience_s=0.1)


def test_a_daemon_killed_by_a_signal_is_told(directory: Path) -> None:
    killed = python("import os; os.kill(os.getpid(), 9)")
    with pytest.raises(DaemonNotStartedError, match="killed by SIGKILL"):
        start_daemon(directory / "d.sock", never, command=killed)


def test_a_program_that_is_not_there_is_told(directory: Path) -> None:
    with pytest.raises(DaemonNotStartedError, match="No such file"):
        start_daemon(directory / "d.sock", never, command=["/no/such/python"])


def test_two_clients_at_once_both_find_the_one_that_won(directory: Path) -> None:
    path = directory / "d.sock"
    with ThreadPoolExecutor(4) as pool:
        starts = [
            pool.submit(
                start_daemon, path, path.exists, command=python(LISTENS, str(path))
            )
            for _ in range(4)
        ]
        for start in starts:
            start.result(timeout=20)


def test_a_store_that_another_daemon_owns_is_told(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crystalmath.starting.RIVAL_PATIENCE_S", 0.05)
    refused = python(
        "import sys; print('owned by pid 7', file=sys.stderr); sys.exit(3)"
    )
    with pytest.raises(DaemonNotStartedError, match="another daemon owns") as caught:
        start_daemon(directory / "d.sock", never, command=refused)
    assert "owned by pid 7" in str(caught.value)
