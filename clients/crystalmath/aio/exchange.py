"""Asking the daemon from many tasks: one line, opened again when it broke."""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
import anyio.abc

from crystalmath import calls
from crystalmath.aio.line import Arrived, Line, open_stream
from crystalmath.aio.subscriptions import Subscriptions
from crystalmath.call import Call, Flow, in_the_words_of
from crystalmath.conversation import (
    RETURN_LOOK_S,
    RETURN_PATIENCE_S,
    Notification,
    decoded,
    event_batch,
    may_be_sent_twice,
)
from crystalmath.errors import ConnectionLostError, DaemonNotRunningError, RpcError
from crystalmath.session import Session
from crystalmath_protocol.events import (
    EventsNotification,
    SubscribeParams,
    SubscribeResult,
    UnsubscribeResult,
)
from crystalmath_protocol.method import Params, Result
from crystalmath_protocol.paths import SocketPath
from crystalmath_protocol.schema import METHODS

P = ParamSpec("P")
R = TypeVar("R", bound=Result)
T = TypeVar("T")


class Exchange(Session):
    """Calls of many tasks on one line, and the subscriptions that outlive it."""

    def __init__(
        self,
        tasks: anyio.abc.TaskGroup,
        socket: SocketPath,
        *,
        start: bool,
        greets: bool,
        revives: bool,
        timeout_s: float,
    ) -> None:
        super().__init__(socket, start=start, greets=greets, timeout_s=timeout_s)
        self._revives = revives
        self._tasks = tasks
        self._subscriptions = Subscriptions()
        self._news = anyio.Event()
        self._opening_lock = anyio.Lock()
        self._line: Line

    async def open(self) -> None:
        """Open the line; done by `crystalmath.aio.connect`."""
        self._line = await self._opened(start=self._starts)

    def close(self) -> None:
        """Open no further line; done at the end of `crystalmath.aio.connect`."""
        self._is_closed = True

    async def call(self, name: str, params: Params) -> Result:
        """Call any method of the protocol's table with its message."""
        return await self.ask(Call(name, params, METHODS[name].result))

    async def ask(self, call: Call[R], arrived: Arrived | None = None) -> R:
        """Call, and once more on a new line if the old one breaks."""
        self._check_open()
        line = self._line
        if not line.is_lost:
            try:
                return await self._ask_on(line, call, arrived)
            except ConnectionLostError:
                if not may_be_sent_twice(call):
                    raise
        line = await self._next(line, start=self._revives or self._may_start_for(call))
        return await self._ask_on(line, call, arrived)

    async def follow(
        self,
        flow: Flow[T],
        ask: Callable[[Call[Any]], Coroutine[Any, Any, Any]] | None = None,
    ) -> T:
        """Carry out calls one after the other and return what they come to."""
        ask = ask or self.ask
        try:
            call = next(flow)
            while True:
                try:
                    answer = await ask(call)
                except RpcError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value

    async def subscribe(
        self,
        *,
        since: str = "now",
        types: Sequence[str] = (),
        job_ids: Sequence[str] = (),
    ) -> SubscribeResult:
        """Ask for notifications; `notifications` yields them.

        They go on, each event once, when the daemon was away. The name of the
        subscription is one of this connection.
        """
        params = SubscribeParams(
            since=since, types=tuple(types), job_ids=tuple(job_ids)
        )
        call = Call("subscribe", params, SubscribeResult)
        name = self._subscriptions.new_name()
        with self._subscriptions.asking():
            started = partial(self._subscriptions.start, name, params)
            try:
                result = await self.ask(call, started)
            except BaseException:  # cancelled, just after the reply has come
                self._subscriptions.stop(name)
                raise
        return SubscribeResult(
            subscription=name, cursor=result.cursor, store_id=result.store_id
        )

    async def unsubscribe(self, subscription: str) -> UnsubscribeResult:
        self._check_open()
        theirs = self._subscriptions.stop(subscription)
        with suppress(ConnectionLostError):  # which has ended it as well
            await self._ask_on(self._line, calls.unsubscribe(theirs or subscription))
        return UnsubscribeResult(subscription=subscription)

    async def notifications(self) -> AsyncIterator[EventsNotification]:
        """Yield what the subscriptions send, as it comes, also after a restart.

        Several tasks share what comes. After an error it may be called again.

        Raises
        ------
        DaemonUnreachableError
            If the daemon is away for longer than a restart takes.
        RpcError
            If a subscription has ended: `events.cursor_too_old`.
        """
        ready = self._subscriptions.ready
        while True:
            while ready:
                item = ready.popleft()
                if isinstance(item, RpcError):
                    raise item
                yield event_batch(item)
            if self._line.is_lost:
                await self._next(self._line, start=False)
            else:
                await self._news.wait()

    async def _ask_on(
        self, line: Line, call: Call[R], arrived: Arrived | None = None
    ) -> R:
        raw = await line.exchange(call, self._timeout_s, arrived)
        self._remember(call)
        return decoded(call, raw)

    async def _opened(self, *, start: bool) -> Line:
        """Return a line on which everything is as it was on the one before."""
        path = self.socket.path
        # Cancelled, it ends first what it has begun: no socket is left behind.
        with anyio.CancelScope(shield=True):
            stream = await open_stream(path, start=start)
        line = Line(path, stream, self._take, self._wake)
        self._tasks.start_soon(line.read)
        try:
            await self.follow(self._opening(), partial(self._ask_on, line))
            for name, params in self._subscriptions.to_resume():
                await self._resume(line, name, params)
        except BaseException:
            await line.close()
            raise
        return line

    async def _resume(self, line: Line, name: str, params: SubscribeParams) -> None:
        call = Call("subscribe", params, SubscribeResult)
        try:
            with self._subscriptions.asking():
                started = partial(self._subscriptions.start, name, params)
                await self._ask_on(line, call, started)
        except RpcError as error:
            self._subscriptions.fail(name, error)
            self._wake()

    async def _next(self, broken: Line, *, start: bool) -> Line:
        """Return the line after a broken one, when the daemon is back.

        Every task that waits for it looks on its own, so that one which may
        start the daemon does not wait for those which may not.
        """
        deadline = anyio.current_time() + RETURN_PATIENCE_S
        while True:
            try:
                return await self._replaced(broken, start=start)
            except (DaemonNotRunningError, ConnectionLostError):
                if anyio.current_time() > deadline:
                    raise
                await anyio.sleep(RETURN_LOOK_S)

    async def _replaced(self, broken: Line, *, start: bool) -> Line:
        """Put a new line in the place of a broken one, unless another task did."""
        async with self._opening_lock:
            self._check_open()
            if self._line is broken:
                await broken.close()
                self._line = await self._opened(start=start)
            return self._line

    def _take(self, notification: Notification) -> None:
        self._subscriptions.take(notification)
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = anyio.Event()


def awaited(
    make: Callable[P, Call[R]],
) -> Callable[Concatenate[Exchange, P], Coroutine[Any, Any, R]]:
    """Make a method that carries out a call."""

    @in_the_words_of(make)
    async def method(self: Exchange, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.ask(make(*args, **kwargs))

    return method


def awaited_flow(
    make: Callable[P, Flow[T]],
) -> Callable[Concatenate[Exchange, P], Coroutine[Any, Any, T]]:
    """Make a method that carries out several calls."""

    @in_the_words_of(make)
    async def method(self: Exchange, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.follow(make(*args, **kwargs))

    return method
