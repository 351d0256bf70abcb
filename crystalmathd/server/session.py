"""One connection: frames in, calls dispatched, frames out."""

import contextlib
import logging
import select
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import anyio
import anyio.abc
import msgspec

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import (
    Frame,
    FrameDecoder,
    FrameError,
    Framing,
    encode_frame,
)
from crystalmath_protocol.method import Result
from crystalmathd.rpc.dispatch import Dispatcher
from crystalmathd.rpc.envelope import error_reply
from crystalmathd.rpc.system import MAX_IN_FLIGHT

log = logging.getLogger(__name__)

FIRST_BYTE_S: Final = 10.0
SEND_S: Final = 30.0
HANG_UP_LOOK_S: Final = 0.5
RECEIVE_BYTES: Final = 65536


class Session:
    """Serves one client; what goes wrong here ends this connection only."""

    def __init__(
        self,
        stream: anyio.abc.SocketStream,
        dispatcher: Dispatcher,
        work: anyio.abc.TaskGroup,
    ) -> None:
        self._stream = stream
        self._raw = stream.extra(anyio.abc.SocketAttribute.raw_socket)
        self._dispatcher = dispatcher
        self._work = work
        self._decoder = FrameDecoder()
        self._sending = anyio.Lock()
        self._in_flight = anyio.Semaphore(MAX_IN_FLIGHT)
        self._streams: dict[str, anyio.CancelScope] = {}
        self._finished = anyio.Event()
        self.write_order = anyio.Lock()
        self.is_read_only = False
        self.calls: dict[str | int, anyio.CancelScope] = {}

    async def serve(self) -> None:
        async with self._stream, anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                await self._receive()
                await self._serve_half_closed()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                log.debug("a client has gone")
            except TimeoutError:
                log.info("a client said or read nothing and was let go")
            tasks.cancel_scope.cancel()

    async def _receive(self) -> None:
        """Take frames until the client sends no more, or nonsense."""
        with anyio.fail_after(FIRST_BYTE_S) as first:
            while True:
                try:
                    data = await self._stream.receive(RECEIVE_BYTES)
                except anyio.EndOfStream:
                    for frame in self._decoder.finish():
                        await self._take(frame)
                    return
                first.deadline = float("inf")
                for frame in self._decoder.feed(data):
                    if not await self._take(frame):
                        return

    async def _take(self, frame: Frame | FrameError) -> bool:
        """Dispatch a frame or answer its error; tell whether to go on."""
        if isinstance(frame, FrameError):
            await self._send(_frame_error_reply(frame))
            if frame.is_fatal:
                for scope in self._streams.values():
                    scope.cancel()
            return not frame.is_fatal
        while not await self._has_room():
            if self._has_hung_up():
                raise anyio.BrokenResourceError
        self._tasks.start_soon(self._answer, frame.payload)
        return True

    async def _answer(self, payload: bytes) -> None:
        try:
            reply = await self._dispatcher.answer(payload, self, self._work)
            if reply is not None:
                await self._send(reply)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, TimeoutError):
            self._hang_up()
        finally:
            self._in_flight.release()
            self._finish()

    async def _serve_half_closed(self) -> None:
        """Finish what was asked for, unless the client has hung up altogether.

        The wait comes first: a submission whose sender hung up at once is finished.
        """
        while self._in_flight.value < MAX_IN_FLIGHT or self._streams:
            with anyio.move_on_after(HANG_UP_LOOK_S):
                await self._finished.wait()
            if self._has_hung_up():
                return

    async def _has_room(self) -> bool:
        """Wait a little for a place among the calls in flight."""
        with anyio.move_on_after(HANG_UP_LOOK_S):
            await self._in_flight.acquire()
            return True
        return False

    def _hang_up(self) -> None:
        """Let whoever waits on the socket find its end.

        Cancelled in the moment when it becomes ready, a wait of anyio 4.16 leaves an
        InvalidStateError in the log.
        """
        with contextlib.suppress(OSError):
            self._raw.shutdown(socket.SHUT_RDWR)

    def _has_hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._raw.fileno(), 0)
        return bool(poll.poll(0))

    def _finish(self) -> None:
        """Tell whoever waits that a call was answered or a stream has ended."""
        self._finished.set()
        self._finished = anyio.Event()

    async def _send(self, payload: bytes) -> None:
        framing = self._decoder.framing or Framing.LINES
        with anyio.fail_after(SEND_S):
            async with self._sending:
                await self._stream.send(encode_frame(payload, framing))

    # --- what handlers may ask of their connection (rpc.dispatch.Peer) ---------

    async def notify(self, method: str, params: Result) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        await self._send(msgspec.json.encode(message))

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.start_soon(partial(self._run_stream, name, work))

    async def _run_stream(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        with anyio.CancelScope() as scope:
            self._streams[name] = scope
            try:
                await work()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, TimeoutError):
                self._hang_up()
            finally:
                del self._streams[name]
                self._finish()

    def stop(self, name: str) -> bool:
        scope = self._streams.get(name)
        if scope is not None:
            scope.cancel()
        return scope is not None


def _frame_error_reply(error: FrameError) -> bytes:
    code = ErrorCode.FRAME_TOO_LARGE if error.is_too_large else ErrorCode.PARSE_ERROR
    return error_reply(None, code, error.reason)
