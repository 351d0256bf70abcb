"""Figures of clusters: many jobs on one host, a large file, and submissions."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import store
from tests.bench.load import say_waits
from tests.daemon.observation import cpu_s, memory_mb
from tests.daemon.test_under_fire import Bystander
from tests.fake_slurm.cluster import FakeSlurm
from tests.fake_slurm.queue import RUNNING
from tests.harness import RunningDaemon, deck, wait_until
from tests.real.hpc import NAME, Hpc
from tests.real.programs import provide
from tests.real.slurm import SlurmCluster

N_RUNNING = 5000
N_INTERVALS = 3
INTERVAL_S = 10
LARGE = "large.f9"
LARGE_BYTES = 1 << 30
N_SUBMITTED = 200
PATIENCE_S = 300.0


def busy_host(daemon: RunningDaemon, restart: Callable[[], object]) -> None:
    """Print what thousands of running jobs behind one sshd cost."""
    slurm = FakeSlurm(daemon.home / "slurm")
    host = Hpc(daemon, slurm)
    every = f"{INTERVAL_S}s"
    host.add("--poll", every, "--max-poll", every, "--env", f"CRY_BIN_DIR={daemon.bin}")
    first = host.run(deck())
    sha256 = make_large_file(host.remote / first.job_id / "1" / "outputs" / LARGE)
    daemon.stop()
    store.add_file(daemon.database, int(first.job_id), LARGE, LARGE_BYTES, sha256)
    names = store.fill_running(daemon.database, NAME, N_RUNNING)
    slurm.queue.add_all([row(number, name) for number, name in names.items()])
    restart()
    try:
        polls(daemon, slurm)
        with Bystander(daemon) as bystander:
            fetch(daemon, first.job_id)
        say_waits("a file of 1 GiB is fetched: ping", bystander.waits_ms, "p99 < 50 ms")
    finally:
        host.close()


def row(number: str, name: str) -> dict[str, object]:
    """Return one of our jobs as the queue knows it."""
    now = time.time()
    return {
        "id": int(number),
        "user": "root",
        "name": name,
        "comment": name.rpartition("-cm-")[2],
        "partition": "main",
        "state": RUNNING,
        "reason": "None",
        "submitted_s": now - 60,
        "started_s": now - 30,
    }


def polls(daemon: RunningDaemon, slurm: FakeSlurm) -> None:
    """Print what looking at all of them costs, and how long others wait meanwhile."""
    started = time.perf_counter()

    def n_calls() -> int:
        return len(slurm.queue.calls("squeue"))

    before = n_calls()
    wait_until(lambda: n_calls() >= before + 2, PATIENCE_S, daemon.log()[-2000:])
    first_s = time.perf_counter() - started
    many = f"{N_RUNNING} running jobs on one host"
    print(f"{f'{many}: two polls after a start':<52} {first_s:7.1f}s")
    time.sleep(INTERVAL_S / 2)  # so that no poll falls on an end of what is measured
    cpu, calls = cpu_s(daemon), n_calls()
    time.sleep(N_INTERVALS * INTERVAL_S)
    used = (cpu_s(daemon) - cpu) / N_INTERVALS
    asked = n_calls() - calls
    print(f"{f'{many}: squeue in {N_INTERVALS} intervals':<52} {asked:7d}   = 3")
    print(f"{f'{many}: CPU of the daemon a poll':<52} {used:7.2f}s   < 1 s")
    print(f"{f'{many}: resident memory':<52} {memory_mb(daemon):7.1f}MB")
    with Bystander(daemon) as bystander:
        time.sleep(N_INTERVALS * INTERVAL_S)
    say_waits(f"{many}: ping", bystander.waits_ms, "p99 < 50 ms")


def make_large_file(path: Path) -> str:
    """Make a file that no connection can compress much; return its hash."""
    block = os.urandom(1 << 20)
    hashed = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(LARGE_BYTES >> 20):
            file.write(block)
            hashed.update(block)
    return hashed.hexdigest()


def fetch(daemon: RunningDaemon, job_id: str) -> None:
    started, cpu = time.perf_counter(), cpu_s(daemon)
    with daemon.connection() as connection:
        connection.fetch_file(job_id, LARGE)
    seconds, used = time.perf_counter() - started, cpu_s(daemon) - cpu
    rate = LARGE_BYTES / seconds / 1e6
    what = "a file of 1 GiB is fetched"
    print(f"{what:<52} {seconds:7.1f}s {rate:7.1f}MB/s, CPU {used:.1f} s")


def real_slurm(daemon: RunningDaemon) -> None:
    """Print how fast jobs are handed over to a real Slurm."""
    reason = provide("slurm") if os.geteuid() == 0 else "it needs root"
    if reason is not None:
        print(f"{'submissions to a real Slurm':<52} not measured: {reason}")
        return
    cluster = SlurmCluster(has_accounting=False).start()
    try:
        daemon.crystalmath(
            *("clusters", "add", NAME, "--transport", "local"),
            *("--scheduler", "slurm", "--path", str(cluster.bin)),
        )
        submissions(daemon, cluster)
    finally:
        cluster.close()


def submissions(daemon: RunningDaemon, cluster: SlurmCluster) -> None:
    decks = [str(daemon.write(f"s{n}.d12", deck())) for n in range(N_SUBMITTED)]
    started, cpu = time.perf_counter(), cpu_s(daemon)
    with daemon.connection() as connection:
        connection.submit_job(inputs=decks, cluster=NAME)

        def n_taken() -> int:
            return len(cluster.run("squeue", "-h", "-t", "all", "-o", "%i").split())

        wait_until(lambda: n_taken() == N_SUBMITTED, PATIENCE_S, str(n_taken()))
        seconds, used = time.perf_counter() - started, cpu_s(daemon) - cpu
        what = f"{N_SUBMITTED} jobs to a real Slurm"
        rate = N_SUBMITTED / seconds
        print(f"{what:<52} {rate:7.1f}/s   >= 20/s, CPU of the daemon {used:.1f} s")
