"""One open connection on which many calls wait at once."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc
import anyio.to_thread
import msgspec

from crystalmath.call import Call
from crystalmath.conversation import (
    Conversation,
    Notification,
    Reply,
    Request,
    patience_s,
)
from crystalmath.errors import (
    ConnectionLostError,
    CrystalmathError,
    DaemonUnreachableError,
    ReplyUnreadableError,
)
from crystalmath.wire import open_wire, silent

WITHDRAW_S: Final = 5.0
_GONE: Final = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)

Arrived = Callable[[bytes], None]
"""Takes a result the moment it is read, before anything that came after it."""


class Waiting:
    """A call that waits for its reply; none comes if the line is lost."""

    def __init__(self, arrived: Arrived | None) -> None:
        self.arrived = arrived
        self.reply: Reply | None = None
        self.done = anyio.Event()

    def settle(self, reply: Reply) -> None:
        if self.arrived is not None and reply.error is None:
            self.arrived(reply.raw)
        self.reply = reply
        self.done.set()


class Line:
    """A stream, what is said on it, and the calls that wait for a reply.

    `take` gets the notifications, `lost` is called when the line has ended.
    """

    def __init__(
        self,
        path: Path,
        stream: anyio.abc.SocketStream,
        take: Callable[[Notification], None],
        lost: Callable[[], None],
    ) -> None:
        self.is_lost = False
        self._path = path
        self._stream = stream
        self._conversation = Conversation(take)
        self._lost = lost
        self._unreadable: msgspec.DecodeError | None = None
        self._sending = anyio.Lock()
        self._waiting: dict[int | str | None, Waiting] = {}

    async def read(self) -> None:
        """Give every reply to its call until the line ends."""
        try:
            async with self._stream:
                while True:
                    chunk = await self._stream.receive()
                    for reply in self._conversation.receive(chunk):
                        self._settle(reply)
        except _GONE:
            pass
        except msgspec.DecodeError as error:
            self._unreadable = error
        finally:
            self.is_lost = True
            for waiting in self._waiting.values():
                waiting.done.set()
            self._lost()

    def _settle(self, reply: Reply) -> None:
        if reply.id in self._waiting:
            self._waiting[reply.id].settle(reply)
        elif reply.id is None:
            # A request that the daemon could not read: nobody knows whose.
            for waiting in self._waiting.values():
                waiting.settle(reply)

    async def close(self) -> None:
        await anyio.aclose_forcefully(self._stream)

    async def exchange(
        self, call: Call[Any], timeout_s: float, arrived: Arrived | None = None
    ) -> bytes:
        """Send a request and return the result of its reply.

        Raises
        ------
        ConnectionLostError, DaemonSilentError, ReplyUnreadableError, RpcError
        """
        limit_s = patience_s(call, timeout_s)
        request = self._conversation.request(call)
        waiting = self._waiting[request.id] = Waiting(arrived)
        try:
            with anyio.fail_after(limit_s):
                await self._send(request.frame, limit_s)
                if not self.is_lost:
                    await waiting.done.wait()
            if waiting.reply is None:
                raise self._loss(call)
            return waiting.reply.result()
        except TimeoutError as error:
            unanswered = silent(self._path, limit_s)
            unanswered.trace_id = request.trace_id
            raise unanswered from error
        except DaemonUnreachableError as error:
            error.trace_id = request.trace_id
            raise
        except anyio.get_cancelled_exc_class():
            await self._withdraw(call, request)
            raise
        finally:
            del self._waiting[request.id]

    async def _withdraw(self, call: Call[Any], request: Request) -> None:
        """Free the daemon's place of a call that waits: it has no more than 64."""
        if getattr(call.params, "wait_ms", 0) and not self.is_lost:
            frame = self._conversation.cancellation(request)
            with (
                anyio.CancelScope(shield=True),
                suppress(ConnectionLostError, TimeoutError),
            ):
                await self._send(frame, WITHDRAW_S)

    async def _send(self, frame: bytes, limit_s: float) -> None:
        async with self._sending:
            # Half a request would spoil the line for all: a cancelled call sends it.
            with anyio.move_on_after(limit_s, shield=True) as scope:
                try:
                    await self._stream.send(frame)
                except _GONE as error:
                    raise ConnectionLostError(socket=self._path) from error
            if scope.cancelled_caught:
                await self.close()
                raise TimeoutError

    def _loss(self, call: Call[Any]) -> CrystalmathError:
        if self._unreadable is not None:
            return ReplyUnreadableError(method=call.name, reason=self._unreadable)
        return ConnectionLostError(socket=self._path)


async def open_stream(path: Path, *, start: bool) -> anyio.abc.SocketStream:
    """Return an open stream; with `start`, to a daemon that is started first."""
    wire = await anyio.to_thread.run_sync(partial(open_wire, path, start=start))
    return await anyio.abc.UNIXSocketStream.from_socket(wire.socket)
