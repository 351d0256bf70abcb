"""One open socket to the daemon; blocking."""

import errno
import socket
import time
from pathlib import Path
from typing import Final

from crystalmath.errors import (
    ConnectionLostError,
    DaemonNotRunningError,
    DaemonSilentError,
    DaemonUnreachableError,
)
from crystalmath.place import lock_holder

CHUNK_BYTES: Final = 1 << 16
BACKLOG_PATIENCE_S: Final = 2.0
_REMEDIES: Final = {
    errno.EACCES: "The socket belongs to another user; name your own with --socket.",
    errno.EPERM: "The socket belongs to another user; name your own with --socket.",
}


class Wire:
    """An open connection. Whatever breaks it becomes `DaemonUnreachableError`.

    Raises
    ------
    DaemonNotRunningError
        If nothing listens on the socket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + BACKLOG_PATIENCE_S
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(BACKLOG_PATIENCE_S)
            try:
                connection.connect(str(self.path))
            except (FileNotFoundError, ConnectionRefusedError) as error:
                connection.close()
                raise DaemonNotRunningError(socket=self.path) from error
            except BlockingIOError as error:  # Linux: the backlog is full
                connection.close()
                if time.monotonic() > deadline:
                    raise silent(self.path, BACKLOG_PATIENCE_S) from error
                time.sleep(0.01)
            except OSError as error:
                connection.close()
                raise self._unreachable(error) from error
            else:
                return connection

    def _unreachable(self, error: OSError) -> DaemonUnreachableError:
        remedy = "Name a shorter path or another socket with --socket."
        return DaemonUnreachableError(
            socket=self.path,
            reason=error.strerror or str(error),
            remedy=_REMEDIES.get(error.errno or 0, remedy),
        )

    @property
    def is_closed(self) -> bool:
        """Whether this side has closed it."""
        return self.socket.fileno() < 0

    def close(self) -> None:
        self.socket.close()

    def send(self, frame: bytes, timeout_s: float) -> None:
        try:
            self.socket.settimeout(timeout_s)
            self.socket.sendall(frame)
        except OSError as error:
            raise self._broken(error, timeout_s) from error

    def receive(self, deadline: float, timeout_s: float) -> bytes:
        """Return what comes next, before a deadline of the monotonic clock."""
        try:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = self.socket.recv(CHUNK_BYTES)
        except OSError as error:
            raise self._broken(error, timeout_s) from error
        if not chunk:
            raise ConnectionLostError(socket=self.path)
        return chunk

    def _broken(self, error: OSError, timeout_s: float) -> DaemonUnreachableError:
        if isinstance(error, TimeoutError):
            return silent(self.path, timeout_s)
        return ConnectionLostError(socket=self.path)


def silent(path: Path, timeout_s: float) -> DaemonSilentError:
    """Return the error of a daemon that does not answer; it names its process."""
    pid = lock_holder(path)
    return DaemonSilentError(socket=path, timeout_s=timeout_s, pid=pid)


def open_wire(path: Path, *, start: bool) -> Wire:
    """Return an open connection; with `start`, to a daemon that is started first.

    Raises
    ------
    DaemonUnreachableError
    """
    try:
        return Wire(path)
    except DaemonNotRunningError:
        if not start:
            raise
    from crystalmath.starting import start_daemon  # noqa: PLC0415 - rarely needed

    start_daemon(path, lambda: _is_listening(path))
    return Wire(path)


def _is_listening(path: Path) -> bool:
    try:
        Wire(path).close()
    except DaemonNotRunningError:
        return False
    return True
