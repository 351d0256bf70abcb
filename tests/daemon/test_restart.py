"""kill -9 of the daemon at any moment, with a ledger outside the store.

The stand-in writes each start and end, with its attempt's token, to a file that
it syncs; the client writes down what was acknowledged. What they say is held
against what the store says afterwards.
"""

import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath_protocol.jobs import JobDetails
from tests.harness import (
    ROOT,
    RunningDaemon,
    deck,
    terminal_states,
    wait_for_cycle,
    wait_until,
)
from tests.ledger import Ledger, files_are_exact

KILLS = int(os.environ.get("CRYSTALMATH_TEST_KILLS", "200"))
ANSWER_S = 60.0


@pytest.mark.crash
def test_hundreds_of_kills_lose_nothing_and_run_nothing_twice(
    stopped_daemon: RunningDaemon,
) -> None:
    seed = int(os.environ.get("CRYSTALMATH_TEST_SEED", str(time.time_ns() % 10**6)))
    print(f"seed {seed}, {KILLS} kills")
    chance = random.Random(seed)
    daemon = stopped_daemon
    daemon.script = ROOT / "tests" / "plain_daemon.py"  # it starts twice as fast
    ledger = Ledger(daemon)
    expected: dict[str, int] = {}
    acknowledged: dict[str, str] = {}
    killed: Counter[str] = Counter()
    daemon.start()
    while killed.total() < KILLS:
        submit_some(daemon, chance, expected, acknowledged)
        time.sleep(chance.uniform(0, 0.3))
        victim = chance.choice(("daemon", "daemon", "daemon", "runner", "both"))
        if victim != "daemon":
            killed["runner"] += kill_a_runner(daemon, chance)
        if victim != "runner":
            daemon.kill()
            killed["daemon"] += 1
            daemon.start()
    with daemon.connection() as connection:
        terminal_states(connection, list(acknowledged.values()))
        jobs = all_jobs(connection)
    by_id = {job.job_id: job for job in jobs}
    lost = [token for token, job_id in acknowledged.items() if job_id not in by_id]
    assert lost == []
    token_of = {job_id: token for token, job_id in acknowledged.items()}
    started = ledger.attempts_by_job(jobs)
    for job in jobs:
        code = expected[token_of[job.job_id]]
        assert started.get(job.job_id, 0) <= 1, job
        exits = [exit_.code for a in job.attempts for exit_ in a.exits]
        if job.state == "lost":
            assert exits == []
            continue
        assert exits == [code], job
        assert job.state == ("completed" if code == 0 else "failed"), job
        assert files_are_exact(job)
    n_lost = sum(job.state == "lost" for job in jobs)
    assert n_lost <= killed["runner"]
    assert max(ledger.starts().values()) == 1
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.database)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print(f"{len(jobs)} jobs, {dict(killed)}, {n_lost} jobs lost with their runners")


def submit_some(
    daemon: RunningDaemon,
    chance: random.Random,
    expected: dict[str, int],
    acknowledged: dict[str, str],
) -> None:
    """Submit a few jobs, and write down what the daemon acknowledged."""
    for _ in range(chance.randint(0, 3)):
        code = chance.choice([0, 0, 1, 3, 42, 120])
        token = f"crash-{len(expected):06d}"
        expected[token] = code
        title = deck(EXIT=code, CYCLE_S=chance.choice([0, 0.02, 0.1]))
        path = str(daemon.write(f"j{len(expected)}.d12", title))
        with daemon.connection() as connection:
            submitted = connection.submit_job(inputs=[path], client_token=token)
            acknowledged[token] = submitted.jobs[0].job_id


def kill_a_runner(daemon: RunningDaemon, chance: random.Random) -> int:
    """Kill the runner of a running job, not its program; tell how many."""
    with daemon.connection() as connection:
        running = connection.fetch_jobs(states=["running"]).jobs
        if not running:
            return 0
        details = connection.get_job_details(chance.choice(running).job_id)
    try:
        os.kill(int(details.attempts[-1].scheduler_id or 0), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def all_jobs(connection: Connection) -> list[JobDetails]:
    page, found = None, []
    while True:
        answer = connection.fetch_jobs(limit=200, page=page)
        found += [connection.get_job_details(job.job_id) for job in answer.jobs]
        page = answer.next_page
        if page is None:
            return found


@pytest.mark.crash
def test_a_daemon_that_starts_again_on_doubt_is_caught_by_the_ledger() -> None:
    """The check above can fail: this variant answers every doubt with a new start."""
    daemon = RunningDaemon(ROOT / "tests" / "broken_daemon.py")
    daemon.install_stand_in("crystal")
    try:
        ledger = Ledger(daemon)
        path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1)))
        daemon.start(CRYSTALMATHD_FAILPOINT="launch.after:kill")
        with daemon.connection() as connection:
            job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        assert daemon.process is not None
        daemon.process.wait(ANSWER_S)
        wait_until(ledger.starts, ANSWER_S)
        daemon.start()
        with daemon.connection() as connection:
            connection.wait(job_id)
            job = connection.get_job_details(job_id)
        assert ledger.attempts_by_job([job])[job_id] > 1
    finally:
        daemon.close()


N_JOBS = 50
N_KILLED = 5
USR1 = int(signal.SIGUSR1)


def upgraded(home: Path) -> Path:
    """Make a copy of the whole program that calls itself 99.0; return its script."""
    there = home / "next"
    for package in ("crystalmathd", "protocol", "clients"):
        shutil.copytree(ROOT / package, there / package)
    version = there / "crystalmathd" / "__init__.py"
    text = re.sub(r'"\d+\.\d+\.\d+"', '"99.0.0"', version.read_text())
    version.write_text(text)
    script = there / "start.py"
    script.write_text(
        "import sys\n"
        f"sys.path[:0] = [{str(there)!r}, {str(there / 'protocol')!r}]\n"
        "from crystalmathd.main import main\n"
        "sys.exit(main())\n"
    )
    return script


@pytest.mark.crash
def test_fifty_jobs_outlive_a_kill_a_restart_and_an_upgrade(
    stopped_daemon: RunningDaemon,
) -> None:
    daemon = stopped_daemon
    daemon.environ["CRYSTALMATH_CORES"] = str(N_JOBS)
    ledger = Ledger(daemon)
    decks = [daemon.write(f"j{n}.d12", deck(EXIT=n, CYCLE_S=3)) for n in range(N_JOBS)]
    with daemon.start().connection() as connection:
        done = connection.submit_job(inputs=[str(path) for path in decks])
        numbers = {job.name: job.job_id for job in done.jobs}
        wait_until(lambda: ledger.starts().total() == N_JOBS, ANSWER_S)
    daemon.kill()
    daemon.start()
    with daemon.connection() as connection:
        running = partial(connection.fetch_jobs, states=["running"], limit=N_JOBS)
        wait_until(lambda: len(running().jobs) == N_JOBS, ANSWER_S)
        to_kill = [
            connection.get_job_details(numbers[f"j{n}"]).attempts[0].token
            for n in range(N_KILLED)
        ]
    assert daemon.stop() == 0
    for token in to_kill:
        os.kill(program_of(token), USR1)
    daemon.script = upgraded(daemon.home)
    daemon.start()
    with daemon.connection() as connection:
        assert connection.status().server == "crystalmathd 99.0.0"
        terminal_states(connection, list(numbers.values()))
        jobs = {name: connection.get_job_details(n) for name, n in numbers.items()}
    ends = {name: job.attempts[0].exits[0] for name, job in jobs.items()}
    assert {name: (end.code, end.signal) for name, end in ends.items()} == {
        f"j{n}": (None, USR1) if n < N_KILLED else (n, None) for n in range(N_JOBS)
    }
    assert set(ledger.attempts_by_job(list(jobs.values())).values()) == {1}
    assert all(files_are_exact(job) for job in jobs.values())


def program_of(token: str) -> int:
    """Return the process that plays CRYSTAL in an attempt, not its runner."""
    for entry in Path("/proc").iterdir():
        try:
            is_ours = entry.name.isdigit() and (
                token.encode() in (entry / "environ").read_bytes()
            )
            words = (entry / "cmdline").read_bytes() if is_ours else b""
        except OSError:
            continue
        if is_ours and b"jobrunner" not in words:
            return int(entry.name)
    raise AssertionError(f"no program runs for {token}")


def test_a_stop_and_start_leaves_running_jobs_alone(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=1, EXIT=5)))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        wait_for_cycle(connection, job_id)
    assert daemon.stop() == 0
    assert not daemon.socket.exists()
    daemon.start()
    with daemon.connection() as connection:
        assert connection.get_job_details(job_id).state == "running"
        connection.wait(job_id)
        assert connection.get_job_details(job_id).attempts[0].exits[0].code == 5


def test_a_job_that_ends_while_no_daemon_runs_is_collected_later(
    daemon: RunningDaemon,
) -> None:
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.05, EXIT=9)))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        wait_for_cycle(connection, job_id)
        directory = connection.get_job_details(job_id).directory
    daemon.kill()
    wait_until(Path(directory, "run", "exit.json").exists, 20)
    daemon.start()
    with daemon.connection() as connection:
        connection.wait(job_id)
        job = connection.get_job_details(job_id)
    assert (job.state, job.attempts[0].exits[0].code) == ("failed", 9)


def test_the_wall_time_holds_while_no_daemon_runs(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1, CYCLES=10_000)))
    with daemon.connection() as connection:
        job_id = (
            connection.submit_job(inputs=[path], resources={"walltime_s": 2})
            .jobs[0]
            .job_id
        )
        wait_for_cycle(connection, job_id)
        directory = connection.get_job_details(job_id).directory
    daemon.kill()
    wait_until(Path(directory, "run", "exit.json").exists, 20)
    daemon.start()
    with daemon.connection() as connection:
        connection.wait(job_id)
        assert connection.get_job_details(job_id).cause == "walltime"
