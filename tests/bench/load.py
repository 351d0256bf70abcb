"""Figures of many clients, hostile bytes and many events; the gate only counts them."""

import statistics
import threading
import time
from collections.abc import Callable

from tests.daemon.observation import memory_mb, observed_daemon, write_events
from tests.daemon.raw_client import RawClient, request
from tests.daemon.test_load import N_LIVE, N_STOPPED, RATE, Reader
from tests.daemon.test_under_fire import Attack, Bystander, run_at_once
from tests.harness import RunningDaemon, wait_until

N_IDLE = 1000
N_FRAMES = 20_000
N_EVENTS = 100_000


def idle_clients(daemon: RunningDaemon) -> None:
    """Print what a thousand clients take that say nothing more."""
    with RawClient(daemon.socket) as client:
        client.result("ping")
        before_mb = memory_mb(daemon)
        started = time.perf_counter()
        idle = [RawClient(daemon.socket) for _ in range(N_IDLE)]
        for one in idle:
            one.send(request(1, "ping"))
        for one in idle:
            one.receive()
        seconds = time.perf_counter() - started
        waits = []
        for _ in range(2000):
            asked = time.perf_counter()
            client.result("ping")
            waits.append(1000 * (time.perf_counter() - asked))
        growth_mb = memory_mb(daemon) - before_mb
        for one in idle:
            one.close()
    print(
        f"{f'{N_IDLE} clients: all connected':<52} {1000 * seconds:7.1f}ms  < 1000 ms"
    )
    print(f"{f'{N_IDLE} clients: resident memory':<52} {growth_mb:7.1f}MB  < 20 MB")
    say_waits(f"{N_IDLE} clients: ping of another", waits, "p99 < 10 ms")


def under_fire(daemon: RunningDaemon) -> None:
    """Print how long a well-behaved client waits while others send nonsense."""
    attacks = [Attack(daemon.socket, seed, N_FRAMES // 2) for seed in (1, 2)]
    started = time.perf_counter()
    with Bystander(daemon) as bystander:
        run_at_once(attacks)
    rate = sum(attack.sent for attack in attacks) / (time.perf_counter() - started)
    print(f"{'hostile frames, each answered':<52} {rate:7.0f}/s")
    say_waits("hostile frames: ping beside them", bystander.waits_ms, "p99 < 50 ms")


def events() -> None:
    """Print how fast events reach readers while others have stopped reading."""
    kept = str(2 * N_EVENTS)
    with observed_daemon(CRYSTALMATH_EVENTS_KEPT=kept) as daemon:
        with RawClient(daemon.socket) as client:
            start = client.result("fetch_events")["cursor"]
            last = int(start.rpartition(":")[2]) + N_EVENTS
            live = [Reader(daemon, start) for _ in range(N_LIVE)]
            stopped = [Reader(daemon, start) for _ in range(N_STOPPED)]
            before_mb = memory_mb(daemon)
            started = time.perf_counter()
            order = write_events(daemon, N_EVENTS, RATE)
            for reader in live:  # the kernel and the daemon hold back nobody's log
                reader.follow(last)
            seconds = time.perf_counter() - started
            wait_until(lambda: not order.exists(), 60)
            growth_mb = memory_mb(daemon) - before_mb
        for reader in (*live, *stopped):
            reader.client.close()
    what = f"events to {N_LIVE} readers, {N_STOPPED} stopped"
    print(f"{what:<52} {N_EVENTS / seconds:7.0f}/s  {RATE}/s are written")
    print(f"{what + ': resident memory':<52} {growth_mb:7.1f}MB  < 10 MB")


def waits_beside(daemon: RunningDaemon, work: Callable[[], None]) -> list[float]:
    """Return the times of pings while another thread works, in ms."""
    working = threading.Thread(target=work)
    found = []
    with RawClient(daemon.socket) as client:
        client.result("ping")
        working.start()
        while working.is_alive():
            asked = time.perf_counter()
            client.result("ping")
            found.append(1000 * (time.perf_counter() - asked))
            time.sleep(0.002)
    working.join()
    return found


def say_waits(what: str, waits_ms: list[float], goal: str) -> None:
    cuts = statistics.quantiles(waits_ms, n=100)
    figures = f"{cuts[49]:7.1f}ms p99 {cuts[98]:5.1f}ms {max(waits_ms):7.1f}ms"
    print(f"{what:<52} {figures}  {goal}")
