"""Telling who follows when a host begins or ceases to answer."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio

from crystalmathd.errors import StoreFullError, StoreUnavailableError
from crystalmathd.models.clusters import HostState
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import append_event

AGAIN_S: Final = 5.0
MOST_NEWS: Final = 1000
"""The oldest are dropped while nothing can be stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostNews:
    """A host whose state has changed; `reason`: why it is not reached."""

    time_ms: int
    host: str
    state: HostState
    before: HostState
    reason: str | None


class HostStates:
    """Takes down each change as an event, in the order in which they came."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._last: dict[str, HostState] = {}
        self._news: deque[HostNews] = deque(maxlen=MOST_NEWS)
        self._wake = anyio.Event()

    def tell(self, host: str, state: HostState, reason: str | None) -> None:
        """Take a state; one that is as before is no news."""
        before = self._last.get(host, HostState.NEVER)
        if state is before:
            return
        self._last[host] = state
        news = HostNews(
            time_ms=self._now_ms(),
            host=host,
            state=state,
            before=before,
            reason=reason,
        )
        self._news.append(news)
        self._wake.set()

    async def run(self) -> None:
        """Write for ever; what could not be stored is written the next time."""
        while True:
            self._wake = anyio.Event()
            while self._news:
                news = self._news[0]

                def write(db: Connection, news: HostNews = news) -> None:
                    payload = {
                        "host": news.host,
                        "state": news.state,
                        "before": news.before,
                        "reason": news.reason,
                    }
                    append_event(db, news.time_ms, "host_state_changed", None, payload)

                try:
                    await self._database.transact(write)
                except (StoreFullError, StoreUnavailableError):
                    await anyio.sleep(AGAIN_S)  # the store says so itself
                    continue
                if self._news and self._news[0] is news:  # else it was dropped
                    self._news.popleft()
            await self._wake.wait()
