"""A store in a file of its own."""

from pathlib import Path
from typing import Any

import pytest

from crystalmathd.store.database import (
    migrate,
)
from tests.unit.store.rows import plain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crystalmath.db"


@pytest.fixture
def db(path: Path) -> Any:
    """Yield a store on a plain connection, for the functions of this room."""
    with plain(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path)
        yield connection
