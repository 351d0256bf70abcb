"""A machine that slept."""

import anyio
import anyio.lowlevel
import pytest

from crystalmathd.runners.sleep_watch import slept_s, watch_sleep


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_each_sleep_is_noticed_once_and_a_pause_is_none() -> None:
    readings = iter([0.0, 0.001, 2.0, 60.0, 60.0, 64.0, 3700.0])
    seen: list[float] = []
    now = 0.0

    def slept() -> float:
        nonlocal now
        now = next(readings)
        return now

    async def sleep(_: float) -> None:
        await anyio.lowlevel.checkpoint()

    with pytest.raises(RuntimeError, match="StopIteration"):
        await watch_sleep(lambda: seen.append(now), slept, sleep)
    assert seen == [60.0, 3700.0]


def test_the_clocks_of_this_machine_differ_by_its_sleep_alone() -> None:
    assert slept_s() >= -0.001
    assert abs(slept_s() - slept_s()) < 1
