"""The places on this machine: the home, the socket, and who holds its lock."""

import os
from pathlib import Path

from crystalmath.errors import HomeUnknownError
from crystalmath_protocol.paths import LOCK_NAME, SocketPath, socket_path


def home_directory() -> Path:
    """Return the home directory; it need not be there.

    Raises
    ------
    HomeUnknownError
        If neither HOME nor the password file names one.
    """
    try:
        return Path(os.environ.get("HOME") or Path.home())
    except RuntimeError as error:
        raise HomeUnknownError from error


def find_socket(option: str | Path | None = None) -> SocketPath:
    """Return the daemon's socket and what it was taken from.

    Raises
    ------
    HomeUnknownError
        If it would be below a home that nobody knows.
    """
    try:
        return socket_path(None if option is None else str(option))
    except RuntimeError as error:
        raise HomeUnknownError from error


def lock_holder(socket: Path) -> int | None:
    """Return the pid of the live process that holds the lock beside the socket.

    None if nobody holds it, or its holder has not yet written who it is. The
    lock is tried for a moment: not for a loop, since a daemon that starts just
    then would take us for its rival.
    """
    import fcntl  # noqa: PLC0415 - only when something is wrong

    try:
        with socket.with_name(LOCK_NAME).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                word, _, number = (
                    file.read(100).decode("ascii", "replace").partition(" ")
                )
                return int(number) if word == "pid" and number.isdecimal() else None
    except OSError:
        return None
    return None
