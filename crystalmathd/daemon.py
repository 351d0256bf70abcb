"""Every part of the daemon, put together once; how it runs and stops.

This file and `main` are the only ones that know every room.
"""

import logging
import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.abc

from crystalmathd.rpc.blobs import BlobHandlers
from crystalmathd.rpc.clusters import ClusterHandlers
from crystalmathd.rpc.control import ControlHandlers
from crystalmathd.rpc.diagnoses import DiagnosisHandlers
from crystalmathd.rpc.dispatch import Dispatcher
from crystalmathd.rpc.documents import DocumentHandlers
from crystalmathd.rpc.events import EventHandlers
from crystalmathd.rpc.figures import FigureHandlers
from crystalmathd.rpc.hosts import HostHandlers
from crystalmathd.rpc.inputs import InputHandlers
from crystalmathd.rpc.jobs import JobHandlers
from crystalmathd.rpc.materials import MaterialHandlers
from crystalmathd.rpc.queues import QueueHandlers
from crystalmathd.rpc.restarts import RestartHandlers
from crystalmathd.rpc.results import ResultHandlers
from crystalmathd.rpc.structures import StructureHandlers
from crystalmathd.rpc.submissions import SubmissionHandlers
from crystalmathd.rpc.system import SystemHandlers
from crystalmathd.runners.jobrunner.records import boot_id, now_ms
from crystalmathd.server.listener import Listener
from crystalmathd.server.systemd import (
    Manager,
    keep_watchdog,
)
from crystalmathd.services.adoption import Adoption
from crystalmathd.services.artefacts import Artefacts
from crystalmathd.services.backups import Backups
from crystalmathd.services.beginnings import Beginnings
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.cancellation import Cancellation
from crystalmathd.services.carrier import Carrier
from crystalmathd.services.cleaning import Cleaning
from crystalmathd.services.comparing import Comparing
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.copies import Copies
from crystalmathd.services.deletion import Deletion
from crystalmathd.services.diagnosis import Diagnoses
from crystalmathd.services.documents import Documents
from crystalmathd.services.editing import Editing
from crystalmathd.services.events import Events
from crystalmathd.services.exporting import Exporting
from crystalmathd.services.fetching import Fetching
from crystalmathd.services.files import Files
from crystalmathd.services.fleet import Fleet
from crystalmathd.services.health import Health
from crystalmathd.services.jobs import Jobs
from crystalmathd.services.layout import Layout
from crystalmathd.services.loop_lag import LoopLag
from crystalmathd.services.making import making_parts
from crystalmathd.services.material_parts import material_parts
from crystalmathd.services.metrics import Durations, Metrics
from crystalmathd.services.offprints import offprints_of
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.picturing import Picturing
from crystalmathd.services.progress import ProgressBoard
from crystalmathd.services.pruning import prune_for_ever
from crystalmathd.services.reasons import Reasons
from crystalmathd.services.recollection import Recollection
from crystalmathd.services.restarts import Restarts
from crystalmathd.services.scratch_watch import ScratchWatch
from crystalmathd.services.scratches import Scratches
from crystalmathd.services.sleep_watch import SleepWatch
from crystalmathd.services.steering import Steering
from crystalmathd.services.store_watch import StoreWatch
from crystalmathd.services.supervision import supervise
from crystalmathd.services.tables import Tables
from crystalmathd.services.tasks import log_stacks
from crystalmathd.settings import Settings
from crystalmathd.store.database import Database
from crystalmathd.store.owner import Owner

log = logging.getLogger("crystalmathd")

SECOND_SIGNAL: Final = 130
FINISH_S: Final = 10.0
LATE_MS: Final = 5000.0


class Daemon:
    """Every part of the daemon, put together once."""

    def __init__(
        self,
        settings: Settings,
        where: Path,
        database: Database,
        owner: Owner,
        commits: Durations,
        manager: Manager,
    ) -> None:
        layout = Layout(settings.database.parent)
        blobs = Blobs(layout.blobs)
        blobs.prepare()
        offprints = offprints_of(layout.root)
        self._fleet = Fleet(
            database,
            settings,
            layout,
            owner.store_id,
            is_unit=manager.is_unit,
            wake=self._wake,
            on_return=self._host_is_back,
            now_ms=now_ms,
        )
        machines, clusters = self._fleet.machines, self._fleet.clusters
        self._settings = settings
        self._database = database
        self._where = where
        self._manager = manager
        self._stopping = anyio.Event()
        self._was_clean = owner.was_clean
        self._health = Health(
            database=database,
            loop_lag=LoopLag(),
            metrics=Metrics(),
            commits=commits,
            watch=StoreWatch(database),
            scratch=ScratchWatch(database, settings.scratch_base),
            backups=Backups(database, settings.backups_kept, now_ms),
        )
        self._parsing = Parsing()
        self._editing = Editing()
        artefacts = Artefacts(database, machines, layout)
        beginnings = Beginnings(
            *(database, machines, layout, blobs, artefacts, settings, boot_id()), now_ms
        )
        carrier = Carrier(
            database, self._parsing, machines, layout, beginnings, settings, now_ms
        )
        self._conductor = Conductor(database, machines, carrier, settings, now_ms)
        self._jobs = Jobs(database, self._conductor, layout, blobs, machines, now_ms)
        events = Events(database, owner.store_id)
        files = Files(self._jobs, machines, layout)
        board = ProgressBoard(self._jobs, files)
        system = SystemHandlers(
            settings=settings,
            database=database,
            events=events,
            health=self._health,
            machines=machines,
            socket=where,
            started=time.monotonic(),
            stop=self._stopping.set,
            n_clients=lambda: self._listener.n_clients,
        )
        fetching = Fetching(self._jobs, artefacts)
        cleaning = Cleaning(database, self._jobs, machines, artefacts)
        copies = Copies(database, self._jobs, blobs, machines)
        scratches = Scratches(machines)
        self._deletion = Deletion(database, layout, scratches, now_ms)
        recollection = Recollection(database, self._conductor, scratches, now_ms)
        cancellation = Cancellation(database, self._conductor, self._jobs, now_ms)
        control = ControlHandlers(
            self._jobs,
            Steering(database, self._conductor, self._jobs, copies, now_ms),
            copies,
            self._deletion,
            recollection,
            Reasons(database, self._conductor, recollection, machines, now_ms),
        )
        restarts = Restarts(database, self._jobs, copies, blobs, layout, self._parsing)
        diagnoses = Diagnoses(
            database, self._jobs, restarts, self._parsing, machines, layout
        )
        self._materials = material_parts(
            database, settings, self._fleet.secrets, now_ms
        )
        documents = Documents(database, blobs, offprints, layout)
        self._making = making_parts(
            *(database, settings, self._jobs, blobs, documents),
            self._materials.materials,
            now_ms,
        )
        handlers = {
            **system.table(),
            **SubmissionHandlers(self._jobs, self._making.explaining).table(),
            **JobHandlers(
                *(self._jobs, cancellation, files, fetching, cleaning, board, events),
            ).table(),
            **control.table(),
            **RestartHandlers(self._jobs, restarts).table(),
            **EventHandlers(events).table(),
            **BlobHandlers(documents).table(),
            **InputHandlers(self._making.inputs, self._making.templates).table(),
            **StructureHandlers(self._making.structures, offprints).table(),
            **ClusterHandlers(clusters, self._fleet.hosts).table(),
            **HostHandlers(self._fleet.hosts, self._materials.keys).table(),
            **MaterialHandlers(
                self._materials.materials, self._materials.shelf, offprints
            ).table(),
            **DiagnosisHandlers(diagnoses).table(),
            **DocumentHandlers(self._editing).table(),
            **FigureHandlers(
                Picturing(self._jobs, self._parsing),
                Exporting(self._jobs, self._parsing),
                offprints,
            ).table(),
            **ResultHandlers(
                self._parsing,
                offprints,
                Adoption(database, self._parsing, layout, blobs, boot_id(), now_ms),
                Tables(database),
                Comparing(database, self._jobs),
            ).table(),
            **QueueHandlers(
                clusters, self._fleet.hosts, cancellation, self._fleet.look_now
            ).table(),
        }
        count = self._health.metrics.count_call
        dispatcher = Dispatcher(handlers, count)
        self._listener = Listener(where, dispatcher, manager.listening)

    async def run(self) -> None:
        """Serve until a signal or `shutdown`; then finish what must be finished."""
        async with anyio.create_task_group() as services:
            services.start_soon(self._watch_signals)
            for name, run in (
                ("loop lag", self._health.loop_lag.run),
                ("store watch", self._health.watch.run),
                ("scratch watch", self._health.scratch.run),
                ("host watch", self._fleet.host_watch.run),
                ("parsing", self._parsing.run),
                ("editing", self._editing.run),
                ("making", self._making.workers.run),
                ("sleep watch", SleepWatch(self._fleet.wake_up).run),
                ("backups", self._health.backups.run),
                ("pruning", partial(prune_for_ever, self._database, self._settings)),
            ):
                services.start_soon(supervise, name, run, name=name)
            services.start_soon(self._see_who_starts_jobs)
            await services.start(self._run_fleet)
            await services.start(self._run_conductor)
            await services.start(self._run_materials)
            run = self._deletion.run
            services.start_soon(supervise, "deletions", run, name="deletions")
            if not self._was_clean:
                services.start_soon(self._health.backups.check_after_crash)
            async with anyio.create_task_group() as accepting:
                await self._accept(accepting)
            services.cancel_scope.cancel()

    def _wake(self, job_ids: Sequence[int]) -> None:
        """Look at these jobs, and at the queue: something has changed elsewhere."""
        for job_id in job_ids:
            self._conductor.wake_job(job_id)
        self._conductor.wake_queue()

    def _host_is_back(self) -> None:
        self._deletion.try_again()

    async def _run_fleet(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        await self._fleet.run(task_status=task_status)

    async def _run_conductor(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        await self._conductor.run(task_status=task_status)

    async def _run_materials(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        await self._materials.inquiries.run(task_status=task_status)

    async def _see_who_starts_jobs(self) -> None:
        """Say at once what would otherwise be said by every job that waits."""
        for machine in self._fleet.machines:
            if not machine.is_here:
                continue  # nobody logs in before a job or a person wants it
            refusal = await machine.runner.refusal()
            if refusal is not None:
                log.error("no job can be started on %s: %s", machine.name, refusal)

    async def _is_well(self) -> bool:
        """Tell whether the loop is in time and the store's thread answers."""
        await self._database.answer()
        return self._health.loop_lag.last_ms() < LATE_MS

    async def _accept(self, accepting: anyio.abc.TaskGroup) -> None:
        tell = self._manager.notifier.tell
        async with anyio.create_task_group() as work:
            listen = partial(self._listener.run, work)
            await accepting.start(listen, name="listener")
            log.info("ready on %s", self._where)
            tell(READY=1, STATUS=f"ready on {self._where}")
            accepting.start_soon(keep_watchdog, self._manager, self._is_well)
            await self._stopping.wait()
            log.info("stopping; running jobs go on")
            tell(STOPPING=1, STATUS="stopping; running jobs go on")
            self._listener.close_door()
            self._jobs.is_stopping = True
            # Replies that are on their way go out; writing work is finished.
            work.cancel_scope.deadline = anyio.current_time() + FINISH_S
        await anyio.sleep(0.05)
        accepting.cancel_scope.cancel()

    async def _watch_signals(self) -> None:
        wanted = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
        with anyio.open_signal_receiver(*wanted) as signals:
            async for one in signals:
                if one == signal.SIGUSR1:
                    log_stacks()
                    continue
                if self._stopping.is_set():
                    os._exit(SECOND_SIGNAL)
                self._stopping.set()
