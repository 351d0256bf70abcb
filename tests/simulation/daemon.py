"""The daemon's loop as generators that may be dropped between any two steps.

The order is that of `services/conductor.py`: look, decide, write down, act. What is
pure there is called here as it is (`decide`, `as_proof`, `conclude`, `choose`), what
is stored goes through the functions of the store, into SQLite in memory.
"""

import random
import sqlite3
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from crystalmathd.errors import CrystalmathError, StoreFullError
from crystalmathd.models.clusters import LOCAL
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
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.admission import _choose, _write_down
from crystalmathd.services.lifecycle import (
    Action,
    Decision,
    as_proof,
    conclude,
    decide,
)
from crystalmathd.services.queue import Room
from crystalmathd.services.watch import FIRST_RETRY_S
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import _transaction
from crystalmathd.store.jobs import StateConflictError
from crystalmathd.store.queue import Use
from tests.simulation.world import NoAnswerError, Phase, Site, World

POLL_S = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on at a time, when woken, or when the runner of a site has ended."""

    until_s: float
    site: Site | None = None


Steps = Generator[Wait | None, None, None]


@dataclass(slots=True)
class Task:
    """A generator and what it waits for."""

    steps: Steps
    waits: Wait | None = None
    is_woken: bool = False
    is_admitted_again: bool = False

    def is_ready(self, elapsed_s: float) -> bool:
        waits = self.waits
        if waits is None or self.is_woken or elapsed_s >= waits.until_s:
            return True
        return waits.site is not None and waits.site.runner is None


@dataclass(slots=True)
class Faults:
    """Faults that somebody put into the daemon, to see them caught."""

    read: Callable[[AttemptState, Observation], Observation] = as_proof
    decide: Callable[..., Decision] = decide
    launches_before_intent: bool = False


class Store:
    """The real tables and functions; `is_full` lets no transaction through."""

    def __init__(self, db: sqlite3.Connection, world: World) -> None:
        self.db = db
        self._world = world

    def transact(self, change: Callable[[sqlite3.Connection], Any]) -> Any:
        if not self._world.is_full:
            return _transaction(self.db, change)

        def change_and_fail(db: sqlite3.Connection) -> None:
            change(db)
            raise StoreFullError(reason="database or disk is full")

        return _transaction(self.db, change_and_fail)


@dataclass(slots=True)
class Daemon:
    """One life of the daemon; a new one takes up what this one leaves."""

    store: Store
    world: World
    chance: random.Random
    cores: int
    faults: Faults
    tasks: dict[int, Task] = field(default_factory=dict)
    """By job; 0 is the queue."""

    def start(self) -> None:
        """Look once at all that may run, then serve."""
        active = jobs.jobs_in(self.store.db, ACTIVE_STATES)
        for job in active:
            attempt = attempts.open_attempt(self.store.db, job.job_id)
            seen = None if attempt is None else self.world.look(self._site(attempt))
            self.tasks[job.job_id] = Task(self._keep_conducting(job.job_id, seen))
        self.tasks[0] = Task(self._serve_queue())

    def ready(self) -> list[int]:
        now = self.world.elapsed_s
        return [name for name, task in self.tasks.items() if task.is_ready(now)]

    def step(self, name: int) -> None:
        task = self.tasks[name]
        try:
            task.waits = next(task.steps)
        except StopIteration:
            del self.tasks[name]
            self.wake(0)

    def wake(self, name: int) -> None:
        if name in self.tasks:
            self.tasks[name].is_woken = True

    def _listen(self, name: int) -> None:
        """Count what wakes a task from here on, also before it waits."""
        self.tasks[name].is_woken = False

    def next_deadline(self) -> float | None:
        waits = [task.waits.until_s for task in self.tasks.values() if task.waits]
        return min(waits, default=None)

    # --- what clients ask -----------------------------------------------------------

    def cancel(self, job_id: int) -> None:
        """Do what `services/jobs.py` does when a job shall be cancelled."""
        now = self.world.now_ms

        def ask(db: sqlite3.Connection) -> None:
            job = jobs.find_job(db, job_id)
            assert job is not None
            if job.state in {JobState.HELD, JobState.QUEUED}:
                seen = Evidence(seen_ms=now, source="queue", text="cancelled")
                jobs.change_job(
                    db,
                    now,
                    job,
                    state=JobState.CANCELLED,
                    cause=Cause.CANCELLED,
                    evidence=seen,
                )
            elif not is_end(job.state):
                jobs.ask_cancel(db, job_id, now)

        self.store.transact(ask)
        self.wake(0)
        self.wake(job_id)

    def steer(self, job_id: int) -> str:
        """Do what `services/steering.py` does: hold, release, or run again."""
        now = self.world.now_ms
        moves = {JobState.QUEUED: JobState.HELD, JobState.HELD: JobState.QUEUED}

        def change(db: sqlite3.Connection) -> str:
            job = jobs.find_job(db, job_id)
            assert job is not None
            is_again = is_end(job.state) and job.state is not JobState.COMPLETED
            state = JobState.QUEUED if is_again else moves.get(job.state)
            if state is None:
                return "refused"
            columns: dict[str, Any] = {}
            if state is JobState.QUEUED:
                columns = {
                    "rank_ms": jobs.rank(now, job.priority),
                    "cancel_asked_ms": None,
                    "started_ms": None,
                    "ended_ms": None,
                }
            seen = Evidence(seen_ms=now, source="user", text="steered")
            jobs.change_job(db, now, job, state=state, evidence=seen, **columns)
            return "again" if is_again else state

        done: str = self.store.transact(change)
        self.wake(job_id)
        self.wake(0)
        return done

    # --- the queue --------------------------------------------------------------------

    def _room(self, use: Use) -> Room:
        return Room(cores=self.cores - use.cores, is_idle=use.n_jobs == 0)

    def _serve_queue(self) -> Steps:
        while True:
            self._listen(0)
            yield None
            refused: list[Job] = []
            try:
                choice = _choose(self.store.db, LOCAL, self._room)
                yield None
                if choice.start or choice.refuse:
                    started, refused = self.store.transact(
                        lambda db: _write_down(db, LOCAL, self._room, self.world.now_ms)
                    )
                    for job in started:
                        self._take_up(job.job_id)
            except CrystalmathError:
                yield Wait(self.world.elapsed_s + FIRST_RETRY_S)
                continue
            if not refused:
                yield Wait(float("inf"))

    def _take_up(self, job_id: int) -> None:
        """See that exactly one task conducts a job, also one that is run again."""
        if job_id in self.tasks:
            self.tasks[job_id].is_admitted_again = True
            self.wake(job_id)
        else:
            self.tasks[job_id] = Task(self._keep_conducting(job_id, None))

    # --- one job ---------------------------------------------------------------------

    def _keep_conducting(self, job_id: int, seen: Observation | None) -> Steps:
        retry_s = FIRST_RETRY_S
        while True:
            try:
                yield from self._conduct(job_id, seen)
            except StateConflictError:
                seen = None
                continue
            except (StoreFullError, NoAnswerError) as error:
                self._doubt(job_id, str(error) or "no answer")
            else:
                if not self.tasks[job_id].is_admitted_again:
                    return
                self.tasks[job_id].is_admitted_again = False
                seen = None
                continue
            seen = None
            yield Wait(self.world.elapsed_s + retry_s)
            retry_s = min(2 * retry_s, POLL_S)

    def _doubt(self, job_id: int, reason: str) -> None:
        now = self.world.now_ms

        def write(db: sqlite3.Connection) -> None:
            job = jobs.find_job(db, job_id)
            if job is not None and job.doubt != reason and not is_end(job.state):
                jobs.change_job(
                    db, now, job, state=job.state, cause=job.cause, doubt=reason
                )

        try:
            self.store.transact(write)
        except CrystalmathError:
            return

    def _conduct(  # noqa: C901  # told in the order of the conductor
        self, job_id: int, observation: Observation | None
    ) -> Steps:
        retry_s = FIRST_RETRY_S
        while True:
            self._listen(job_id)
            yield None
            job = jobs.find_job(self.store.db, job_id)
            if job is None or job.state not in ACTIVE_STATES:
                return
            yield None
            attempt = attempts.open_attempt(self.store.db, job_id)
            if attempt is None:
                attempt = yield from self._new_attempt(job)
                if attempt is None:
                    continue
                observation = NeverStarted(source="intent", is_spent=False)
            site = self._site(attempt)
            if observation is None:
                observation = yield from self._look(site)
            seen = self.faults.read(attempt.state, observation)
            observation = None
            decision = self.faults.decide(
                job.state,
                attempt.state,
                attempts.count_tries(self.store.db, job_id),
                seen,
                is_cancel_asked=job.cancel_asked_ms is not None,
            )
            job = self._write_down(job, attempt, decision, seen)
            yield None
            if decision.action is Action.LAUNCH:
                observation = yield from self._launch(site)
            elif decision.action is Action.COLLECT:
                yield from self._collect(job, attempt, site, seen)
            elif decision.action is not Action.START_OVER:
                if decision.action is Action.STOP:
                    self.world.stop(site)
                    yield None
                if isinstance(seen, Unknown):
                    yield Wait(self.world.elapsed_s + retry_s)
                    retry_s = min(2 * retry_s, POLL_S)
                    continue
                retry_s = FIRST_RETRY_S
                yield self._until_news(site, seen)

    def _until_news(self, site: Site, seen: Observation) -> Wait:
        now = self.world.elapsed_s
        return Wait(now + POLL_S, site) if isinstance(seen, Alive) else Wait(now + 1.0)

    def _look(self, site: Site) -> Generator[Wait | None, None, Observation]:
        """Look; the answer may be late, and then tells of what was."""
        seen = self.world.look(site)
        yield None
        if self.chance.random() < 0.05:
            yield Wait(self.world.elapsed_s + self.chance.uniform(0, 20))
        if self.chance.random() < 0.05:
            return Unknown(source="world", reason="the answer was lost")
        return seen

    def _new_attempt(self, job: Job) -> Generator[Wait | None, None, Attempt | None]:
        now = self.world.now_ms
        if job.cancel_asked_ms is not None:
            seen = Evidence(seen_ms=now, source="daemon", text="nothing had run")
            self.store.transact(
                lambda db: jobs.change_job(
                    db,
                    now,
                    job,
                    state=JobState.CANCELLED,
                    cause=Cause.CANCELLED,
                    evidence=seen,
                )
            )
            return None
        number = attempts.next_number(self.store.db, job.job_id)
        token = f"cm-{self.chance.getrandbits(80):020x}"
        site = self.world.prepare(job.job_id, number, token)
        yield None
        if self.faults.launches_before_intent:
            self.world.launch(site)
            yield None
        attempt: Attempt = self.store.transact(
            lambda db: attempts.insert_intent(
                db, now, job.job_id, number, token, f"boot-{self.world.boot}"
            )
        )
        yield None
        return attempt

    def _write_down(
        self, job: Job, attempt: Attempt, decision: Decision, seen: Observation
    ) -> Job:
        has_changed = (
            decision.state is not job.state
            or decision.attempt_state is not attempt.state
            or decision.doubt != job.doubt
        )
        if not has_changed:
            return job
        now = self.world.now_ms
        evidence = Evidence(seen_ms=now, source=decision.source, text=decision.text)
        columns: dict[str, object] = {}
        if isinstance(seen, Alive) and attempt.started_ms is None:
            columns["started_ms"] = seen.started_ms or now

        def write(db: sqlite3.Connection) -> Job:
            attempts.change_attempt(db, attempt, decision.attempt_state, **columns)
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

        changed: Job = self.store.transact(write)
        return changed

    def _launch(self, site: Site) -> Generator[Wait | None, None, Observation]:
        """Start the runner and wait for its word; the word may be lost."""
        try:
            exit_code = self.world.launch(site)
        except NoAnswerError:
            return Unknown(source="world", reason="no answer")
        yield None
        while exit_code == 0 and site.runner is Phase.GUARDED:
            yield Wait(self.world.elapsed_s + 1.0, site)
        if self.chance.random() < 0.1:
            return Unknown(source="world", reason="the answer was lost")
        return self.world.launch_answer(site, exit_code)

    def _collect(
        self, job: Job, attempt: Attempt, site: Site, end: Observation
    ) -> Steps:
        assert isinstance(end, Ended | Vanished)
        plan = jobs.find_plan(self.store.db, job.job_id)
        steps = end.record.steps if isinstance(end, Ended) else ()
        results = [
            Result(
                code=plan.code,
                program=step.program,
                is_normal_end=step.code == 0,
                grade=(
                    Grade.CONVERGED if site.behaviour.converges else Grade.NOT_CONVERGED
                ),
            )
            for step in steps
        ]
        conclusion = conclude(
            end, plan, results, is_cancel_asked=job.cancel_asked_ms is not None
        )
        yield None
        self.world.write_results()
        yield None
        now = self.world.now_ms
        seen = Evidence(seen_ms=now, source=end.source, text=conclusion.text)

        def write(db: sqlite3.Connection) -> None:
            attempts.change_attempt(db, attempt, AttemptState.COLLECTED, ended_ms=now)
            attempts.store_exits(db, attempt, steps)
            attempts.store_results(db, attempt, results, [])
            jobs.change_job(
                db,
                now,
                job,
                state=conclusion.state,
                cause=conclusion.cause,
                evidence=seen,
            )

        self.store.transact(write)
        yield None

    def _site(self, attempt: Attempt) -> Site:
        return self.world.sites[attempt.job_id, attempt.number]
