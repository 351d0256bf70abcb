"""Noticing that the machine slept: what was open then is not open any more."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0
SLEPT_S: Final = 5.0
"""The clock that counts sleep went on by so much more than the one that does not."""
STOOD_S: Final = 30.0
"""This process was not run for so long: a virtual machine stood still, or SIGSTOP."""


def time_asleep() -> float:
    """Return how many seconds this machine has slept since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(
        time.CLOCK_MONOTONIC
    )


class SleepWatch:
    """`asleep` and `clock` return seconds; the first grows while the machine sleeps."""

    def __init__(
        self,
        on_waking: Callable[[], None],
        *,
        asleep: Callable[[], float] = time_asleep,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._on_waking = on_waking
        self._asleep = asleep
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            asleep, start = self._asleep(), self._clock()
            await self._sleep(LOOK_S)
            slept_s = self._asleep() - asleep
            stood_s = self._clock() - start - LOOK_S
            if slept_s > SLEPT_S or stood_s > STOOD_S:
                lost = max(slept_s, 0.0) + max(stood_s, 0.0)
                log.info("woken after %.0f s: hosts are connected to anew", lost)
                self._on_waking()
