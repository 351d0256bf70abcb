"""Measurements with a wheel and its bytecode; prints figures, never fails for one.

Each line: what, median, minimum, maximum, goal. `--idle-s 300` measures the idle
daemon for five minutes; `--only clusters` measures nothing else.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".bench"
sys.path.insert(0, str(ROOT))

from tests.bench import (  # noqa: E402  # the checkout is found above
    adopt,
    clusters,
    espresso_outputs,
    load,
    parsing,
    store,
)
from tests.daemon.observation import cpu_s, memory_mb  # noqa: E402  # likewise
from tests.harness import RunningDaemon, deck  # noqa: E402

N_JOBS = 100_000
N_EVENTS = 1_000_000
N_CLI_JOBS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle-s", type=float, default=30.0)
    parser.add_argument("--only", choices=["clusters"], help="leave out the others")
    options = parser.parse_args()
    python = installed_wheel()
    print(f"{'what':<52} {'median':>9} {'min':>9} {'max':>9}  goal")
    with daemon_of(python) as daemon:
        clusters.busy_host(daemon, daemon.__enter__)
    with daemon_of(python) as daemon:
        clusters.real_slurm(daemon)
    if options.only:
        return
    start_up(python)
    with daemon_of(python) as daemon:
        rpc(daemon)
        local_jobs(daemon)
    with daemon_of(python) as daemon:
        parsing.waits_while_parsing(daemon)
        adopt.trees(daemon)
    raise_limit_of_files()
    with daemon_of(python) as daemon:
        load.idle_clients(daemon)
        load.under_fire(daemon)
    load.events()
    with daemon_of(python, n_jobs=N_JOBS, n_events=N_EVENTS) as daemon:
        pages(daemon)
        restarts(daemon)
    with daemon_of(python, n_jobs=N_CLI_JOBS) as daemon:
        command_line(daemon, python)
        idle(daemon, options.idle_s)
    espresso_outputs.compare()


def raise_limit_of_files() -> None:
    """Allow this process as many open files as it may have: each client is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def installed_wheel() -> Path:
    """Build the wheel and install it with bytecode into a place of its own."""
    environ = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    shutil.rmtree(HOME, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", HOME], check=True, env=environ)
    python = HOME / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, ROOT], check=True, env=environ)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    subprocess.run([python, "-m", "compileall", "-q", site], check=True, env=environ)
    return python


class BenchDaemon(RunningDaemon):
    """The installed daemon as it is: nothing validates or watches it."""

    def __init__(self, python: Path, n_jobs: int, n_events: int) -> None:
        super().__init__()
        self.python = python
        self.environ.pop("CRYSTALMATH_VIOLATIONS")
        self.install_stand_in(
            "crystal", "crystalOMP", source=ROOT / "tests/bench/empty_job.sh"
        )
        self.environ["CRYSTALMATH_EVENTS_KEPT"] = str(2 * N_EVENTS)
        self.environ["CRYSTALMATH_EVENTS_KEPT_DAYS"] = "100000"
        if n_jobs:
            store.fill(self.database, n_jobs, n_events)

    def __enter__(self) -> Self:
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [self.python.parent / "crystalmathd"],
            env=self.environ,
            cwd=self.home,
            stderr=(self.home / "daemon.log").open("ab"),
        )
        while not self.answers():
            time.sleep(0.002)
        self.start_s = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.close()


def daemon_of(python: Path, n_jobs: int = 0, n_events: int = 0) -> BenchDaemon:
    return BenchDaemon(python, n_jobs, n_events)


def times(n: int, call: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(n):
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
    return found


def say(what: str, seconds: list[float], goal: str) -> None:
    median, low, high = (1000 * f(seconds) for f in (statistics.median, min, max))
    print(f"{what:<52} {median:7.1f}ms {low:7.1f}ms {high:7.1f}ms  {goal}")


def start_up(python: Path) -> None:
    command = python.parent / "crystalmath"

    def version() -> None:
        subprocess.run([command, "--version"], check=True, capture_output=True)

    version()
    say("crystalmath --version", times(15, version), "< 80 ms")
    starts = []
    for _ in range(5):
        with daemon_of(python) as daemon:
            starts.append(daemon.start_s)
    say("daemon start to first answer", starts, "< 1000 ms")


def rpc(daemon: BenchDaemon) -> None:
    with daemon.connection() as connection:
        connection.ping()
        rates = []
        for _ in range(5):
            taken = sum(times(2000, connection.ping))
            rates.append(2000 / taken)
    print(
        f"{'ping, one connection, one after the other':<52} "
        f"{statistics.median(rates):7.0f}/s {min(rates):7.0f}/s {max(rates):7.0f}/s"
        "  >= 5000/s"
    )
    # The submitting client waits for none of them: `cores` is taken by one job.
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        hold = str(daemon.write("hold.d12", deck("SLEEP")))
        connection.submit_job(inputs=[hold], resources={"threads": 4})
        submit = partial(connection.submit_job, inputs=[path])
        say("durable submit, p50", times(200, submit), "< 5 ms")
        for job in connection.fetch_jobs(states=["queued"], limit=1000).jobs:
            connection.cancel_job(job.job_id)
        for job in connection.fetch_jobs(states=["running"]).jobs:
            connection.cancel_job(job.job_id)


def local_jobs(daemon: BenchDaemon) -> None:
    path = str(daemon.write("empty.d12", deck()))
    with daemon.connection() as connection:

        def whole() -> None:
            job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
            connection.wait(job_id)

        say("empty job, submit to its end", times(15, whole), "< 250 ms")


def pages(daemon: BenchDaemon) -> None:
    with daemon.connection() as connection:
        page = partial(connection.fetch_jobs, limit=100)
        page()
        say("page of 100 of 100,000 jobs", times(50, page), "< 5 ms")
        failed = partial(connection.fetch_jobs, limit=100, states=["failed"])
        say("page of 100 failed of 100,000", times(50, failed), "")
        for words in ("job-77", "run 99999", "no such words", "mgo bulk", "ru"):
            text = partial(connection.fetch_jobs, limit=100, text=words)
            say(f"text search over 100,000: {words!r}", times(10, text), "< 50 ms")
        say("status with 100,000 jobs", times(20, connection.status), "")


def restarts(daemon: BenchDaemon) -> None:
    """Measure a start on many jobs and events, after a stop and after a kill."""
    stopped, killed, stops = [], [], []
    for _ in range(3):
        started = time.perf_counter()
        daemon.stop()
        stops.append(time.perf_counter() - started)
        daemon.__enter__()
        stopped.append(daemon.start_s)
        daemon.kill()
        daemon.__enter__()
        killed.append(daemon.start_s)
    size_mb = daemon.database.stat().st_size / 1e6
    many = f"100,000 jobs, 1,000,000 events ({size_mb:.0f} MB)"
    print(many)
    say("  clean stop", stops, "< 2000 ms")
    say("  start after a stop", stopped, "< 2000 ms")
    say("  start after kill -9", killed, "< 3000 ms")
    with daemon.connection() as connection:
        say("  first ping after kill -9", times(1, connection.ping), "")
        say("  ping while the file is checked", times(300, connection.ping), "")


def command_line(daemon: BenchDaemon, python: Path) -> None:
    command = [python.parent / "crystalmath", "jobs", "--limit", "50"]

    def jobs() -> None:
        subprocess.run(command, env=daemon.environ, check=True, capture_output=True)

    jobs()
    say("crystalmath jobs, page of 50 of 10,000", times(15, jobs), "< 150 ms")


def idle(daemon: BenchDaemon, seconds: float) -> None:
    before = cpu_s(daemon)
    time.sleep(seconds)
    share = 100 * (cpu_s(daemon) - before) / seconds
    print(f"{'idle: resident memory':<52} {memory_mb(daemon):6.1f} MB  < 80")
    print(f"{f'idle: CPU over {seconds:.0f} s':<52} {share:6.2f} %   < 0.2")


if __name__ == "__main__":
    main()
