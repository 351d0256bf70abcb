"""Seeing that the store can be written, and saying so when it cannot."""

import logging
import shutil
from typing import Final

import anyio

from crystalmathd.errors import CrystalmathError
from crystalmathd.store.database import Database, probe

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0
LITTLE_BYTES: Final = 16 << 20


class StoreWatch:
    """Tries again while a change failed; a full disk ends nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_short = False

    def complaints(self) -> list[str]:
        """Return what is wrong, a sentence each; nothing if all is well."""
        said = [] if self._database.problem is None else [self._database.problem]
        if self._is_short:
            said.append(f"less than {LITTLE_BYTES >> 20} MB are free for the store")
        return said

    async def run(self) -> None:
        was_well = True
        while True:
            await anyio.sleep(LOOK_S)
            await self._look()
            is_well = not self.complaints()
            if was_well and not is_well:
                log.error("degraded: %s", "; ".join(self.complaints()))
            if is_well and not was_well:
                log.info("the store can be written again")
            was_well = is_well

    async def _look(self) -> None:
        try:
            free = shutil.disk_usage(self._database.path.parent).free
            self._is_short = free < LITTLE_BYTES
        except OSError:
            self._is_short = False  # it cannot be asked; the next change tells
        if self._database.problem is not None:
            try:
                await self._database.transact(probe)
            except CrystalmathError:
                return  # the problem is kept by the database
