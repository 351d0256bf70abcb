"""Forgetting events, and inputs that were never submitted, when they are too old."""

import time
from typing import Final

import anyio

from crystalmathd.settings import Settings
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import PRUNED_AT_ONCE, prune_events
from crystalmathd.store.generated import PRUNED_AT_ONCE as FILES_AT_ONCE
from crystalmathd.store.generated import prune_generated

INTERVAL_S: Final = 3600.0
PAUSE_S: Final = 0.05
DAY_MS: Final = 86_400_000


async def prune_for_ever(database: Database, settings: Settings) -> None:
    while True:
        await anyio.sleep(INTERVAL_S)
        before_ms = time.time_ns() // 1_000_000 - settings.events_kept_days * DAY_MS

        def prune(db: Connection, before_ms: int = before_ms) -> bool:
            n_events = prune_events(db, settings.events_kept, before_ms)
            n_files = prune_generated(db, before_ms)
            return n_events == PRUNED_AT_ONCE or n_files == FILES_AT_ONCE

        while await database.transact(prune):
            await anyio.sleep(PAUSE_S)
