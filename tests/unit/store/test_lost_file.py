"""The file of the store: its size, and what is done when somebody takes it away."""

from pathlib import Path

import pytest

from crystalmathd.errors import StoreUnavailableError
from crystalmathd.store.database import Connection, Database, file_system_of
from crystalmathd.store.events import append_event
from tests.unit.store.rows import with_store


def warn(db: Connection) -> None:
    append_event(db, 1, "warning", None, {})


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_lost_its_name_takes_no_more_changes(
    path: Path,
    is_replaced: bool,  # noqa: FBT001
) -> None:
    async def work(database: Database) -> None:
        await database.transact(warn)
        path.unlink()
        if is_replaced:
            path.write_bytes(b"another")
        with pytest.raises(StoreUnavailableError, match="removed or replaced"):
            await database.transact(warn)

    with_store(path, work)


def test_the_sizes_are_those_of_the_two_files(path: Path) -> None:
    async def work(database: Database) -> None:
        await database.transact(warn)
        wal = path.with_name(f"{path.name}-wal")
        assert await database.size_bytes() == (path.stat().st_size, wal.stat().st_size)
        assert wal.stat().st_size > 0
        # Nobody may remove it, but on a network file system there is none.
        wal.rename(wal.with_suffix(".away"))
        assert (await database.size_bytes())[1] == 0
        wal.with_suffix(".away").rename(wal)

    with_store(path, work)


def test_a_file_system_that_nobody_mounted_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proc = Path("/proc")  # mounted in every root, however bare
    assert file_system_of(proc) == "proc"
    monkeypatch.setattr(Path, "read_text", lambda _: "1 2 9:9 / /x rw - ext4 dev rw")
    assert file_system_of(proc) == "unknown"
