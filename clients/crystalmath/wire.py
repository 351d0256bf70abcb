"""One open socket to the daemon, and the frames on it; blocking."""

import errno
import socket
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from crystalmath.errors import (
    ConnectionLostError,
    DaemonNotRunningError,
    DaemonSilentError,
    DaemonUnreachableError,
)
from crystalmath.place import lock_holder
from crystalmath_protocol.framing import (
    MAX_REPLY_BYTES,
    Frame,
    FrameDecoder,
    Framing,
    encode_frame,
)

CHUNK_BYTES: Final = 1 << 16
BACKLOG_PATIENCE_S: Final = 2.0
_REMEDIES: Final = {
    errno.EACCES: "The socket belongs to another user; name your own with --socket.",
    errno.EPERM: "The socket belongs to another user; name your own with --socket.",
}


class ErrorObject(msgspec.Struct, frozen=True):
    """The `error` of a reply."""

    code: int
    message: str
    data: Any = None


class Incoming(msgspec.Struct, frozen=True):
    """A reply, or a notification (no `id`, but a `method`)."""

    id: int | str | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw(b"null")
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorObject | None = None


_incoming: Final = msgspec.json.Decoder(Incoming)


class Wire:
    """An open connection. Whatever breaks it becomes `DaemonUnreachableError`.

    Raises
    ------
    DaemonNotRunningError
        If nothing listens on the socket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frames: list[bytes] = []
        self._decoder = FrameDecoder(MAX_REPLY_BYTES, Framing.LINES)
        self._socket = self._connect()

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
                    raise self._silent(BACKLOG_PATIENCE_S) from error
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

    def close(self) -> None:
        self._socket.close()

    def send(self, payload: bytes, timeout_s: float) -> None:
        self._socket.settimeout(timeout_s)
        try:
            self._socket.sendall(encode_frame(payload, Framing.LINES))
        except OSError as error:
            raise self._broken(error, timeout_s) from error

    def receive(self, timeout_s: float) -> Incoming:
        """Return the next reply or notification.

        Raises
        ------
        msgspec.DecodeError
            If it is not a JSON-RPC message.
        """
        deadline = time.monotonic() + timeout_s
        while not self._frames:
            try:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
                chunk = self._socket.recv(CHUNK_BYTES)
            except OSError as error:
                raise self._broken(error, timeout_s) from error
            if not chunk:
                raise ConnectionLostError(socket=self.path)
            for found in self._decoder.feed(chunk):
                if not isinstance(found, Frame):
                    raise msgspec.DecodeError(found.reason)
                self._frames.append(found.payload)
        return _incoming.decode(self._frames.pop(0))

    def _broken(self, error: OSError, timeout_s: float) -> DaemonUnreachableError:
        if isinstance(error, TimeoutError):
            return self._silent(timeout_s)
        return ConnectionLostError(socket=self.path)

    def _silent(self, timeout_s: float) -> DaemonSilentError:
        pid = lock_holder(self.path)
        return DaemonSilentError(socket=self.path, timeout_s=timeout_s, pid=pid)
