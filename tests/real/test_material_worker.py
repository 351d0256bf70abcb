"""The worker of materials in the pool of the daemon: on demand, gone when idle."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import msgspec
import pytest

from crystalmathd.materials.access import Access
from crystalmathd.models.materials import MaterialQuery, SourceAnswer
from crystalmathd.services import material_worker
from crystalmathd.services.worker_loop import Status, work
from crystalmathd.services.workers import WorkerPool
from tests.real.databases import materials_project
from tests.real.local_servers import KEY

MGO = msgspec.to_builtins(MaterialQuery(formula="MgO"))


def with_pool(use: Callable[[WorkerPool], Awaitable[None]]) -> None:
    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            pool = WorkerPool(
                "crystalmathd.services.material_worker",
                most_workers=1,
                idle_s=0.2,
                most_kept_mb=1000,
                deadline_s=100,
                has_own_temporary=True,
            )
            tasks.start_soon(pool.run)
            await use(pool)
            tasks.cancel_scope.cancel()

    anyio.run(run)


def test_it_starts_on_demand_shows_no_key_and_is_gone_when_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "")
    seen: list[bytes] = []

    async def use(pool: WorkerPool) -> None:
        with materials_project() as project:
            known = Access(endpoint=project.endpoint, api_key=KEY)
            access = msgspec.to_builtins(known)
            assert pool.n_alive == 0
            asked = {"source": "mp", "access": access, "query": MGO}
            [said] = await pool.ask("search", asked, "MgO")
        answer = msgspec.json.decode(said, type=SourceAnswer)
        assert [one.material_id for one in answer.materials] == ["mp-1265"]
        [pid] = pool.idle
        place = Path(f"/proc/{pid}")
        seen.extend(
            [(place / "environ").read_bytes(), (place / "cmdline").read_bytes()]
        )
        with anyio.fail_after(20):
            while pool.n_alive:
                await anyio.sleep(0.05)
        assert not place.exists()

    with_pool(use)
    assert all(KEY.encode() not in text for text in seen)


def test_a_mistake_in_the_worker_is_told_without_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Room:
        def load(self) -> None:
            raise ZeroDivisionError(f"while the key was {KEY}")

    monkeypatch.setattr(material_worker, "import_module", lambda _: Room())
    material_worker._room.cache_clear()
    asked = {"source": "mp", "access": {"api_key": KEY}, "query": MGO}
    [status] = work(material_worker.TASKS, "search", asked)
    assert KEY.encode() not in status
    said = msgspec.json.decode(status, type=Status)
    assert said.short == "ZeroDivisionError: while the key was (key)"


def test_a_missing_package_is_told_with_what_to_install() -> None:
    missing = ModuleNotFoundError("No module named 'mp_api'", name="mp_api")
    [report] = material_worker._without_packages("mp", missing).reports
    assert report.state == "skipped"
    assert "pip install 'crystalmathd[search]'" in report.message
