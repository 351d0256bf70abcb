"""crystalmathd whose store may not grow while a file says by how many pages it may."""

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from crystalmathd import main
from crystalmathd.store import database

WIDE = 1 << 30
transaction = database._transaction


def narrow(connection: sqlite3.Connection, change: Any) -> Any:
    connection.execute(f"PRAGMA max_page_count = {pages_allowed(connection)}")
    return transaction(connection, change)


def pages_allowed(connection: sqlite3.Connection) -> int:
    try:
        more = int(Path(os.environ["NARROW_DAEMON_LIMIT"]).read_text() or 0)
    except FileNotFoundError:
        return WIDE
    (used,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return max(used - free + more, 1)


if __name__ == "__main__":
    database._transaction = narrow
    sys.exit(main.main())
