"""The client for many tasks against a real daemon, also while that is restarted."""

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from crystalmath import aio
from crystalmath.conversation import RETURN_PATIENCE_S
from crystalmath_protocol.submissions import Input
from tests.harness import RunningDaemon, deck

Work = Callable[[aio.Connection], Awaitable[Any]]


def connected(daemon: RunningDaemon, work: Work, *, start: bool = False) -> Any:
    async def run() -> Any:
        with anyio.fail_after(60):
            async with aio.connect(daemon.socket, start=start) as connection:
                return await work(connection)

    return anyio.run(run)


async def submit(connection: aio.Connection, **standin: object) -> str:
    one = Input(text=deck(**standin), name="mgo.d12")
    return (await connection.submit_job(inputs=[one])).jobs[0].job_id


def restart(daemon: RunningDaemon) -> None:
    daemon.kill()
    daemon.start()


async def numbers_up_to(connection: aio.Connection, last: int) -> list[int]:
    """Take notifications until the event `last` has come."""
    found: list[int] = []
    async for notification in connection.notifications():
        found += [event.seq for event in notification.events]
        if found[-1] >= last:
            return found
    raise AssertionError


async def last_number(connection: aio.Connection) -> int:
    cursor = (await connection.fetch_events(limit=1)).cursor
    return int(cursor.rpartition(":")[2])


def test_a_job_is_submitted_and_waited_for(daemon: RunningDaemon) -> None:
    async def work(connection: aio.Connection) -> str:
        job = await connection.wait(await submit(connection))
        assert job.energy_ev is not None
        return job.state

    assert connected(daemon, work) == "completed"


def test_a_call_that_waits_keeps_no_other_from_its_answer(
    daemon: RunningDaemon,
) -> None:
    async def work(connection: aio.Connection) -> None:
        cursor = (await connection.fetch_events(limit=1)).cursor
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(
                    partial(connection.fetch_events, cursor=cursor, wait_ms=20_000)
                )
            await anyio.lowlevel.checkpoint()
            started = time.monotonic()
            for _ in range(20):
                await connection.ping()
            assert time.monotonic() - started < 5
            tasks.cancel_scope.cancel()
        assert (await connection.status()).n_clients == 1

    connected(daemon, work)


def test_waits_that_were_cancelled_take_no_room(daemon: RunningDaemon) -> None:
    async def work(connection: aio.Connection) -> None:
        for _ in range(5):
            async with anyio.create_task_group() as tasks:
                for _ in range(40):
                    wait = partial(connection.fetch_events, wait_ms=600_000)
                    tasks.start_soon(wait)
                await anyio.wait_all_tasks_blocked()  # all have been sent
                tasks.cancel_scope.cancel()
            await connection.ping()

    connected(daemon, work)


def test_a_subscription_goes_on_after_the_daemon_was_killed(
    daemon: RunningDaemon,
) -> None:
    async def work(connection: aio.Connection) -> None:
        cursor = (await connection.fetch_events(limit=1)).cursor
        first = int(cursor.rpartition(":")[2])
        begun = await connection.subscribe(since=cursor)
        found: list[int] = []
        for _ in range(3):
            job_id = await submit(connection, CYCLES=3)
            found += await numbers_up_to(connection, await last_number(connection))
            await anyio.to_thread.run_sync(restart, daemon)
            await connection.wait(job_id)
        last = await last_number(connection)
        if found[-1] < last:
            found += await numbers_up_to(connection, last)
        assert found == list(range(first + 1, last + 1))
        await connection.unsubscribe(begun.subscription)

    connected(daemon, work)


def test_two_subscriptions_keep_their_names_and_filters_over_a_restart(
    daemon: RunningDaemon,
) -> None:
    async def work(connection: aio.Connection) -> None:
        starts = await connection.subscribe(types=["daemon_started"])
        births = await connection.subscribe(types=["job_created"])
        await anyio.to_thread.run_sync(restart, daemon)
        await submit(connection)
        found: dict[str, set[str]] = {}
        async for notification in connection.notifications():
            kinds = {event.type for event in notification.events}
            found.setdefault(notification.subscription, set()).update(kinds)
            if len(found) == 2:
                break
        assert found == {
            starts.subscription: {"daemon_started"},
            births.subscription: {"job_created"},
        }

    connected(daemon, work)


def test_whoever_only_listens_hears_of_the_restart(daemon: RunningDaemon) -> None:
    async def work(connection: aio.Connection) -> None:
        await connection.subscribe()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, restart, daemon)
            async for notification in connection.notifications():
                assert notification.events[0].type == "daemon_started"
                break

    connected(daemon, work)


@pytest.mark.parametrize("way", [RunningDaemon.kill, RunningDaemon.stop])
def test_a_call_starts_the_daemon_for_those_that_only_listen(
    daemon: RunningDaemon,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[RunningDaemon], Any],
) -> None:
    for name, value in daemon.environ.items():
        monkeypatch.setenv(name, value)
    found: list[int] = []

    async def work(connection: aio.Connection) -> None:
        cursor = (await connection.fetch_events(limit=1)).cursor
        await connection.subscribe(since=cursor)
        async with anyio.create_task_group() as tasks:

            async def listen() -> None:
                async for notification in connection.notifications():
                    found.extend(event.seq for event in notification.events)

            tasks.start_soon(listen)
            before = await submit(connection)
            await connection.wait(before)
            await anyio.to_thread.run_sync(way, daemon)
            with anyio.fail_after(RETURN_PATIENCE_S - 0.5):
                await submit(connection)
            last = await last_number(connection)
            with anyio.fail_after(5):
                while not found or found[-1] < last:
                    await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
        first = int(cursor.rpartition(":")[2])
        assert found == list(range(first + 1, found[-1] + 1))

    connected(daemon, work, start=True)


def test_a_daemon_is_started_for_the_first_call(stopped_daemon: RunningDaemon) -> None:
    program = (
        "import anyio\n"
        "from crystalmath import aio\n"
        "async def main():\n"
        "    async with aio.connect() as daemon:\n"
        "        print((await daemon.shutdown()).pid)\n"
        "anyio.run(main)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=stopped_daemon.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip().isdigit(), done.stderr
