"""Answers of the materials databases, and which of those fail.

Every function runs in a transaction. Times are in ms since 1970 (UTC).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedAnswer:
    """What one source, or one OPTIMADE provider, has answered to one question.

    `kind`: search, structure or properties. `answer` is the JSON of a `SourceAnswer`.
    """

    key: str
    source: str
    provider: str
    kind: str
    schema_version: int
    query: str
    answer: str
    n_materials: int
    fetched_ms: int
    expires_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheLine:
    """A cached answer without the answer itself; `size` in bytes."""

    key: str
    source: str
    provider: str
    kind: str
    query: str
    n_materials: int
    size: int
    fetched_ms: int
    expires_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheSum:
    """All answers of one source and kind; `n_expired` of them are asked again."""

    source: str
    kind: str
    n_answers: int
    n_expired: int
    size: int
    oldest_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHealth:
    """A database that failed `n_failures` times in a row, the last time at `failed_ms`.

    `name`: `mp`, or `optimade/cod`. `kind` and `message` are of the last failure.
    """

    name: str
    endpoint: str
    n_failures: int
    kind: str
    message: str
    failed_ms: int
    paused_until_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheChoice:
    """Which answers are meant: all that meet every condition."""

    source: str | None = None
    kind: str | None = None
    before_ms: int | None = None
    """Only those that were fetched earlier."""


_ANSWER: Final = ", ".join(CachedAnswer.__slots__)
_LINE: Final = ", ".join(
    name if name != "size" else "length(CAST(answer AS BLOB))"
    for name in CacheLine.__slots__
)
_HEALTH: Final = ", ".join(SourceHealth.__slots__)


def store_answers(db: sqlite3.Connection, answers: Sequence[CachedAnswer]) -> None:
    """Put answers in the place of those that stood under their keys."""
    marks = ", ".join("?" * len(CachedAnswer.__slots__))
    db.executemany(
        f"INSERT OR REPLACE INTO material_answers ({_ANSWER}) VALUES ({marks})",  # noqa: S608
        [tuple(getattr(one, name) for name in one.__slots__) for one in answers],
    )


def find_answers(
    db: sqlite3.Connection, keys: Sequence[str]
) -> dict[str, CachedAnswer]:
    """Return what is stored under these keys, expired or not."""
    marks = ", ".join("?" * len(keys))
    rows = db.execute(
        f"SELECT {_ANSWER} FROM material_answers WHERE key IN ({marks})",  # noqa: S608
        tuple(keys),
    )
    return {row[0]: CachedAnswer(**_named(CachedAnswer, row)) for row in rows}


def page_of_answers(
    db: sqlite3.Connection, choice: CacheChoice, limit: int, offset: int
) -> list[CacheLine]:
    """Return lines of the cache, the newest first."""
    where, values = _where(choice)
    rows = db.execute(
        f"SELECT {_LINE} FROM material_answers {where} "  # noqa: S608
        "ORDER BY fetched_ms DESC, key LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [CacheLine(**_named(CacheLine, row)) for row in rows]


def sums_of_answers(db: sqlite3.Connection, now_ms: int) -> list[CacheSum]:
    """Return how much is kept of each source and kind."""
    rows = db.execute(
        "SELECT source, kind, count(*), sum(expires_ms <= ?), "
        "sum(length(CAST(answer AS BLOB))), min(fetched_ms) FROM material_answers "
        "GROUP BY source, kind ORDER BY source, kind",
        (now_ms,),
    )
    return [CacheSum(**_named(CacheSum, row)) for row in rows]


def answers_of(db: sqlite3.Connection, choice: CacheChoice) -> list[CachedAnswer]:
    """Return whole answers, the newest first."""
    where, values = _where(choice)
    rows = db.execute(
        f"SELECT {_ANSWER} FROM material_answers {where} "  # noqa: S608
        "ORDER BY fetched_ms DESC, key",
        values,
    )
    return [CachedAnswer(**_named(CachedAnswer, row)) for row in rows]


def prune_answers(db: sqlite3.Connection, choice: CacheChoice) -> int:
    """Forget answers; return how many there were."""
    where, values = _where(choice)
    return db.execute(f"DELETE FROM material_answers {where}", values).rowcount  # noqa: S608


def count_answers(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM material_answers").fetchone()[0])


def prune_expired(db: sqlite3.Connection, before_ms: int) -> int:
    """Forget answers that had expired by then; return how many there were."""
    return db.execute(
        "DELETE FROM material_answers WHERE expires_ms < ?", (before_ms,)
    ).rowcount


def health_of_sources(db: sqlite3.Connection) -> list[SourceHealth]:
    """Return the sources whose last request failed."""
    rows = db.execute(f"SELECT {_HEALTH} FROM material_sources ORDER BY name, endpoint")  # noqa: S608
    return [SourceHealth(**_named(SourceHealth, row)) for row in rows]


def store_health(db: sqlite3.Connection, health: SourceHealth) -> None:
    """Take down that a source failed."""
    marks = ", ".join("?" * len(SourceHealth.__slots__))
    db.execute(
        f"INSERT OR REPLACE INTO material_sources ({_HEALTH}) VALUES ({marks})",  # noqa: S608
        tuple(getattr(health, name) for name in health.__slots__),
    )


def clear_health(db: sqlite3.Connection, name: str, endpoint: str) -> None:
    """Take down that a source answered: what was before does not count any more."""
    db.execute(
        "DELETE FROM material_sources WHERE name = ? AND endpoint = ?",
        (name, endpoint),
    )


def _where(choice: CacheChoice) -> tuple[str, tuple[Any, ...]]:
    conditions = {
        "source = ?": choice.source,
        "kind = ?": choice.kind,
        "fetched_ms < ?": choice.before_ms,
    }
    given = {sql: value for sql, value in conditions.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    return where, tuple(given.values())


def _named(kind: Any, row: tuple[Any, ...]) -> dict[str, Any]:  # noqa: ANN401  # a dataclass
    return dict(zip(kind.__slots__, row, strict=True))
