"""The client for many tasks: lines that break, and what becomes of the calls."""

import anyio
import pytest

from crystalmath import Connection, aio
from crystalmath.errors import (
    ConnectionClosedError,
    ConnectionLostError,
    DaemonNotRunningError,
)
from crystalmath_protocol.system import RestrictSessionResult
from tests.unit.client.fake_daemon import (
    FakeDaemon,
    always_hang_up,
    hang_up_once,
    pong,
)
from tests.unit.client.messages import submitted
from tests.unit.client.scripted_daemon import connected


def test_a_submission_is_sent_again_with_the_same_token(fake: FakeDaemon) -> None:
    fake.answers["submit_job"] = hang_up_once(submitted)
    connected(lambda daemon: daemon.submit_job(inputs=["mgo.d12"]))
    first, second = fake.asked("submit_job")
    assert first == second
    assert fake.n_connections == 2


def test_many_calls_that_lose_their_line_share_the_next_one(fake: FakeDaemon) -> None:
    fake.answers["ping"] = hang_up_once(pong)

    async def work(daemon: aio.Connection) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(daemon.ping)

    connected(work)
    assert fake.n_connections == 2


def test_a_call_that_breaks_twice_fails(fake: FakeDaemon) -> None:
    fake.answers["ping"] = always_hang_up
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.ping())
    assert len(fake.asked("ping")) == 2


def test_what_must_not_happen_twice_is_sent_once(fake: FakeDaemon) -> None:
    fake.answers |= {"shutdown": always_hang_up, "retry_job": always_hang_up}
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.shutdown())
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.retry_job(12))
    assert len(fake.asked("shutdown")) == len(fake.asked("retry_job")) == 1
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.retry_job(12, after_attempt=1))
    assert len(fake.asked("retry_job")) == 3


def test_a_daemon_that_stays_away_is_told_to_all_that_wait(
    fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["ping"] = pong
    monkeypatch.setattr("crystalmath.aio.exchange.RETURN_PATIENCE_S", 0.3)

    async def work(daemon: aio.Connection) -> list[type]:
        errors = []

        async def ask() -> None:
            try:
                await daemon.ping()
            except DaemonNotRunningError as error:
                errors.append(type(error))

        await anyio.to_thread.run_sync(fake.stop)
        # Five times the patience would be longer than this.
        with anyio.fail_after(1.4):
            async with anyio.create_task_group() as tasks:
                for _ in range(5):
                    tasks.start_soon(ask)
        return errors

    assert connected(work, start=False) == [DaemonNotRunningError] * 5


def test_a_restricted_connection_stays_so_on_its_next_line(fake: FakeDaemon) -> None:
    fake.answers |= {
        "restrict_session": lambda p: RestrictSessionResult(access=p.access),
        "ping": hang_up_once(pong),
    }

    async def work(daemon: aio.Connection) -> None:
        await daemon.restrict_session()
        await daemon.ping()

    connected(work)
    with Connection() as blocking:
        blocking.restrict_session()
        fake.answers["ping"] = hang_up_once(pong)
        blocking.ping()
    order = [name for name, _ in fake.calls]
    assert order == ["hello", "restrict_session", "ping"] * 4


def test_leaving_without_an_error_leaves_no_task_and_no_socket(
    fake: FakeDaemon,
) -> None:
    fake.answers["ping"] = pong

    async def run() -> None:
        async with aio.connect() as daemon:
            await daemon.ping()
        with pytest.raises(ConnectionClosedError, match="was closed"):
            await daemon.ping()
        with pytest.raises(ConnectionClosedError):
            await anext(daemon.notifications())

    anyio.run(run)
