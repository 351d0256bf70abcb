"""Work that several wait for is done once, whoever of them goes away."""

import anyio
import pytest

from crystalmathd.errors import JobNotFoundError, ShuttingDownError
from crystalmathd.services.flights import Flights

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Work:
    def __init__(self, error: Exception | None = None) -> None:
        self.n_started = 0
        self.n_broken_off = 0
        self.may_end = anyio.Event()
        self.error = error

    async def __call__(self) -> int:
        self.n_started += 1
        try:
            await self.may_end.wait()
        except anyio.get_cancelled_exc_class():
            self.n_broken_off += 1
            raise
        if self.error is not None:
            raise self.error
        return self.n_started


async def test_a_hundred_that_ask_at_once_are_answered_by_one_work() -> None:
    flights, work, answers = Flights[int](), Work(), []

    async def ask() -> None:
        answers.append(await flights.join("question", work))

    async with anyio.create_task_group() as tasks:
        await tasks.start(flights.run)
        async with anyio.create_task_group() as asking:
            for _ in range(100):
                asking.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            work.may_end.set()
        assert answers == [1] * 100
        assert await flights.join("question", work) == 2
        tasks.cancel_scope.cancel()


async def test_one_that_goes_away_takes_nothing_from_the_others() -> None:
    flights, work, answers = Flights[int](), Work(), []

    async def ask() -> None:
        answers.append(await flights.join("question", work))

    async with anyio.create_task_group() as tasks:
        await tasks.start(flights.run)
        with anyio.CancelScope() as first:
            async with anyio.create_task_group() as asking:
                asking.start_soon(ask)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(ask)
                await anyio.wait_all_tasks_blocked()
                first.cancel()
        work.may_end.set()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert (answers, work.n_started, work.n_broken_off) == ([1], 1, 0)


async def test_when_the_last_one_goes_the_work_is_broken_off_and_begun_anew() -> None:
    flights, work = Flights[int](), Work()
    async with anyio.create_task_group() as tasks:
        await tasks.start(flights.run)
        with anyio.move_on_after(0.01):
            await flights.join("question", work)
        await anyio.wait_all_tasks_blocked()
        assert work.n_broken_off == 1
        work.may_end.set()
        assert await flights.join("question", work) == 2
        tasks.cancel_scope.cancel()


async def test_an_error_reaches_all_and_the_next_one_tries_again() -> None:
    flights, errors = Flights[int](), []
    work = Work(JobNotFoundError(job_id=1))

    async def ask() -> None:
        try:
            await flights.join("question", work)
        except JobNotFoundError as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        await tasks.start(flights.run)
        async with anyio.create_task_group() as asking:
            asking.start_soon(ask)
            asking.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            work.may_end.set()
        assert (len(errors), work.n_started) == (2, 1)
        await ask()
        assert work.n_started == 2
        tasks.cancel_scope.cancel()


async def test_who_waits_while_the_daemon_ends_is_told() -> None:
    flights, work = Flights[int](), Work()
    with pytest.raises(ShuttingDownError):
        await flights.join("question", work)
    async with (
        anyio.create_task_group() as outer,
        anyio.create_task_group() as tasks,
    ):
        await tasks.start(flights.run)

        async def ask() -> None:
            with pytest.raises(ShuttingDownError):
                await flights.join("question", work)

        outer.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
