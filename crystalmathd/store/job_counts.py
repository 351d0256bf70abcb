"""How many jobs there are. Every function runs in a transaction."""

import sqlite3


def count_by_state(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT state, count(*) FROM jobs GROUP BY state"))


def count_doubts(db: sqlite3.Connection) -> int:
    """Return how many jobs there are whose state is not certain."""
    row = db.execute("SELECT count(*) FROM jobs WHERE doubt IS NOT NULL").fetchone()
    return int(row[0])
