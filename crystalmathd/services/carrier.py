"""Carrying one job from its start to its end: look, decide, write down, act."""

import logging
from collections.abc import Callable
from typing import Any, Final

from crystalmathd import logs
from crystalmathd.errors import (
    StoreFullError,
    StoreUnavailableError,
)
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import (
    ACTIVE_STATES,
    Attempt,
    AttemptState,
    Evidence,
    Job,
    JobState,
    is_end,
)
from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Terminated,
    Vanished,
)
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.services.beginnings import Beginnings
from crystalmathd.services.collecting import collect
from crystalmathd.services.layout import Layout
from crystalmathd.services.lifecycle import (
    Action,
    Decision,
    as_proof,
    decide,
    may_abandon,
)
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.watch import Watch
from crystalmathd.settings import Settings
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Connection, Database

log = logging.getLogger(__name__)

NOT_STORED: Final = (StoreFullError, StoreUnavailableError)


class Carrier:
    """What is done for a job is found out again from what was seen of it."""

    def __init__(
        self,
        database: Database,
        parsing: Parsing,
        machines: Machines,
        layout: Layout,
        beginnings: Beginnings,
        settings: Settings,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._parsing = parsing
        self._machines = machines
        self._layout = layout
        self._settings = settings
        self._now_ms = now_ms
        self._beginnings = beginnings

    async def carry(self, job_id: int, watch: Watch) -> None:
        """Look, decide, write down, act: until the job has ended."""
        while True:
            watch.begin()
            stored = await self._database.read(lambda db: jobs.find_job(db, job_id))
            if stored is None or stored.state not in ACTIVE_STATES:
                return
            job = watch.with_wish(stored)
            attempt = await self.open_attempt(job_id)
            if attempt is None:
                attempt = await self._beginnings.new_attempt(job)
                if attempt is None:
                    continue
                watch.observation = NeverStarted(source="intent", is_spent=False)
            machine = self._machines[job.cluster]
            logs.note(host=job.cluster)
            seen = await self._see(machine, job, attempt, watch)
            if seen is None:
                continue
            n_tries = await self._database.read(
                lambda db: attempts.count_tries(db, job_id)
            )
            decision = decide(
                job.state,
                attempt.state,
                n_tries,
                seen,
                is_cancel_asked=job.cancel_asked_ms is not None,
            )
            place = machine.place(job, attempt)
            try:
                job = await self._write_down(
                    job, attempt, decision, seen, has_wish=job is not stored
                )
            except NOT_STORED:
                if decision.action is Action.STOP:
                    await self._stop(machine, place)
                raise
            await self._act(machine, place, job, attempt, decision, seen, watch)

    async def _see(
        self, machine: Machine, job: Job, attempt: Attempt, watch: Watch
    ) -> Observation | None:
        """Return what is known of an attempt; None: read its job again first."""
        place = machine.place(job, attempt)
        if watch.observation is None:
            if job.state is JobState.COLLECTING:  # only its files are waited for
                machine.lookout.hurry()
            watch.observation = await watch.look(machine, place)
        if watch.observation is None:
            return None
        seen = as_proof(attempt.state, watch.observation)
        watch.observation = None
        if await self._is_given_up(machine, place, attempt.state, seen, watch):
            return None
        return seen

    async def _act(
        self,
        machine: Machine,
        place: Place,
        job: Job,
        attempt: Attempt,
        decision: Decision,
        seen: Observation,
        watch: Watch,
    ) -> None:
        """Do what was decided and written down."""
        if decision.action is Action.LAUNCH:
            # That it had never started, as was seen before, proves nothing from now on.
            watch.leave()
            failpoint("launch.before")
            watch.observation = await machine.runner.launch(place)
            failpoint("launch.after")
        elif decision.action is Action.COLLECT:
            watch.leave()
            await self._collect(machine, job, attempt, seen)
        elif decision.action is Action.START_OVER or is_end(decision.state):
            watch.leave()
        else:
            if decision.action is Action.STOP:
                await self._stop(machine, place)
            await watch.wait(machine, place, seen)

    async def _is_given_up(
        self,
        machine: Machine,
        place: Place,
        attempt_state: AttemptState,
        seen: Observation,
        watch: Watch,
    ) -> bool:
        """See that an attempt of which nothing is heard for long can never start.

        Tell if the answer to that is what is to be decided about.
        """
        if not isinstance(seen, Absent):
            watch.absences_ms.clear()
            return False
        watch.absences_ms.append(self._now_ms())
        is_over = may_abandon(
            attempt_state,
            watch.absences_ms,
            seen.asked,
            place.since_ms,
            grace_s=self._settings.submission_grace_s,
            spacing_s=self._settings.absence_spacing_s,
        )
        if not is_over:
            return False
        failpoint("abandon.before")
        watch.observation = await machine.runner.abandon(place)
        failpoint("abandon.after")
        watch.absences_ms.clear()
        return True

    async def _stop(self, machine: Machine, place: Place) -> None:
        """End the processes of a job that is to be ended, stored or not."""
        failpoint("stop.before")
        await machine.runner.stop(place, self._settings.grace_s)
        failpoint("stop.after")
        machine.lookout.hurry()

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
            or _is_learnt(attempt, seen)
        )
        if not has_changed:
            return job
        now = self._now_ms()
        evidence = _evidence(job, decision, now)
        columns: dict[str, Any] = {"cancel_asked_ms": job.cancel_asked_ms}
        about_attempt: dict[str, object] = {}
        if isinstance(seen, Alive):
            about_attempt["scheduler_id"] = seen.scheduler_id
            if seen.scratch is not None:
                about_attempt["scratch"] = seen.scratch
            if attempt.started_ms is None and _runs(seen):
                started_ms = seen.started_ms or now
                columns["started_ms"] = about_attempt["started_ms"] = started_ms
        if isinstance(seen, Ended | Terminated) and seen.scheduler_id is not None:
            about_attempt["scheduler_id"] = seen.scheduler_id
        if isinstance(seen, Terminated):
            times = {"started_ms": seen.started_ms, "ended_ms": seen.ended_ms}
            known = {name: time for name, time in times.items() if time is not None}
            columns |= known
            about_attempt |= known
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

    async def _collect(
        self, machine: Machine, job: Job, attempt: Attempt, end: Observation
    ) -> None:
        """Store what the attempt left, together with the job's final state."""
        if not isinstance(end, Ended | Vanished):
            raise TypeError(f"{end} is not an end")
        await collect(
            *(self._database, self._parsing, machine, self._layout),
            *(job, attempt, end, self._now_ms),
        )

    async def open_attempt(self, job_id: int) -> Attempt | None:
        return await self._database.read(lambda db: attempts.open_attempt(db, job_id))


def _evidence(job: Job, decision: Decision, now_ms: int) -> Evidence | None:
    """Return what was seen; None if it is but another reason for the same doubt.

    A host that is away for days gives many reasons, and proves nothing by any.
    """
    is_in_doubt = job.doubt is not None and decision.doubt is not None
    if is_in_doubt and decision.state is job.state:
        return None
    return Evidence(seen_ms=now_ms, source=decision.source, text=decision.text)


def _is_learnt(attempt: Attempt, seen: Observation) -> bool:
    """Tell whether a living attempt shows what was not known of it."""
    if not isinstance(seen, Alive):
        return False
    is_started = _runs(seen) and attempt.started_ms is None
    has_scratch = seen.scratch is not None and seen.scratch != attempt.scratch
    return is_started or has_scratch or seen.scheduler_id != attempt.scheduler_id


def _runs(seen: Alive) -> bool:
    return not seen.is_pending and not seen.is_ending
