"""sbatch of the fake Slurm: it reads the script's options, and takes the job or not."""

import getpass
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Final

from tests.fake_slurm.faults import MOST_LOSSES, Faults
from tests.fake_slurm.node import start_node
from tests.fake_slurm.queue import PENDING, Queue

PARTITIONS: Final = ("main", "short")
LATE_S: Final = 10.0
"""So late that a daemon with short patience has given the attempt up."""
NEVER_STARTED: Final = ("refused", "late", "killed_before")
SILENT_S: Final = 5.0
TRANSIENT: Final = (
    "Unable to contact slurm controller (connect failure)",
    "Socket timed out on send/recv operation",
    "Slurm temporarily unable to accept job, sleeping and retrying",
    "Zero Bytes were transmitted or received",
)
HELD: Final = "JobHeldUser"


def sbatch(words: list[str], queue: Queue, faults: Faults) -> int:
    path = Path(words[-1])
    asked = {**_options_in(path), **_options(words)}
    partition = asked.get("partition", PARTITIONS[0])
    is_test = "test-only" in asked
    if partition not in PARTITIONS:
        return _refuse_partition(partition, is_test=is_test)
    if is_test:
        when = time.strftime("%Y-%m-%dT%H:%M:%S")
        _say(f"sbatch: Job 1 to start at {when} using 1 processors on nodes n1")
        return 0
    return _take(path, asked, partition, queue, faults)


def release(job_id: int, queue: Queue, faults: Faults) -> None:
    """Let a held job start."""
    script = queue.home / f"script-{job_id}"
    asked = json.loads((queue.home / f"asked-{job_id}").read_text())
    queue.change(job_id, PENDING, reason="None")
    start_node(queue, job_id, script, asked, faults)


def _take(
    path: Path, asked: dict[str, str], partition: str, queue: Queue, faults: Faults
) -> int:
    """Take the job, unless chance wills otherwise, and say so, or something else."""
    name, kind = asked["job-name"], faults.kind
    time.sleep(faults.chance.uniform(0, faults.slow_s) / 2)
    if kind in NEVER_STARTED and _may_be_lost(name, queue):
        if kind == "killed_before":
            _die()
        if kind == "refused":
            return _fail(faults)
        time.sleep(LATE_S)
    job_id = queue.add(
        user=getpass.getuser(),
        name=name,
        comment=asked.get("comment", ""),
        partition=partition,
        state=PENDING,
        reason=HELD if "hold" in asked else "None",
        submitted_s=time.time(),
        limit_s=60 * int(asked["time"]) if "time" in asked else None,
    )
    spool = queue.home / f"script-{job_id}"
    shutil.copyfile(path, spool)
    (queue.home / f"asked-{job_id}").write_text(json.dumps(asked))
    if "hold" not in asked:
        start_node(queue, job_id, spool, asked, faults)
    if kind == "killed_after":
        _die()
    time.sleep(faults.chance.uniform(0, faults.slow_s) / 2)
    if kind == "silent":
        time.sleep(SILENT_S)
    if kind in {"unclear", "silent"}:
        return _fail(faults)
    print(job_id if "parsable" in asked else f"Submitted batch job {job_id}")
    return 0


def _options_in(script: Path) -> dict[str, str]:
    lines = script.read_text().splitlines()
    return _options([one[7:].strip() for one in lines if one.startswith("#SBATCH")])


def _options(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            found[name] = value
    return found


def _may_be_lost(name: str, queue: Queue) -> bool:
    """Tell whether this job may fail to be taken once more."""
    return queue.count_loss(name.rpartition("-cm-")[0]) <= MOST_LOSSES


def _fail(faults: Faults) -> int:
    words = faults.chance.choice(TRANSIENT)
    _say(f"sbatch: error: Batch job submission failed: {words}")
    return 1


def _refuse_partition(partition: str, *, is_test: bool) -> int:
    words = "Invalid partition name specified"
    _say(f"sbatch: error: invalid partition specified: {partition}")
    how = (
        "allocation failure"
        if is_test
        else "sbatch: error: Batch job submission failed"
    )
    _say(f"{how}: {words}")
    return 1


def _die() -> None:
    """End with everything of the session in which submit.sh runs."""
    os.killpg(0, signal.SIGKILL)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
