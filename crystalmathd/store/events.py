"""The log of events: written with the change it tells of, read by cursor."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from crystalmathd.models.events import Event


def append_event(
    db: sqlite3.Connection,
    now_ms: int,
    kind: str,
    job_id: int | None,
    payload: dict[str, Any],
) -> None:
    """Add an event inside the transaction of the change that it tells of."""
    db.execute(
        "INSERT INTO events (time_ms, type, job_id, payload) VALUES (?, ?, ?, ?)",
        (now_ms, kind, job_id, msgspec.json.encode(payload).decode()),
    )


def last_seq(db: sqlite3.Connection) -> int:
    """Return the number of the last event ever written, pruned or not."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(row[0]) if row else 0


def oldest_seq(db: sqlite3.Connection) -> int:
    """Return the first event that is still there; the next one if there is none."""
    row = db.execute("SELECT min(seq) FROM events").fetchone()
    return int(row[0]) if row[0] is not None else last_seq(db) + 1


def events_after(
    db: sqlite3.Connection,
    seq: int,
    limit: int,
    kinds: Sequence[str] = (),
    job_ids: Sequence[int] = (),
) -> tuple[list[Event], int]:
    """Return up to `limit` events after `seq`, and up to where was read."""
    newest = last_seq(db)
    conditions = ["seq > ?", "seq <= ?"]
    values: list[Any] = [seq, newest]
    for column, wanted in (("type", kinds), ("job_id", job_ids)):
        if wanted:
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    rows = db.execute(
        "SELECT seq, time_ms, type, job_id, payload FROM events WHERE "  # noqa: S608
        + " AND ".join(conditions)
        + " ORDER BY seq LIMIT ?",
        [*values, limit],
    ).fetchall()
    events = [
        Event(
            seq=row[0],
            time_ms=row[1],
            type=row[2],
            job_id=row[3],
            payload=msgspec.json.decode(row[4]),
        )
        for row in rows
    ]
    return events, events[-1].seq if len(events) == limit else newest


def last_of_each(db: sqlite3.Connection, kind: str, key: str) -> list[dict[str, Any]]:
    """Return the last payload of a type for each value that stands under a key."""
    rows = db.execute(
        "SELECT payload, max(seq) FROM events WHERE type = ? "
        "GROUP BY json_extract(payload, '$.' || ?)",
        (kind, key),
    )
    return [msgspec.json.decode(row[0]) for row in rows]


PRUNED_AT_ONCE: Final = 5000
"""So many take some 20 ms; writers behind them wait no longer."""


def prune_events(db: sqlite3.Connection, keep: int, before_ms: int) -> int:
    """Forget the oldest events that are too many or too old; return how many.

    Only so many at once: ask again until it is none.
    """
    cursor = db.execute(
        "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE seq <= ? "
        "UNION SELECT seq FROM events WHERE time_ms < ? LIMIT ?)",
        (last_seq(db) - keep, before_ms, PRUNED_AT_ONCE),
    )
    return cursor.rowcount
