"""How much each machine can take now."""

import logging
from typing import Final

from crystalmathd.runners.transports.base import TransportError
from crystalmathd.services.admission import RoomOf
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.services.queue import Room
from crystalmathd.store.database import Database
from crystalmathd.store.queue import Use, in_use

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 30.0


class Rooms:
    """Asks machines for their room; what they say of it holds for one admission."""

    def __init__(self, database: Database, machines: Machines) -> None:
        self._database = database
        self._machines = machines
        self._must_look_again = False

    def look_again_s(self) -> float | None:
        """Return after how long there may be room that nobody tells of; None: never."""
        must, self._must_look_again = self._must_look_again, False
        return LOOK_AGAIN_S if must else None

    async def of(self, name: str) -> RoomOf | None:
        """Return how the room of a machine is counted; None: nothing may start."""
        if name not in self._machines or self._machines[name].obstacle() is not None:
            self._must_look_again = True
            return None
        machine = self._machines[name]
        before = await self._database.read(lambda db: in_use(db, name))
        others = await self._n_others(machine)
        if others is None:
            return None

        def room(use: Use) -> Room:
            limit, most = machine.cores, machine.cluster.max_jobs
            # What was starting may have been counted there: rather too few than many.
            taken = max(use.n_jobs, others + before.n_starting)
            return Room(
                cores=None if limit is None else limit - use.cores,
                jobs=None if most is None else max(0, most - taken),
                is_idle=use.n_jobs == 0,
            )

        return room

    async def _n_others(self, machine: Machine) -> int | None:
        """Return how many jobs of this user its queue holds, also by hand.

        None: it cannot be asked now.
        """
        if machine.cluster.max_jobs is None:
            return 0
        self._must_look_again = True
        try:
            return await machine.n_queued()
        except TransportError as error:
            log.warning("the queue for %s waits: %s", machine.name, error)
            return None
