"""Seeing which hosts answer: that is told once; silent ones are tried for jobs."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

import anyio
import anyio.abc

from crystalmathd.errors import CrystalmathError
from crystalmathd.models.clusters import Budget, HostState
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.store.clusters import unfinished_jobs
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import append_event, last_of_each

log = logging.getLogger(__name__)

LOOK_S: Final = 30.0
"""Changes wake the watch; this is for a store that could not take one down."""
SOONEST_S: Final = 0.05
ANSWERS: Final = {
    HostState.CLOSED: True,
    HostState.OPEN: False,
    HostState.AUTH_REQUIRED: False,
}
"""What a state says; the others say nothing new."""
PROBE_S: Final = 30.0


class HostWatch:
    """Writes an event when a host stops or begins to answer, and wakes its jobs.

    Jobs that run ask for their host themselves. Those that only wait for it do not, so
    a host that was silent is tried here when its time has come. `on_return` takes the
    cluster and its jobs that have not ended.
    """

    def __init__(
        self,
        database: Database,
        machines: Machines,
        now_ms: Callable[[], int],
        on_return: Callable[[Machine, Sequence[int]], None],
    ) -> None:
        self._database = database
        self._machines = machines
        self._now_ms = now_ms
        self._on_return = on_return
        self._told: dict[str, bool] = {}
        self._probed: set[str] = set()
        self._change = anyio.Event()

    def wake(self) -> None:
        """Look now: the way to a host has changed."""
        self._change.set()

    async def run(self) -> None:
        self._told = await self._database.read(_last_told)
        async with anyio.create_task_group() as probes:
            while True:
                self._change = anyio.Event()
                try:
                    for machine in self._far():
                        await self._tell(machine)
                        await self._probe_if_due(probes, machine)
                except CrystalmathError as error:  # the store; it is tried again
                    log.warning("changes of hosts wait: %s", error)
                with anyio.move_on_after(self._until_due_s()):
                    await self._change.wait()

    def _far(self) -> list[Machine]:
        return [one for one in self._machines if not one.is_here]

    async def _tell(self, machine: Machine) -> None:
        """Write down that a host does not answer any more, or does so again."""
        budget = machine.budget()
        answers = ANSWERS.get(budget.state)
        # That one answers is no news before it has ever been silent.
        if answers is None or answers is self._told.get(machine.name, True):
            return
        payload = {
            "cluster": machine.name,
            "is_answering": answers,
            "state": str(budget.state),
            "reason": budget.reason,
        }

        def write(db: Connection) -> list[int]:
            append_event(db, self._now_ms(), "host_state_changed", None, payload)
            return unfinished_jobs(db, machine.name)

        waiting = await self._database.transact(write)
        self._told[machine.name] = answers
        if answers:
            log.info("%s answers again", machine.name)
            self._on_return(machine, waiting)

    async def _probe_if_due(
        self, probes: anyio.abc.TaskGroup, machine: Machine
    ) -> None:
        if machine.name in self._probed or not self._is_due(machine.budget()):
            return
        name = machine.name
        if await self._database.read(lambda db: unfinished_jobs(db, name)):
            self._probed.add(name)
            probes.start_soon(self._probe, machine, name=f"probe {name}")

    async def _probe(self, machine: Machine) -> None:
        """Let one login be tried; how it ends stands in the budget."""
        try:
            with anyio.move_on_after(PROBE_S):
                await machine.transport.run(
                    ["true"], deadline_s=PROBE_S, is_control=True
                )
        except TransportError as error:
            log.info("%s", error)
        finally:
            self._probed.discard(machine.name)
            self.wake()

    def _is_due(self, budget: Budget) -> bool:
        return (
            budget.state is HostState.OPEN
            and budget.next_try_ms is not None
            and budget.next_try_ms <= self._now_ms()
        )

    def _until_due_s(self) -> float:
        """Return until when nothing has to be done unless something happens."""
        now = self._now_ms()
        due = [
            (budget.next_try_ms - now) / 1000
            for budget in (one.budget() for one in self._far())
            if budget.state is HostState.OPEN
            and budget.next_try_ms is not None
            and budget.next_try_ms > now
        ]
        return max(SOONEST_S, min([*due, LOOK_S]))


def _last_told(db: Connection) -> dict[str, bool]:
    """Return what the last event of each cluster says, also of earlier daemons."""
    return {
        str(payload["cluster"]): bool(payload["is_answering"])
        for payload in last_of_each(db, "host_state_changed", "cluster")
    }
