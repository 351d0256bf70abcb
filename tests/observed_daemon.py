"""crystalmathd that can be watched, and made to write events, for tests of load.

A file `events.txt` in its home, "count rate", makes it write so many events at so
many a second; the file is removed when they are stored. SIGUSR2 makes it write the
number of its asyncio tasks to `tasks.txt`. CRYSTALMATH_TEST_PRUNE_S is how often it
forgets events.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import anyio

from crystalmathd import main
from crystalmathd.runners.jobrunner.records import now_ms
from crystalmathd.services import pruning
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import append_event

HOME = Path(os.environ["HOME"])
BATCH = 100
LOOK_S = 0.02


async def write_events(database: Database) -> None:
    order = HOME / "events.txt"
    while True:
        while not order.exists():
            await anyio.sleep(LOOK_S)
        count, rate = map(int, order.read_text().split())
        started = anyio.current_time()
        for first in range(0, count, BATCH):
            size = min(BATCH, count - first)

            def write(db: Connection, size: int = size) -> None:
                for _ in range(size):
                    append_event(db, now_ms(), "warning", None, {"text": "a test"})

            await database.transact(write)
            await anyio.sleep_until(started + (first + size) / rate)
        order.unlink()


async def count_tasks() -> None:
    with anyio.open_signal_receiver(signal.SIGUSR2) as signals:
        async for _ in signals:
            temporary = HOME / "tasks.new"
            temporary.write_text(str(len(asyncio.all_tasks())))
            temporary.rename(HOME / "tasks.txt")


def observe() -> None:
    """Put the two beside what the daemon does."""
    run = main.Daemon.run

    async def run_observed(self: main.Daemon) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write_events, self._database)
            tasks.start_soon(count_tasks)
            await run(self)
            tasks.cancel_scope.cancel()

    main.Daemon.run = run_observed  # type: ignore[method-assign]
    every = os.environ.get("CRYSTALMATH_TEST_PRUNE_S", pruning.INTERVAL_S)
    pruning.INTERVAL_S = float(every)  # type: ignore[misc]


if __name__ == "__main__":
    observe()
    sys.exit(main.main())
