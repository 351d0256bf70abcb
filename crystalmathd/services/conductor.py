"""Carries every job from its place in the queue to its end."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
import anyio.abc

from crystalmathd import logs
from crystalmathd.errors import (
    CrystalmathError,
)
from crystalmathd.models.jobs import (
    ACTIVE_STATES,
    Attempt,
    Job,
    is_end,
)
from crystalmathd.models.observations import (
    Observation,
)
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.services.admission import admit
from crystalmathd.services.carrier import Carrier
from crystalmathd.services.lifecycle import (
    as_proof,
)
from crystalmathd.services.machines import Machines
from crystalmathd.services.room import Rooms
from crystalmathd.services.watch import FIRST_RETRY_S, Watch
from crystalmathd.settings import Settings
from crystalmathd.store import jobs, queue
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.jobs import StateConflictError

if TYPE_CHECKING:
    from crystalmathd.runners.schedulers.base import Place

log = logging.getLogger(__name__)


class Conductor:
    """One task for the queue, and one for each job that was started."""

    def __init__(
        self,
        database: Database,
        machines: Machines,
        carrier: Carrier,
        settings: Settings,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._machines = machines
        self._settings = settings
        self._now_ms = now_ms
        self._rooms = Rooms(database, machines)
        self._carrier = carrier
        self._watches: dict[int, Watch] = {}
        self._queue_wake = anyio.Event()
        self._taken_up: list[int] = []

    def wake_queue(self) -> None:
        """Look at the queue again: a job came, ended or was cancelled."""
        self._queue_wake.set()

    def wake_job(self, job_id: int) -> None:
        """Look at a job again at once."""
        if job_id in self._watches:
            self._watches[job_id].wake.set()

    def take_up(self, job_id: int) -> None:
        """Conduct a job that did not come from the queue."""
        self._taken_up.append(job_id)
        self.wake_queue()

    def stop_unrecorded(self, job_id: int, now_ms: int) -> bool:
        """End an active job though the store cannot take that down; tell if it is one.

        The wish is stored with the next change of the job.
        """
        watch = self._watches.get(job_id)
        if watch is None:
            return False
        watch.cancel_asked_ms = watch.cancel_asked_ms or now_ms
        watch.wake.set()
        return True

    async def run(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Take up what an earlier daemon left, then serve the queue for ever."""
        active = await self._database.read(lambda db: jobs.jobs_in(db, ACTIVE_STATES))
        async with anyio.create_task_group() as tasks:
            await self._look_at_all(active)
            for job in active:
                self._start_conducting(tasks, job.job_id)
            task_status.started()
            while True:
                self._queue_wake = anyio.Event()
                while self._taken_up:
                    self._take_up(tasks, self._taken_up.pop())
                try:
                    started, refused = await self._admit()
                except CrystalmathError as error:
                    log.warning("the queue waits: %s", error)
                    await anyio.sleep(FIRST_RETRY_S)
                    continue
                for job in started:
                    self._take_up(tasks, job.job_id)
                if not refused:  # else others may have waited for those
                    # Room on other machines is made by others, who do not tell.
                    with anyio.move_on_after(self._rooms.look_again_s()):
                        await self._queue_wake.wait()

    async def _admit(self) -> tuple[list[Job], list[Job]]:
        """Let in what each machine has room for."""
        started: list[Job] = []
        refused: list[Job] = []
        for name in await self._database.read(queue.clusters_with_queue):
            room_of = await self._rooms.of(name)
            if room_of is not None:
                let_in, kept_out = await admit(
                    self._database, name, room_of, self._now_ms()
                )
                started += let_in
                refused += kept_out
        return started, refused

    def _take_up(self, tasks: anyio.abc.TaskGroup, job_id: int) -> None:
        """See that exactly one task conducts a job that may start."""
        if job_id in self._watches:
            self._watches[job_id].is_admitted_again = True
            self._watches[job_id].wake.set()
        else:
            self._watches[job_id] = Watch()
            self._start_conducting(tasks, job_id)

    def _start_conducting(self, tasks: anyio.abc.TaskGroup, job_id: int) -> None:
        tasks.start_soon(self._keep_conducting, job_id, name=f"job {job_id}")

    def next_look_ms(self, job_id: int) -> int | None:
        """Return when a job is looked at next, if that does not wait for an event."""
        watch = self._watches.get(job_id)
        return watch.next_look_ms() if watch else None

    async def look(
        self, job: Job, attempt: Attempt | None = None
    ) -> Observation | None:
        """Ask once about an attempt, else the open one of a job; None: it has none."""
        attempt = attempt or await self._carrier.open_attempt(job.job_id)
        if attempt is None:
            return None
        machine = self._machines[job.cluster]
        place = machine.place(job, attempt)
        seen = (await machine.runner.look([place]))[place.token]
        return as_proof(attempt.state, seen)

    async def _look_at_all(self, active: list[Job]) -> None:
        """Ask this machine once about everything that may be running.

        Others, and batch systems, may not answer for hours: each job asks for itself.
        """
        places: dict[str, dict[int, Place]] = {}
        for job in active:
            self._watches[job.job_id] = Watch()
            if job.cluster not in self._machines:
                continue
            machine = self._machines[job.cluster]
            attempt = await self._carrier.open_attempt(job.job_id)
            if attempt is not None and machine.is_near:
                place = machine.place(job, attempt)
                places.setdefault(job.cluster, {})[job.job_id] = place
        for cluster, of_jobs in places.items():
            runner = self._machines[cluster].runner
            seen = await runner.look(list(of_jobs.values()))
            for job_id, place in of_jobs.items():
                self._watches[job_id].observation = seen[place.token]

    async def _keep_conducting(self, job_id: int) -> None:
        """Conduct a job; what goes wrong is logged, waited out and tried again."""
        logs.note(job_id=str(job_id))
        watch = self._watches[job_id]
        while True:
            try:
                await self._carrier.carry(job_id, watch)
                if not watch.is_admitted_again:
                    break
                watch.is_admitted_again = False
                watch.cancel_asked_ms = None  # it was meant for the run before
                continue
            except StateConflictError:
                continue  # somebody cancelled it meanwhile: read it again
            except (CrystalmathError, TransportError) as error:
                if watch.is_news(str(error)):  # the same words for days are no news
                    log.warning("job %s waits: %s", job_id, error)
                await self._doubt(job_id, str(error))
            except Exception as error:
                log.exception("job %s: an error of this program", job_id)
                await self._doubt(job_id, f"an error of the daemon itself: {error!r}")
            watch.observation = None
            await watch.pause(self._settings.poll_interval_s)
        watch.leave()
        del self._watches[job_id]
        self.wake_queue()

    async def _doubt(self, job_id: int, reason: str) -> None:
        """Show beside the job's state why it does not go on, if that can be stored."""
        now = self._now_ms()

        def write(db: Connection) -> None:
            job = jobs.find_job(db, job_id)
            if job is not None and job.doubt != reason and not is_end(job.state):
                jobs.change_job(
                    db, now, job, state=job.state, cause=job.cause, doubt=reason
                )

        try:
            await self._database.transact(write)
        except CrystalmathError as error:
            log.warning("job %s: %s", job_id, error)
