"""Long-lived tasks: restarted when they crash, until that happens too often."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

log = logging.getLogger(__name__)

MAX_CRASHES: Final = 5
WITHIN_S: Final = 60.0
PAUSE_S: Final = 0.5


async def supervise(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a service for ever.

    Raises
    ------
    Exception
        The last error, when the service has crashed five times within a minute:
        better dead and restarted than half alive.
    """
    crashes: deque[float] = deque(maxlen=MAX_CRASHES)
    while True:
        try:
            await run()
        except Exception:
            log.exception("%s crashed", name)
            crashes.append(anyio.current_time())
            is_often = len(crashes) == MAX_CRASHES
            if is_often and crashes[-1] - crashes[0] < WITHIN_S:
                raise
            await anyio.sleep(PAUSE_S)
