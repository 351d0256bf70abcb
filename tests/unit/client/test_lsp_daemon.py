"""How the language server comes back to a daemon that could not be reached."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from crystalmath import aio, calls
from crystalmath.aio import Connection
from crystalmath.errors import CrystalmathError, DaemonNotRunningError
from crystalmath.lsp import daemon as lsp_daemon
from crystalmath.lsp.daemon import ConnectionFaultError, Daemon


class Tries:
    """A place without a daemon: tries to connect, and whether they would start one."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.starts: list[bool] = []
        self._fault = fault or DaemonNotRunningError(socket="d.sock")
        self._made = anyio.Event()

    @asynccontextmanager
    async def connect(
        self, *_: Any, start: bool, **__: Any
    ) -> AsyncIterator[Connection]:
        self.starts.append(start)
        self._made.set()
        raise self._fault
        yield

    async def next(self) -> None:
        await self._made.wait()
        self._made = anyio.Event()


@asynccontextmanager
async def trying(
    monkeypatch: pytest.MonkeyPatch, tries: Tries, told: list[CrystalmathError]
) -> AsyncIterator[Daemon]:
    monkeypatch.setattr(aio, "connect", tries.connect)
    daemon = Daemon(
        None, came=lambda: None, failed=told.append, jobs_changed=lambda: None
    )
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(daemon.keep)
            yield daemon
            tasks.cancel_scope.cancel()


def test_a_question_ends_the_pause_and_starts_the_daemon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lsp_daemon, "SHORTEST_PAUSE_S", 0.0)
    monkeypatch.setattr(lsp_daemon, "FIRST_RETRY_S", math.inf)
    told: list[CrystalmathError] = []

    async def run() -> None:
        tries = Tries()
        async with trying(monkeypatch, tries, told) as daemon:
            await tries.next()
            await anyio.wait_all_tasks_blocked()
            assert tries.starts == [True], "unasked, it waits"
            with pytest.raises(DaemonNotRunningError):
                await daemon.ask(calls.ping())
            await tries.next()
            assert tries.starts == [True, True]

    anyio.run(run)
    assert len(told) == 1


def test_a_fault_of_ours_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lsp_daemon, "SHORTEST_PAUSE_S", 0.0)
    monkeypatch.setattr(lsp_daemon, "FIRST_RETRY_S", 0.0)
    told: list[CrystalmathError] = []

    async def run() -> None:
        tries = Tries(ZeroDivisionError("of ours"))
        async with trying(monkeypatch, tries, told) as daemon:
            await tries.next()
            await tries.next()
            with pytest.raises(ConnectionFaultError, match="of ours"):
                await daemon.ask(calls.ping())

    anyio.run(run)
    assert len(told) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
