"""Positions in the log of events, also when its beginning has been forgotten."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from crystalmathd.errors import CursorInvalidError, CursorTooOldError
from crystalmathd.services.events import EventFilter, Events
from crystalmathd.store.database import Connection, Database, open_database
from crystalmathd.store.events import append_event, prune_events

ALL = EventFilter()


def with_events(
    path: Path, n_events: int, work: Callable[[Database, Events], Awaitable[Any]]
) -> Any:
    async def run() -> Any:
        async with open_database(path / "crystalmath.db") as database:
            await add(database, n_events)
            with anyio.fail_after(10):
                return await work(database, Events(database, "store"))

    return anyio.run(run)


async def add(database: Database, n_events: int, job_id: int | None = None) -> None:
    def change(db: Connection) -> None:
        for number in range(n_events):
            append_event(db, number, "warning", job_id, {})

    await database.transact(change)


async def prune(database: Database, keep: int, before_ms: int = 0) -> int:
    return await database.transact(lambda db: prune_events(db, keep, before_ms))


def test_a_cursor_is_the_last_event_that_was_seen(tmp_path: Path) -> None:
    async def work(_database: Database, events: Events) -> None:
        assert await events.position("now") == 10
        assert await events.position("store:10") == 10
        found, seq = await events.after(await events.position("store:7"), ALL)
        assert ([event.seq for event in found], seq) == ([8, 9, 10], 10)

    with_events(tmp_path, 10, work)


@pytest.mark.parametrize(
    "cursor",
    [
        *("store:11", "other:5", "5", ":5", "", "store:", "store:-1", "store:+5"),
        *("store:5_0", "store: 5", "store:\u0665", "store:" + "9" * 25),
        *("store:5:5", "Now", "store:1e1"),
    ],
)
def test_a_cursor_of_the_future_or_of_another_store_is_invalid(
    tmp_path: Path, cursor: str
) -> None:
    async def work(_database: Database, events: Events) -> None:
        with pytest.raises(CursorInvalidError):
            await events.position(cursor)

    with_events(tmp_path, 10, work)


def test_what_is_forgotten_is_said_with_the_oldest_cursor_that_works(
    tmp_path: Path,
) -> None:
    async def work(database: Database, events: Events) -> None:
        assert await prune(database, keep=4) == 6
        with pytest.raises(CursorTooOldError) as raised:
            await events.position("store:5")
        oldest = raised.value.facts["oldest"]
        assert oldest == "store:6"
        found, _ = await events.after(await events.position(oldest), ALL)
        assert [event.seq for event in found] == [7, 8, 9, 10]

    with_events(tmp_path, 10, work)


def test_old_events_are_forgotten_by_their_time_too(tmp_path: Path) -> None:
    async def work(database: Database, events: Events) -> None:
        assert await prune(database, keep=1000, before_ms=3) == 3
        assert await events.position("store:3") == 3
        with pytest.raises(CursorTooOldError):
            await events.position("store:2")

    with_events(tmp_path, 10, work)


def test_a_log_without_events_keeps_its_place(tmp_path: Path) -> None:
    async def work(database: Database, events: Events) -> None:
        await prune(database, keep=0)
        assert await events.position("now") == 10
        assert await events.position("store:10") == 10
        with pytest.raises(CursorTooOldError):
            await events.position("store:9")
        await add(database, 1)
        found, _ = await events.after(10, ALL)
        assert [event.seq for event in found] == [11]

    with_events(tmp_path, 10, work)


def test_a_limit_leaves_the_rest_for_the_next_time(tmp_path: Path) -> None:
    async def work(_database: Database, events: Events) -> None:
        seen, seq = [], 0
        while True:
            found, seq = await events.after(seq, ALL, limit=3)
            if not found:
                break
            seen += [event.seq for event in found]
        assert (seen, seq) == (list(range(1, 11)), 10)

    with_events(tmp_path, 10, work)


def test_a_filter_moves_the_position_past_what_is_not_wanted(tmp_path: Path) -> None:
    async def work(database: Database, events: Events) -> None:
        wanted = EventFilter(job_ids=[5])
        assert await events.after(0, wanted) == ([], 10)
        await add(database, 2, job_id=5)
        await add(database, 2, job_id=6)
        found, seq = await events.after(0, wanted, limit=1)
        assert ([event.seq for event in found], seq) == ([11], 11)
        found, seq = await events.after(seq, wanted)
        assert ([event.seq for event in found], seq) == ([12], 14)
        assert await events.after(0, EventFilter(types=["job_created"])) == ([], 14)

    with_events(tmp_path, 10, work)


def test_a_wait_ends_with_the_first_event_that_is_wanted(tmp_path: Path) -> None:
    async def work(database: Database, events: Events) -> None:
        wanted = EventFilter(job_ids=[5])
        async with anyio.create_task_group() as tasks:

            async def write() -> None:
                await add(database, 3, job_id=6)
                await add(database, 1, job_id=5)

            tasks.start_soon(write)
            found, seq = await events.after(0, wanted, wait_s=9)
        assert ([event.seq for event in found], seq) == ([14], 14)

    with_events(tmp_path, 10, work)


def test_a_wait_that_is_over_tells_how_far_was_read(tmp_path: Path) -> None:
    async def work(_database: Database, events: Events) -> None:
        assert await events.after(0, EventFilter(job_ids=[5]), wait_s=0.05) == ([], 10)

    with_events(tmp_path, 10, work)


def test_a_follower_sees_every_event_once_while_others_write(tmp_path: Path) -> None:
    async def work(database: Database, events: Events) -> None:
        seen: list[int] = []
        async with anyio.create_task_group() as tasks:

            async def write() -> None:
                for number in range(60):
                    await add(database, number % 7)

            tasks.start_soon(write)
            total = 10 + sum(number % 7 for number in range(60))
            async for batch, seq in events.follow(0, ALL):
                seen += [event.seq for event in batch]
                assert seen[-1] == seq
                if seq == total:
                    break
        assert seen == list(range(1, total + 1))

    with_events(tmp_path, 10, work)


def test_a_follower_that_was_overtaken_by_forgetting_is_told(tmp_path: Path) -> None:
    async def work(database: Database, events: Events) -> None:
        following = events.follow(0, ALL)
        batch, seq = await anext(following)
        assert seq == 256 == len(batch)
        await prune(database, keep=4)
        with pytest.raises(CursorTooOldError):
            await anext(following)

    with_events(tmp_path, 300, work)
