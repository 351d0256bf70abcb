"""Events by cursor: every client sees each event once and in order."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import anyio

from crystalmathd.errors import CursorInvalidError, CursorTooOldError
from crystalmathd.models.events import Event
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import events_after, last_seq, oldest_seq

NOW: Final = "now"
BATCH: Final = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events are wanted; empty fields do not restrict."""

    types: Sequence[str] = ()
    job_ids: Sequence[int] = ()


class Events:
    """Reads the log. Nothing is queued for a reader: it asks from its cursor on."""

    def __init__(self, database: Database, store_id: str) -> None:
        self._database = database
        self.store_id = store_id

    def cursor(self, seq: int) -> str:
        return f"{self.store_id}:{seq}"

    async def position(self, cursor: str) -> int:
        """Return the number of the last event that the holder of a cursor has seen.

        Raises
        ------
        CursorInvalidError
            If it is of another store, or of the future.
        CursorTooOldError
            If events after it have been forgotten.
        """
        last, oldest = await self._database.read(
            lambda db: (last_seq(db), oldest_seq(db))
        )
        if cursor == NOW:
            return last
        store, _, number = cursor.rpartition(":")
        is_number = number.isascii() and number.isdigit() and len(number) < 20  # noqa: PLR2004  # digits of 2**63
        if store != self.store_id or not is_number or int(number) > last:
            raise CursorInvalidError(cursor=cursor)
        if int(number) < oldest - 1:
            raise CursorTooOldError(oldest=self.cursor(oldest - 1))
        return int(number)

    async def after(
        self, seq: int, wanted: EventFilter, limit: int = BATCH, wait_s: float = 0.0
    ) -> tuple[list[Event], int]:
        """Return events after `seq` and how far the log was read; wait for some."""
        commit = self._database.next_commit
        events, seq = await self._read(seq, wanted, limit)
        with anyio.move_on_after(wait_s):
            while not events:
                await commit.wait()
                commit = self._database.next_commit
                events, seq = await self._read(seq, wanted, limit)
        return events, seq

    async def follow(
        self, seq: int, wanted: EventFilter
    ) -> AsyncIterator[tuple[list[Event], int]]:
        """Yield batches of events for ever.

        Raises
        ------
        CursorTooOldError
            If events that were not yet read have been forgotten.
        """
        while True:
            commit = self._database.next_commit
            events, seq = await self._read(seq, wanted, BATCH)
            if events:
                yield events, seq
            else:
                await commit.wait()

    async def _read(
        self, seq: int, wanted: EventFilter, limit: int
    ) -> tuple[list[Event], int]:
        def read(db: Connection) -> tuple[list[Event], int]:
            # Looked at in the same read: forgetting may overtake a slow reader.
            oldest = oldest_seq(db)
            if seq < oldest - 1:
                raise CursorTooOldError(oldest=self.cursor(oldest - 1))
            return events_after(db, seq, limit, wanted.types, wanted.job_ids)

        return await self._database.read(read)
