"""What is kept of the databases: shown, forgotten, taken along."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from crystalmathd.services.source_health import HealthTable
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.materials import (
    CacheChoice,
    CachedAnswer,
    CacheLine,
    CacheSum,
    SourceHealth,
    answers_of,
    count_answers,
    page_of_answers,
    prune_answers,
    sums_of_answers,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A page of what is kept, how much there is of it, and who does not answer."""

    lines: tuple[CacheLine, ...]
    sums: tuple[CacheSum, ...]
    health: tuple[SourceHealth, ...]
    has_more: bool


class MaterialShelf:
    def __init__(
        self, database: Database, health: HealthTable, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._health = health
        self.now_ms = now_ms

    async def show(self, choice: CacheChoice, limit: int, offset: int) -> Shelf:
        now_ms = self.now_ms()

        def look(db: Connection) -> tuple[list[CacheLine], list[CacheSum]]:
            lines = page_of_answers(db, choice, limit + 1, offset)
            return lines, sums_of_answers(db, now_ms)

        lines, sums = await self._database.read(look)
        return Shelf(
            lines=tuple(lines[:limit]),
            sums=tuple(sums),
            health=tuple(await self._health.all()),
            has_more=len(lines) > limit,
        )

    async def prune(
        self, choice: CacheChoice, older_than_ms: int | None
    ) -> tuple[int, int]:
        """Forget answers; return how many, and how many are left."""
        if older_than_ms is not None:
            choice = replace(choice, before_ms=self.now_ms() - older_than_ms)

        def forget(db: Connection) -> tuple[int, int]:
            return prune_answers(db, choice), count_answers(db)

        return await self._database.transact(forget)

    async def export(self, choice: CacheChoice) -> tuple[bytes, int]:
        """Return all answers as JSON, and how many there are."""
        made_ms = self.now_ms()

        def export(db: Connection) -> tuple[bytes, int]:
            entries = [_entry(one) for one in answers_of(db, choice)]
            text = msgspec.json.encode({"made_ms": made_ms, "answers": entries})
            return text, len(entries)

        return await self._database.read(export)


def _entry(one: CachedAnswer) -> dict[str, Any]:
    return {
        "key": one.key,
        "source": one.source,
        "provider": one.provider,
        "kind": one.kind,
        "query": one.query,
        "fetched_ms": one.fetched_ms,
        "expires_ms": one.expires_ms,
        "answer": msgspec.Raw(one.answer.encode()),
    }
