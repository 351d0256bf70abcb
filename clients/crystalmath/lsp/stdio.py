"""The editor's end: frames on standard input and output, nobody is ever blocked."""

import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final

import anyio
import anyio.lowlevel

from crystalmath.lsp.json_text import Unreadable, decoded, encoded
from crystalmath_protocol.framing import Frame, FrameDecoder, Framing, encode_frame

CHUNK_BYTES: Final = 1 << 16
MAX_MESSAGE_BYTES: Final = 256 << 20
"""An editor sends whole documents, however long."""


class StreamBrokenError(Exception):
    """The bytes of the editor are no messages any more."""


class EditorStream:
    """Two file descriptors: messages in, messages out.

    Nothing waits inside a system call, so that an editor that does not read while it
    writes hinders nobody: what it has not read is kept here.
    """

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._unsent: deque[bytes] = deque()
        self._news = anyio.Event()
        self._drained = anyio.Event()
        self._is_gone = False

    async def messages(self) -> AsyncIterator[Any]:
        """Yield what comes, as JSON, until the end of the input.

        Of a frame that holds no JSON, its error is yielded.

        Raises
        ------
        StreamBrokenError
            If something else than a frame comes: where the next begins is not known.
        """
        decoder = FrameDecoder(MAX_MESSAGE_BYTES, Framing.HEADERS)
        while chunk := await self._read():
            for found in decoder.feed(chunk):
                if not isinstance(found, Frame):
                    raise StreamBrokenError(found.reason)
                try:
                    message = decoded(found.payload)
                except Unreadable as error:
                    message = error
                yield message

    async def _read(self) -> bytes:
        """Return what comes next, empty at the end."""
        while True:
            try:
                await anyio.wait_readable(self._source)
            except PermissionError:  # a file, which is always ready
                await anyio.lowlevel.checkpoint()
            try:
                return os.read(self._source, CHUNK_BYTES)
            except BlockingIOError:  # somebody else has read it
                continue

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; what was sent before it goes first."""
        if not self._is_gone:
            self._unsent.append(encode_frame(encoded(message), Framing.HEADERS))
            self._news.set()

    async def write(self) -> None:
        """Write what `send` was given, for ever, or until the reader goes away."""
        while not self._is_gone:
            while self._unsent and not self._is_gone:
                await self._write_out(self._unsent[0])
                self._unsent.popleft()  # only now: `drained` looks whether it is there
            self._drained.set()
            self._news = anyio.Event()
            await self._news.wait()

    async def drained(self) -> None:
        """Wait until everything was written, or nobody is there to read it."""
        while self._unsent and not self._is_gone:
            self._drained = anyio.Event()
            await self._drained.wait()

    async def _write_out(self, frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            try:
                rest = rest[os.write(self._sink, rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self._sink)
            except OSError:  # the editor has gone; the end of the input comes as well
                self._is_gone = True
                return
        await anyio.lowlevel.checkpoint()


@contextmanager
def not_blocking(descriptor: int) -> Iterator[None]:
    """Let writes return when there is no room.

    A terminal is left as it is: it would be so for the shell as well.
    """
    was_blocking = os.get_blocking(descriptor)
    if not os.isatty(descriptor):
        os.set_blocking(descriptor, False)
    try:
        yield
    finally:
        os.set_blocking(descriptor, was_blocking)
