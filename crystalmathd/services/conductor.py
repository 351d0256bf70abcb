"""Carries every job from its place in the queue to its end."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import anyio
import anyio.abc

from crystalmathd import logs
from crystalmathd.errors import (
    CrystalmathError,
    StoreFullError,
    StoreUnavailableError,
)
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import (
    ACTIVE_STATES,
    Attempt,
    Evidence,
    Job,
    JobState,
    is_end,
)
from crystalmathd.models.observations import (
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Unknown,
    Vanished,
)
from crystalmathd.runners.runner import Runner, place_of
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.services.admission import admit
from crystalmathd.services.beginnings import Beginnings
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.collecting import collect
from crystalmathd.services.layout import Layout
from crystalmathd.services.lifecycle import Action, Decision, as_proof, decide
from crystalmathd.settings import Settings
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.jobs import StateConflictError

log = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 0.5
NOT_STORED: Final = (StoreFullError, StoreUnavailableError)


@dataclass(slots=True)
class _Watch:
    """What the task of one job keeps in mind; all of it can be found out again."""

    wake: anyio.Event = field(default_factory=anyio.Event)
    observation: Observation | None = None
    retry_s: float = FIRST_RETRY_S
    next_look_ms: int | None = None
    is_admitted_again: bool = False
    """The queue let the job in once more while its task was still at its end."""
    cancel_asked_ms: int | None = None
    """When the job was to be ended, if the store could not take that down."""

    def with_wish(self, job: Job) -> Job:
        """Return the job as the user wants it, stored or not."""
        if job.cancel_asked_ms is not None or self.cancel_asked_ms is None:
            return job
        return replace(job, cancel_asked_ms=self.cancel_asked_ms)


class Conductor:
    """One task for the queue, and one for each job that was started."""

    def __init__(
        self,
        database: Database,
        runners: Mapping[str, Runner],
        layout: Layout,
        blobs: Blobs,
        settings: Settings,
        boot_id: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._runners = runners
        self._layout = layout
        self._settings = settings
        self._now_ms = now_ms
        self._beginnings = Beginnings(
            database, runners, layout, blobs, settings, boot_id, now_ms
        )
        self._watches: dict[int, _Watch] = {}
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
                    started, refused = await admit(
                        self._database, self._settings.cores, self._now_ms()
                    )
                except CrystalmathError as error:
                    log.warning("the queue waits: %s", error)
                    await anyio.sleep(FIRST_RETRY_S)
                    continue
                for job in started:
                    self._take_up(tasks, job.job_id)
                if not refused:  # else others may have waited for those
                    await self._queue_wake.wait()

    def _take_up(self, tasks: anyio.abc.TaskGroup, job_id: int) -> None:
        """See that exactly one task conducts a job that may start."""
        if job_id in self._watches:
            self._watches[job_id].is_admitted_again = True
            self._watches[job_id].wake.set()
        else:
            self._watches[job_id] = _Watch()
            self._start_conducting(tasks, job_id)

    def _start_conducting(self, tasks: anyio.abc.TaskGroup, job_id: int) -> None:
        tasks.start_soon(self._keep_conducting, job_id, name=f"job {job_id}")

    def next_look_ms(self, job_id: int) -> int | None:
        """Return when a job is looked at next, if that does not wait for an event."""
        watch = self._watches.get(job_id)
        return watch.next_look_ms if watch else None

    async def look(
        self, job: Job, attempt: Attempt | None = None
    ) -> Observation | None:
        """Ask once about an attempt, else the open one of a job; None: it has none."""
        attempt = attempt or await self._open_attempt(job.job_id)
        if attempt is None:
            return None
        place = self._place(attempt)
        seen = (await self._runners[job.cluster].look([place]))[place.token]
        return as_proof(attempt.state, seen)

    async def _look_at_all(self, active: list[Job]) -> None:
        """Ask each machine once about everything that may be running there."""
        places: dict[str, dict[int, Place]] = {}
        for job in active:
            attempt = await self._open_attempt(job.job_id)
            self._watches[job.job_id] = _Watch()
            if attempt is not None:
                places.setdefault(job.cluster, {})[job.job_id] = self._place(attempt)
        for cluster, of_jobs in places.items():
            seen = await self._runners[cluster].look(list(of_jobs.values()))
            for job_id, place in of_jobs.items():
                self._watches[job_id].observation = seen[place.token]

    async def _keep_conducting(self, job_id: int) -> None:
        """Conduct a job; what goes wrong is logged, waited out and tried again."""
        logs.note(job_id=str(job_id))
        watch = self._watches[job_id]
        while True:
            try:
                await self._conduct(job_id, watch)
                if not watch.is_admitted_again:
                    break
                watch.is_admitted_again = False
                watch.cancel_asked_ms = None  # it was meant for the run before
                continue
            except StateConflictError:
                continue  # somebody cancelled it meanwhile: read it again
            except (*NOT_STORED, TransportError) as error:
                log.warning("job %s waits: %s", job_id, error)
                await self._doubt(job_id, str(error))
            except Exception as error:
                log.exception("job %s: an error of this program", job_id)
                await self._doubt(job_id, f"an error of the daemon itself: {error!r}")
            watch.observation = None
            await self._pause(watch)
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

    async def _conduct(self, job_id: int, watch: _Watch) -> None:
        """Look, decide, write down, act: until the job has ended."""
        while True:
            watch.wake = anyio.Event()
            stored = await self._database.read(lambda db: jobs.find_job(db, job_id))
            if stored is None or stored.state not in ACTIVE_STATES:
                return
            job = watch.with_wish(stored)
            attempt = await self._open_attempt(job_id)
            if attempt is None:
                attempt = await self._beginnings.new_attempt(job)
                if attempt is None:
                    continue
                watch.observation = NeverStarted(source="intent", is_spent=False)
            place = self._place(attempt)
            runner = self._runners[job.cluster]
            logs.note(host=job.cluster)
            if watch.observation is None:
                watch.observation = (await runner.look([place]))[place.token]
            seen = as_proof(attempt.state, watch.observation)
            watch.observation = None
            decision = decide(
                job.state,
                attempt.state,
                attempt.number,
                seen,
                is_cancel_asked=job.cancel_asked_ms is not None,
                start_state=JobState(runner.scheduler.start_state),
            )
            must_stop = decision.action is Action.STOP
            try:
                job = await self._write_down(
                    job, attempt, decision, seen, has_wish=job is not stored
                )
            except NOT_STORED:
                await self._stop(runner, place, is_wanted=must_stop)
                raise
            if decision.action is Action.LAUNCH:
                failpoint("launch.before")
                watch.observation = await runner.launch(place)
                failpoint("launch.after")
            elif decision.action is Action.COLLECT:
                await self._collect(job, attempt, seen)
            elif decision.action is not Action.START_OVER:
                await self._stop(runner, place, is_wanted=must_stop)
                await self._wait(runner, seen, watch)

    async def _stop(self, runner: Runner, place: Place, *, is_wanted: bool) -> None:
        """End the processes of a job that is to be ended, stored or not."""
        if is_wanted:
            failpoint("stop.before")
            await runner.stop(place, self._settings.grace_s)
            failpoint("stop.after")

    async def _write_down(
        self,
        job: Job,
        attempt: Attempt,
        decision: Decision,
        seen: Observation,
        *,
        has_wish: bool,
    ) -> Job:
        """Commit what was decided, if it changes anything.

        `has_wish`: the user's wish to end the job is not stored yet.
        """
        has_changed = (
            has_wish
            or decision.state is not job.state
            or decision.attempt_state is not attempt.state
            or decision.doubt != job.doubt
        )
        if not has_changed:
            return job
        now = self._now_ms()
        evidence = Evidence(seen_ms=now, source=decision.source, text=decision.text)
        columns: dict[str, Any] = {"cancel_asked_ms": job.cancel_asked_ms}
        about_attempt: dict[str, object] = {}
        if isinstance(seen, Alive) and attempt.started_ms is None:
            columns["started_ms"] = seen.started_ms or now
            about_attempt = {
                "scheduler_id": seen.scheduler_id,
                "scratch": seen.scratch,
                "started_ms": seen.started_ms or now,
            }
        if isinstance(seen, Ended):
            columns["ended_ms"] = about_attempt["ended_ms"] = seen.record.ended_ms

        def write(db: Connection) -> Job:
            attempts.change_attempt(
                db, attempt, decision.attempt_state, **about_attempt
            )
            return jobs.change_job(
                db,
                now,
                job,
                state=decision.state,
                cause=decision.cause,
                doubt=decision.doubt,
                evidence=evidence,
                **columns,
            )

        changed = await self._database.transact(write)
        log.info("job %d is %s: %s", job.job_id, decision.state, decision.text)
        failpoint(f"state.{decision.state}")
        return changed

    async def _collect(self, job: Job, attempt: Attempt, end: Observation) -> None:
        """Store what the attempt left, together with the job's final state."""
        if not isinstance(end, Ended | Vanished):
            raise TypeError(f"{end} is not an end")
        runner = self._runners[job.cluster]
        directory = self._layout.attempt(job.job_id, attempt.number)
        await collect(
            self._database, runner, directory, job, attempt, end, self._now_ms
        )

    async def _wait(self, runner: Runner, seen: Observation, watch: _Watch) -> None:
        """Wait until there may be news of the job."""
        if isinstance(seen, Unknown):
            await self._pause(watch)
            return
        watch.retry_s = FIRST_RETRY_S
        interval = self._settings.poll_interval_s
        if not isinstance(seen, Alive):
            interval = 1
        watch.next_look_ms = self._now_ms() + interval * 1000
        with anyio.move_on_after(interval):
            async with anyio.create_task_group() as race:

                async def first(wait: Callable[[], object]) -> None:
                    await wait()  # type: ignore[misc]
                    race.cancel_scope.cancel()

                race.start_soon(first, watch.wake.wait)
                if isinstance(seen, Alive):
                    race.start_soon(first, lambda: runner.wait_for_end(seen))

    async def _pause(self, watch: _Watch) -> None:
        """Wait longer each time, at most the poll interval, unless woken."""
        watch.next_look_ms = self._now_ms() + round(watch.retry_s * 1000)
        with anyio.move_on_after(watch.retry_s):
            await watch.wake.wait()
        watch.retry_s = min(watch.retry_s * 2, self._settings.poll_interval_s)

    async def _open_attempt(self, job_id: int) -> Attempt | None:
        return await self._database.read(lambda db: attempts.open_attempt(db, job_id))

    def _place(self, attempt: Attempt) -> Place:
        directory = self._layout.attempt(attempt.job_id, attempt.number)
        return place_of(directory, attempt.token)
