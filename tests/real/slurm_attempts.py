"""Attempts in a real Slurm, driven by hand: started, looked at, seen to end."""

import json
import time
from pathlib import Path

import anyio

from crystalmathd.models.clusters import ClusterFacts
from crystalmathd.models.observations import (
    Alive,
    Ended,
    Terminated,
)
from crystalmathd.models.queues import QueuedJob
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.base import Command, Place
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_batch import SlurmBatch
from crystalmathd.runners.transports.base import CommandResult
from tests.conformance.test_runners import Attempt, look, look_until
from tests.real.slurm import SlurmCluster

NOISE = {
    "XDG_RUNTIME_DIR": "/run/user/1",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x",
    "SBATCH_PARTITION": "nowhere",
    "SLURM_JOB_ID": "1",
    "SECRET": "canary",
}
"""What of the caller's session must not reach a job."""


async def run(runner: Runner, command: Command | None) -> CommandResult:
    assert command is not None
    return await runner.transport.run(
        command.arguments, deadline_s=60, stdin=command.stdin
    )


def queue_of(batch: SlurmBatch, result: CommandResult) -> tuple[QueuedJob, ...]:
    return batch.parse_queue(result.exit_code, result.stdout, result.stderr)


def facts_of(batch: SlurmBatch, result: CommandResult) -> ClusterFacts:
    before = ClusterFacts(checked_ms=1, home="/home", host="login", user="u")
    return batch.add_facts(before, result.exit_code, result.stdout, result.stderr)


async def launched(runner: Runner, place: Place) -> str:
    """Start an attempt; return its number in the queue."""
    alive = await runner.launch(place)
    assert isinstance(alive, Alive), alive
    assert alive.is_pending
    return alive.scheduler_id


async def running(runner: Runner, place: Place, mark: Path) -> str:
    """Start an attempt and wait for the file that its program makes."""
    job = await launched(runner, place)
    with anyio.fail_after(30):
        while not mark.exists():
            await anyio.sleep(0.05)
    return job


async def ended(
    runner: Runner,
    place: Place,
    within_s: float = 30,
    slurm: SlurmCluster | None = None,
) -> Ended:
    """Wait for the exit marker; if it does not come, tell what there is instead."""
    told: list[str] = []
    with anyio.move_on_after(within_s):
        while not isinstance(seen := await look(runner, place), Ended):
            told += [f"{time.time():.0f}: {seen}"]
            await anyio.sleep(0.1)
        return seen
    log = slurm.log() if slurm is not None else ""
    raise AssertionError("\n".join([*told[:1], *told[-3:], log]))


async def terminated(runner: Runner, place: Place) -> Terminated:
    seen = await look_until(runner, place, Terminated)
    assert isinstance(seen, Terminated)
    return seen


def slurm_of(runner: Runner) -> Slurm:
    assert isinstance(runner.scheduler, Slurm)
    return runner.scheduler


def script_pid(attempt: Attempt) -> int:
    """Return the process of an attempt's job script."""
    record = json.loads((attempt.directory / "run" / "pid.json").read_text())
    return int(record["pid"])
