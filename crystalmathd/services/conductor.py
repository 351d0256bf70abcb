"""Carries every job from its place in the queue to its end."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import anyio.abc

from crystalmathd import logs
from crystalmathd.errors import CrystalmathError, StoreFullError
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import (
    ACTIVE_STATES,
    Attempt,
    AttemptState,
    Cause,
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
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.admission import admit
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.collecting import collect, evidence_of, job_columns
from crystalmathd.services.layout import Layout
from crystalmathd.services.lifecycle import Action, Decision, as_proof, decide
from crystalmathd.services.preparation import (
    InputChangedError,
    new_token,
    prepare_directory,
)
from crystalmathd.settings import Settings
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import append_event
from crystalmathd.store.jobs import StateConflictError

log = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 0.5


@dataclass(slots=True)
class _Watch:
    """What the task of one job keeps in mind; all of it can be found out again."""

    wake: anyio.Event = field(default_factory=anyio.Event)
    observation: Observation | None = None
    retry_s: float = FIRST_RETRY_S
    next_look_ms: int | None = None
    is_admitted_again: bool = False
    """The queue let the job in once more while its task was still at its end."""


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
        self._blobs = blobs
        self._settings = settings
        self._boot_id = boot_id
        self._now_ms = now_ms
        self._watches: dict[int, _Watch] = {}
        self._queue_wake = anyio.Event()

    def wake_queue(self) -> None:
        """Look at the queue again: a job came, ended or was cancelled."""
        self._queue_wake.set()

    def wake_job(self, job_id: int) -> None:
        """Look at a job again at once."""
        if job_id in self._watches:
            self._watches[job_id].wake.set()

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

    async def look(self, job: Job) -> Observation | None:
        """Ask once about the open attempt of a job; None if it has none."""
        attempt = await self._open_attempt(job.job_id)
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
                continue
            except StateConflictError:
                continue  # somebody cancelled it meanwhile: read it again
            except (StoreFullError, TransportError) as error:
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
            job = await self._database.read(lambda db: jobs.find_job(db, job_id))
            if job is None or job.state not in ACTIVE_STATES:
                return
            attempt = await self._open_attempt(job_id)
            if attempt is None:
                attempt = await self._new_attempt(job)
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
            job = await self._write_down(job, attempt, decision, seen)
            if decision.action is Action.LAUNCH:
                failpoint("launch.before")
                watch.observation = await runner.launch(place)
                failpoint("launch.after")
            elif decision.action is Action.COLLECT:
                await self._collect(job, attempt, seen)
            elif decision.action is not Action.START_OVER:
                if decision.action is Action.STOP:
                    failpoint("stop.before")
                    await runner.stop(place, self._settings.grace_s)
                    failpoint("stop.after")
                await self._wait(runner, seen, watch)

    async def _new_attempt(self, job: Job) -> Attempt | None:
        """Prepare a directory and write the intent down; None if the job ended."""
        now = self._now_ms()
        if job.cancel_asked_ms is not None:
            await self._end(job, JobState.CANCELLED, Cause.CANCELLED, "nothing had run")
            return None
        token = new_token()
        number, plan, inputs, auxiliary = await self._database.read(
            lambda db: (
                attempts.next_number(db, job.job_id),
                jobs.find_plan(db, job.job_id),
                *jobs.find_inputs(db, job.job_id),
            )
        )
        number = self._layout.free_attempt(job.job_id, number)
        artefacts = await self._database.read(
            lambda db: {p: attempts.artefacts_of(db, p) for p in job.parents}
        )
        try:
            await prepare_directory(
                self._runners[job.cluster].transport,
                self._layout,
                self._blobs,
                job,
                number,
                token,
                plan,
                inputs,
                auxiliary,
                artefacts,
                keep_scratch=self._settings.keep_scratch,
            )
        except InputChangedError as error:
            await self._end(job, JobState.FAILED, Cause.INPUT_CHANGED, str(error))
            return None
        except RemoteFileError as error:
            await self._end(job, JobState.FAILED, Cause.STAGING, str(error))
            return None
        failpoint("intent.before")
        attempt = await self._database.transact(
            lambda db: attempts.insert_intent(
                db, now, job.job_id, number, token, self._boot_id
            )
        )
        failpoint("intent.after")
        return attempt

    async def _end(self, job: Job, state: JobState, cause: str, text: str) -> None:
        now = self._now_ms()
        seen = Evidence(seen_ms=now, source="daemon", text=text)
        await self._database.transact(
            lambda db: jobs.change_job(
                db, now, job, state=state, cause=cause, evidence=seen
            )
        )

    async def _write_down(
        self, job: Job, attempt: Attempt, decision: Decision, seen: Observation
    ) -> Job:
        """Commit what was decided, if it changes anything."""
        has_changed = (
            decision.state is not job.state
            or decision.attempt_state is not attempt.state
            or decision.doubt != job.doubt
        )
        if not has_changed:
            return job
        now = self._now_ms()
        evidence = Evidence(seen_ms=now, source=decision.source, text=decision.text)
        columns: dict[str, Any] = {}
        about_attempt: dict[str, object] = {}
        if isinstance(seen, Alive) and attempt.started_ms is None:
            columns["started_ms"] = seen.started_ms or now
            about_attempt = {
                "scheduler_id": seen.scheduler_id,
                "scratch": seen.scratch,
                "started_ms": seen.started_ms or now,
            }

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
        plan = await self._database.read(lambda db: jobs.find_plan(db, job.job_id))
        directory = self._layout.attempt(job.job_id, attempt.number)
        runner = self._runners[job.cluster]
        collected = await collect(
            runner, directory, job, attempt, plan, end, self._now_ms
        )
        now = self._now_ms()
        conclusion = collected.conclusion

        def store(db: Connection) -> None:
            attempts.change_attempt(db, attempt, AttemptState.COLLECTED, ended_ms=now)
            if isinstance(end, Ended):
                attempts.store_exits(db, attempt, end.record.steps)
            attempts.store_results(db, attempt, collected.results, collected.files)
            columns = job_columns(collected)
            changed = jobs.change_job(
                db,
                now,
                job,
                state=conclusion.state,
                cause=conclusion.cause,
                evidence=evidence_of(collected, end.source, now),
                **columns,
            )
            if collected.results:
                append_event(db, now, "job_result_stored", changed.job_id, columns)

        await self._database.transact(store)
        failpoint("collect.stored")

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
