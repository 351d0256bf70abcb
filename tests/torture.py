"""A daemon that is killed again and again, with a Slurm that errs and lies.

A client submits all the while and writes down what was acknowledged; each program
writes its start and end into a ledger outside the store; the fake Slurm knows which
number it gave to which attempt. In the end the daemon is left in peace, and what they
say is held against what the store says.
"""

import contextlib
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from crystalmath import Connection
from crystalmath.errors import CrystalmathError, RpcError
from crystalmath_protocol.jobs import JobDetails
from tests.daemon.test_restart import all_jobs
from tests.fake_slurm.cluster import FakeSlurm
from tests.harness import ROOT, RunningDaemon, deck
from tests.hasty_daemon import LAUNCH_DEADLINE_S
from tests.ledger import Ledger, files_are_exact

T = TypeVar("T")

NAME = "fake"
CANCELLED_SHARE = 0.1
PAUSE_S = 0.8
"""Between two jobs that the client submits, at most."""
PEACE_S = 120.0
TIMES = {
    "CRYSTALMATH_SUBMISSION_GRACE_S": "3",
    "CRYSTALMATH_ABSENCE_SPACING_S": "1",
}
SLURM = {"slow_s": 1.0, "start_s": 0.5, "age_s": 20.0, "sacct": 60.0}
FAULTS = {
    "refused": 0.05,
    "late": 0.02,
    "unclear": 0.07,
    "silent": 0.03,
    "killed_before": 0.01,
    "killed_after": 0.02,
    "squeue_fails": 0.05,
    "squeue_empty": 0.03,
    "squeue_wrong": 0.05,
    "squeue_cut": 0.05,
}


class Client:
    """Submits jobs until it is told to stop.

    `codes`: the exit code that the program of each client token will have;
    `acknowledged`: the number of its job, once the daemon has said it; `cancelled`:
    the numbers of jobs of which it has then asked for the end.
    """

    def __init__(
        self,
        daemon: RunningDaemon,
        cluster: str,
        chance: random.Random,
        pause_s: float,
    ) -> None:
        self.daemon = daemon
        self.cluster = cluster
        self.chance = chance
        self.pause_s = pause_s
        self.codes: dict[str, int] = {}
        self.acknowledged: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self.is_over = threading.Event()
        self.problems: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self.is_over.wait(self.chance.uniform(0, self.pause_s)):
                self._submit()
        except BaseException as problem:  # noqa: BLE001  # told to the test
            self.problems.append(problem)

    def _submit(self) -> None:
        """Submit one job, again and again until the daemon has acknowledged it."""
        number = len(self.codes)
        token = f"once-{number:06d}"
        code = self.codes[token] = self.chance.choice([0, 0, 1, 3, 42, 120])
        cycle_s = self.chance.choice([0, 0.05, 0.3])
        text = deck(EXIT=code, CYCLES=3, CYCLE_S=cycle_s)
        path = str(self.daemon.write(f"j{number}.d12", text))

        def submit(connection: Connection) -> str:
            done = connection.submit_job(
                inputs=[path], cluster=self.cluster, client_token=token
            )
            return done.jobs[0].job_id

        job_id = self.acknowledged[token] = self._insist(submit)
        if self.chance.random() < CANCELLED_SHARE:
            self.cancelled.add(job_id)
            self._insist(lambda connection: connection.cancel_job(job_id, wait_ms=0))

    def _insist(self, ask: Callable[[Connection], T]) -> T:
        """Ask again and again until a daemon has answered."""
        deadline = time.monotonic() + PEACE_S
        while True:
            try:
                with self.daemon.connection() as connection:
                    return ask(connection)
            except CrystalmathError as error:
                if isinstance(error, RpcError) and not error.retryable:
                    raise
                assert time.monotonic() < deadline, "no daemon answers"
                time.sleep(0.02)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the ledger, the fake Slurm and the client say against the store."""

    jobs: int
    cancelled: int
    attempts: int
    duplicates: list[JobDetails]
    """More than one program of the job has computed."""
    lost: list[str]
    """Acknowledged, and no program of it computed to its end, or the store says so."""
    wrong_ids: list[JobDetails]
    """The number in the store is not the one that was given to the attempt."""
    wrong_codes: list[JobDetails]

    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong_ids or self.wrong_codes)

    def figures(self) -> str:
        return (
            f"{self.jobs} jobs, {self.cancelled} of them cancelled, "
            f"in {self.attempts} attempts: "
            f"{len(self.duplicates)} duplicates, {len(self.lost)} lost, "
            f"{len(self.wrong_ids)} wrong ids, {len(self.wrong_codes)} wrong codes"
        )


class Torture:
    """A daemon, a cluster with the fake Slurm, and what they have done."""

    cluster = NAME
    longest_s = 0.5
    """Between a start of the daemon and its death; the shortest is 30 ms."""

    def __init__(self, script: Path, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.daemon = RunningDaemon(script)
        self.daemon.install_stand_in("crystal")
        self.daemon.environ |= TIMES
        self.ledger = Ledger(self.daemon)
        self.slurm = FakeSlurm(self.daemon.home / "slurm")
        chance = random.Random(seed + 1)
        self.client = Client(self.daemon, self.cluster, chance, PAUSE_S)
        self.killed: Counter[str] = Counter()
        self.killed_s = 0.0

    def add_cluster(self) -> None:
        self.daemon.crystalmath(
            *("clusters", "add", self.cluster, "--transport", "local"),
            *("--scheduler", "slurm", "--path", str(self.slurm.bin)),
            *("--poll", "1s", "--max-poll", "1s"),
            *("--env", f"STANDIN_LEDGER={self.ledger.path}"),
        )

    def begin(self, faults: dict[str, float]) -> None:
        """Add the cluster while nothing goes wrong yet."""
        self.daemon.start()
        self.add_cluster()
        words = " ".join(f"{kind}={share}" for kind, share in faults.items())
        self.slurm.set(seed=self.seed, faults=words, **SLURM)
        print(f"{TIMES}, launch {LAUNCH_DEADLINE_S} s, poll 1 s, {SLURM}, {words}")

    def close(self) -> None:
        self.daemon.close()

    def kill_for(self, kills: int, n_jobs: int = 0) -> None:
        """Kill the daemon so often, at times before it is up again.

        It goes on until at least `n_jobs` were acknowledged.
        """
        began = time.monotonic()
        with self.client:
            while not self.client.problems and (
                self.killed.total() < kills or len(self.client.acknowledged) < n_jobs
            ):
                time.sleep(self.chance.uniform(0.03, self.longest_s))
                self.daemon.kill()
                if self.chance.random() < 0.4:
                    self.killed["starting"] += 1
                    self.daemon.spawn()
                else:
                    self.killed["up"] += 1
                    self.daemon.start()
        self.killed_s = time.monotonic() - began
        assert self.client.problems == []

    def verdict(self) -> Verdict:
        """Leave the daemon in peace until every job has ended, and judge."""
        began = time.monotonic()
        self.daemon.kill()
        self.daemon.start()
        with self.daemon.connection() as connection:
            for number in self.client.acknowledged.values():
                connection.wait(number, timeout_s=PEACE_S)
            jobs = all_jobs(connection)
        assert self.daemon.stop() == 0
        with contextlib.closing(sqlite3.connect(self.daemon.database)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert self.slurm.mistakes() == ""
        verdict = self._judge({job.job_id: job for job in jobs})
        taken_s = time.monotonic() - began
        print(
            f"{dict(self.killed)} in {self.killed_s:.0f} s, then {taken_s:.0f} s: "
            f"{verdict.figures()}; {self.copies_stopped()} late copies stopped; "
            f"{self.slurm.queue.faults()}"
        )
        return verdict

    @property
    def files(self) -> Path:
        """Where the files of jobs are on the cluster, below `jobs`."""
        return self.daemon.database.parent

    def copies_stopped(self) -> int:
        """Count the copies of attempts that found their start guard taken."""
        said = self.files.glob("jobs/*/*/run/slurm.out")
        return sum("computes nothing" in path.read_text() for path in said)

    def _judge(self, jobs: dict[str, JobDetails]) -> Verdict:
        codes, ends = self.client.codes, self.ledger.ends()
        token_of = {number: token for token, number in self.client.acknowledged.items()}
        started = self.ledger.attempts_by_job(list(jobs.values()))
        given = self.slurm.ids_by_token()
        lost = [token for token, n in self.client.acknowledged.items() if n not in jobs]
        wrong_codes = []
        for job in jobs.values():
            code = codes[token_of[job.job_id]]
            exits = [one.code for a in job.attempts for one in a.exits]
            computed = [one for a in job.attempts for one in ends.get(a.token, [])]
            if job.job_id in self.client.cancelled and job.state == "cancelled":
                continue
            if not exits or not computed:
                lost.append(job.job_id)
            elif (
                exits != [code]
                or set(computed) != {code}
                or job.state != ("failed" if code else "completed")
                or not files_are_exact(job)
            ):
                wrong_codes.append(job)
        return Verdict(
            jobs=len(jobs),
            cancelled=sum(job.state == "cancelled" for job in jobs.values()),
            attempts=sum(len(job.attempts) for job in jobs.values()),
            duplicates=[j for j in jobs.values() if started.get(j.job_id, 0) > 1],
            lost=lost,
            wrong_ids=[j for j in jobs.values() if not has_its_ids(j, given)],
            wrong_codes=wrong_codes,
        )


def has_its_ids(job: JobDetails, given: dict[str, list[str]]) -> bool:
    """Tell whether each attempt has a number that it was given, and no other's."""
    return all(
        attempt.scheduler_id in given.get(attempt.token, [])
        for attempt in job.attempts
        if attempt.scheduler_id is not None or attempt.state == "collected"
    )


@contextlib.contextmanager
def torture(
    script: str,
    seed: int,
    faults: dict[str, float],
    kind: type[Torture] = Torture,
) -> Iterator[Torture]:
    one = kind(ROOT / "tests" / script, seed)
    try:
        one.begin(faults)
        yield one
        log = one.daemon.log()
        assert "Traceback" not in log, log[-5000:]
    finally:
        one.close()
