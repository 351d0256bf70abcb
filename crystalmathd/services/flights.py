"""Work that several callers wait for at once is done once."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import anyio
import anyio.abc

from crystalmathd.errors import ShuttingDownError

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Flight(Generic[T]):
    landed: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    n_waiting: int = 0
    outcome: list[T] = field(default_factory=list)
    error: Exception | None = None


class Flights(Generic[T]):
    """The work belongs to nobody who waits for it: any of them may go away.

    When the last one goes, the work is broken off.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Flight[T]] = {}
        self._tasks: anyio.abc.TaskGroup | None = None

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            task_status.started()
            await anyio.sleep_forever()

    async def join(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Return what the work under this key returns; start it if nobody has.

        Raises
        ------
        Exception
            What the work raised, for all who wait for it.
        ShuttingDownError
            If it was broken off, since the daemon ends.
        """
        flight = self._under_way.get(key)
        if flight is None:
            if self._tasks is None:
                raise ShuttingDownError
            flight = self._under_way[key] = _Flight[T]()
            self._tasks.start_soon(self._fly, key, flight, work)
        flight.n_waiting += 1
        try:
            await flight.landed.wait()
        finally:
            flight.n_waiting -= 1
            if not flight.n_waiting and not flight.landed.is_set():
                self._forget(key, flight)
                flight.scope.cancel()
        if flight.error is not None:
            raise flight.error
        if not flight.outcome:
            raise ShuttingDownError
        return flight.outcome[0]

    async def _fly(
        self, key: Hashable, flight: _Flight[T], work: Callable[[], Awaitable[Any]]
    ) -> None:
        try:
            with flight.scope:
                flight.outcome.append(await work())
        except Exception as error:  # noqa: BLE001  # it is raised where it is waited for
            flight.error = error
        finally:
            self._forget(key, flight)
            flight.landed.set()

    def _forget(self, key: Hashable, flight: _Flight[T]) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]
