"""Starting the daemon on first use: detached, once, with its last words kept."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from crystalmath.errors import DaemonNotStartedError
from crystalmath.place import home_directory

EXIT_ALREADY_OWNED: Final = 3
"""crystalmathd: another daemon already owns the socket or the store."""
PATIENCE_S: Final = 10.0
RIVAL_PATIENCE_S: Final = 3.0
"""How long a daemon that was quicker than ours may take to listen."""
LOOK_S: Final = 0.015
LAST_LINES: Final = 5

_started: list[subprocess.Popen[bytes]] = []
"""Kept so that a program living longer than its daemon can collect it."""


def log_path() -> Path:
    """Return the file that a daemon started by a client writes to."""
    state = os.environ.get("XDG_STATE_HOME") or home_directory() / ".local" / "state"
    return Path(state, "crystalmath", "daemon.log")


def daemon_command(socket: Path) -> list[str]:
    """Return what starts the daemon of this installation.

    `-P`: with `-m` Python would otherwise import from the user's directory,
    where a file may well be called `numbers.py`.
    """
    return [sys.executable, "-P", "-m", "crystalmathd", "--socket", str(socket)]


def start_daemon(
    socket: Path,
    is_listening: Callable[[], bool],
    *,
    command: list[str] | None = None,
    patience_s: float = PATIENCE_S,
) -> None:
    """Start the daemon and return when it, or a quicker rival, listens.

    Raises
    ------
    DaemonNotStartedError
        If it ended or did not listen in time, with its last words; or if its log
        cannot be written.
    """
    log = log_path()
    descriptor = _open_log(log)
    said_before = os.fstat(descriptor).st_size
    process = _spawn(command or daemon_command(socket), log, descriptor)
    deadline = time.monotonic() + patience_s
    code: int | None = None
    while not is_listening():
        if code is None and (code := process.poll()) is not None:
            if code != EXIT_ALREADY_OWNED:
                raise _not_started(_how_it_ended(code), log, said_before)
            deadline = min(deadline, time.monotonic() + RIVAL_PATIENCE_S)
        if time.monotonic() > deadline:
            late = f"it does not listen after {patience_s:g} s"
            reason = late if code is None else _how_it_ended(code)
            raise _not_started(reason, log, said_before)
        time.sleep(LOOK_S)


def _open_log(log: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(log, flags, 0o600)
    except OSError as error:
        reason = (
            f"its log cannot be written ({error.strerror}: {error.filename}); set HOME "
            "or XDG_STATE_HOME to a directory that you may write to"
        )
        raise DaemonNotStartedError(reason=reason, said="", log=log) from error


def _spawn(command: list[str], log: Path, descriptor: int) -> subprocess.Popen[bytes]:
    _started[:] = [process for process in _started if process.poll() is None]
    try:
        home = home_directory()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            # As under systemd: no user's directory is held, and the `.env` that the
            # daemon reads is not that of whoever happened to come first.
            cwd=home if os.access(home, os.X_OK) and home.is_dir() else "/",
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(str(error), log, 0) from error
    finally:
        os.close(descriptor)
    _started.append(process)
    return process


def _how_it_ended(code: int) -> str:
    if code == EXIT_ALREADY_OWNED:
        return "another daemon owns the socket or the store"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _not_started(reason: str, log: Path, said_before: int) -> DaemonNotStartedError:
    try:
        with log.open("rb") as file:
            file.seek(said_before)
            words = file.read().decode(errors="replace").splitlines()[-LAST_LINES:]
    except OSError:
        words = []
    said = "".join(f"\n  {line}" for line in words)
    return DaemonNotStartedError(reason=reason, said=said, log=log)
