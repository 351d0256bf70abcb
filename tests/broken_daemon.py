"""crystalmathd with a fault on purpose: what is in doubt is started again.

The crash tests must catch it, or they prove nothing.
"""

import sys

from crystalmathd import main
from crystalmathd.models.jobs import AttemptState, JobState
from crystalmathd.models.observations import Alive, Ended, Observation
from crystalmathd.services import carrier
from crystalmathd.services.lifecycle import Action, Decision, decide


def decide_rashly(
    state: JobState,
    attempt_state: AttemptState,
    n_tries: int,
    observation: Observation,
    *,
    is_cancel_asked: bool,
) -> Decision:
    """Take an intent without a record for one that never went out."""
    has_started = isinstance(observation, Alive | Ended)
    if has_started and attempt_state is AttemptState.INTENT:
        return Decision(
            state=JobState.STARTING,
            attempt_state=AttemptState.ABANDONED,
            action=Action.START_OVER,
            source="nothing",
            text="started again without having asked",
        )
    return decide(
        state,
        attempt_state,
        n_tries,
        observation,
        is_cancel_asked=is_cancel_asked,
    )


class Rash:
    """Decides rashly about what an earlier daemon left, then as it should."""

    def __init__(self) -> None:
        self.is_first = True

    def __call__(self, *arguments: object, **options: object) -> Decision:
        choose = decide_rashly if self.is_first else decide
        self.is_first = False
        return choose(*arguments, **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    carrier.decide = Rash()
    sys.exit(main.main())
