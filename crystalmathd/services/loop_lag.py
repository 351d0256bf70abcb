"""How late the event loop is: the first sign of work that should not be on it."""

from collections import deque
from typing import Final

import anyio

INTERVAL_S: Final = 1.0
SAMPLES: Final = 600


class LoopLag:
    """Sleeps for a known time and takes down how much longer it took."""

    def __init__(self) -> None:
        self._samples_ms: deque[float] = deque([0.0], maxlen=SAMPLES)

    async def run(self) -> None:
        while True:
            start = anyio.current_time()
            await anyio.sleep(INTERVAL_S)
            late = anyio.current_time() - start - INTERVAL_S
            self._samples_ms.append(max(0.0, late * 1000))

    def last_ms(self) -> float:
        return self._samples_ms[-1]

    def percentiles_ms(self) -> tuple[float, float, float]:
        """Return median, 99th percentile and maximum of the last ten minutes."""
        ordered = sorted(self._samples_ms)
        last = len(ordered) - 1
        return ordered[last // 2], ordered[int(last * 0.99)], ordered[last]
