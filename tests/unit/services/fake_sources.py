"""The materials service on a real store, with sources that do as they are told."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import msgspec
from anyio.lowlevel import checkpoint

from crystalmathd.errors import OutputUnreadableError
from crystalmathd.models.materials import (
    CONTRIBUTIONS,
    MATERIALS_PROJECT,
    Material,
    MaterialQuery,
    Property,
    SourceAnswer,
    SourceReport,
)
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText
from crystalmathd.services.inquiries import Inquiries
from crystalmathd.services.material_cache import MaterialCache
from crystalmathd.services.material_keys import MaterialKeys
from crystalmathd.services.material_targets import Targets
from crystalmathd.services.materials import Materials
from crystalmathd.services.source_health import HealthTable
from crystalmathd.settings import load_settings
from crystalmathd.store.database import Database, open_database

KEY = SecretText("k" * 32)
KEYS: Mapping[SecretKind, SecretText] = {SecretKind.MP_API_KEY: KEY}
CUBE = Structure(
    dimension=3,
    lattice_a=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0)),
    atomic_numbers=(12, 8),
    positions_a=((0.0, 0.0, 0.0), (2.0, 2.0, 2.0)),
)


def material(material_id: str = "mp-1265", **fields: Any) -> Material:
    values: dict[str, Any] = {
        "source": MATERIALS_PROJECT,
        "provider": "Materials Project",
        "formula": "MgO",
        "structure": SourcedStructure(
            structure=CUBE, origin=Origin(kind="material", name=material_id)
        ),
        "properties": (Property(name="band_gap_ev", value=4.4, unit="eV"),),
    }
    return Material(material_id=material_id, **values | fields)


def report(source: str, provider: str, state: str, kind: str = "") -> SourceReport:
    message = f"It failed: {kind}." if kind else ""
    return SourceReport(
        source=source, provider=provider, state=state, kind=kind, message=message
    )


@dataclass
class FakePool:
    """`says`: target's name → materials, or the kind of its failure."""

    says: dict[str, tuple[Material, ...] | str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    gate: anyio.Event | None = None
    error: Exception | None = None

    async def run(self) -> None:
        await anyio.sleep_forever()

    async def ask(
        self,
        task: str,
        arguments: Mapping[str, Any],
        about: str,
        deadline_s: float | None = None,
    ) -> list[bytes]:
        assert about == arguments["source"]
        self.asked.append((task, dict(arguments)))
        await checkpoint()  # for a worker that is free: no time of the task's
        if self.gate is not None:
            try:
                with anyio.fail_after(deadline_s):
                    await self.gate.wait()
            except TimeoutError as late:
                raise OutputUnreadableError(path=about, reason="too late") from late
        if self.error is not None:
            raise self.error
        source = arguments["source"]
        providers = arguments["access"]["providers"]
        names = {name: f"{source}/{name}" for name in providers} or {source: source}
        materials: tuple[Material, ...] = ()
        reports = []
        for provider, name in names.items():
            said = self.says.get(name, ())
            if isinstance(said, str):
                reports.append(report(source, provider, "failed", said))
                continue
            materials += said
            reports.append(report(source, provider, "answered" if said else "empty"))
        answer = SourceAnswer(materials=materials, reports=tuple(reports))
        return [msgspec.json.encode(answer)]

    @property
    def sources(self) -> list[str]:
        return [arguments["source"] for _, arguments in self.asked]

    def query(self, number: int = -1) -> MaterialQuery:
        found = self.asked[number][1]["query"]
        assert isinstance(found, MaterialQuery)
        return found


@dataclass
class Bench:
    """The service, its parts, and the clock in ms."""

    materials: Materials
    pool: FakePool
    database: Database
    clock: list[int]

    @property
    def n_waiting(self) -> int:
        """How many wait for questions that are under way."""
        under_way = self.materials._inquiries._flights._under_way
        return sum(flight.n_waiting for flight in under_way.values())

    def forward(self, days: float) -> None:
        self.clock[0] += round(days * 86_400_000)


@asynccontextmanager
async def bench(
    path: Path,
    keys: Mapping[SecretKind, SecretText] = KEYS,
    deadline_s: float = 60.0,
    **environ: str,
) -> AsyncIterator[Bench]:
    settings = load_settings(
        {"config": str(path / "none.toml")},
        {
            "HOME": str(path),
            "CRYSTALMATH_OPTIMADE_PROVIDERS": "mp=http://mp.x,cod=http://cod.x",
            **environ,
        },
    )
    clock = [1_700_000_000_000]
    now_ms: Callable[[], int] = lambda: clock[0]  # noqa: E731  # shorter here
    pool = FakePool()
    async with open_database(path / "store.db") as database:
        inquiries = Inquiries(
            targets=Targets(settings),
            cache=MaterialCache(database, settings, now_ms),
            health=HealthTable(database, settings, now_ms),
            keys=MaterialKeys(keys, Secrets(deadline_s=0.5)),
            pool=pool,
            deadline_s=deadline_s,
            now_ms=now_ms,
        )
        async with anyio.create_task_group() as tasks:
            await tasks.start(inquiries.run)
            yield Bench(Materials(inquiries), pool, database, clock)
            tasks.cancel_scope.cancel()


MP, CONTRIBS = MATERIALS_PROJECT, CONTRIBUTIONS
