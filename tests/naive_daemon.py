"""crystalmathd with a fault on purpose: an id counts only once it is stored.

What has no stored id was not submitted, it thinks: after an error of sbatch, and
after a restart. The test of exactly-once must catch it, or it proves nothing.
"""

import sys

from crystalmathd import main
from crystalmathd.models.jobs import AttemptState, JobState
from crystalmathd.models.observations import Alive, NeverStarted, Observation
from crystalmathd.services import carrier
from crystalmathd.services.lifecycle import Action, Decision, decide


def decide_naively(
    state: JobState,
    attempt_state: AttemptState,
    n_tries: int,
    observation: Observation,
    *,
    is_cancel_asked: bool,
) -> Decision:
    """Submit once more whatever has not answered with its id."""
    is_answered = isinstance(observation, Alive) and observation.source == "sbatch"
    is_new = isinstance(observation, NeverStarted) and not observation.is_spent
    has_id = attempt_state not in {AttemptState.INTENT, AttemptState.SUBMIT_UNKNOWN}
    if has_id or is_answered or is_new:
        return decide(
            state,
            attempt_state,
            n_tries,
            observation,
            is_cancel_asked=is_cancel_asked,
        )
    return Decision(
        state=JobState.STARTING,
        attempt_state=AttemptState.ABANDONED,
        action=Action.START_OVER,
        source="sbatch",
        text="it has no id, so it was not submitted",
    )


if __name__ == "__main__":
    carrier.decide = decide_naively
    sys.exit(main.main())
