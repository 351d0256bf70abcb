"""Seeing that programs have room where they write, and saying so when they have not."""

import logging
import shutil
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from crystalmathd.errors import CrystalmathError
from crystalmathd.store.attempts import open_scratches
from crystalmathd.store.database import Database

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0
LITTLE_BYTES: Final = 16 << 20
LOCAL: Final = "local"


class ScratchWatch:
    """Asks the file systems of this machine; what it says costs nobody a look."""

    def __init__(self, database: Database, scratch_base: Path) -> None:
        self._database = database
        self._base = scratch_base
        self._complaints: list[str] = []

    def complaints(self) -> list[str]:
        """Return what is wrong, a sentence each; nothing if all is well."""
        return list(self._complaints)

    async def run(self) -> None:
        while True:
            try:
                running = await self._database.read(
                    lambda db: open_scratches(db, LOCAL)
                )
            except CrystalmathError as error:
                log.debug("nobody knows what runs: %s", error)
                running = []
            said = await anyio.to_thread.run_sync(_shortages, self._base, running)
            if said and not self._complaints:
                log.error("degraded: %s", "; ".join(said))
            self._complaints = said
            await anyio.sleep(LOOK_S)


def _shortages(base: Path, running: list[tuple[int, str]]) -> list[str]:
    """Return a sentence for each full file system."""
    jobs_in: dict[Path, list[int]] = {base: []}
    for job_id, scratch in running:
        jobs_in.setdefault(Path(scratch).parent, []).append(job_id)
    said = []
    for place, jobs in jobs_in.items():
        try:
            there = next(p for p in (place, *place.parents) if p.exists())
            free = shutil.disk_usage(there).free
        except OSError:
            continue  # it cannot be asked; a job that needs it will tell
        if free < LITTLE_BYTES:
            who = f"; jobs that run there: {', '.join(map(str, jobs))}" if jobs else ""
            said.append(f"only {free >> 20} MB are free for scratch in {place}{who}")
    return said
