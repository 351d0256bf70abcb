"""A pool of workers: its own deadline, its own temporary files, its own count."""

import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from crystalmathd.errors import OutputUnreadableError
from crystalmathd.services.worker_loop import Status
from crystalmathd.services.workers import WorkerPool, _Worker
from tests.unit.services.test_parsing import is_alive


def with_pool(use: Callable[[WorkerPool], Awaitable[None]]) -> None:
    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            pool = WorkerPool(
                "crystalmathd.services.worker",
                most_workers=2,
                idle_s=30,
                most_kept_mb=400,
                deadline_s=60,
                has_own_temporary=True,
            )
            tasks.start_soon(pool.run)
            await use(pool)
            tasks.cancel_scope.cancel()

    anyio.run(run)


def listing(root: Path) -> tuple[str, dict[str, Any], str]:
    return "list_directories", {"root": str(root), "skipped": []}, str(root)


def environment_of(pid: int) -> dict[str, str]:
    words = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def test_temporary_files_of_a_worker_are_private_and_it_knows_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MP_API_KEY", "secret")
    seen: list[Path] = []

    async def use(pool: WorkerPool) -> None:
        assert pool.n_alive == 0
        await pool.ask(*listing(tmp_path))
        assert pool.n_alive == 1
        [pid] = pool.idle
        environment = environment_of(pid)
        assert "MP_API_KEY" not in environment
        seen.append(Path(environment["TMPDIR"]))
        assert seen[0].stat().st_mode & 0o777 == 0o700
        (seen[0] / "cache").write_text("kept between tasks")

    with_pool(use)
    assert not seen[0].exists()


def test_a_task_has_its_own_deadline_after_which_the_worker_is_killed(
    tmp_path: Path,
) -> None:
    async def use(pool: WorkerPool) -> None:
        await pool.ask(*listing(tmp_path))
        [pid] = pool.idle
        with pytest.raises(OutputUnreadableError, match="not read within 0 s") as late:
            await pool.ask(*listing(tmp_path), deadline_s=0)
        assert isinstance(late.value.__cause__, TimeoutError)
        assert pool.n_alive == 0
        assert not is_alive(pid)

    with_pool(use)


def test_a_mistake_in_a_task_ends_no_worker() -> None:
    async def use(pool: WorkerPool) -> None:
        with pytest.raises(OutputUnreadableError, match="KeyError"):
            await pool.ask("no such task", {}, "nothing")
        assert pool.n_alive == 1

    with_pool(use)


def test_a_worker_that_cannot_be_started_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))

    async def use(pool: WorkerPool) -> None:
        with pytest.raises(FileNotFoundError):
            await pool.ask(*listing(tmp_path))
        assert pool.n_alive == 0

    with_pool(use)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_in_which_something_goes_on_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def goes_on(*, is_spent: bool) -> None:
        status = Status(memory_mb=1.0, is_spent=is_spent)
        parts = [msgspec.json.encode(status), b"done"]

        async def ask(*_: object) -> list[bytes]:
            return parts

        monkeypatch.setattr(_Worker, "ask", ask)

    async def use(pool: WorkerPool) -> None:
        goes_on(is_spent=False)
        assert await pool.ask(*listing(tmp_path)) == [b"done"]
        assert pool.n_alive == 1
        goes_on(is_spent=True)
        assert await pool.ask(*listing(tmp_path)) == [b"done"]
        assert pool.n_alive == 0

    with_pool(use)
