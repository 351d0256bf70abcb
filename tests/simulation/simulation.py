"""One run from one seed: a daemon, a machine, clients and faults, step by step."""

import contextlib
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from crystalmathd.errors import StoreFullError
from crystalmathd.models.jobs import NEXT_STATES, OPEN_ATTEMPTS, JobState, is_end
from crystalmathd.models.plans import Limits, Parallelism, Plan, Step
from crystalmathd.store import jobs
from crystalmathd.store.events import last_seq
from crystalmathd.store.schema import migrate
from tests.simulation.daemon import Daemon, Faults, Store
from tests.simulation.world import Behaviour, Site, World

CORES: Final = 4
MAX_JOBS: Final = 12
STEPS: Final = 400
SETTLE_STEPS: Final = 200_000
PATIENCE_S: Final = 6 * 3600.0
"""When no job has ended for so long, a person cancels what is in doubt."""


class BrokenPromiseError(AssertionError):
    """What the daemon promises does not hold."""


@dataclass(slots=True)
class Size:
    """How large a run is; a day has many jobs and few faults an hour."""

    n_jobs: int = MAX_JOBS
    n_steps: int = STEPS
    hours: float | None = None
    longest_s: float = 120.0
    fault: float = 0.05
    submit: float = 0.03
    cores: int = CORES


@dataclass(slots=True)
class Submission:
    """What a client wants, and has not yet been told that it has it."""

    token: str
    jobs: list[jobs.NewJob]
    behaviours: list[Behaviour]


class Simulation:
    """`run` raises BrokenPromiseError in the step after which a promise is broken."""

    def __init__(
        self,
        seed: int,
        faults: Faults | None = None,
        size: Size | None = None,
        *,
        has_guard: bool = True,
    ) -> None:
        self.seed = seed
        self.size = size or Size()
        self.chance = random.Random(seed)
        self.world = World(self.chance, has_guard=has_guard)
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.execute("PRAGMA foreign_keys = ON")
        migrate(db, Path(":memory:"))
        self.store = Store(db, self.world)
        self.faults = faults or Faults()
        self.daemon: Daemon | None = None
        self.waiting: list[Submission] = []
        self.acknowledged: set[int] = set()
        self.n_submitted = 0
        self.n_steps = 0
        self.story: list[str] = []
        self.happened: set[str] = set()
        self._promises = Promises(self.world, db)

    # --- the run ------------------------------------------------------------------

    def run(self) -> None:
        try:
            self._start_daemon()
            while self._is_stormy():
                self._step()
            self._settle()
            self._recover_again()
        except BrokenPromiseError as broken:
            told = "\n  ".join(self.story[-40:])
            raise BrokenPromiseError(f"seed {self.seed}: {broken}\n  {told}") from None
        finally:
            self.store.db.close()

    def states(self) -> dict[str, int]:
        return self._promises.counts

    def _is_stormy(self) -> bool:
        if self.size.hours is not None:
            return self.world.elapsed_s < 3600 * self.size.hours
        return self.n_steps < self.size.n_steps

    def _step(self) -> None:
        self.n_steps += 1
        fate = self.chance.random()
        if fate < self.size.fault:
            self._befall()
        elif fate < self.size.fault + self.size.submit:
            self._ask()
        else:
            self._go_on()
        self._promises.hold(self.acknowledged)

    def _go_on(self) -> None:
        """Take one step of the daemon, of a client or of the machine, or pass time."""
        choices: list[Callable[[], None]] = []
        if self.daemon is not None:
            choices += [
                lambda name=name: self._step_daemon(name)  # type: ignore[misc]
                for name in self.daemon.ready()
            ]
            if self.waiting:
                choices.append(self._submit_waiting)
        elif not self.world.is_silent or self.chance.random() < 0.2:
            choices.append(self._start_daemon)
        choices += [
            lambda site=site: self.world.move(site)  # type: ignore[misc]
            for site in self.world.movable()
        ]
        if not choices:
            self._pass_time()
        else:
            self.chance.choice(choices)()

    def _pass_time(self) -> None:
        now = self.world.elapsed_s
        ends = [self.world.next_end()]
        if self.daemon is not None:
            ends.append(self.daemon.next_deadline())
        later = [end for end in ends if end is not None and end < float("inf")]
        self.world.pass_time(max(0.001, min(later, default=now + 60.0) - now))

    def _step_daemon(self, name: int) -> None:
        assert self.daemon is not None
        self.daemon.step(name)

    def _start_daemon(self) -> None:
        self._tell("the daemon starts")
        self.daemon = Daemon(
            self.store, self.world, self.chance, self.size.cores, self.faults
        )
        self.daemon.start()

    def _tell(self, what: str) -> None:
        self.story.append(f"{self.n_steps} ({self.world.elapsed_s:.1f} s): {what}")

    # --- clients --------------------------------------------------------------------

    def _ask(self) -> None:
        if self.n_submitted < self.size.n_jobs and self.chance.random() < 0.7:
            self._draw_submission()
        elif self.daemon is not None and self.acknowledged:
            job_id = self.chance.choice(sorted(self.acknowledged))
            if self.chance.random() < 0.5:
                self._tell(f"cancel {job_id}")
                self._try(lambda: self.daemon.cancel(job_id))  # type: ignore[union-attr]
            else:
                self._try(lambda: self._steer(job_id))

    def _steer(self, job_id: int) -> None:
        """Hold, release or retry: only what a person asks for is run again."""
        assert self.daemon is not None
        done = self.daemon.steer(job_id)
        self._tell(f"steer {job_id}: {done}")
        if done == "again":
            self.happened.add("a job is run again")
            self._promises.allow_again(job_id)

    def _draw_submission(self) -> None:
        behaviours = [self._behaviour() for _ in range(self.chance.choice([1, 1, 3]))]
        known = sorted(self.acknowledged)
        new = []
        for behaviour in behaviours:
            parents: tuple[int, ...] = ()
            if known and self.chance.random() < 0.3:
                parents = tuple(self.chance.sample(known, min(len(known), 2)))
            new.append(self._new_job(behaviour, parents))
        self.n_submitted += len(new)
        self.waiting.append(Submission(f"token-{self.n_submitted}", new, behaviours))

    def _behaviour(self) -> Behaviour:
        n_steps = self.chance.choice([1, 1, 2])
        draw = self.chance
        return Behaviour(
            codes=tuple(draw.choice([0, 0, 0, 0, 0, 1, 42]) for _ in range(n_steps)),
            seconds=tuple(draw.uniform(0, self.size.longest_s) for _ in range(n_steps)),
            converges=draw.random() < 0.8,
            can_stage=draw.random() < 0.95,
        )

    def _new_job(self, behaviour: Behaviour, parents: tuple[int, ...]) -> jobs.NewJob:
        plan = _plan(len(behaviour.codes))
        return jobs.NewJob(
            name=plan.name,
            code=plan.code,
            cluster="local",
            project=None,
            tags=(),
            cores=self.chance.choice([1, 1, 2, self.size.cores, self.size.cores + 1]),
            parents=parents,
            search_text=plan.name,
            plan=plan,
            inputs=(),
            auxiliary=(),
        )

    def _submit_waiting(self) -> None:
        """Submit, perhaps again: the answer to the time before may have been lost."""
        asked = self.chance.choice(self.waiting)

        def insert(db: sqlite3.Connection) -> list[int]:
            found = jobs.find_submission(db, asked.token)
            if found is not None:
                return [job.job_id for job in jobs.jobs_of_submission(db, found[0])]
            return jobs.insert_submission(
                db, self.world.now_ms, asked.token, "hash", asked.jobs
            )[1]

        numbers: list[int] = []
        self._try(lambda: numbers.extend(self.store.transact(insert)))
        self.world.behaviours |= dict(zip(numbers, asked.behaviours, strict=False))
        if numbers and self.daemon is not None:
            self.daemon.wake(0)
        if numbers and self.chance.random() < 0.9:  # else the answer is lost
            self._tell(f"submitted {numbers}")
            self.acknowledged |= set(numbers)
            self.waiting.remove(asked)

    def _try(self, work: Callable[[], Any]) -> None:
        with contextlib.suppress(StoreFullError):
            work()

    # --- faults ---------------------------------------------------------------------

    def _befall(self) -> None:
        running = [site for site in self.world.sites.values() if site.pids]
        kinds: dict[str, Callable[[], None]] = {
            "the daemon is killed": self._kill_daemon,
            "the daemon is killed again": self._kill_daemon,
            "the disk is full": lambda: self._toggle("is_full"),
            "nobody answers": lambda: self._toggle("is_silent"),
            "the clock jumps": self._jump,
            "time passes": lambda: self.world.pass_time(self.chance.uniform(0, 90)),
        }
        if self.chance.random() < 0.15:
            kinds["the machine is restarted"] = self._reboot
        if running:
            site = self.chance.choice(running)
            kinds |= {
                "a runner is killed": lambda: self.world.kill_runner(site),
                "a program is killed": lambda: self.world.kill_program(site),
            }
        if self.world.sites and self.chance.random() < 0.3:
            gone = self.chance.choice(list(self.world.sites.values()))
            kinds["a directory is removed"] = lambda: self._remove(gone)
        name = self.chance.choice(sorted(kinds))
        self._tell(name)
        self.happened.add(name)
        kinds[name]()

    def _kill_daemon(self) -> None:
        self.daemon = None

    def _toggle(self, name: str) -> None:
        setattr(self.world, name, not getattr(self.world, name))

    def _jump(self) -> None:
        """Set the clock, or wake from a suspension: no process noticed either."""
        self.world.now_ms += self.chance.randrange(-86_400_000, 86_400_000)

    def _reboot(self) -> None:
        self.daemon = None
        self.world.reboot()

    def _remove(self, site: Site) -> None:
        self._tell(f"it was that of job {site.job_id}, attempt {site.number}")
        self.world.remove_directory(site)

    # --- afterwards -------------------------------------------------------------------

    def _settle(self) -> None:
        """Let no more faults come: every job must reach its end."""
        self._tell("no more faults")
        self.world.is_full = self.world.is_silent = False
        news_s, n_ends = self.world.elapsed_s, self._promises.n_ends
        for _ in range(SETTLE_STEPS):
            if not self._is_open():
                return
            self._release_what_is_held()
            self._go_on()
            self._promises.hold(self.acknowledged)
            if self._promises.n_ends > n_ends:
                news_s, n_ends = self.world.elapsed_s, self._promises.n_ends
            if self.world.elapsed_s - news_s > PATIENCE_S:
                self._cancel_what_is_in_doubt()
                news_s = self.world.elapsed_s
        left = {j: s for j, s in self._promises.states.items() if not is_end(s)}
        raise BrokenPromiseError(f"no end is reached: {left}")

    def _release_what_is_held(self) -> None:
        for job_id, state in list(self._promises.states.items()):
            if state is JobState.HELD and self.daemon is not None:
                self.daemon.steer(job_id)

    def _is_open(self) -> bool:
        has_end = all(is_end(state) for state in self._promises.states.values())
        return bool(self.waiting) or not has_end

    def _cancel_what_is_in_doubt(self) -> None:
        """Only where a directory was removed may a job need a person's word."""
        for job_id, state in self._promises.states.items():
            if is_end(state):
                continue
            job = jobs.find_job(self.store.db, job_id)
            assert job is not None
            sites = [s for s in self.world.sites.values() if s.job_id == job_id]
            is_allowed = job.doubt is not None and any(s.was_removed for s in sites)
            if not is_allowed and state is not JobState.QUEUED:
                raise BrokenPromiseError(f"job {job_id} is still {state}: {job.doubt}")
            if is_allowed and self.daemon is not None:
                self._tell(f"a person cancels {job_id}: {job.doubt}")
                self.daemon.cancel(job_id)

    def _recover_again(self) -> None:
        """Start once more: nothing may change."""
        before = self._promises.dump()
        for _ in range(2):
            self.daemon = None
            self._start_daemon()
            for _ in range(20):
                self._go_on()
        if self._promises.dump() != before:
            raise BrokenPromiseError("a second recovery changed something")


class Promises:
    """What must hold after every step."""

    def __init__(self, world: World, db: sqlite3.Connection) -> None:
        self._world = world
        self._db = db
        self._seen_changes = -1
        self._seq = last_seq(db)
        self.states: dict[int, JobState] = {}
        """As the events tell it."""
        self.n_ends = 0
        self._again: dict[int, int] = {}

    def allow_again(self, job_id: int) -> None:
        """Allow one more start of a job that has ended: a person wants it."""
        self._again[job_id] = self._again.get(job_id, 0) + 1

    @property
    def counts(self) -> dict[str, int]:
        found = list(self.states.values())
        return {state.value: found.count(state) for state in set(found)}

    def hold(self, acknowledged: set[int]) -> None:
        self._hold_starts()
        self._hold_ends()
        if self._db.total_changes == self._seen_changes:
            return
        self._seen_changes = self._db.total_changes
        self._hold_events()
        self._hold_store(acknowledged)

    def _hold_starts(self) -> None:
        for (job_id, step), count in self._world.starts.items():
            if count > 1 + self._again.get(job_id, 0):
                self._break(job_id, f"its step {step} was started {count} times")

    def _hold_ends(self) -> None:
        for site in self._world.sites.values():
            state = self.states.get(site.job_id)
            if site.pids and state is not None and is_end(state):
                self._break(site.job_id, f"it is {state} and runs")

    def _hold_events(self) -> None:
        rows = self._db.execute(
            "SELECT seq, type, job_id, payload FROM events WHERE seq > ? ORDER BY seq",
            (self._seq,),
        ).fetchall()
        for seq, kind, job_id, text in rows:
            if seq <= self._seq:
                self._break(job_id, f"event {seq} came after {self._seq}")
            self._seq = seq
            payload = msgspec.json.decode(text)
            if kind == "job_created":
                self.states[job_id] = JobState(payload["state"])
            elif kind == "job_state_changed":
                self._move(job_id, payload)

    def _move(self, job_id: int, payload: dict[str, str]) -> None:
        before, state = JobState(payload["before"]), JobState(payload["state"])
        if self.states.get(job_id) is not before:
            self._break(job_id, f"{before} is not where it was")
        is_left = is_end(before) and job_id not in self._again
        if is_left or state not in NEXT_STATES[before]:
            self._break(job_id, f"it moved from {before} to {state}")
        self.states[job_id] = state
        if is_end(state):
            self.n_ends += 1
            if before is JobState.QUEUED or before is JobState.HELD:
                return  # nothing of it had run since
            self._hold_truth(job_id, state, payload["cause"])

    def _hold_truth(self, job_id: int, state: JobState, cause: str | None) -> None:
        """Compare an end with what really happened."""
        world = self._world
        if world.runs(job_id):
            self._break(job_id, f"it became {state} while it ran")
        has_ended_well = world.ended_well(job_id)
        if state is JobState.COMPLETED and not has_ended_well:
            self._break(job_id, "it did not complete")
        if state is JobState.FAILED and has_ended_well:
            self._break(job_id, f"it did not fail ({cause})")
        if state is JobState.LOST and world.marker_stands(job_id):
            self._break(job_id, "its end was written down, and it is called lost")
        if state is JobState.CANCELLED:
            (asked,) = self._db.execute(
                "SELECT cancel_asked_ms IS NOT NULL OR NOT EXISTS (SELECT 1 FROM "
                "attempts WHERE attempts.job_id = jobs.job_id) FROM jobs "
                "WHERE job_id = ?",
                (job_id,),
            ).fetchone()
            if not asked:
                self._break(job_id, "it is cancelled, and nobody asked")

    def _hold_store(self, acknowledged: set[int]) -> None:
        stored = dict(self._db.execute("SELECT job_id, state FROM jobs"))
        if stored != self.states:
            self._break(None, f"events say {self.states}, the table {stored}")
        if acknowledged - set(stored):
            self._break(None, f"jobs {acknowledged - set(stored)} have vanished")
        marks = ", ".join("?" * len(OPEN_ATTEMPTS))
        attempts = self._db.execute(
            "SELECT job_id, count(*) FROM attempts "  # noqa: S608
            f"WHERE state IN ({marks}) GROUP BY job_id",
            tuple(OPEN_ATTEMPTS),
        )
        for job_id, count in attempts:
            if count > 1:
                self._break(job_id, f"it has {count} open attempts")
            if is_end(JobState(stored[job_id])):
                self._break(job_id, f"it is {stored[job_id]} with an open attempt")

    def _break(self, job_id: int | None, what: str) -> None:
        raise BrokenPromiseError(f"job {job_id}: {what}" if job_id else what)

    def dump(self) -> list[list[Any]]:
        return [
            self._db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608
            for table in ("jobs", "attempts", "events", "submissions")
        ]


def _plan(n_steps: int) -> Plan:
    steps = tuple(
        Step(
            program=f"step-{index}",
            input_name="mgo.d12",
            launcher=(),
            executable="/bin/crystal",
            executable_origin="PATH",
            arguments=(),
            stdin=None,
            stdout="mgo.out",
            stderr="mgo.out",
        )
        for index in range(n_steps)
    )
    return Plan(
        name="mgo",
        code="crystal",
        cluster="local",
        scheduler="direct",
        parallelism=Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason=""),
        steps=steps,
        environment=(),
        stage_in=(),
        stage_out=(),
        scratch="/scratch/cry_mgo_<pid>",
        scratch_origin="default",
        limits=Limits(walltime_s=None, memory_mb=None, grace_s=10),
    )
