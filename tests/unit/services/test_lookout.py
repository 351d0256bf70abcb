"""One question a machine and interval, and news only for those whom it concerns."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from crystalmathd.models.observations import (
    Alive,
    NeverStarted,
    Observation,
)
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.services.lookout import SharedLookout

pytestmark = pytest.mark.anyio
INTERVAL_S = 0.2


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Queue:
    """What a machine answers, and how often it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Observation] = {}
        self.asked: list[list[str]] = []
        self.at: list[float] = []
        self.pause_s = 0.0

    async def look(self, places: Sequence[Place]) -> Mapping[str, Observation]:
        self.asked.append([place.token for place in places])
        self.at.append(anyio.current_time())
        await anyio.sleep(self.pause_s)
        return {p.token: self.answers.get(p.token, PENDING) for p in places}


PENDING = Alive(
    source="squeue", scheduler_id="7", scratch=None, started_ms=None, is_pending=True
)
RUNNING = Alive(source="squeue", scheduler_id="7", scratch=None, started_ms=1)


def place(number: int) -> Place:
    return Place(directory=f"/jobs/{number}", token=f"cm-{number}")


@asynccontextmanager
async def looking(
    interval_s: float = INTERVAL_S, longest_s: float = INTERVAL_S
) -> AsyncIterator[tuple[Queue, SharedLookout]]:
    queue = Queue()
    runner: Any = SimpleNamespace(look=queue.look)
    lookout = SharedLookout(runner, interval_s, longest_s, lambda: 1000)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lookout.run)
            yield queue, lookout
            tasks.cancel_scope.cancel()


async def test_those_who_ask_at_the_same_time_are_answered_by_one_look() -> None:
    async with looking() as (queue, lookout):
        async with anyio.create_task_group() as tasks:
            for number in range(500):
                tasks.start_soon(lookout.look, place(number))
        assert len(queue.asked) == 1
        assert len(queue.asked[0]) == 500


async def test_what_was_seen_before_is_no_news_once_it_is_forgotten() -> None:
    never = NeverStarted(source="no run/.submit", is_spent=False)
    async with looking() as (queue, lookout):
        queue.answers["cm-1"] = never
        assert await lookout.look(place(1)) == never
        lookout.forget("cm-1")
        queue.answers["cm-1"] = RUNNING
        assert await lookout.wait(place(1), PENDING) == RUNNING


async def test_who_waits_hears_of_a_change_and_of_nothing_else() -> None:
    async with looking() as (queue, lookout):
        await lookout.look(place(1))
        heard: list[Observation | None] = []

        async def wait() -> None:
            heard.append(await lookout.wait(place(1), PENDING))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            while len(queue.asked) < 3:
                await anyio.sleep(0.01)
            assert heard == []
            queue.answers["cm-1"] = RUNNING
        assert heard == [RUNNING]


async def test_looks_are_an_interval_apart_however_many_ask() -> None:
    async with looking() as (queue, lookout):
        for number in range(6):
            await lookout.look(place(number))
        apart = [b - a for a, b in zip(queue.at, queue.at[1:], strict=False)]
        assert min(apart) >= INTERVAL_S * 0.9


async def test_the_interval_grows_while_nothing_changes_and_no_further() -> None:
    async with looking(0.05, 0.4) as (queue, lookout):
        await lookout.look(place(1))
        while len(queue.at) < 7:
            await anyio.sleep(0.01)
        apart = [b - a for a, b in zip(queue.at, queue.at[1:], strict=False)]
        assert apart[-1] >= 0.36
        assert apart[0] < 0.2


async def test_a_change_brings_the_short_interval_back() -> None:
    async with looking(0.05, 5.0) as (queue, lookout):
        await lookout.look(place(1))
        while len(queue.at) < 4:
            await anyio.sleep(0.01)
        before = anyio.current_time()
        lookout.hurry()
        while len(queue.at) < 6:
            await anyio.sleep(0.01)
        assert anyio.current_time() - before < 1.0


async def test_an_attempt_that_has_ended_is_asked_for_no_more() -> None:
    async with looking() as (queue, lookout):
        await lookout.look(place(1))
        await lookout.look(place(2))
        lookout.forget("cm-1")
        assert lookout.next_look_ms("cm-1") is None
        assert (lookout.next_look_ms("cm-2") or 0) > 1000
        await lookout.look_now()
        assert queue.asked[-1] == ["cm-2"]


async def test_who_waits_when_nobody_looks_any_more_is_let_go() -> None:
    queue = Queue()
    runner: Any = SimpleNamespace(look=queue.look)
    lookout = SharedLookout(runner, 60, 60, lambda: 0)
    answers: list[Observation | None] = []
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as looks:
                    looks.start_soon(lookout.run)
                    await lookout.look(place(1))

                    async def ask() -> None:
                        answers.append(await lookout.look(place(2)))

                    async def wait() -> None:
                        answers.append(await lookout.wait(place(1), PENDING))

                    tasks.start_soon(ask)
                    tasks.start_soon(wait)
                    await anyio.wait_all_tasks_blocked()
                    scope.cancel()
        answers.append(await lookout.look(place(3)))
    assert answers == [None, None, None]
    assert lookout.last("cm-1") is None


async def test_one_that_was_let_go_before_it_began_lets_nobody_wait() -> None:
    runner: Any = SimpleNamespace(look=Queue().look)
    lookout = SharedLookout(runner, 60, 60, lambda: 0)
    answers: list[Observation | None] = []

    async def ask() -> None:
        answers.append(await lookout.look(place(1)))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            lookout.end()
    assert answers == [None]


async def test_a_job_in_doubt_is_looked_at_as_often_as_a_new_one() -> None:
    async with looking(longest_s=60) as (queue, lookout):
        await lookout.look(place(1))
        while len(queue.at) < 4:
            await anyio.sleep(0.01)
        before = anyio.current_time()
        await lookout.look(place(1))
        assert anyio.current_time() - before < 5 * INTERVAL_S


async def test_a_look_that_has_begun_is_not_the_one_that_was_asked_for() -> None:
    async with looking() as (queue, lookout):
        await lookout.look(place(1))
        queue.pause_s = 0.1
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lookout.look, place(1))
            while len(queue.at) < 2:
                await anyio.lowlevel.checkpoint()
            await lookout.look_now()
        assert len(queue.at) == 3
