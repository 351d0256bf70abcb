"""Places and answers for tests, in the form that a look brings them."""

import json
import random
from collections.abc import Iterable
from typing import Any

from crystalmathd.models.observations import Observation
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_states import ENDS
from tests.harness import DATA

SLURM = DATA / "slurm"
NOW = "2026-11-27T15:40:00"
NOW_S = 1795794000


def place(token: str = "cm-a", name: str = "", job: str | None = None) -> Place:  # noqa: S107  # a name
    return Place(
        directory=f"/jobs/{token}",
        token=token,
        queue_name=name or f"x-{token}",
        since_ms=(NOW_S - 7200) * 1000,
        scheduler_id=job,
    )


def squeue_row(
    job: str = "7",
    name: str = "x-cm-a",
    state: str = "RUNNING",
    *,
    submitted: str = "2026-11-27T15:00:00",
    started: str = "2026-11-27T15:01:00",
    ended: str = "2026-11-27T15:30:00",
    nodes: str = "n1",
    last: str = "None",
) -> str:
    fields = (job, name, state, submitted, started, ended, nodes, last)
    return "|".join(fields)


def answer(
    squeue: Iterable[str] = (),
    *,
    squeue_code: object = 0,
    flags: str | None = None,
    files: dict[str, Any] | None = None,
    sacct: Iterable[str] | None = None,
    sacct_code: object = 0,
    now_s: int = NOW_S,
) -> bytes:
    """Return what the remote script prints about one place."""
    lines = [f"@@cm now {now_s}", *squeue, f"@@cm squeue {squeue_code}"]
    if flags is not None:
        lines.append(f"@@cm place 1 {flags}".rstrip())
        for word, value in (files or {}).items():
            text = value if isinstance(value, str) else json.dumps(value)
            lines.append(f"@@cm {word} 1 {text}")
    if sacct is not None:
        lines += ["@@cm asked 1", *sacct, f"@@cm sacct {sacct_code}"]
    return "\n".join([*lines, "@@cm done", ""]).encode()


def seen(stdout: bytes, where: Place | None = None) -> Observation:
    where = where or place()
    return Slurm().parse_look([where], 0, stdout, b"")[where.token]


def exit_record(token: str = "cm-a", **changes: Any) -> dict[str, Any]:  # noqa: S107
    return {
        "token": token,
        "cause": None,
        "is_asked": False,
        "may_requeue": False,
        "steps": [],
        "files": [],
        "errors": [],
        "unsaved": {},
        "ended_ms": 1,
        "scratch": "/scratch/x",
        "scratch_free_mb": 5,
        "is_scratch_kept": False,
        **changes,
    }


def step_record(**changes: Any) -> dict[str, Any]:
    return {
        "program": "pw.x",
        "code": None,
        "signal": None,
        "started_ms": 1,
        "ended_ms": 2,
        "cpu_s": None,
        "max_memory_mb": None,
        **changes,
    }


def launch(**changes: Any) -> dict[str, Any]:
    return {
        "token": "cm-a",
        "name": "x",
        "directory": "/jobs/cm-a",
        "scratch_base": "/scratch",
        "scratch_prefix": "cry_x_",
        "stage_in": [],
        "stage_out": [],
        "steps": [],
        "ranks": 4,
        "threads": 2,
        "queue": {},
        "modules": [],
        "setup": [],
        "walltime_s": 3600,
        "grace_s": 10,
        "memory_mb": None,
        "keep_scratch": False,
        **changes,
    }


def lie(rng: random.Random) -> tuple[int, bytes, bytes]:
    """Return a wrong or broken answer about job 7, which runs as x-cm-a."""
    true = squeue_row()
    others = [
        squeue_row(str(rng.randrange(6, 9)), "theirs-cm-b", state)
        for state in rng.sample(sorted(ENDS), 3)
    ]
    reused = squeue_row("7", "old-cm-z", "COMPLETED")
    older = squeue_row("7", state="FAILED", submitted="2025-01-01T00:00:00")
    cut = squeue_row(state="COMPLETED")[: rng.randrange(10, 60)]
    error = "slurm_load_jobs error: Unable to contact slurm controller"
    squeue: list[str] = rng.choice(
        [[], others, [error], [reused], [older], [cut], [true, *others], [true[:30]]]
    )
    sacct: list[str] = rng.choice(
        [[], others, [error], [reused], [older], [cut], [squeue_row(ended="Unknown")]]
    )
    flags = rng.choice(["run submit guard", "run submit", ""])
    files = rng.choice([{}, {"owner": "7 0"}, {"exit": '{"token": "cm-a", "cau'}])
    stdout = answer(
        squeue,
        squeue_code=rng.choice([0, 0, 1, 124, 137]),
        flags=flags,
        files=files,
        sacct=sacct,
        sacct_code=rng.choice([0, 0, 1, 124, "off"]),
    )
    if rng.random() < 0.3:
        stdout = stdout[: rng.randrange(len(stdout))]
    return rng.choice([0, 0, 1, 255]), stdout, rng.choice([b"", error.encode()])
