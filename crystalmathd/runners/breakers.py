"""When a host that does not answer is tried again: pure, the time is given."""

import random
from collections.abc import Callable
from typing import Final

from crystalmathd.errors import HostError
from crystalmathd.models.clusters import HostState

ATTEMPTS: Final = 3
PROBES: Final = (1, 2, 5, 10)
"""How often the first wait the next ones last."""
LATER: Final = 30
"""After the last of the probes, for ever."""


def pause_s(failures: int, first_s: float, longest_s: float = 60.0) -> float:
    """Return how long to wait after so many failures: doubled, with full jitter."""
    return random.uniform(0, min(longest_s, first_s * 2**failures))  # noqa: S311  # spreads load, guards nothing


class Breaker:
    """The circuit of one host. All times are seconds of one monotonic clock.

    `on_turn` is called whenever its state is another one.
    """

    def __init__(
        self,
        now: float,
        first_probe_s: float = 60.0,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._first_probe_s = first_probe_s
        self._on_turn = on_turn
        self.state = HostState.NEVER
        self.since = now
        self.next_try: float | None = None
        self.error: HostError | None = None
        self._probes = 0

    def attempts(self, now: float) -> int:
        """Return how many attempts in a row may be made now."""
        if self.state in {HostState.AUTH_REQUIRED, HostState.PAUSED}:
            return 0
        if self.next_try is None:
            return ATTEMPTS
        return 1 if now >= self.next_try else 0

    def begin(self, now: float) -> None:
        if self.state is HostState.OPEN:
            self._turn(HostState.HALF_OPEN, now)

    def succeed(self, now: float) -> None:
        self._probes = 0
        self.next_try = self.error = None
        self._turn(HostState.CLOSED, now)

    def fail(self, error: HostError, now: float) -> None:
        """Take down that every attempt that was allowed has failed."""
        longer = PROBES[self._probes] if self._probes < len(PROBES) else LATER
        self._probes += 1
        self.next_try = now + longer * self._first_probe_s
        self.error = error
        self._turn(HostState.OPEN, now)

    def refuse(self, error: HostError, now: float) -> None:
        """Take down what only a person can change."""
        self.next_try = None
        self.error = error
        self._turn(HostState.AUTH_REQUIRED, now)

    def pause(self, error: HostError, now: float) -> None:
        self.next_try = None
        self.error = error
        self._turn(HostState.PAUSED, now)

    def reset(self, now: float) -> None:
        """Forget what was: it is another host by now, or the machine woke up."""
        self._probes = 0
        self.next_try = self.error = None
        self._turn(HostState.NEVER, now)

    def ask(self, now: float) -> None:
        """Let it be tried once: a person acted, and waits for the answer."""
        self.reset(now)
        self.next_try = now

    def _turn(self, state: HostState, now: float) -> None:
        if self.state is not state:
            self.since = now
            self.state = state
            self._on_turn()
