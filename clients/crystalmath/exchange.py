"""Asking the daemon: open the wire, greet, call, and try again once if it breaks."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import msgspec

from crystalmath.call import Call, Flow, in_the_words_of
from crystalmath.conversation import (
    RETURN_LOOK_S,
    RETURN_PATIENCE_S,
    TIMEOUT_S,
    Conversation,
    Notification,
    Reply,
    decoded,
    event_batch,
    may_be_sent_twice,
    patience_s,
)
from crystalmath.errors import (
    ConnectionLostError,
    DaemonNotRunningError,
    DaemonUnreachableError,
    ReplyUnreadableError,
    RpcError,
)
from crystalmath.place import find_socket
from crystalmath.session import Session
from crystalmath.wire import open_wire
from crystalmath_protocol.events import EventsNotification
from crystalmath_protocol.method import Params, Result
from crystalmath_protocol.schema import METHODS

P = ParamSpec("P")
R = TypeVar("R", bound=Result)
T = TypeVar("T")


class Exchange(Session):
    """Requests and replies on a wire that is opened again when it broke."""

    def __init__(
        self,
        socket: str | Path | None = None,
        *,
        start: bool = True,
        greets: bool = True,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        place = find_socket(socket)
        super().__init__(place, start=start, greets=greets, timeout_s=timeout_s)
        self.last_result = b"null"
        """The result of the last call as the daemon wrote it, for `--json`."""
        self._is_subscribed = False
        self._notifications: deque[Notification] = deque()
        self._open(start=start)

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
        """Close for good; a call afterwards is a `ConnectionClosedError`."""
        self._is_closed = True
        self._wire.close()

    def call(self, name: str, params: Params) -> Result:
        """Call any method of the protocol's table with its message."""
        return self.ask(Call(name, params, METHODS[name].result))

    def notifications(self, *, timeout_s: float = 1e6) -> Iterator[EventsNotification]:
        """Yield what the subscriptions of this connection send, as it comes.

        Raises
        ------
        RpcError
            If a subscription has ended: `events.cursor_too_old`.
        """
        while True:
            deadline = time.monotonic() + timeout_s
            while not self._notifications:
                self._check_open()
                self._receive("subscribe", deadline, timeout_s)
            yield event_batch(self._notifications.popleft())

    def ask(self, call: Call[R]) -> R:
        """Call, and once more on a new connection if the old one breaks."""
        self._check_open()
        # What was never sent cannot be sent twice.
        is_unsent = self._wire.is_closed
        try:
            raw = self._exchange(call)
        except ConnectionLostError:
            if self._is_subscribed or not (is_unsent or may_be_sent_twice(call)):
                raise
            self._reopen(start=self._may_start_for(call))
            raw = self._exchange(call)
        self.last_result = raw
        result = decoded(call, raw)
        self._is_subscribed |= call.name == "subscribe"
        self._remember(call)
        return result

    def follow(self, flow: Flow[T], ask: Callable[[Call[Any]], Any] | None = None) -> T:
        """Carry out calls one after the other and return what they come to."""
        ask = ask or self.ask
        try:
            call = next(flow)
            while True:
                try:
                    answer = ask(call)
                except RpcError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value

    def _exchange(self, call: Call[Any]) -> bytes:
        timeout_s = patience_s(call, self._timeout_s)
        request = self._conversation.request(call)
        try:
            self._wire.send(request.frame, timeout_s)
            deadline = time.monotonic() + timeout_s
            while True:
                for reply in self._receive(call.name, deadline, timeout_s):
                    if reply.id == request.id or (reply.id is None and reply.error):
                        return reply.result()
        except DaemonUnreachableError as error:
            error.trace_id = request.trace_id
            raise

    def _receive(self, method: str, deadline: float, timeout_s: float) -> list[Reply]:
        """Take what comes next; notifications are kept."""
        chunk = self._wire.receive(deadline, timeout_s)
        try:
            return self._conversation.receive(chunk)
        except msgspec.DecodeError as error:
            raise ReplyUnreadableError(method=method, reason=error) from error

    def _ask_once(self, call: Call[R]) -> R:
        return decoded(call, self._exchange(call))

    def _open(self, *, start: bool) -> None:
        self._wire = open_wire(self.socket.path, start=start)
        self._conversation = Conversation(self._notifications.append)
        try:
            self.follow(self._opening(), self._ask_once)
        except BaseException:
            self._wire.close()
            raise

    def _reopen(self, *, start: bool) -> None:
        deadline = time.monotonic() + RETURN_PATIENCE_S
        while True:
            self._wire.close()
            try:
                self._open(start=start)
            except (DaemonNotRunningError, ConnectionLostError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETURN_LOOK_S)
            else:
                return


def blocking(
    make: Callable[P, Call[R]],
) -> Callable[Concatenate[Exchange, P], R]:
    """Make a method that carries out a call."""

    @in_the_words_of(make)
    def method(self: Exchange, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.ask(make(*args, **kwargs))

    return method


def blocking_flow(
    make: Callable[P, Flow[T]],
) -> Callable[Concatenate[Exchange, P], T]:
    """Make a method that carries out several calls."""

    @in_the_words_of(make)
    def method(self: Exchange, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.follow(make(*args, **kwargs))

    return method
