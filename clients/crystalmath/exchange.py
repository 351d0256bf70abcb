"""Asking the daemon: open the wire, greet, call, and try again once if it breaks."""

import math
import secrets
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

from crystalmath import __version__
from crystalmath.errors import (
    ConnectionLostError,
    DaemonNotRunningError,
    DaemonUnreachableError,
    ProtocolMismatchError,
    ReplyUnreadableError,
    RequestUnsendableError,
    RpcError,
)
from crystalmath.place import find_socket
from crystalmath.wire import Incoming, Wire
from crystalmath_protocol import PROTOCOL
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import EventsNotification
from crystalmath_protocol.framing import MAX_REQUEST_BYTES
from crystalmath_protocol.method import Meta, Params, Result
from crystalmath_protocol.schema import METHODS
from crystalmath_protocol.system import HelloParams, HelloResult, ProtocolRange

R = TypeVar("R", bound=Result)

TIMEOUT_S: Final = 30.0
QUICK_TIMEOUT_S: Final = 5.0
"""For questions that a daemon in good health answers without any work."""
_QUICK: Final = frozenset({"ping", "status"})
RETURN_PATIENCE_S: Final = 5.0
"""How long a daemon that went away may take to be back, as after a restart."""


class Exchange:
    """Requests and replies on a wire that is opened again when it broke."""

    def __init__(
        self,
        socket: str | Path | None = None,
        *,
        start: bool = True,
        greets: bool = True,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.socket = find_socket(socket)
        self.last_result = b"null"
        """The result of the last call as the daemon wrote it, for `--json`."""
        self.hello_result: HelloResult | None = None
        self._starts = start
        self._greets = greets
        self._timeout_s = timeout_s
        self._last_id = 0
        self._is_subscribed = False
        self._notifications: deque[EventsNotification] = deque()
        self._wire = self._open(start=start)
        if greets:
            self._greet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    def call(self, name: str, params: Params) -> Result:
        """Call any method of the protocol's table with its message."""
        return self._ask(name, params, METHODS[name].result)

    def hello(self) -> HelloResult:
        """Agree on the protocol version; done when the connection is opened."""
        versions = ProtocolRange(min=PROTOCOL, max=PROTOCOL)
        params = HelloParams(client=f"crystalmath {__version__}", protocol=versions)
        raw = self._exchange("hello", params)
        return self._decode("hello", raw, HelloResult)

    def notifications(self, *, timeout_s: float = 1e6) -> Iterator[EventsNotification]:
        """Yield what the subscriptions of this connection send, as it comes."""
        while True:
            while not self._notifications:
                self._keep_notification(self._wire.receive(timeout_s))
            yield self._notifications.popleft()

    def _ask(self, name: str, params: Params, result: type[R]) -> R:
        """Call, and once more on a new connection if the old one breaks.

        Everything but `shutdown` may be sent twice: reads change nothing, a
        submission carries its token, cancelling and chunks say what should be.
        """
        try:
            raw = self._exchange(name, params)
        except ConnectionLostError:
            access = METHODS[name].access
            if self._is_subscribed or access == "admin":
                raise
            self._reopen(start=self._starts and access == "write")
            raw = self._exchange(name, params)
        self.last_result = raw
        return self._decode(name, raw, result)

    def _decode(self, name: str, raw: bytes, result: type[R]) -> R:
        try:
            return msgspec.json.decode(raw, type=result)
        except msgspec.DecodeError as error:
            raise ReplyUnreadableError(method=name, reason=error) from error

    def _exchange(self, name: str, params: Params) -> bytes:
        limit_s = min(self._timeout_s, QUICK_TIMEOUT_S if name in _QUICK else math.inf)
        timeout_s = limit_s + getattr(params, "wait_ms", 0) / 1000
        self._last_id += 1
        trace_id = secrets.token_hex(16)
        try:
            self._wire.send(encode(self._last_id, name, params, trace_id), timeout_s)
            while True:
                reply = self._wire.receive(timeout_s)
                if reply.method is not None:
                    self._keep_notification(reply)
                elif reply.error is not None and reply.id in {None, self._last_id}:
                    data = reply.error.data
                    raise RpcError(
                        code=reply.error.code,
                        message=reply.error.message,
                        data=data if isinstance(data, dict) else {},
                    )
                elif reply.id == self._last_id:
                    return bytes(reply.result)
        except msgspec.DecodeError as error:
            raise ReplyUnreadableError(method=name, reason=error) from error
        except DaemonUnreachableError as error:
            error.trace_id = trace_id
            raise

    def _keep_notification(self, message: Incoming) -> None:
        if message.method == "events":
            kept = msgspec.json.decode(message.params, type=EventsNotification)
            self._notifications.append(kept)

    def _open(self, *, start: bool) -> Wire:
        try:
            return Wire(self.socket.path)
        except DaemonNotRunningError:
            if not start:
                raise
        from crystalmath.starting import start_daemon  # noqa: PLC0415 - rarely needed

        start_daemon(self.socket.path, self._is_listening)
        return Wire(self.socket.path)

    def _is_listening(self) -> bool:
        try:
            Wire(self.socket.path).close()
        except DaemonNotRunningError:
            return False
        return True

    def _greet(self) -> None:
        try:
            self.hello_result = self._checked_hello()
        except BaseException:
            self.close()
            raise

    def _checked_hello(self) -> HelloResult:
        try:
            hello = self.hello()
        except RpcError as error:
            if error.kind != ErrorCode.PROTOCOL_MISMATCH.kind:
                raise
            raise self._mismatch(error.message) from error
        if hello.protocol.split(".")[0] != PROTOCOL.split(".")[0]:
            raise self._mismatch(f"it answered {hello.protocol}")
        return hello

    def _mismatch(self, reason: str) -> ProtocolMismatchError:
        return ProtocolMismatchError(
            socket=self.socket.path, protocol=PROTOCOL, reason=reason.rstrip(".")
        )

    def _reopen(self, *, start: bool) -> None:
        deadline = time.monotonic() + RETURN_PATIENCE_S
        while True:
            self.close()
            try:
                self._wire = self._open(start=start)
                if self._greets:
                    self._greet()
            except (DaemonNotRunningError, ConnectionLostError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


def encode(number: int, name: str, params: Params, trace_id: str) -> bytes:
    """Return a request; the daemon's log names the trace in every line about it."""
    # W3C trace context: version, trace, the span of this call, sampled.
    traceparent = f"00-{trace_id}-{secrets.token_hex(8)}-01"
    meta = {"_meta": Meta(traceparent=traceparent)}
    sent = msgspec.structs.asdict(params) | meta
    request = {"jsonrpc": "2.0", "id": number, "method": name, "params": sent}
    try:
        payload = msgspec.json.encode(request)
    except UnicodeEncodeError as error:
        reason = "a file name is not UTF-8; rename the file."
        raise RequestUnsendableError(method=name, reason=reason) from error
    if len(payload) > MAX_REQUEST_BYTES:
        reason = f"it is longer than {MAX_REQUEST_BYTES} bytes; send files by path."
        raise RequestUnsendableError(method=name, reason=reason)
    return payload
