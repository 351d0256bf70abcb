"""Many readers of growing files, few questions."""

from collections.abc import Sequence
from typing import Any

import anyio
import pytest

from crystalmathd.runners.transports.base import TransportError
from crystalmathd.services.tails import Tails, TailsEndedError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Disk:
    """Files of a far machine; `is_cut`: it does not answer."""

    def __init__(self) -> None:
        self.files = {f"/{number}": f"file {number}".encode() for number in range(500)}
        self.n_questions = 0
        self.is_cut = False

    async def read_files(
        self, requests: Sequence[tuple[str, int, int]]
    ) -> list[bytes | None]:
        self.n_questions += 1
        await anyio.sleep(0.01)
        if self.is_cut:
            raise TransportError("the line is cut")
        return [
            self.files[path][offset : offset + limit] if path in self.files else None
            for path, offset, limit in requests
        ]


async def read_all(tails: Tails, paths: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def read(path: str) -> None:
        try:
            found[path] = await tails.read(path, 5, 100)
        except TransportError as error:
            found[path] = str(error)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tails.run)
            async with anyio.create_task_group() as readers:
                for path in paths:
                    readers.start_soon(read, path)
            tasks.cancel_scope.cancel()
    return found


async def test_all_who_ask_are_answered_in_few_round_trips() -> None:
    disk: Any = Disk()
    paths = [f"/{number}" for number in range(450)]
    found = await read_all(Tails(disk, round_s=0.01), [*paths, "/nowhere"])
    assert found["/449"] == b"449"
    assert found["/nowhere"] is None
    assert len(found) == 451
    assert disk.n_questions <= 4


async def test_a_silent_machine_is_told_to_each_reader() -> None:
    disk: Any = Disk()
    disk.is_cut = True
    found = await read_all(Tails(disk, round_s=0.01), ["/1", "/2"])
    assert set(found.values()) == {"the line is cut"}


async def test_who_waits_when_nobody_reads_any_more_is_told_so() -> None:
    disk: Any = Disk()
    tails = Tails(disk, round_s=60)
    failed: list[str] = []

    async def read() -> None:
        try:
            await tails.read("/2", 0, 4)
        except TransportError as error:
            failed.append(str(error))

    with anyio.fail_after(5):
        async with (
            anyio.create_task_group() as readers,
            anyio.create_task_group() as running,
        ):
            running.start_soon(tails.run)
            assert await tails.read("/1", 0, 4) == b"file"
            readers.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            running.cancel_scope.cancel()
    assert failed == ["nobody reads there now"]
    with pytest.raises(TailsEndedError):
        await tails.read("/1", 0, 4)
