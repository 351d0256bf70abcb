"""A copy of the store every day, and a look at its wholeness every week."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import anyio

from crystalmathd.errors import CrystalmathError
from crystalmathd.store.copies import FOLDER, NAMED_AS, copies, remedy
from crystalmathd.store.database import Database

log = logging.getLogger(__name__)

DAY_MS: Final = 86_400_000
LOOK_S: Final = 3600.0
FIRST_LOOK_S: Final = 60.0
"""A start is no moment for more work."""


class Backups:
    def __init__(
        self, database: Database, kept: int, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._kept = kept
        self._now_ms = now_ms
        self._checked_ms = now_ms()
        self._one_at_a_time = anyio.Lock()

    def last_ms(self) -> int | None:
        """Return when the last copy was made."""
        found = copies(self._database.path)
        return found[0].stat().st_mtime_ns // 1_000_000 if found else None

    async def make(self) -> Path:
        """Copy the store now; forget the oldest copies above the number to keep."""
        async with self._one_at_a_time:  # of one second, they would share a name
            stamp = time.strftime(NAMED_AS, time.gmtime(self._now_ms() / 1000))
            target = self._database.path.parent / FOLDER / f"{stamp}.db"
            await self._database.copy_to(target)
            for old in copies(self._database.path)[self._kept :]:
                old.unlink()
            return target

    async def check_after_crash(self) -> None:
        """See that a kill or a power cut has left the file whole."""
        await self._check(is_deep=False)

    async def _check(self, *, is_deep: bool) -> None:
        found = await self._database.faults(is_deep=is_deep)
        if found:
            reason = f"the store is damaged: {found[0]}; {remedy(self._database.path)}"
            log.error("%s", reason)
            self._database.refuse(reason)

    async def run(self) -> None:
        """Look now and then whether a copy or a check is due."""
        await anyio.sleep(FIRST_LOOK_S)
        while True:
            now, last = self._now_ms(), self.last_ms()
            try:
                if last is None or now - last >= DAY_MS:
                    path = await self.make()
                    log.info("the store was copied to %s", path)
                if now - self._checked_ms >= 7 * DAY_MS:
                    self._checked_ms = now
                    await self._check(is_deep=True)
            except (CrystalmathError, OSError) as error:
                log.warning("no copy of the store was made: %s", error)
            await anyio.sleep(LOOK_S)
