"""scancel of the fake Slurm: by number or by name, or a signal for the script alone."""

import contextlib
import os
import signal
import time

from tests.fake_slurm.faults import Faults
from tests.fake_slurm.queue import PENDING, RUNNING, FakeJob, Queue


def scancel(words: list[str], queue: Queue, _faults: Faults) -> int:
    names = [w.partition("=")[2] for w in words if w.startswith("--name=")]
    ids = {word for word in words if word.isdecimal()}
    is_script_only = "--batch" in words
    is_waiting_only = "--state=PENDING" in words
    for job in queue.jobs():
        if job.name not in names and str(job.id) not in ids:
            continue
        if is_script_only and job.script is not None and job.state == RUNNING:
            _signal(job.script)
        elif not is_script_only:
            _cancel(job, queue, is_waiting_only=is_waiting_only)
    return 0


def _cancel(job: FakeJob, queue: Queue, *, is_waiting_only: bool) -> None:
    now = time.time()
    changes = {"state": "CANCELLED", "is_cancelled": 1, "ended_s": now}
    if queue.change(job.id, PENDING, **changes) or is_waiting_only:
        return
    if queue.change(job.id, RUNNING, is_cancelled=1) and job.node is not None:
        _signal(job.node)


def _signal(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, signal.SIGTERM)
