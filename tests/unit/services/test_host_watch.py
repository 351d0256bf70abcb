"""Hosts that fall silent and come back: told once, and tried for those who wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from crystalmathd.models.clusters import Budget, HostState
from crystalmathd.services.host_watch import HostWatch
from crystalmathd.store.database import Database, open_database
from crystalmathd.store.events import events_after
from tests.unit.store.rows import insert

pytestmark = pytest.mark.anyio
SILENT = Budget(state=HostState.OPEN, next_try_ms=10_000, reason="no answer")
WELL = Budget(state=HostState.CLOSED)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Far:
    """A machine whose host does as it is told; it counts who comes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_ms = 1000
        self.state = Budget()
        self.returns: list[list[int]] = []
        self.n_probes = 0
        self.machine: Any = SimpleNamespace(
            name="hpc",
            is_here=False,
            budget=lambda: self.state,
            transport=SimpleNamespace(run=self.probe),
        )
        here: Any = SimpleNamespace(name="local", is_here=True)
        machines: Any = [here, self.machine]
        self.watch = HostWatch(
            database,
            machines,
            lambda: self.now_ms,
            lambda _, jobs: self.returns.append(list(jobs)),
        )

    async def probe(self, *_: Any, **__: Any) -> None:
        self.n_probes += 1
        self.state = WELL

    async def become(self, budget: Budget) -> None:
        """Change, and wait until the watch has seen it."""
        self.state = budget
        before = self.watch._change
        self.watch.wake()
        while self.watch._change is before:
            await anyio.lowlevel.checkpoint()
        await self.database.answer()
        await self.database.answer()

    async def told(self) -> list[dict[str, Any]]:
        kinds = ["host_state_changed"]
        found = await self.database.read(lambda db: events_after(db, 0, 100, kinds))
        return [event.payload for event in found[0]]


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Far]:
    async with open_database(folder / "crystalmath.db") as database:
        far = Far(database)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(far.watch.run)
                yield far
                tasks.cancel_scope.cancel()


async def test_silence_and_return_are_told_once_each(tmp_path: Path) -> None:
    async with watching(tmp_path) as far:
        half = Budget(state=HostState.HALF_OPEN)
        for budget in (WELL, WELL, SILENT, SILENT, half, SILENT, half, WELL, WELL):
            await far.become(budget)
        told = [(one["is_answering"], one["reason"]) for one in await far.told()]
        assert told == [(False, "no answer"), (True, None)]
        assert far.returns == [[]]


async def test_a_refusal_is_told_like_silence(tmp_path: Path) -> None:
    async with watching(tmp_path) as far:
        await far.become(Budget(state=HostState.AUTH_REQUIRED, reason="refused"))
        await far.become(SILENT)
        [one] = await far.told()
        assert (one["cluster"], one["state"]) == ("hpc", "auth_required")


async def test_the_next_daemon_knows_what_was_told(tmp_path: Path) -> None:
    async with watching(tmp_path) as far:
        await far.become(SILENT)
    async with watching(tmp_path) as far:
        await far.become(SILENT)
        await far.become(WELL)
        assert [one["is_answering"] for one in await far.told()] == [False, True]


async def test_a_host_is_tried_when_it_is_time_and_a_job_waits_for_it(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path) as far:
        await far.become(SILENT)
        far.now_ms = 10_000
        await far.become(SILENT)
        assert far.n_probes == 0, "nobody waits"
        job = await far.database.transact(lambda db: insert(db, cluster="hpc"))
        await far.become(SILENT)
        while not far.returns:
            await far.database.answer()
        assert (far.n_probes, far.returns) == (1, [[job.job_id]])


async def test_it_is_not_tried_before_its_time(tmp_path: Path) -> None:
    async with watching(tmp_path) as far:
        await far.database.transact(lambda db: insert(db, cluster="hpc"))
        far.now_ms = 9_999
        for _ in range(5):
            await far.become(SILENT)
        assert far.n_probes == 0
