"""Databases that fail again and again are left alone, for a time that grows."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from crystalmathd.models.materials import (
    RATE_LIMIT,
    SERVER,
    TIMEOUT,
    UNREACHABLE,
    UNREADABLE,
)
from crystalmathd.settings import Settings
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.materials import (
    SourceHealth,
    clear_health,
    health_of_sources,
    store_health,
)

LONGEST_PAUSE_S: Final = 3600.0
COUNTED: Final = frozenset({RATE_LIMIT, TIMEOUT, UNREACHABLE, SERVER, UNREADABLE})
"""Failures of the source; a wrong key or a refused question is none of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Who can be asked: a source, and of OPTIMADE one provider at its address."""

    source: str
    provider: str
    endpoint: str

    @property
    def name(self) -> str:
        is_one_of_many = self.provider != self.source
        return f"{self.source}/{self.provider}" if is_one_of_many else self.source


class HealthTable:
    """Kept in the store: a daemon that starts again knows who was silent."""

    def __init__(
        self, database: Database, settings: Settings, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._failures = settings.materials_failures
        self._pause_s = settings.materials_pause_s
        self._now_ms = now_ms

    async def all(self) -> list[SourceHealth]:
        return await self._database.read(health_of_sources)

    async def paused(self) -> dict[tuple[str, str], SourceHealth]:
        """Return (name, endpoint) → health of those that are left alone now."""
        now_ms = self._now_ms()
        return {
            (one.name, one.endpoint): one
            for one in await self.all()
            if one.paused_until_ms > now_ms
        }

    async def answered(self, target: Target) -> None:
        """Forget the failures of a source."""
        known = {(one.name, one.endpoint) for one in await self.all()}
        if (target.name, target.endpoint) in known:
            clear = partial(clear_health, name=target.name, endpoint=target.endpoint)
            await self._database.transact(clear)

    async def failed(self, target: Target, kind: str, message: str) -> None:
        """Count a failure; from the n-th in a row on the source is left alone."""
        if kind not in COUNTED:
            return
        now_ms = self._now_ms()

        def count(db: Connection) -> None:
            known = {(one.name, one.endpoint): one for one in health_of_sources(db)}
            before = known.get((target.name, target.endpoint))
            n_failures = (before.n_failures if before else 0) + 1
            pause_s = self._pause_after(n_failures)
            health = SourceHealth(
                name=target.name,
                endpoint=target.endpoint,
                n_failures=n_failures,
                kind=kind,
                message=message,
                failed_ms=now_ms,
                paused_until_ms=now_ms + round(pause_s * 1000) if pause_s else 0,
            )
            store_health(db, health)

        await self._database.transact(count)

    def _pause_after(self, n_failures: int) -> float:
        beyond = n_failures - self._failures
        if beyond < 0:
            return 0.0
        return float(min(self._pause_s * 2 ** min(beyond, 20), LONGEST_PAUSE_S))


def why_paused(health: SourceHealth) -> str:
    """Return the sentence for a source that is left alone."""
    until = dt.datetime.fromtimestamp(health.paused_until_ms / 1000, tz=dt.UTC)
    return (
        f"It failed {health.n_failures} times in a row ({health.kind}: "
        f"{health.message.rstrip('.')}); it is asked again after {until:%H:%M:%S} UTC, "
        "or now by `materials search` or `materials show` with --refresh."
    )
