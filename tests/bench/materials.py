"""What a materials search costs: `python -m tests.bench.materials`.

With a Materials Project on this machine: the first search (a worker starts and imports
the client), one without the cache, one out of it; how much the daemon grows, and how
long others wait meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median

from crystalmath import Connection
from tests.bench.load import say_waits, waits_beside
from tests.daemon.observation import memory_mb
from tests.harness import ROOT, RunningDaemon
from tests.real.databases import materials_project
from tests.real.local_servers import KEY

N_CACHED = 500
N_FRESH = 20
TEXTS = ("MgO", "SiO2", "Fe", "Al2O3", "NaCl")


def say(what: str, times: list[float], goal: str) -> None:
    figures = f"{median(times):9.1f} {min(times):9.1f} {max(times):9.1f}"
    print(f"{what:<52} {figures}  {goal}")


def timed(ask: Callable[[], object]) -> float:
    """Return how long something took, in ms."""
    started = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - started)


def searches(connection: Connection) -> None:
    search = partial(connection.search_materials, "MgO", sources=["mp"])
    say("search, worker not running (ms)", [timed(search)], "")
    fresh = partial(search, refresh=True)
    say("search, not cached (ms)", [timed(fresh) for _ in range(N_FRESH)], "")
    say("search, cached (ms)", [timed(search) for _ in range(N_CACHED)], "< 5 ms")


def search_all(daemon: RunningDaemon) -> None:
    """Search, with and without the cache, in a worker that has to start."""
    with daemon.connection() as other:
        for text in TEXTS:
            other.search_materials(text, sources=["mp"], refresh=True)
            other.search_materials(text, sources=["mp"])


@contextmanager
def running() -> Iterator[tuple[RunningDaemon, Connection]]:
    """Yield a daemon that nothing validates, beside a Materials Project."""
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py")
    with materials_project() as project:
        daemon.start(MP_API_ENDPOINT=project.endpoint, MP_API_KEY=KEY)
        try:
            with daemon.connection() as connection:
                yield daemon, connection
        finally:
            daemon.close()


def main() -> None:
    with running() as (daemon, connection):
        connection.fetch_material_cache()
        before_mb = memory_mb(daemon)
        say_waits(
            "ping beside searches",
            waits_beside(daemon, partial(search_all, daemon)),
            "p99 < 50 ms",
        )
        grown_mb = memory_mb(daemon) - before_mb
        print(f"{'growth of the daemon by searches':<52} {grown_mb:7.1f}MB  < 5 MB")
    with running() as (_, connection):
        searches(connection)


if __name__ == "__main__":
    main()
