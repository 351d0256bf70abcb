"""A network between two programs that can be slow, silent, cut or reset."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

CHUNK = 64 << 10
UNDERWAY = 256
"""Pieces that a slow network holds."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends RST instead of FIN."""


class Kind(StrEnum):
    SLOW = "slow"
    """Everything comes so much later, both ways; nothing is lost."""
    CUT = "cut"
    RESET = "reset"
    BLACK_HOLE = "black_hole"
    """Everything is taken, nothing is passed on, and nobody hangs up."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    kind: Kind
    after: int = 0
    """Bytes that still pass, counted from now on over all connections."""
    delay_s: float = 0.2


class FaultProxy:
    """Listens on a port of its own and passes on to another, as long as it is well."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._fault: Fault | None = None
        self._passed = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._readers: set[asyncio.StreamReader] = set()
        self._buried: set[asyncio.StreamReader] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._hang_up()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def fall_ill(self, fault: Fault) -> None:
        self._fault = fault
        self._passed = 0

    def heal(self) -> None:
        """Let everything pass again; the connections of before are gone."""
        self._fault = None
        self._hang_up()

    def bury(self) -> None:
        """Let what is open stay open and silent for ever; what comes is well."""
        self._buried |= self._readers

    @property
    def has_struck(self) -> bool:
        """Tell whether the fault has met what passed since it was ordered."""
        return self._fault is not None and self._passed > self._fault.after

    def _hang_up(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._readers |= {reader, to_reader}
        both = {writer, to_writer}
        self._writers |= both
        try:
            await asyncio.gather(
                self._pass_on(reader, to_writer), self._pass_on(to_reader, writer)
            )
        except* (OSError, EOFError):
            pass  # one side is gone; so is the other
        finally:
            self._writers -= both
            for one in both:
                one.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take what comes and deliver it when it is due; the delays overlap."""
        underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(UNDERWAY)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take(reader, underway))
            both.create_task(self._deliver(underway, writer))

    async def _take(
        self,
        reader: asyncio.StreamReader,
        underway: "asyncio.Queue[tuple[float, bytes]]",
    ) -> None:
        data = b"-"
        while data:
            data = await reader.read(CHUNK)
            if data and reader in self._buried:
                continue
            fault, delay_s = self._fault, 0.0
            if fault is not None and fault.kind is Kind.SLOW:
                self._passed += len(data)
                delay_s = fault.delay_s
            elif fault is not None and data:
                room = max(0, fault.after - self._passed)
                self._passed += len(data)
                if self.has_struck and fault.kind is not Kind.BLACK_HOLE:
                    self._strike(fault.kind)
                    raise ConnectionAbortedError
                if not (data := data[:room]):
                    data = b"-"
                    continue
            await underway.put((asyncio.get_running_loop().time() + delay_s, data))

    async def _deliver(
        self,
        underway: "asyncio.Queue[tuple[float, bytes]]",
        writer: asyncio.StreamWriter,
    ) -> None:
        while True:
            due, data = await underway.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    def _strike(self, kind: Kind) -> None:
        for writer in list(self._writers):
            if kind is Kind.RESET:
                one: socket.socket = writer.get_extra_info("socket")
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
