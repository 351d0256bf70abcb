"""crystalmathd for which a day lasts a minute: every wait is so much shorter.

What it asks of the world takes as long as ever: only deadlines for things that are
done at once can be kept.
"""

import asyncio
import selectors
import sys
import time
from functools import partial
from typing import Any

import anyio

from crystalmathd import daemon, main
from crystalmathd.runners.connections import ConnectionManager
from crystalmathd.services import fleet, watch

FACTOR = 1440
START = time.monotonic()
START_MS = time.time_ns() // 1_000_000


def hurried() -> float:
    return START + (time.monotonic() - START) * FACTOR


def now_ms() -> int:
    return START_MS + round((hurried() - START) * 1000)


class HurriedSelector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> Any:
        return super().select(None if timeout is None else timeout / FACTOR)


class HurriedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__(HurriedSelector())

    def time(self) -> float:
        return hurried()


if __name__ == "__main__":
    options = {"loop_factory": HurriedLoop}
    anyio.run = partial(anyio.run, backend_options=options)
    daemon.now_ms = main.now_ms = watch.now_ms = now_ms
    fleet.ConnectionManager = partial(  # type: ignore[misc,assignment]
        ConnectionManager, clock=hurried, now_ms=now_ms
    )
    sys.exit(main.main())
