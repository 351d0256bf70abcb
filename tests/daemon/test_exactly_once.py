"""kill -9 of the daemon again and again, with a Slurm that errs and lies.

A client submits all the while and writes down what was acknowledged; each program
writes its start and end into a ledger outside the store; the fake Slurm knows which
number it gave to which attempt. In the end the daemon is left in peace, and what they
say is held against what the store says.

`CRYSTALMATH_TEST_SLURM_KILLS` says how many; `CRYSTALMATH_TEST_SEED` repeats a run.
"""

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from crystalmath.errors import CrystalmathError
from crystalmath_protocol.control import RetryJobParams
from crystalmath_protocol.jobs import JobDetails
from tests.daemon.test_restart import all_jobs
from tests.fake_slurm.cluster import FakeSlurm
from tests.harness import ROOT, RunningDaemon, deck, terminal_states, wait_until
from tests.hasty_daemon import LAUNCH_DEADLINE_S
from tests.ledger import Ledger, files_are_exact

KILLS = int(os.environ.get("CRYSTALMATH_TEST_SLURM_KILLS", "60"))
SEED = int(os.environ.get("CRYSTALMATH_TEST_SEED", str(time.time_ns() % 10**6)))
NAME = "fake"
PAUSE_S = 0.8
"""Between two jobs that the client submits, at most."""
PEACE_S = 120.0
N_EMPTY = 8
"""Lists without the job: more than the daemon needs to give an attempt up."""
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
    `acknowledged`: the number of its job, once the daemon has said it.
    """

    def __init__(
        self, daemon: RunningDaemon, chance: random.Random, pause_s: float
    ) -> None:
        self.daemon = daemon
        self.chance = chance
        self.pause_s = pause_s
        self.codes: dict[str, int] = {}
        self.acknowledged: dict[str, str] = {}
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
        deadline = time.monotonic() + PEACE_S
        while token not in self.acknowledged:
            try:
                with self.daemon.connection() as connection:
                    done = connection.submit_job(
                        inputs=[path], cluster=NAME, client_token=token
                    )
                self.acknowledged[token] = done.jobs[0].job_id
            except CrystalmathError:
                assert time.monotonic() < deadline, "no daemon takes a job"
                time.sleep(0.02)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the ledger, the fake Slurm and the client say against the store."""

    jobs: int
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
            f"{self.jobs} jobs in {self.attempts} attempts: "
            f"{len(self.duplicates)} duplicates, {len(self.lost)} lost, "
            f"{len(self.wrong_ids)} wrong ids, {len(self.wrong_codes)} wrong codes"
        )


class Torture:
    """A daemon, a cluster with the fake Slurm, and what they have done."""

    def __init__(self, script: Path, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.daemon = RunningDaemon(script)
        self.daemon.install_stand_in("crystal")
        self.daemon.environ |= TIMES
        self.ledger = Ledger(self.daemon)
        self.slurm = FakeSlurm(self.daemon.home / "slurm")
        self.client = Client(self.daemon, random.Random(seed + 1), PAUSE_S)
        self.killed: Counter[str] = Counter()

    def add_cluster(self, faults: dict[str, float]) -> None:
        """Add the cluster while nothing goes wrong yet."""
        self.daemon.start()
        self.daemon.crystalmath(
            *("clusters", "add", NAME, "--transport", "local"),
            *("--scheduler", "slurm", "--path", str(self.slurm.bin)),
            *("--poll", "1s", "--max-poll", "1s"),
            *("--env", f"STANDIN_LEDGER={self.ledger.path}"),
        )
        words = " ".join(f"{kind}={share}" for kind, share in faults.items())
        self.slurm.set(seed=self.seed, faults=words, **SLURM)
        print(f"{TIMES}, launch {LAUNCH_DEADLINE_S} s, poll 1 s, {SLURM}, {words}")

    def kill_for(self, kills: int) -> None:
        """Kill the daemon every 30 to 500 ms, at times before it is up again."""
        with self.client:
            while self.killed.total() < kills and not self.client.problems:
                time.sleep(self.chance.uniform(0.03, 0.5))
                self.daemon.kill()
                if self.chance.random() < 0.4:
                    self.killed["starting"] += 1
                    self.daemon.spawn()
                else:
                    self.killed["up"] += 1
                    self.daemon.start()
        assert self.client.problems == []

    def verdict(self) -> Verdict:
        """Leave the daemon in peace until every job has ended, and judge."""
        acknowledged = self.client.acknowledged
        self.daemon.kill()
        self.daemon.start()
        with self.daemon.connection() as connection:
            terminal_states(connection, list(acknowledged.values()))
            jobs = all_jobs(connection)
        assert self.daemon.stop() == 0
        with contextlib.closing(sqlite3.connect(self.daemon.database)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert self.slurm.mistakes() == ""
        return self._judge({job.job_id: job for job in jobs})

    def copies_stopped(self) -> int:
        """Count the copies of attempts that found their start guard taken."""
        said = self.daemon.database.parent.glob("jobs/*/*/run/slurm.out")
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
def torture(script: str, seed: int, faults: dict[str, float]) -> Iterator[Torture]:
    one = Torture(ROOT / "tests" / script, seed)
    try:
        one.add_cluster(faults)
        yield one
        log = one.daemon.log()
        assert "Traceback" not in log, log[-5000:]
    finally:
        one.daemon.close()


@pytest.mark.crash
def test_each_job_computes_once_whatever_is_killed_and_whatever_slurm_says() -> None:
    print(f"seed {SEED}, {KILLS} kills")
    with torture("hasty_daemon.py", SEED, FAULTS) as one:
        began = time.monotonic()
        one.kill_for(KILLS)
        killed_s = time.monotonic() - began
        verdict = one.verdict()
        peace_s = time.monotonic() - began - killed_s
        print(
            f"{dict(one.killed)} in {killed_s:.0f} s, then {peace_s:.0f} s: "
            f"{verdict.figures()}; {one.copies_stopped()} late copies stopped; "
            f"{one.slurm.queue.faults()}"
        )
        assert verdict.is_clean(), verdict
        assert verdict.jobs == len(one.client.acknowledged) > KILLS // 4


@pytest.mark.crash
def test_a_daemon_that_stores_the_number_after_sbatch_is_caught() -> None:
    """The check above can fail: this variant takes an error for "not submitted"."""
    with torture("naive_daemon.py", 7, {"unclear": 0.9}) as one:
        one.client.pause_s = 0.1
        one.kill_for(8)
        verdict = one.verdict()
        print(dict(one.killed), verdict.figures())
        assert verdict.duplicates


def test_a_copy_that_comes_too_late_computes_nothing() -> None:
    with torture("hasty_daemon.py", 1, {}) as one:
        one.slurm.next("late")
        path = str(one.daemon.write("mgo.d12", deck(EXIT=3)))
        with one.daemon.connection() as connection:
            job_id = connection.submit_job(inputs=[path], cluster=NAME).jobs[0].job_id
            connection.wait(job_id)
            job = connection.get_job_details(job_id)
        assert [a.state for a in job.attempts] == ["abandoned", "collected"]
        wait_until(one.copies_stopped, PEACE_S, "no copy came")
        assert one.ledger.starts() == {job.attempts[1].token: 1}
        assert {len(ids) for ids in one.slurm.ids_by_token().values()} == {1}


def test_a_job_that_is_run_again_has_all_its_attempts_again() -> None:
    with torture("hasty_daemon.py", 1, {}) as one:
        path = str(one.daemon.write("mgo.d12", deck(EXIT=3)))
        with one.daemon.connection() as connection:
            job_id = connection.submit_job(inputs=[path], cluster=NAME).jobs[0].job_id
            connection.wait(job_id)
            for n_before in (1, 2):
                if n_before == 2:
                    one.slurm.next("refused")
                again = RetryJobParams(job_id=job_id, after_attempt=n_before)
                connection.call("retry_job", again)
                connection.wait(job_id)
            job = connection.get_job_details(job_id)
        states = [attempt.state for attempt in job.attempts]
        assert states == ["collected", "collected", "abandoned", "collected"]
        assert one.ledger.starts().total() == 3


def test_a_queue_that_forgets_a_waiting_job_ends_nothing() -> None:
    with torture("hasty_daemon.py", 1, {}) as one:
        path = str(one.daemon.write("mgo.d12", deck(EXIT=3)))
        with one.daemon.connection() as connection:
            queue = {"directives": ["--hold"]}
            done = connection.submit_job(
                inputs=[path], cluster=NAME, resources={"queue": queue}
            )
            job_id = done.jobs[0].job_id
            details = partial(connection.get_job_details, job_id)
            wait_until(lambda: details().state == "pending", 20)
            number = details().attempts[0].scheduler_id
            one.slurm.set(faults="squeue_empty=1", sacct="off")
            before = len(one.slurm.queue.calls("squeue"))

            def has_been_asked_often() -> bool:
                assert (details().state, len(details().attempts)) == ("pending", 1)
                return len(one.slurm.queue.calls("squeue")) > before + N_EMPTY

            wait_until(has_been_asked_often, PEACE_S)
            assert details().doubt
            one.slurm.set()
            one.slurm.run("scontrol", "release", str(number))
            connection.wait(job_id)
            job = details()
        assert [exit_.code for exit_ in job.attempts[0].exits] == [3]
        assert one.ledger.attempts_by_job([job]) == {job_id: 1}
