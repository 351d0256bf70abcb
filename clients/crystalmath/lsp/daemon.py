"""The daemon behind the editor: started when needed, gone and back without a fuss."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio

from crystalmath import aio
from crystalmath.call import Call
from crystalmath.errors import (
    CrystalmathError,
    DaemonUnreachableError,
    ProtocolMismatchError,
    RpcError,
)
from crystalmath.lsp.peer import log_failure
from crystalmath_protocol.events import EventType
from crystalmath_protocol.method import Result

R = TypeVar("R", bound=Result)

SHORTEST_PAUSE_S: Final = 2.0
FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 60.0
_JOB_EVENTS: Final = (
    EventType.JOB_CREATED,
    EventType.JOB_STATE_CHANGED,
    EventType.JOB_RESULT_STORED,
    EventType.JOB_DELETED,
)
_UNREACHABLE: Final = (DaemonUnreachableError, ProtocolMismatchError)


class ConnectionFaultError(CrystalmathError):
    """A fault of ours, which is no reason to end with the editor's server."""

    template = "The connection to the daemon failed: {reason}. It is tried again."


class Daemon:
    """A connection that is kept, and made anew as long as the editor is there.

    `came`: called when a daemon is there that was not before. `failed`: called with
    the reason when it cannot be reached, once until it was there again. `jobs_changed`:
    called when something happened to a job.
    """

    def __init__(
        self,
        socket: str | Path | None,
        *,
        came: Callable[[], None],
        failed: Callable[[CrystalmathError], None],
        jobs_changed: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._came = came
        self._failed = failed
        self._jobs_changed = jobs_changed
        self._connection: aio.Connection | None = None
        self._greeted: object = None
        self._is_first = True
        """Whether nobody has waited in vain, and no daemon has answered."""
        self._settled = anyio.Event()
        self._broken = anyio.Event()
        self._wanted = anyio.Event()
        """Set when something is asked; not yet answered by a try to connect."""
        self._wanted.set()
        self._has_said = False
        self._reason: CrystalmathError | None = None

    async def ask(self, call: Call[R]) -> R:
        """Return the daemon's answer; one that cannot be reached is soon tried again.

        Raises
        ------
        CrystalmathError
            If there is none, or it refuses. `came` is called when there is one again.
        """
        connection = await self._ready()
        try:
            result = await connection.ask(call)
        except _UNREACHABLE as error:
            self._down(error)
            raise
        self._look_who_answers(connection)
        return result

    async def follow(self, flow: Any) -> Any:  # noqa: ANN401 - what the flow returns
        """Carry out several calls; see `ask`."""
        connection = await self._ready()
        return await connection.follow(flow, self.ask)

    async def _ready(self) -> aio.Connection:
        self._wanted.set()
        await self._settled.wait()
        if self._connection is None:
            assert self._reason is not None  # noqa: S101 - settled without a connection
            raise self._reason
        return self._connection

    def _look_who_answers(self, connection: aio.Connection) -> None:
        """Notice that another daemon has taken the place of the one before."""
        before, self._greeted = self._greeted, connection.hello_result
        if before is not self._greeted and not self._is_first:
            self._came()
        self._is_first = False

    async def keep(self) -> None:
        """Connect, and again when the connection is lost; for ever.

        A daemon is started when something was asked since the last try, which also
        ends a longer pause.
        """
        retry_s = FIRST_RETRY_S
        while True:
            starts, self._wanted = self._wanted.is_set(), anyio.Event()
            try:
                async with aio.connect(
                    self._socket, start=starts, revives=True
                ) as connection:
                    retry_s = FIRST_RETRY_S
                    self._up(connection)
                    await self._use(connection)
            except CrystalmathError as error:
                self._down(error)
            except Exception as error:  # noqa: BLE001 - the editor works on without it
                log_failure(error)
                self._down(ConnectionFaultError(reason=repr(error)))
            await anyio.sleep(SHORTEST_PAUSE_S)
            with anyio.move_on_after(retry_s - SHORTEST_PAUSE_S):
                await self._wanted.wait()
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _up(self, connection: aio.Connection) -> None:
        self._has_said = False
        self._broken = anyio.Event()
        self._connection = connection
        self._settled.set()
        self._look_who_answers(connection)

    def _down(self, error: CrystalmathError) -> None:
        self._connection = None
        self._is_first = False
        self._reason = error
        self._settled.set()
        self._broken.set()
        if not self._has_said:
            self._has_said = True
            self._failed(error)

    async def _use(self, connection: aio.Connection) -> None:
        """Hear of jobs until a question finds no daemon any more."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._hear, connection)
            await self._broken.wait()
            tasks.cancel_scope.cancel()

    async def _hear(self, connection: aio.Connection) -> None:
        is_subscribed = False
        while True:
            try:
                if not is_subscribed:
                    await connection.subscribe(types=_JOB_EVENTS)
                    is_subscribed = True
                async for _ in connection.notifications():
                    self._look_who_answers(connection)
                    self._jobs_changed()
            except RpcError:  # events were forgotten: the subscription has ended
                is_subscribed = False
                await anyio.sleep(FIRST_RETRY_S)
            except CrystalmathError:  # gone for longer than a restart takes
                await anyio.sleep(FIRST_RETRY_S)
