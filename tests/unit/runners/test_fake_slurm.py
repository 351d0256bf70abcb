"""The fake Slurm prints what Slurm 22.05 printed, field by field."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmathd.runners.schedulers.slurm_refusals import refusal
from crystalmathd.runners.schedulers.slurm_tables import (
    QUEUE_FORMAT,
    SACCT_FORMAT,
    SQUEUE_FORMAT,
    shown_job,
)
from tests.fake_slurm.cluster import FakeSlurm
from tests.fake_slurm.queue import PENDING
from tests.fake_slurm.submission import TRANSIENT
from tests.unit.runners.answers import SLURM

STATES = {
    "done-cm-a": ("COMPLETED", 0, 0),
    "failed-cm-b": ("FAILED", 3, 0),
    "killed-cm-c": ("FAILED", 0, 9),
    "running-cm-t": ("RUNNING", 0, 0),
    "held-cm-g": (PENDING, 0, 0),
    "scancel-cm-v": ("CANCELLED", 0, 0),
}
"""Jobs of which Slurm's tables were recorded, and how they stood."""
AGO_S = 100.0


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[FakeSlurm]:
    slurm = FakeSlurm(tmp_path / "slurm", age_s=1e10)
    when_s = time.time() - AGO_S
    for number, (name, (state, code, signal)) in enumerate(STATES.items(), start=77):
        has_begun, has_ended = state != PENDING, state not in {PENDING, "RUNNING"}
        slurm.queue.add(
            id=number,
            user="root",
            name=name,
            comment="",
            partition="main",
            state=state,
            reason="JobHeldUser" if state == PENDING else "None",
            submitted_s=when_s,
            started_s=when_s + 1 if has_begun else None,
            ended_s=when_s + 2 if has_ended else None,
            limit_s=600,
        )
        slurm.queue.change(number, code=code, signal=signal)
    yield slurm
    assert slurm.mistakes() == ""


def by_name(text: str, column: int) -> dict[str, list[str]]:
    """Return the fields of each job with what is a number or a time made equal."""
    rows = [line.split("|") for line in text.splitlines()]
    return {row[column]: [re.sub(r"\d+", "0", field) for field in row] for row in rows}


def recorded(name: str) -> str:
    return (SLURM / f"22.05-{name}.txt").read_text()


@pytest.mark.parametrize(
    ("file", "words", "column"),
    [
        ("squeue", ("squeue", "-h", "-t", "all", "-o", SQUEUE_FORMAT), 1),
        ("queue", ("squeue", "-h", "-o", QUEUE_FORMAT), 11),
    ],
)
def test_squeue_prints_the_recorded_fields(
    slurm: FakeSlurm, file: str, words: tuple[str, ...], column: int
) -> None:
    there, here = by_name(recorded(file), column), by_name(slurm.run(*words), column)
    assert len(here) >= 2
    for name, fields in here.items():
        # Why a job ended, and how long one ran, is not of this table's form.
        is_over = fields[2] in {"COMPLETED", "FAILED", "CANCELLED"}
        last = -1 if is_over else len(fields)
        assert fields[:last] == there[name][:last]


def test_sacct_prints_the_recorded_fields(slurm: FakeSlurm) -> None:
    there = by_name(recorded("sacct"), 1)
    names = ",".join(name for name in STATES if name in there)
    said = slurm.run("sacct", "-X", "-n", "-P", f"--name={names}", "-o", SACCT_FORMAT)
    here = by_name(said, 1)
    assert set(here) == set(names.split(","))
    assert here == {name: there[name] for name in here}


def test_scontrol_tells_of_a_job_as_it_is_read(slurm: FakeSlurm) -> None:
    found = shown_job(slurm.run("scontrol", "-o", "show", "job", "78").strip())
    assert found is not None
    assert (found.name, found.state, found.last) == ("failed-cm-b", "FAILED", "3:0")


def test_what_it_says_when_it_errs_proves_no_refusal() -> None:
    for words in TRANSIENT:
        assert refusal(f"sbatch: error: Batch job submission failed: {words}") is None
