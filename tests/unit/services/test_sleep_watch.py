"""A machine that slept is noticed by its clocks, and only then."""

import anyio
import pytest

from crystalmathd.services.sleep_watch import LOOK_S, SleepWatch, time_asleep

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clocks:
    """Time passes only while somebody waits; some of it asleep, or standing still."""

    def __init__(self) -> None:
        self.asleep = 1000.0
        self.now = 500.0
        self.coming: list[tuple[float, float]] = []
        self.woken: list[float] = []
        self.done = anyio.Event()

    async def sleep(self, seconds: float) -> None:
        assert seconds == LOOK_S
        if not self.coming:
            self.done.set()
            await anyio.sleep_forever()
        slept_s, stood_s = self.coming.pop(0)
        self.asleep += slept_s
        self.now += seconds + stood_s

    async def play(self, *coming: tuple[float, float]) -> list[float]:
        """Return when somebody was woken, in seconds that were not slept."""
        self.coming = list(coming)
        watch = SleepWatch(
            lambda: self.woken.append(self.now),
            asleep=lambda: self.asleep,
            clock=lambda: self.now,
            sleep=self.sleep,
        )
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch.run)
                await self.done.wait()
                tasks.cancel_scope.cancel()
        return self.woken


async def test_a_night_asleep_is_noticed_once() -> None:
    assert await Clocks().play((0, 0), (28_800, 0), (0, 0), (0, 0)) == [504.0]


async def test_a_process_that_stood_still_is_woken_as_well() -> None:
    assert await Clocks().play((0, 31), (0, 0)) == [533.0]


async def test_a_nap_of_seconds_and_a_late_loop_are_none() -> None:
    assert await Clocks().play((4.9, 0), (0, 29), (-60, 0), (0, -1)) == []


def test_the_clocks_of_this_machine_can_be_read() -> None:
    first = time_asleep()  # the two clocks are not read at the same instant
    assert first > -0.1
    assert time_asleep() == pytest.approx(first, abs=1)
