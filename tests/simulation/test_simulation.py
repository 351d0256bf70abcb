"""Every promise about jobs, held after every step of many simulated machines.

`CRYSTALMATH_TEST_SEEDS` says how many; a failure names the seed that repeats it.
"""

import os
import random
from collections import Counter
from typing import Any

import pytest

from crystalmathd.models.jobs import AttemptState, Cause, JobState
from crystalmathd.models.observations import (
    Alive,
    NeverStarted,
    Observation,
    Unknown,
    Vanished,
)
from crystalmathd.services.lifecycle import Action, Decision, as_proof, decide
from tests.simulation.daemon import Faults
from tests.simulation.simulation import BrokenPromiseError, Simulation, Size

N_SEEDS = int(os.environ.get("CRYSTALMATH_TEST_SEEDS", "500"))
FIRST = int(
    os.environ.get("CRYSTALMATH_TEST_SEED", random.SystemRandom().getrandbits(32))
)
N_SEEDS_TO_CATCH = 300
DAY = Size(n_jobs=300, hours=24.0, longest_s=7200.0, fault=0.004, submit=0.03, cores=16)
pytestmark = pytest.mark.simulation


def replay(seed: int, test: str) -> str:
    return (
        f"CRYSTALMATH_TEST_SEED={seed} CRYSTALMATH_TEST_SEEDS=1 "
        f"pytest tests/simulation -k {test}"
    )


def test_no_promise_is_broken_on_any_machine() -> None:
    print(f"seeds {FIRST} to {FIRST + N_SEEDS - 1}")
    states: Counter[str] = Counter()
    happened: set[str] = set()
    n_steps = 0
    for seed in range(FIRST, FIRST + N_SEEDS):
        simulation = Simulation(seed)
        try:
            simulation.run()
        except BrokenPromiseError as broken:
            pytest.fail(f"{broken}\n{replay(seed, 'no_promise')}")
        states.update(simulation.states())
        happened |= simulation.happened
        n_steps += simulation.n_steps
    print(f"{n_steps} steps, {states.total()} jobs: {dict(states)}")
    if N_SEEDS >= 100:  # else chance may leave something out
        assert set(states) == {"completed", "failed", "cancelled", "lost"}
        assert len(happened) == 11, sorted(happened)


def test_a_day_of_hundreds_of_jobs_keeps_every_promise() -> None:
    print(replay(FIRST, "a_day"))
    simulation = Simulation(FIRST, size=DAY)
    try:
        simulation.run()
    except BrokenPromiseError as broken:
        pytest.fail(f"{broken}\n{replay(FIRST, 'a_day')}")
    n_jobs = sum(simulation.states().values())
    print(f"{n_jobs} jobs, {simulation.n_steps} steps: {simulation.states()}")
    assert simulation.world.elapsed_s >= 86_400
    assert n_jobs >= 200


def test_a_seed_gives_the_same_run_again() -> None:
    first, second = Simulation(FIRST), Simulation(FIRST)
    first.run()
    second.run()
    assert first.story == second.story
    assert first.world.starts == second.world.starts


# --- daemons with a fault, which must be caught -----------------------------------


def silence_is_absence(state: AttemptState, seen: Observation) -> Observation:
    """Take no answer for a proof that nothing was started."""
    if isinstance(seen, Unknown):
        seen = NeverStarted(source=seen.source, is_spent=True)
    return as_proof(state, seen)


def silence_is_absence_before_the_guard(
    state: AttemptState, seen: Observation
) -> Observation:
    if isinstance(seen, Unknown):
        seen = NeverStarted(source=seen.source, is_spent=False)
    return as_proof(state, seen)


def silence_is_an_end(state: AttemptState, seen: Observation) -> Observation:
    if isinstance(seen, Unknown):
        return Vanished(source=seen.source, cause=Cause.RUNNER_KILLED, text="silence")
    return as_proof(state, seen)


def decide_that_asking_is_enough(
    state: JobState, attempt_state: AttemptState, *rest: Any, **options: Any
) -> Decision:
    """Call a job cancelled as soon as its end was asked for."""
    decision = decide(state, attempt_state, *rest, **options)
    if decision.action is not Action.STOP or state is not JobState.STARTING:
        return decision
    return Decision(
        state=JobState.CANCELLED,
        attempt_state=AttemptState.ABANDONED,
        action=Action.WAIT,
        source=decision.source,
        text="asked for",
        cause=Cause.CANCELLED,
    )


def decide_to_start_over_whatever_the_guard_says(
    state: JobState,
    attempt_state: AttemptState,
    number: int,
    seen: Observation,
    **options: Any,
) -> Decision:
    """Take an attempt that is in doubt for one that has ended."""
    is_in_doubt = attempt_state is AttemptState.SUBMIT_UNKNOWN
    if is_in_doubt and isinstance(seen, Alive):
        seen = NeverStarted(source="guess", is_spent=True)
    return decide(state, attempt_state, number, seen, **options)


BROKEN = {
    "silence is absence": Faults(read=silence_is_absence),
    "silence is absence before the guard": Faults(
        read=silence_is_absence_before_the_guard
    ),
    "silence is an end": Faults(read=silence_is_an_end),
    "asking is enough": Faults(decide=decide_that_asking_is_enough),
    "start over on doubt": Faults(decide=decide_to_start_over_whatever_the_guard_says),
    "launch before the intent": Faults(launches_before_intent=True),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_daemon_with_a_fault_breaks_a_promise(name: str) -> None:
    for seed in range(FIRST, FIRST + N_SEEDS_TO_CATCH):
        try:
            Simulation(seed, BROKEN[name]).run()
        except BrokenPromiseError as broken:
            print(f"{name}: {str(broken).splitlines()[0]}")
            return
    pytest.fail(f"{name}: not caught by seeds from {FIRST} on")


def test_a_runner_without_its_guard_breaks_a_promise() -> None:
    """The guard is what keeps a second launch of one token from starting it."""
    for seed in range(FIRST, FIRST + N_SEEDS_TO_CATCH):
        faults = Faults(read=silence_is_absence_before_the_guard)
        try:
            Simulation(seed, faults, has_guard=False).run()
        except BrokenPromiseError as broken:
            if "was started 2 times" in str(broken):
                return
    pytest.fail(f"nothing was started twice by seeds from {FIRST} on")
