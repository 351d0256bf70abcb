"""Reading on in growing files, for all who look on at once."""

from dataclasses import dataclass, field
from typing import Final

import anyio

from crystalmathd.runners.transports.base import Transport, TransportError

ROUND_S: Final = 2.0
"""Between two rounds on a machine that is reached through a network."""
MAX_AT_ONCE: Final = 200


class TailsEndedError(TransportError):
    """Nobody reads there any more; another one may read in its place."""


@dataclass(slots=True)
class _Request:
    path: str
    offset: int
    limit: int
    done: anyio.Event = field(default_factory=anyio.Event)
    data: bytes | None = None
    error: TransportError | None = None


class Tails:
    """Collects what is to be read, and reads it with one round trip.

    Nobody who asks again at once is answered before the next round.
    """

    def __init__(self, transport: Transport, round_s: float = ROUND_S) -> None:
        self._transport = transport
        self._round_s = round_s
        self._waiting: list[_Request] = []
        self._wake = anyio.Event()
        self._has_ended = False

    async def run(self) -> None:
        """Read for ever; who waits when this ends is told so."""
        self._has_ended = False
        try:
            while True:
                if not self._waiting:
                    self._wake = anyio.Event()
                    await self._wake.wait()
                asked = self._waiting[:MAX_AT_ONCE]
                await self._answer(asked)
                del self._waiting[: len(asked)]
                await anyio.sleep(self._round_s)
        finally:
            self.end()

    def end(self) -> None:
        """Let go of all who wait: nobody reads here any more."""
        self._has_ended = True
        for one in self._waiting:
            one.error = TailsEndedError("nobody reads there now")
            one.done.set()
        self._waiting.clear()

    async def read(self, path: str, offset: int, limit: int) -> bytes | None:
        """Return up to `limit` bytes from `offset`; None if there is no such file.

        Raises
        ------
        TransportError
            If the machine did not answer.
        TailsEndedError
            If nobody reads there any more.
        """
        if self._has_ended:
            raise TailsEndedError("nobody reads there now")
        request = _Request(path, offset, limit)
        self._waiting.append(request)
        self._wake.set()
        await request.done.wait()
        if request.error is not None:
            raise request.error
        return request.data

    async def _answer(self, asked: list[_Request]) -> None:
        try:
            parts = await self._transport.read_files(
                [(one.path, one.offset, one.limit) for one in asked]
            )
        except TransportError as error:
            for one in asked:
                one.error = error
        else:
            for one, data in zip(asked, parts, strict=True):
                one.data = data
        for one in asked:
            one.done.set()
