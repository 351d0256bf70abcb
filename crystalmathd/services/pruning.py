"""Forgetting what is too old, now and then.

Events, answers of databases, and where files came from that were never submitted.
"""

import time
from functools import partial
from typing import Final

import anyio

from crystalmathd.settings import Settings
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import PRUNED_AT_ONCE, prune_events
from crystalmathd.store.generated import PRUNED_AT_ONCE as FILES_AT_ONCE
from crystalmathd.store.generated import prune_generated
from crystalmathd.store.materials import prune_expired

INTERVAL_S: Final = 3600.0
PAUSE_S: Final = 0.05
DAY_MS: Final = 86_400_000
EXPIRED_KEPT_MS: Final = 365 * DAY_MS
"""An answer of a materials database is of use offline long after it has expired."""


async def prune_for_ever(database: Database, settings: Settings) -> None:
    while True:
        await anyio.sleep(INTERVAL_S)
        now_ms = time.time_ns() // 1_000_000
        before_ms = now_ms - settings.events_kept_days * DAY_MS

        def prune(db: Connection, before_ms: int = before_ms) -> bool:
            n_events = prune_events(db, settings.events_kept, before_ms)
            n_files = prune_generated(db, before_ms)
            return n_events == PRUNED_AT_ONCE or n_files == FILES_AT_ONCE

        has_more = True
        while has_more:
            has_more = await database.transact(prune)
            await anyio.sleep(PAUSE_S)
        forget = partial(prune_expired, before_ms=now_ms - EXPIRED_KEPT_MS)
        await database.transact(forget)
