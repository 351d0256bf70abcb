"""The schema of the store: numbered steps, each whole or not done."""

import importlib.resources
import sqlite3
from pathlib import Path

from crystalmathd.errors import StoreRefusedError
from crystalmathd.failpoints import failpoint


def roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    newest = migrations()[-1][0]
    if version > newest:
        reason = (
            f"it was written by a newer crystalmathd (schema {version}, this one "
            f"knows {newest}); install that version again"
        )
        raise StoreRefusedError(path=path, reason=reason)


def migrations() -> list[tuple[int, str]]:
    """Return (number, SQL) of every migration, in order."""
    folder = importlib.resources.files("crystalmathd.store") / "migrations"
    files = [f for f in folder.iterdir() if f.name.endswith(".sql")]
    return sorted((int(f.name.partition("_")[0]), f.read_text("utf-8")) for f in files)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run what is missing, each in one transaction, after a copy of the old file."""
    steps = migrations()
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    newest = steps[-1][0]
    if 0 < version < newest:
        backup = path.with_name(f"{path.name}.bak-v{version}")
        backup.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(backup),))
        failpoint("migrate.copied")
    for number, text in steps:
        if number <= version:
            continue
        connection.execute("BEGIN EXCLUSIVE")
        try:
            for statement in statements(text):
                connection.execute(statement)
            failpoint("migrate.step")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
            failpoint("migrate.stepped")
        except BaseException:
            roll_back(connection)
            raise


def statements(text: str) -> list[str]:
    """Cut a migration into statements."""
    found, waiting = [], ""
    for line in text.splitlines():
        waiting += line + "\n"
        if sqlite3.complete_statement(waiting):
            found.append(waiting.strip())
            waiting = ""
    return [statement for statement in found if statement]
