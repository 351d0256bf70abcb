"""What was asked about a job, in words."""

from typing import get_args

import pytest

from crystalmathd.models.jobs import ExitRecord
from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Orphaned,
    Refused,
    Terminated,
    Unknown,
    Vanished,
)
from crystalmathd.services.answers import told

RECORD = ExitRecord(
    token="t",  # noqa: S106  # names an attempt
    cause=None,
    steps=(),
    files=(),
    errors=(),
    ended_ms=5,
    scratch=None,
    is_scratch_kept=False,
)
PENDING = Alive(
    source="squeue",
    scheduler_id="4711",
    scratch=None,
    started_ms=None,
    is_pending=True,
    note="it waits for nodes",
)
SEEN = (
    Unknown(source="ssh", reason="no answer"),
    NeverStarted(source="files", is_spent=False),
    Refused(source="sbatch", reason="invalid partition"),
    Absent(source="look", asked=("squeue", "sacct")),
    PENDING,
    Alive(source="squeue", scheduler_id="4711", scratch="/s", started_ms=1),
    Orphaned(source="ps", pids=(4, 5), reason="its runner is gone"),
    Ended(source="run/exit.json", record=RECORD, scheduler_state="TIMEOUT"),
    Vanished(source="ps", cause="reboot", text="the machine was started anew"),
    Terminated(source="sacct", cause="out_of_memory", text="of 2 G", raw="OOM"),
)


def test_every_kind_of_answer_has_words_of_its_own() -> None:
    kinds = {type(one) for one in SEEN}
    assert kinds >= set(get_args(Observation))
    said = [told("hpc", one, 7) for one in SEEN]
    assert len({one.conclusion for one in said}) == len({*kinds}) + 1  # Alive has two
    assert all(one.answer and one.asked_ms == 7 for one in said)
    assert said[0].whom == "ssh on hpc"


@pytest.mark.parametrize("seen", SEEN)
def test_only_silence_is_no_answer(seen: Observation) -> None:
    assert told("hpc", seen, 7).is_answered != isinstance(seen, Unknown)


def test_the_words_of_a_batch_system_are_repeated() -> None:
    assert told("hpc", PENDING, 7).answer == "it waits for nodes"
    assert "invalid partition" in told("hpc", SEEN[2], 7).answer
    assert "TIMEOUT" in told("hpc", SEEN[7], 7).answer
    assert "OOM" in told("hpc", SEEN[9], 7).answer
    assert told("hpc", SEEN[3], 7).answer == "not known to squeue and sacct"
