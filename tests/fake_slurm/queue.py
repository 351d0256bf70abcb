"""What the fake Slurm knows of its jobs: one SQLite file, shared by its commands."""

import sqlite3
import time
import traceback
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

PENDING: Final = "PENDING"
RUNNING: Final = "RUNNING"
FIRST_ID: Final = 4711
PATIENCE_S: Final = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FakeJob:
    """A row. `node` is the process that stands for slurmd, `script` the job's shell."""

    id: int
    user: str
    name: str
    comment: str
    partition: str
    state: str
    reason: str
    submitted_s: float
    started_s: float | None = None
    ended_s: float | None = None
    limit_s: int | None = None
    code: int = 0
    signal: int = 0
    is_cancelled: int = 0
    node: int | None = None
    script: int | None = None


_COLUMNS: Final = tuple(field.name for field in fields(FakeJob))


class Queue:
    """Every method is one transaction; nothing is open between two of them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "queue.db"
        self.errors = home / "errors"

    def create(self) -> None:
        columns = ("id INTEGER PRIMARY KEY AUTOINCREMENT", *_COLUMNS[1:])
        with closing(self._open()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"CREATE TABLE jobs ({', '.join(columns)})")
            db.execute("INSERT INTO sqlite_sequence VALUES ('jobs', ?)", (FIRST_ID,))
            columns = "number INTEGER PRIMARY KEY, command, time_s, fault"
            db.execute(f"CREATE TABLE calls ({columns})")
            db.execute("CREATE TABLE losses (name PRIMARY KEY, number)")

    def note_error(self) -> None:
        """Write down the error of this program that is being handled."""
        with self.errors.open("a") as file:
            file.write(traceback.format_exc())

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None)
        db.execute("PRAGMA synchronous = OFF")
        return db

    def count_call(self, command: str) -> int:
        """Write down that a command was called; return the number of the call."""
        row = (command, time.time())
        with closing(self._open()) as db:
            done = db.execute("INSERT INTO calls (command, time_s) VALUES (?, ?)", row)
            return done.lastrowid or 0

    def note_fault(self, call: int, kind: str) -> None:
        with closing(self._open()) as db:
            db.execute("UPDATE calls SET fault = ? WHERE number = ?", (kind, call))

    def faults(self) -> dict[str, int]:
        """Count what went wrong on purpose."""
        sql = "SELECT fault, count(*) FROM calls WHERE fault IS NOT NULL GROUP BY 1"
        with closing(self._open()) as db:
            return dict(db.execute(sql))

    def calls(self, command: str) -> list[float]:
        """Return when a command was called."""
        sql = "SELECT time_s FROM calls WHERE command = ? ORDER BY number"
        with closing(self._open()) as db:
            return [row[0] for row in db.execute(sql, (command,))]

    def count_loss(self, name: str) -> int:
        """Count how often jobs of this name were not taken."""
        sql = (
            "INSERT INTO losses VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET number = number + 1 RETURNING number"
        )
        with closing(self._open()) as db:
            return int(db.execute(sql, (name,)).fetchone()[0])

    def add(self, **values: Any) -> int:
        """Take a job; return its number."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        sql = (
            f"INSERT INTO jobs (code, signal, is_cancelled, {names}) "  # noqa: S608  # names of columns
            f"VALUES (0, 0, 0, {marks})"
        )
        with closing(self._open()) as db:
            return db.execute(sql, tuple(values.values())).lastrowid or 0

    def add_all(self, rows: list[dict[str, Any]]) -> None:
        """Take many jobs that have a number already."""
        names = tuple(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        sql = (
            f"INSERT INTO jobs (code, signal, is_cancelled, {', '.join(names)}) "  # noqa: S608  # likewise
            f"VALUES (0, 0, 0, {marks})"
        )
        with closing(self._open()) as db, db:
            db.execute("BEGIN")
            db.executemany(sql, rows)

    def change(self, job_id: int, only_if: str | None = None, **values: Any) -> bool:
        """Change a job, if it is in this state; tell whether it was."""
        assignments = ", ".join(f"{name} = ?" for name in values)
        sql = (
            f"UPDATE jobs SET {assignments} WHERE id = ? AND state = coalesce(?, state)"  # noqa: S608  # likewise
        )
        with closing(self._open()) as db:
            done = db.execute(sql, (*values.values(), job_id, only_if))
            return done.rowcount == 1

    def jobs(self) -> list[FakeJob]:
        names = ", ".join(_COLUMNS)
        with closing(self._open()) as db:
            rows = db.execute(f"SELECT {names} FROM jobs ORDER BY id")  # noqa: S608  # likewise
            return [FakeJob(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]
