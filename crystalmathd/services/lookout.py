"""Looking at the attempts on a machine: each for itself, or all with one question."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import anyio

from crystalmathd.models.observations import Absent, Alive, Observation, Unknown
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.base import Place

SETTLE_S: Final = 0.05
"""So that those who ask at the same time are answered by one look."""
HURRY_S: Final = 2.0
"""Between two looks that somebody asks for."""
UNCLEAR_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an attempt, and when."""

    seen_ms: int
    observation: Observation


class Lookout(Protocol):
    """Who looks at the attempts on one machine, and when."""

    async def run(self) -> None:
        """Look for ever, if there is something to be done between the questions."""

    def end(self) -> None:
        """Let go of all who wait: nobody looks here any more."""

    async def look(self, place: Place) -> Observation | None:
        """Return what is seen of an attempt the next time that anybody looks.

        None: nobody looks here any more.
        """

    async def wait(self, place: Place, seen: Observation) -> Observation | None:
        """Wait for news of an attempt; None: there may be some, look again."""

    async def look_now(self) -> None:
        """Look at everything soon, and return when that was done."""

    def hurry(self) -> None:
        """Look soon: somebody has done something, or waits for the answer."""

    def forget(self, token: str) -> None:
        """Look no more at an attempt."""

    def next_look_ms(self, token: str) -> int | None:
        """Return when the attempt is looked at next, if that is known."""

    def last(self, token: str) -> Look | None:
        """Return the last look at an attempt, if it was looked at."""


class OwnLookout:
    """For this machine without a batch system: a look costs little, an end is felt."""

    def __init__(
        self, runner: Runner, interval_s: float, now_ms: Callable[[], int]
    ) -> None:
        self._runner = runner
        self._interval_s = interval_s
        self._now_ms = now_ms
        self._next_ms: dict[str, int] = {}
        self._last: dict[str, Look] = {}

    async def run(self) -> None:
        await anyio.sleep_forever()

    def end(self) -> None:
        pass  # nobody waits for another's look

    async def look(self, place: Place) -> Observation:
        seen = (await self._runner.look([place]))[place.token]
        self._last[place.token] = Look(self._now_ms(), seen)
        return seen

    async def wait(self, place: Place, seen: Observation) -> Observation | None:
        interval_s = self._interval_s if isinstance(seen, Alive) else UNCLEAR_S
        self._next_ms[place.token] = self._now_ms() + round(interval_s * 1000)
        with anyio.move_on_after(interval_s):
            if isinstance(seen, Alive):
                await self._runner.wait_for_end(seen)
            else:
                await anyio.sleep_forever()
        return None

    async def look_now(self) -> None:
        pass  # each look is made when it is asked for

    def hurry(self) -> None:
        pass  # likewise

    def forget(self, token: str) -> None:
        self._next_ms.pop(token, None)
        self._last.pop(token, None)

    def next_look_ms(self, token: str) -> int | None:
        return self._next_ms.get(token)

    def last(self, token: str) -> Look | None:
        return self._last.get(token)


@dataclass(slots=True)
class _Watched:
    """An attempt, what was last seen of it, and who waits for something else."""

    place: Place
    seen: Observation | None = None
    seen_ms: int = 0
    news: anyio.Event = field(default_factory=anyio.Event)
    is_asked: bool = False
    """Somebody wants the next answer, whatever it is."""


class SharedLookout:
    """One question a machine and interval for all attempts that are there.

    The interval doubles up to its maximum while nothing changes.
    """

    def __init__(
        self,
        runner: Runner,
        interval_s: float,
        max_interval_s: float,
        now_ms: Callable[[], int],
    ) -> None:
        self._runner = runner
        self._interval_s = interval_s
        self._max_interval_s = max(interval_s, max_interval_s)
        self._current_s = interval_s
        self._now_ms = now_ms
        self._watched: dict[str, _Watched] = {}
        self._looked_s: float | None = None
        self._n_begun = self._n_done = 0
        self._is_hurried = False
        self._has_ended = False
        self._wake = anyio.Event()
        self._swept = anyio.Event()

    async def run(self) -> None:
        """Look for ever; who waits when this ends is let go."""
        self._has_ended = False
        try:
            while True:
                await self._until_due()
                await self._sweep()
        finally:
            self.end()

    def end(self) -> None:
        self._has_ended = True
        self._swept.set()
        left, self._watched = self._watched, {}
        for one in left.values():
            one.news.set()

    async def look(self, place: Place) -> Observation | None:
        if self._has_ended:
            await anyio.sleep(UNCLEAR_S)  # another one may take its place
            return None
        watched = self._watch(place)
        watched.is_asked = True
        self._settle()
        await watched.news.wait()
        return None if self._has_ended else watched.seen

    async def wait(self, place: Place, seen: Observation) -> Observation | None:
        watched = self._watch(place)
        if watched.seen is None:
            watched.seen, watched.seen_ms = seen, self._now_ms()
            self._settle()
        while watched.seen == seen and not self._has_ended:
            await watched.news.wait()
        return None if self._has_ended else watched.seen

    async def look_now(self) -> None:
        """Look at everything soon, and return when that was done."""
        wanted = self._n_begun + 1  # one that has begun may have asked before
        self.hurry()
        while self._watched and not self._has_ended and self._n_done < wanted:
            await self._swept.wait()

    def hurry(self) -> None:
        self._is_hurried = True
        self._settle()

    def forget(self, token: str) -> None:
        self._watched.pop(token, None)

    def next_look_ms(self, token: str) -> int | None:
        if token not in self._watched:
            return None
        return self._now_ms() + round(max(0.0, self._due_in_s()) * 1000)

    def last(self, token: str) -> Look | None:
        watched = self._watched.get(token)
        if watched is None or watched.seen is None:
            return None
        return Look(watched.seen_ms, watched.seen)

    def _watch(self, place: Place) -> _Watched:
        watched = self._watched.get(place.token)
        if watched is None:
            watched = self._watched[place.token] = _Watched(place)
        watched.place = place
        return watched

    def _settle(self) -> None:
        """Look often again: there is something new."""
        self._current_s = self._interval_s
        self._wake.set()

    def _due_in_s(self) -> float:
        if self._looked_s is None:
            return SETTLE_S
        waits = min(HURRY_S, self._interval_s) if self._is_hurried else self._current_s
        return self._looked_s + waits - anyio.current_time()

    async def _until_due(self) -> None:
        while True:
            self._wake = anyio.Event()
            left = self._due_in_s()
            if self._watched and left <= 0:
                return
            if self._watched and self._looked_s is None:
                await anyio.sleep(SETTLE_S)
                return
            with anyio.move_on_after(left if self._watched else None):
                await self._wake.wait()

    async def _sweep(self) -> None:
        self._is_hurried = False
        self._n_begun += 1
        self._looked_s = anyio.current_time()
        asked = list(self._watched.values())
        seen = await self._runner.look([one.place for one in asked])
        has_changed = False
        for one in asked:
            answer = seen[one.place.token]
            is_new = answer != one.seen
            has_changed |= is_new or isinstance(answer, Unknown | Absent)
            one.seen, one.seen_ms = answer, self._now_ms()
            if is_new or one.is_asked:
                one.is_asked = False
                one.news.set()
                one.news = anyio.Event()
        longer = min(2 * self._current_s, self._max_interval_s)
        self._current_s = self._interval_s if has_changed else longer
        self._n_done = self._n_begun
        self._swept.set()
        self._swept = anyio.Event()
