"""What is said on one connection, without the connection: bytes out, bytes in."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from crystalmath.call import Call, Flow
from crystalmath.calls import hello
from crystalmath.errors import (
    ProtocolMismatchError,
    ReplyUnreadableError,
    RequestUnsendableError,
    RpcError,
)
from crystalmath.finite import endless_name
from crystalmath_protocol import PROTOCOL
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import (
    EventsNotification,
    SubscriptionEndedNotification,
)
from crystalmath_protocol.framing import (
    MAX_REPLY_BYTES,
    MAX_REQUEST_BYTES,
    Frame,
    FrameDecoder,
    Framing,
    encode_frame,
)
from crystalmath_protocol.method import Meta, Result
from crystalmath_protocol.patience import LONG_S, QUICK, QUICK_S, USUAL_S
from crystalmath_protocol.schema import METHODS
from crystalmath_protocol.system import HelloResult

R = TypeVar("R", bound=Result)
T = TypeVar("T")

TIMEOUT_S: Final = USUAL_S
QUICK_TIMEOUT_S: Final = QUICK_S
RETURN_PATIENCE_S: Final = 5.0
"""How long a daemon that went away may take to be back, as after a restart."""
RETURN_LOOK_S: Final = 0.1

Notification = EventsNotification | SubscriptionEndedNotification
_KINDS: Final[dict[str, type[Notification]]] = {
    "events": EventsNotification,
    "subscription_ended": SubscriptionEndedNotification,
}
"""Others, of a later daemon, are passed over."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A call on its way: its bytes, and what its reply is known by."""

    id: int
    trace_id: str
    frame: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The daemon's word on a request; `id` is None if it could not read which."""

    id: int | str | None
    raw: bytes
    error: RpcError | None

    def result(self) -> bytes:
        """Return the result as the daemon wrote it.

        Raises
        ------
        RpcError
            If it refused.
        """
        if self.error is not None:
            raise self.error
        return self.raw


class Conversation:
    """Numbers requests and tells replies from notifications."""

    def __init__(self, take: Callable[[Notification], None]) -> None:
        self._take = take
        self._last_id = 0
        self._decoder = FrameDecoder(MAX_REPLY_BYTES, Framing.LINES)

    def request(self, call: Call[Any]) -> Request:
        """Return the request; the daemon's log names its trace in every line.

        Raises
        ------
        RequestUnsendableError
            If it cannot be written as a message, holds NaN or infinity, or is too
            long for one.
        """
        self._last_id += 1
        # Not from `secrets`, which takes 5 ms to import.
        trace_id = os.urandom(16).hex()
        # W3C trace context: version, trace, the span of this call, sampled.
        traceparent = f"00-{trace_id}-{os.urandom(8).hex()}-01"
        meta = {"_meta": Meta(traceparent=traceparent)}
        message = {
            "jsonrpc": "2.0",
            "id": self._last_id,
            "method": call.name,
            "params": msgspec.structs.asdict(call.params) | meta,
        }
        try:
            payload = msgspec.json.encode(message)
        except UnicodeEncodeError as error:
            reason = "a file name is not UTF-8; rename the file."
            raise RequestUnsendableError(method=call.name, reason=reason) from error
        # JSON has null for what is not finite: without null there is none.
        endless = b"null" in payload and endless_name(msgspec.to_builtins(call.params))
        if endless:
            reason = f"{endless} is NaN or infinite; give a number or nothing."
            raise RequestUnsendableError(method=call.name, reason=reason)
        if len(payload) > MAX_REQUEST_BYTES:
            reason = f"it is longer than {MAX_REQUEST_BYTES} bytes; send files by path."
            raise RequestUnsendableError(method=call.name, reason=reason)
        frame = encode_frame(payload, Framing.LINES)
        return Request(id=self._last_id, trace_id=trace_id, frame=frame)

    def cancellation(self, request: Request) -> bytes:
        """Return the frame that withdraws a request; its reply is an error then."""
        message = {
            "jsonrpc": "2.0",
            "method": "$/cancelRequest",
            "params": {"id": request.id},
        }
        return encode_frame(msgspec.json.encode(message), Framing.LINES)

    def receive(self, chunk: bytes) -> list[Reply]:
        """Return the replies that became complete; notifications are passed on.

        Raises
        ------
        msgspec.DecodeError
            If it is not JSON-RPC.
        """
        replies = []
        for found in self._decoder.feed(chunk):
            if not isinstance(found, Frame):
                raise msgspec.DecodeError(found.reason)
            message = _incoming.decode(found.payload)
            if message.method is None:
                replies.append(_reply(message))
            elif message.method in _KINDS:
                kind = _KINDS[message.method]
                self._take(msgspec.json.decode(message.params, type=kind))
        return replies


def _reply(message: Incoming) -> Reply:
    error = message.error
    if error is None:
        return Reply(id=message.id, raw=bytes(message.result), error=None)
    data = error.data if isinstance(error.data, dict) else {}
    refusal = RpcError(code=error.code, message=error.message, data=data)
    return Reply(id=message.id, raw=b"null", error=refusal)


def decoded(call: Call[R], raw: bytes) -> R:
    """Return the result of a call as its message.

    Raises
    ------
    ReplyUnreadableError
        If it has another shape.
    """
    try:
        return msgspec.json.decode(raw, type=call.result)
    except msgspec.DecodeError as error:
        raise ReplyUnreadableError(method=call.name, reason=error) from error


def patience_s(call: Call[Any], timeout_s: float) -> float:
    """Return how long an answer may take, with the wait that was asked for."""
    quick_s = QUICK_TIMEOUT_S if call.name in QUICK else math.inf
    wait_ms: int = getattr(call.params, "wait_ms", 0)
    own_s = max(min(timeout_s, quick_s), LONG_S.get(call.name, 0.0))
    return own_s + wait_ms / 1000


def may_be_sent_twice(call: Call[Any]) -> bool:
    """Tell whether a call may go out again when its reply was lost.

    Reads change nothing, submissions carry their token, cancelling and chunks
    say what should be. A retry does so if it names the attempt before it.
    """
    is_open = getattr(call.params, "after_attempt", 0) is None
    return METHODS[call.name].access != "admin" and not is_open


def may_start_daemon(call: Call[Any]) -> bool:
    """Tell whether a daemon that has gone is started for a call.

    Not for a read: whoever stopped it did not mean to be asked again.
    """
    return METHODS[call.name].access == "write"


def event_batch(notification: Notification) -> EventsNotification:
    """Return what a subscription sent.

    Raises
    ------
    RpcError
        If the subscription has ended: events were forgotten before they were sent.
    """
    if isinstance(notification, EventsNotification):
        return notification
    code = next(c.code for c in ErrorCode if c.kind == notification.kind)
    facts = {
        "oldest": notification.oldest,
        "subscription": notification.subscription,
    }
    data = {"kind": notification.kind, "retryable": False, "facts": facts}
    raise RpcError(code=code, message=notification.message, data=data)


def greeting(socket: Path) -> Flow[HelloResult]:
    """Agree on the protocol version.

    Raises
    ------
    ProtocolMismatchError
        If the daemon speaks another major version.
    """

    def mismatch(reason: str) -> ProtocolMismatchError:
        return ProtocolMismatchError(
            socket=socket, protocol=PROTOCOL, reason=reason.rstrip(".")
        )

    answer: HelloResult
    try:
        answer = yield hello()
    except RpcError as error:
        if error.kind != ErrorCode.PROTOCOL_MISMATCH.kind:
            raise
        raise mismatch(error.message) from error
    if answer.protocol.split(".")[0] != PROTOCOL.split(".")[0]:
        raise mismatch(f"it answered {answer.protocol}")
    return answer
