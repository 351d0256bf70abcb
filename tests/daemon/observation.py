"""What a daemon takes of its machine, counted from outside."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import ROOT, RunningDaemon, wait_until


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """Descriptors, threads and tasks are counts; the memory is resident."""

    n_descriptors: int
    n_threads: int
    n_tasks: int
    memory_mb: float


@contextmanager
def observed_daemon(**environ: str) -> Iterator[RunningDaemon]:
    """Start a daemon whose messages nobody validates, and which can be watched."""
    daemon = RunningDaemon(ROOT / "tests" / "observed_daemon.py")
    daemon.install_stand_in("crystal")
    try:
        daemon.start(**environ)
        yield daemon
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.log(), daemon.log()[-5000:]
    finally:
        daemon.close()


def footprint(daemon: RunningDaemon) -> Footprint:
    assert daemon.process is not None
    process = Path("/proc", str(daemon.process.pid))
    tasks = daemon.home / "tasks.txt"
    tasks.unlink(missing_ok=True)
    os.kill(daemon.process.pid, signal.SIGUSR2)
    wait_until(tasks.exists, 20, "the tasks were not counted")
    return Footprint(
        n_descriptors=len(list((process / "fd").iterdir())),
        n_threads=len(list((process / "task").iterdir())),
        n_tasks=int(tasks.read_text()),
        memory_mb=memory_mb(daemon),
    )


def memory_mb(daemon: RunningDaemon) -> float:
    assert daemon.process is not None
    text = Path("/proc", str(daemon.process.pid), "status").read_text()
    [line] = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def cpu_s(daemon: RunningDaemon) -> float:
    """Return the processor time that the daemon itself has used so far."""
    assert daemon.process is not None
    text = Path("/proc", str(daemon.process.pid), "stat").read_text()
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_events(daemon: RunningDaemon, count: int, rate: int) -> Path:
    """Have the daemon write events; the file that is returned goes when it has."""
    order = daemon.home / "events.txt"
    temporary = order.with_suffix(".new")
    temporary.write_text(f"{count} {rate}")
    temporary.rename(order)
    return order
