"""Noticing that this machine slept: every link is dead then, and nobody says so."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

log = logging.getLogger(__name__)

EVERY_S: Final = 5.0
JUMP_S: Final = 5.0


def slept_s() -> float:
    """Return for how long this machine has slept since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


async def watch_sleep(
    woke: Callable[[], None],
    slept: Callable[[], float] = slept_s,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> None:
    """Call `woke` after each sleep of this machine, for ever."""
    before = slept()
    while True:
        await sleep(EVERY_S)
        now = slept()
        if now - before > JUMP_S:
            log.info("this machine slept for %.0f s", now - before)
            woke()
        before = now
