"""Whose store it is: its name for ever, and who opened it last."""

import sqlite3
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """`epoch` counts the starts; `was_clean`: the last one ended in good order."""

    store_id: str
    epoch: int
    was_clean: bool


def take_ownership(
    db: sqlite3.Connection, host: str, boot_id: str, pid: int, now_ms: int
) -> Owner:
    """Write down that this process owns the store."""
    row = db.execute("SELECT store_id, epoch, is_clean FROM owner").fetchone()
    store_id, epoch, was_clean = row or (uuid.uuid4().hex[:16], 0, 1)
    db.execute(
        "INSERT INTO owner VALUES (1, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (only) DO "
        "UPDATE SET epoch = excluded.epoch, host = excluded.host, "
        "boot_id = excluded.boot_id, pid = excluded.pid, "
        "started_ms = excluded.started_ms, is_clean = 0",
        (store_id, epoch + 1, host, boot_id, pid, now_ms),
    )
    return Owner(store_id=store_id, epoch=epoch + 1, was_clean=bool(was_clean))


def mark_clean(db: sqlite3.Connection) -> None:
    """Write down that the daemon stops in good order."""
    db.execute("UPDATE owner SET is_clean = 1")
