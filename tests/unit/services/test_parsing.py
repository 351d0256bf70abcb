"""The worker behind the daemon: kept while it is of use, ended when it is not."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.errors import OutputUnknownError, OutputUnreadableError
from crystalmathd.services import parsing as module
from crystalmathd.services.parsing import SMALL_BYTES, Parsing
from crystalmathd.services.worker import TASKS
from crystalmathd.services.worker_loop import Status, work

ENGINE = b"crystalmath embedded engine (PySCF 2.8.0) \xe2\x80\x94 not CRYSTAL\n"


def with_parsing(use: Callable[[Parsing], Awaitable[None]]) -> None:
    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            parsing = Parsing()
            tasks.start_soon(parsing.run)
            await use(parsing)
            tasks.cancel_scope.cancel()

    anyio.run(run)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists()


def large(directory: Path) -> str:
    path = directory / "mgo.out"
    path.write_bytes(ENGINE * (SMALL_BYTES // len(ENGINE) + 1))
    return str(path)


async def worker_of(parsing: Parsing, path: str) -> int:
    """Have something read by a worker; return the number of its process."""
    await parsing.parse_path(path, None)
    [worker] = parsing.pool.idle
    return worker


def test_a_worker_is_used_again_and_ended_with_the_daemon(tmp_path: Path) -> None:
    path, seen = large(tmp_path), []

    async def use(parsing: Parsing) -> None:
        seen.extend([await worker_of(parsing, path) for _ in range(2)])
        assert is_alive(seen[0])

    with_parsing(use)
    assert seen[0] == seen[1]
    assert not is_alive(seen[0])


def test_a_worker_without_work_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_S", 0.05)

    async def use(parsing: Parsing) -> None:
        pid = await worker_of(parsing, large(tmp_path))
        with anyio.fail_after(10):
            while is_alive(pid):
                await anyio.sleep(0.02)
        assert await worker_of(parsing, large(tmp_path)) != pid

    with_parsing(use)


def test_a_worker_that_needed_much_memory_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT_MB", 1.0)

    async def use(parsing: Parsing) -> None:
        main, reading = await parsing.parse_path(large(tmp_path), None)
        assert main.code == "pyscf"
        assert reading.light
        assert parsing.pool.n_alive == 0

    with_parsing(use)


def test_what_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEADLINE_S", 0.01)

    async def use(parsing: Parsing) -> None:
        with pytest.raises(OutputUnreadableError, match="not read within"):
            await parsing.parse_path(large(tmp_path), None)
        assert parsing.pool.n_alive == 0

    with_parsing(use)


def test_small_outputs_need_no_worker(tmp_path: Path) -> None:
    path = tmp_path / "mgo.out"
    path.write_bytes(ENGINE)

    async def use(parsing: Parsing) -> None:
        main, _ = await parsing.parse_path(str(path), None)
        assert main.path == str(path)
        assert parsing.pool.n_alive == 0
        with pytest.raises(OutputUnknownError):
            await parsing.parse_path(str(tmp_path / ".."), "vasp")

    with_parsing(use)


def test_a_mistake_in_a_task_is_an_answer_and_refusals_keep_their_kind() -> None:
    import msgspec

    [status] = work(TASKS, "read_step", {"code": "nothing"})
    said = msgspec.json.decode(status, type=Status)
    assert said.error == "TypeError"
    assert "missing" in said.short
    [status] = work(TASKS, "draw", {"figure": "no JSON"})
    assert msgspec.json.decode(status, type=Status).error == "DecodeError"


def test_an_error_of_a_code_is_not_taken_for_one_of_ours_of_the_same_name() -> None:
    import msgspec

    def refused() -> list[bytes]:
        raise InputRefusedError("SHRINK is missing")

    def unknown() -> list[bytes]:
        raise OutputUnknownError(path="a", reason="b")

    [status] = work({"refused": refused}, "refused", {})
    said = msgspec.json.decode(status, type=Status)
    assert (said.error, said.is_ours) == ("InputRefusedError", False)
    assert "SHRINK is missing" in said.short
    [status] = work({"unknown": unknown}, "unknown", {})
    assert msgspec.json.decode(status, type=Status).is_ours


def test_a_mistake_of_a_parser_in_a_small_output_is_told_as_by_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mgo.out"
    path.write_bytes(ENGINE)

    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("no atoms")

    async def use(parsing: Parsing) -> None:
        monkeypatch.setattr(module, "read_step", mistaken)
        monkeypatch.setattr(module, "find_faults", mistaken)
        with pytest.raises(OutputUnreadableError, match="no atoms"):
            await parsing.parse_path(str(path), None)
        with pytest.raises(OutputUnreadableError, match="no atoms"):
            await parsing.find_faults("pyscf", [], "job 1")

    with_parsing(use)


def test_workers_that_are_ended_together_are_given_to_nobody_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "IDLE_S", 0.02)
    seen: list[int] = []

    class Idle:
        since = -1.0
        process = SimpleNamespace(pid=0)

        async def end(self) -> None:
            seen.append(len(parsing.pool._idle))
            await anyio.lowlevel.checkpoint()

    parsing = Parsing()
    workers: list[Any] = [Idle(), Idle()]
    parsing.pool._idle = workers

    async def run() -> None:
        with anyio.move_on_after(0.3):
            await parsing.run()

    anyio.run(run)
    assert seen == [0, 0]
