"""Text in, text out: one message of a client becomes calls of handlers."""

import contextlib
import inspect
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import anyio
import anyio.abc
import msgspec

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import MAX_REPLY_BYTES
from crystalmath_protocol.method import Method, Result
from crystalmath_protocol.schema import METHODS
from crystalmathd import logs
from crystalmathd.errors import (
    AccessDeniedError,
    CrystalmathError,
    ShuttingDownError,
)
from crystalmathd.rpc.envelope import BadCall, Call, error_reply, is_good_id, read_calls
from crystalmathd.rpc.faults import FAULTS, error_data
from crystalmathd.rpc.mistakes import readable

# jsonschema, which jsonrpcserver imports, builds a grammar for over a second at
# import if rfc3987_syntax is installed. Nothing here validates with it.
_HIDDEN = "rfc3987_syntax"
if _HIDDEN not in sys.modules:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment]
    import jsonrpcserver

    del sys.modules[_HIDDEN]
else:
    import jsonrpcserver

log = logging.getLogger(__name__)

SLOW_S = 0.25
LONG = frozenset(
    {
        *("cancel_job", "parse_output", "adopt_directory", "fetch_job_series"),
        *("draw_job", "search_materials", "fetch_material_details"),
    }
)
"""They wait for a process or a network, or read much."""
CANCEL = "$/cancelRequest"
"""As in the Language Server Protocol: a notification with the id of a call."""
T = TypeVar("T")
Outcome = tuple[int, object]
"""The number of the error, 0 if there is none, and what jsonrpcserver replies."""


class Peer(Protocol):
    """The connection that a call came from, as handlers see it."""

    async def notify(self, method: str, params: Result) -> None:
        """Send a notification."""

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run something that ends with the connection."""

    def stop(self, name: str) -> bool:
        """End it; tell whether there was such a thing."""

    calls: dict[str | int, anyio.CancelScope]
    """The reading calls that are being answered, by their id."""

    is_read_only: bool
    """Whether the connection gave up the right to change anything."""

    @property
    def write_order(self) -> anyio.Lock:
        """Held by one writing call of the connection after the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a handler gets beside its parameters."""

    peer: Peer
    work: anyio.abc.TaskGroup
    trace_id: str

    async def finish(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run writing work in the order sent, to its end even if the client goes.

        A shield would not hold: jsonrpcserver runs handlers in tasks of its own,
        which a closing connection cancels. So the work belongs to the daemon.
        """
        outcome: list[T | Exception] = []
        done = anyio.Event()

        async def run() -> None:
            try:
                async with self.peer.write_order:
                    outcome.append(await work())
            except Exception as error:  # noqa: BLE001  # raised again by the waiter
                outcome.append(error)
            done.set()

        try:
            self.work.start_soon(run)
        except RuntimeError as error:  # the daemon takes no more work
            raise ShuttingDownError from error
        await done.wait()
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]


Handler = Callable[[Context, Any], Awaitable[Result]]
Count = Callable[[str, int, float], None]
"""Takes the method, the number of its error or 0, and the seconds it took."""


class Dispatcher:
    """Finds the handler of a call and turns whatever it does into a reply."""

    def __init__(self, handlers: Mapping[str, Handler], count: Count) -> None:
        self._methods = {
            name: _counted(name, _bound(METHODS[name], handler), count)
            for name, handler in handlers.items()
        }

    async def answer(
        self, payload: bytes, peer: Peer, work: anyio.abc.TaskGroup
    ) -> bytes | None:
        """Return the reply to one message, or None if nothing is to be said."""
        calls, is_batch = read_calls(payload)
        replies: list[bytes | None] = [None] * len(calls)

        async def answer_one(index: int, call: Call | BadCall) -> None:
            replies[index] = await self._answer_call(call, peer, work)

        if len(calls) == 1:
            await answer_one(0, calls[0])
        else:
            async with anyio.create_task_group() as tasks:
                for index, call in enumerate(calls):
                    tasks.start_soon(answer_one, index, call)
        said = _fitting(calls, replies)
        if is_batch:
            return b"[" + b",".join(said) + b"]" if said else None
        return said[0] if said else None

    async def _answer_call(
        self, call: Call | BadCall, peer: Peer, work: anyio.abc.TaskGroup
    ) -> bytes | None:
        if isinstance(call, BadCall):
            if call.is_notification:
                return None
            return error_reply(call.id, call.code, call.message)
        if call.method == CANCEL and not call.has_id:
            _cancel(peer, call)
            return None
        if call.method in self._methods:
            reply = await self._dispatch(call, peer, work)
        else:
            code = ErrorCode.METHOD_NOT_FOUND
            reason = f"there is no method {call.method}"
            reply = error_reply(call.id, code, reason, call.trace_id)
        return reply if call.has_id else None

    async def _dispatch(
        self, call: Call, peer: Peer, work: anyio.abc.TaskGroup
    ) -> bytes:
        started = time.monotonic()
        request: dict[str, Any] = {
            "jsonrpc": "2.0",
            "method": call.method,
            "params": call.params,
        }
        if call.has_id:
            request["id"] = call.id
        context = Context(peer=peer, work=work, trace_id=call.trace_id)
        logs.note(trace=call.trace_id)
        with _cancellable(peer, call) as scope:
            try:
                text = await jsonrpcserver.async_dispatch(
                    request,
                    self._methods,
                    context=context,
                    deserializer=_same,
                    validator=_same,
                    serializer=_encode,
                )
                reply = text.encode()
            except Exception:
                log.exception("%s: no reply could be made", call.method)
                code, reason = ErrorCode.INTERNAL_ERROR, "internal error"
                reply = error_reply(call.id, code, reason, call.trace_id)
        if scope.cancelled_caught:
            code, reason = ErrorCode.REQUEST_CANCELLED, "cancelled by the client"
            reply = error_reply(call.id, code, reason, call.trace_id)
        _log_call(call, time.monotonic() - started, len(reply))
        if len(reply) > MAX_REPLY_BYTES:
            reason = "the answer is too large; ask for a smaller part"
            return error_reply(call.id, ErrorCode.FRAME_TOO_LARGE, reason)
        return reply


def _cancel(peer: Peer, call: Call) -> None:
    """End a reading call, whose reply says so; a writing one is finished."""
    call_id = call.params.get("id")
    if is_good_id(call_id) and call_id in peer.calls:
        peer.calls[call_id].cancel()


@contextlib.contextmanager
def _cancellable(peer: Peer, call: Call) -> Iterator[anyio.CancelScope]:
    with anyio.CancelScope() as scope:
        if call.id is None or METHODS[call.method].access != "read":
            yield scope
            return
        peer.calls[call.id] = scope
        try:
            yield scope
        finally:
            peer.calls.pop(call.id, None)  # a client may use an id twice


def _fitting(
    calls: Sequence[Call | BadCall], replies: Sequence[bytes | None]
) -> list[bytes]:
    """Return the replies, with an error for each that the frame has no room for."""
    room = MAX_REPLY_BYTES
    said = []
    for call, reply in zip(calls, replies, strict=True):
        if reply is None:
            continue
        room -= len(reply)
        if room < 0:
            room += len(reply)
            reason = "the answers of the batch are too large; ask one by one"
            said.append(error_reply(call.id, ErrorCode.FRAME_TOO_LARGE, reason))
        else:
            said.append(reply)
    return said


def _bound(method: Method, handler: Handler) -> Callable[..., Awaitable[Outcome]]:
    """Wrap a handler: typed parameters in, a typed result or a typed error out."""

    async def call(context: Context, /, **params: object) -> Outcome:
        try:
            message = msgspec.convert(params, method.params)
        except msgspec.ValidationError as error:
            is_secret = "secret" in method.params.__struct_fields__
            reason = readable(str(error), hides_values=is_secret)
            return _error(ErrorCode.INVALID_PARAMS, reason, context, {})
        try:
            _check_access(context.peer, method)
            return 0, jsonrpcserver.Success(await handler(context, message))
        except CrystalmathError as error:
            return _error(FAULTS[type(error)], str(error), context, error.facts)
        except Exception:
            log.exception("%s failed", method.name)
            return _error(ErrorCode.INTERNAL_ERROR, "internal error", context, {})

    return call


def _check_access(peer: Peer, method: Method) -> None:
    if peer.is_read_only and method.access != "read":
        raise AccessDeniedError(method=method.name)


def _counted(
    name: str, method: Callable[..., Awaitable[Outcome]], count: Count
) -> Callable[..., Awaitable[object]]:
    async def call(context: Context, /, **params: object) -> object:
        started = time.monotonic()
        number, outcome = await method(context, **params)
        count(name, number, time.monotonic() - started)
        return outcome

    # jsonrpcserver asks for the signature at every call.
    call.__signature__ = inspect.signature(call)  # type: ignore[attr-defined]
    return call


def _error(
    code: ErrorCode, message: str, context: Context, facts: dict[str, Any]
) -> Outcome:
    data = error_data(code, context.trace_id, facts)
    return code.code, jsonrpcserver.Error(code.code, message, data)


def _same(value: object) -> object:
    return value


def _encode(reply: object) -> str:
    return msgspec.json.encode(reply).decode()


def _log_call(call: Call, seconds: float, size: int) -> None:
    level = logging.WARNING if seconds > SLOW_S and _is_quick(call) else logging.DEBUG
    log.log(
        level,
        "%s took %.1f ms, %d bytes",
        call.method,
        seconds * 1000,
        size,
    )


def _is_quick(call: Call) -> bool:
    """Tell whether the caller did not ask to wait, or for something that takes long."""
    return not call.params.get("wait_ms") and call.method not in LONG
