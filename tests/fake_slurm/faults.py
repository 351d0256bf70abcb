"""What goes wrong in the fake Slurm, and how often: by a seed and the call's number.

FAKE_SLURM_FAULTS   `KIND=SHARE …`, of the kinds below
FAKE_SLURM_SEED     what chance is drawn from
FAKE_SLURM_SLOW_S   sbatch takes up to so long (0)
FAKE_SLURM_START_S  a job waits up to so long before it runs (0)
FAKE_SLURM_AGE_S    how long squeue tells of a job that has ended (300)
FAKE_SLURM_SACCT    `off`, or by how many seconds the accounting lags (0)

A file `next` in the directory of the queue holds the kind of the next fault, once.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.fake_slurm.queue import Queue

KINDS: Final = {
    "refused": "sbatch does not take the job now, and says so",
    "late": "sbatch takes the job only after seconds",
    "unclear": "sbatch takes the job, and ends with an error",
    "silent": "sbatch takes the job, and gives no answer for seconds",
    "killed_before": "sbatch and its caller are killed before it takes the job",
    "killed_after": "sbatch and its caller are killed after it has taken the job",
    "squeue_fails": "squeue cannot reach the controller",
    "squeue_empty": "squeue lists nothing, and ends well",
    "squeue_wrong": "squeue shows others' and older jobs under the numbers of ours",
    "squeue_cut": "squeue's list stops in the middle",
}
MOST_LOSSES: Final = 2
"""After three attempts that never started the daemon gives a job up, and rightly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Faults:
    """What this call does wrong, if anything, and how it takes its time."""

    kind: str | None
    chance: random.Random
    slow_s: float
    start_s: float
    age_s: float
    sacct: str


def faults_of(queue: Queue, command: str, environ: Mapping[str, str]) -> Faults:
    """Draw what happens in this call."""
    seed = environ.get("FAKE_SLURM_SEED", "0")
    call = queue.count_call(command)
    chance = random.Random(f"{seed} {call}")
    kinds = [
        kind for kind in KINDS if kind.startswith("squeue") == (command == "squeue")
    ]
    kind = _kind(queue, command, kinds, chance, environ)
    if kind is not None:
        queue.note_fault(call, kind)
    return Faults(
        kind=kind,
        chance=chance,
        slow_s=float(environ.get("FAKE_SLURM_SLOW_S", "0")),
        start_s=float(environ.get("FAKE_SLURM_START_S", "0")),
        age_s=float(environ.get("FAKE_SLURM_AGE_S", "300")),
        sacct=environ.get("FAKE_SLURM_SACCT", "0"),
    )


def _kind(
    queue: Queue,
    command: str,
    kinds: list[str],
    chance: random.Random,
    environ: Mapping[str, str],
) -> str | None:
    if command not in {"sbatch", "squeue"}:
        return None
    words = environ.get("FAKE_SLURM_FAULTS", "").split()
    shares = {
        kind: float(share) for kind, _, share in (w.partition("=") for w in words)
    }
    drawn = chance.random()
    for kind in kinds:
        drawn -= shares.get(kind, 0.0)
        if drawn < 0:
            return kind
    return _next(queue, kinds)


def _next(queue: Queue, kinds: list[str]) -> str | None:
    """Take the fault that a test has asked for, if it is one of these."""
    try:
        kind = (queue.home / "next").read_text()
        if kind not in kinds:
            return None
        (queue.home / "next").unlink()
    except FileNotFoundError:
        return None
    return kind
