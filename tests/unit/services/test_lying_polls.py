"""Ten thousand polls that lie about a job that runs all the while, and what follows."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from crystalmathd.models.jobs import AttemptState, JobState
from crystalmathd.models.observations import Absent
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.services.lifecycle import Action, decide, may_abandon
from tests.unit.runners.answers import NOW_S, lie, place

SEED = 20261127
POLLS = 2500
NEW_LIE = 0.3
"""A lie is told several times in a row: else nothing would ever be given up."""
GRACE_S, SPACING_S = 120, 10
STARTED = b"@@cm started\n"
"""Of an attempt that runs, the start guard is never to be had."""


@pytest.mark.parametrize(
    ("state", "attempt_state"),
    [
        (JobState.STARTING, AttemptState.INTENT),
        (JobState.STARTING, AttemptState.SUBMIT_UNKNOWN),
        (JobState.PENDING, AttemptState.SUBMITTED),
        (JobState.RUNNING, AttemptState.SUBMITTED),
    ],
)
def test_no_lie_ends_a_job_or_starts_it_again(
    state: JobState, attempt_state: AttemptState
) -> None:
    print(f"seed {SEED}")
    chance = random.Random(f"{SEED} {state} {attempt_state}")
    where, slurm = replace(place(job="7"), since_ms=NOW_S * 1000), Slurm()
    now_ms, absences_ms = NOW_S * 1000, list[int]()
    seen: Counter[str] = Counter()
    told = lie(chance)
    for _ in range(POLLS):
        # Each poll meets the job as it was, not as the poll before has left it.
        now_ms += chance.choice([1_000, 30_000])
        told = lie(chance) if chance.random() < NEW_LIE else told
        found = slurm.parse_look([where], *told)[where.token]
        absences_ms = [*absences_ms, now_ms] if isinstance(found, Absent) else []
        if isinstance(found, Absent) and may_abandon(
            attempt_state,
            absences_ms,
            found.asked,
            where.since_ms,
            grace_s=GRACE_S,
            spacing_s=SPACING_S,
        ):
            found, absences_ms = slurm.parse_abandon(where, 0, STARTED, b""), []
            seen["given up"] += 1
        decision = decide(state, attempt_state, 1, found, is_cancel_asked=False)
        seen[decision.state] += 1
        assert decision.action is Action.WAIT, (found, decision)
        assert decision.state in {state, JobState.PENDING, JobState.RUNNING}
        assert decision.attempt_state in {
            *(attempt_state, AttemptState.SUBMIT_UNKNOWN, AttemptState.SUBMITTED)
        }
    print(dict(seen))
    assert seen[JobState.RUNNING] > POLLS / 100
    assert bool(seen["given up"]) is (state is JobState.STARTING)
