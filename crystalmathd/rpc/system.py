"""The handlers of the methods about the daemon itself."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import anyio.to_thread

from crystalmath_protocol import PROTOCOL, schema
from crystalmath_protocol import system as messages
from crystalmath_protocol.framing import MAX_REPLY_BYTES, MAX_REQUEST_BYTES
from crystalmath_protocol.paths import LOCK_NAME
from crystalmathd import __version__
from crystalmathd.errors import MethodUnknownError, ProtocolMismatchError
from crystalmathd.models.clusters import LOCAL
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.envelope import MAX_BATCH
from crystalmathd.services.doctor import checks, shown_settings, start_checks
from crystalmathd.services.events import NOW, Events
from crystalmathd.services.health import Health
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.services.tasks import task_stacks, thread_stacks
from crystalmathd.settings import Settings
from crystalmathd.store.database import SQLITE_VERSION, Database
from crystalmathd.store.job_counts import count_by_state
from crystalmathd.store.queue import in_use
from crystalmathd.store.schema import migrations

MAX_IN_FLIGHT: Final = 64


@dataclass(frozen=True, kw_only=True)
class SystemHandlers:
    """`stop` asks the daemon to end; `n_clients` counts open connections."""

    settings: Settings
    database: Database
    events: Events
    health: Health
    machines: Machines
    socket: Path
    started: float
    stop: Callable[[], None]
    n_clients: Callable[[], int]

    async def hello(
        self, _context: Context, params: messages.HelloParams
    ) -> messages.HelloResult:
        asked = params.protocol
        if not _version(asked.min) <= _version(PROTOCOL) or (
            _version(asked.max)[0] < _version(PROTOCOL)[0]
        ):
            raise ProtocolMismatchError(
                daemon=PROTOCOL, client=f"{asked.min} to {asked.max}"
            )
        cursor = self.events.cursor(await self.events.position(NOW))
        return messages.HelloResult(
            protocol=PROTOCOL,
            server=f"crystalmathd {__version__}",
            limits=messages.FrameLimits(
                max_request_bytes=MAX_REQUEST_BYTES,
                max_reply_bytes=MAX_REPLY_BYTES,
                max_batch=MAX_BATCH,
                max_in_flight=MAX_IN_FLIGHT,
            ),
            store_id=self.events.store_id,
            cursor=cursor,
        )

    async def ping(
        self, _context: Context, _params: messages.PingParams
    ) -> messages.PingResult:
        return messages.PingResult(time_ms=time.time_ns() // 1_000_000)

    async def discover(
        self, _context: Context, _params: messages.DiscoverParams
    ) -> messages.DiscoverResult:
        return messages.DiscoverResult(openrpc=schema.openrpc())

    async def describe(
        self, _context: Context, params: messages.DescribeParams
    ) -> messages.DescribeResult:
        try:
            method, schemas = schema.describe(params.method)
        except KeyError as error:
            raise MethodUnknownError(method=params.method) from error
        return messages.DescribeResult(method=method, schemas=schemas)

    async def status(
        self, _context: Context, _params: messages.StatusParams
    ) -> messages.StatusResult:
        figures = await self.health.figures()
        use = await self.database.read(lambda db: in_use(db, LOCAL))
        size, wal = await self.database.size_bytes()
        p50, p99, worst = self.health.loop_lag.percentiles_ms()
        return messages.StatusResult(
            server=f"crystalmathd {__version__}",
            protocol=PROTOCOL,
            pid=os.getpid(),
            uptime_s=round(time.monotonic() - self.started, 3),
            socket=str(self.socket),
            n_clients=self.n_clients(),
            jobs_by_state=figures.jobs_by_state,
            cores_total=self.settings.cores,
            cores_busy=use.cores,
            loop_lag=messages.LoopLag(p50_ms=p50, p99_ms=p99, max_ms=worst),
            store=messages.StoreStatus(
                path=str(self.database.path),
                store_id=self.events.store_id,
                size_bytes=size + wal,
                wal_bytes=wal,
                schema_version=migrations()[-1][0],
                sqlite_version=SQLITE_VERSION,
            ),
            last_backup_ms=self.health.backups.last_ms(),
            degraded=self.health.degraded(figures),
            hosts=tuple(map(_host, self._far())),
        )

    async def doctor(
        self, _context: Context, params: messages.DoctorParams
    ) -> messages.DoctorResult:
        lock = self.socket.parent / LOCK_NAME
        look = partial(checks, self.settings, self.socket, lock, params.environment)
        found = await anyio.to_thread.run_sync(look)
        found += await start_checks(self.machines)
        found += self.health.complaints()
        found.append(await self.health.deletions())
        if params.deep:
            found += await self.health.deep_checks()
        return messages.DoctorResult(
            checks=tuple(
                messages.Check(
                    id=one.id,
                    status=one.status,
                    evidence=one.evidence,
                    remedy=one.remedy,
                )
                for one in found
            ),
            settings=tuple(
                messages.Setting(name=name, value=value, origin=origin)
                for name, value, origin in shown_settings(self.settings)
            ),
        )

    async def shutdown(
        self, _context: Context, _params: messages.ShutdownParams
    ) -> messages.ShutdownResult:
        by_state = await self.database.read(count_by_state)
        self.stop()
        return messages.ShutdownResult(
            pid=os.getpid(), n_running=by_state.get("running", 0)
        )

    async def metrics(
        self, _context: Context, _params: messages.MetricsParams
    ) -> messages.MetricsResult:
        hosts = {one.name: one.budget() for one in self._far()}
        text = await self.health.openmetrics(self.n_clients(), __version__, hosts)
        return messages.MetricsResult(text=text)

    async def dump_tasks(
        self, _context: Context, _params: messages.DumpTasksParams
    ) -> messages.DumpTasksResult:
        return messages.DumpTasksResult(
            tasks=tuple(messages.Task(name=n, stack=s) for n, s in task_stacks()),
            threads=tuple(messages.Task(name=n, stack=s) for n, s in thread_stacks()),
        )

    async def restrict_session(
        self, context: Context, params: messages.RestrictSessionParams
    ) -> messages.RestrictSessionResult:
        context.peer.is_read_only = True
        return messages.RestrictSessionResult(access=params.access)

    async def back_up(
        self, context: Context, _params: messages.BackUpParams
    ) -> messages.BackUpResult:
        path = await context.finish(self.health.backups.make)
        return messages.BackUpResult(path=str(path), size_bytes=path.stat().st_size)

    def _far(self) -> list[Machine]:
        """Return the machines behind a network, by name."""
        far = [one for one in self.machines if not one.is_here]
        return sorted(far, key=lambda one: one.name)

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, method) for name, method in HANDLERS.items()}


def _host(machine: Machine) -> messages.HostStatus:
    budget = machine.budget()
    return messages.HostStatus(
        cluster=machine.name,
        is_paused=machine.cluster.is_paused,
        state=budget.state,
        since_ms=budget.since_ms,
        last_answer_ms=budget.last_answer_ms,
        next_try_ms=budget.next_try_ms,
        reason=budget.reason,
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


HANDLERS: Final = {
    "hello": "hello",
    "ping": "ping",
    "rpc.discover": "discover",
    "rpc.describe": "describe",
    "status": "status",
    "doctor": "doctor",
    "shutdown": "shutdown",
    "metrics": "metrics",
    "dump_tasks": "dump_tasks",
    "restrict_session": "restrict_session",
    "back_up": "back_up",
}
