"""How many jobs may start where their number is limited."""

from types import SimpleNamespace
from typing import Any

import pytest

from crystalmathd.runners.transports.base import TransportError
from crystalmathd.services.room import Rooms
from crystalmathd.store.queue import Use

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def rooms(in_its_queue: int | None, before: Use) -> Rooms:
    """Return what is told of a machine for five jobs; None: it does not answer."""

    async def n_queued() -> int:
        if in_its_queue is None:
            raise TransportError("the line is cut")
        return in_its_queue

    async def read(_question: object) -> Use:
        return before

    machine = SimpleNamespace(
        name="hpc",
        cores=None,
        cluster=SimpleNamespace(max_jobs=5),
        obstacle=lambda: None,
        n_queued=n_queued,
    )
    database: Any = SimpleNamespace(read=read)
    machines: Any = {"hpc": machine}
    return Rooms(database, machines)


@pytest.mark.parametrize(
    ("in_its_queue", "n_starting", "n_jobs", "free"),
    [
        (0, 0, 0, 5),
        (3, 0, 0, 2),  # three by hand
        (3, 1, 2, 1),  # one of ours may not have come there yet
        (1, 0, 4, 1),  # its queue does not tell of all of ours
        (9, 1, 1, 0),
    ],
)
async def test_jobs_by_hand_and_those_on_their_way_are_counted(
    in_its_queue: int, n_starting: int, n_jobs: int, free: int
) -> None:
    use = Use(n_jobs=n_jobs, n_starting=n_starting, cores=0)
    room_of = await rooms(in_its_queue, use).of("hpc")
    assert room_of is not None
    assert room_of(use).jobs == free


async def test_nothing_starts_where_the_queue_cannot_be_asked() -> None:
    asked = rooms(None, Use(0, 0, 0))
    assert await asked.of("hpc") is None
    assert asked.look_again_s() is not None
