"""Many clients, many events, and readers that are fast, slow or late."""

import contextlib
import os
import resource
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.daemon.observation import memory_mb, observed_daemon, write_events
from tests.daemon.raw_client import RawClient, line, request
from tests.harness import RunningDaemon, wait_until

N_CLIENTS = 1000
N_EVENTS = int(os.environ.get("CRYSTALMATH_TEST_EVENTS", "30000"))
RATE = 10_000
N_LIVE, N_STOPPED = 3, 5
HANG_S = 120.0 + N_EVENTS / 2000
pytestmark = pytest.mark.load


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < N_CLIENTS + 200:
        pytest.skip(f"only {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, N_CLIENTS + 200), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_thousand_idle_clients_take_little_and_hold_up_nobody() -> None:
    with observed_daemon() as daemon, RawClient(daemon.socket) as client:
        client.result("ping")
        before_mb = memory_mb(daemon)
        started = time.monotonic()
        idle = [RawClient(daemon.socket) for _ in range(N_CLIENTS)]
        for one in idle:
            one.send(request(1, "ping"))
        for one in idle:
            assert "result" in one.receive()
        seconds = time.monotonic() - started
        assert client.result("status")["n_clients"] == N_CLIENTS + 1
        waits = []
        for _ in range(200):
            asked = time.monotonic()
            client.result("ping")
            waits.append(time.monotonic() - asked)
        growth_mb = memory_mb(daemon) - before_mb
        print(
            f"{N_CLIENTS} clients in {seconds:.2f} s, {growth_mb:.1f} MB, "
            f"ping p99 {1000 * sorted(waits)[197]:.1f} ms"
        )
        assert growth_mb < 60
        for one in idle:
            assert "result" in one.ask("ping")
            one.close()
        wait_until(lambda: client.result("status")["n_clients"] == 1, 20)


class Reader:
    """A subscriber that follows in a thread, and keeps the numbers of what it saw."""

    def __init__(self, daemon: RunningDaemon, start: str) -> None:
        self.daemon = daemon
        self.cursor = start
        self.seen: list[int] = []
        self.client = RawClient(daemon.socket)
        self.client.socket.settimeout(HANG_S)
        self.client.result("subscribe", since=start)

    def follow(self, last: int) -> None:
        for batch in self.client.notifications():
            self.seen += [event["seq"] for event in batch["events"]]
            self.cursor = batch["cursor"]
            if self.seen[-1] >= last:
                return

    def follow_whatever_comes(self, last: int) -> None:
        """Follow; who has not read for long was hung up on, and resumes."""
        with contextlib.suppress(EOFError, ConnectionError):
            self.follow(last)
            return
        self.resume()
        self.follow(last)

    def read_some(self) -> None:
        batch = next(self.client.notifications())
        self.seen += [event["seq"] for event in batch["events"]]
        self.cursor = batch["cursor"]

    def resume(self) -> None:
        """Hang up with unread events in the buffers, and go on from the cursor."""
        self.client.close()
        self.client = RawClient(self.daemon.socket)
        self.client.socket.settimeout(HANG_S)
        self.client.result("subscribe", since=self.cursor)


def test_ten_thousand_events_a_second_reach_every_reader_once() -> None:
    kept = str(2 * N_EVENTS + 100_000)
    with observed_daemon(CRYSTALMATH_EVENTS_KEPT=kept) as daemon:
        with RawClient(daemon.socket) as client:
            start = client.result("fetch_events")["cursor"]
            first = int(start.rpartition(":")[2]) + 1
            last = first + N_EVENTS - 1
            live = [Reader(daemon, start) for _ in range(N_LIVE)]
            stopped = [Reader(daemon, start) for _ in range(N_STOPPED)]
            before_mb = memory_mb(daemon)
            threads = [threading.Thread(target=r.follow, args=(last,)) for r in live]
            for thread in threads:
                thread.start()
            started = time.monotonic()
            order = write_events(daemon, N_EVENTS, RATE)
            wait_until(lambda: not order.exists(), HANG_S, "not all were written")
            seconds = time.monotonic() - started
            for thread in threads:
                thread.join(HANG_S)
            growth_mb = memory_mb(daemon) - before_mb
            lag = client.result("status")["loop_lag"]
            print(
                f"{N_EVENTS / seconds:.0f} events/s to {N_LIVE} readers, {N_STOPPED} "
                f"stopped; {growth_mb:.1f} MB, loop lag max {lag['max_ms']} ms"
            )
        everything = list(range(first, last + 1))
        for reader in live:
            assert reader.seen == everything
        for number, reader in enumerate(stopped):
            if number % 2:  # some go on reading, some come back later
                reader.read_some()
                reader.resume()
            reader.follow_whatever_comes(last)
            assert reader.seen == everything
        assert growth_mb < 40
        for reader in (*live, *stopped):
            reader.client.close()


def test_a_reader_that_was_away_too_long_is_told_where_to_go_on() -> None:
    with (
        observed_daemon(
            CRYSTALMATH_EVENTS_KEPT="10", CRYSTALMATH_TEST_PRUNE_S="0.05"
        ) as daemon,
        RawClient(daemon.socket) as client,
    ):
        old = client.result("fetch_events")["cursor"]
        order = write_events(daemon, 1000, RATE)
        wait_until(lambda: not order.exists(), HANG_S)

        def refusal(method: str, name: str) -> dict[str, Any]:
            return dict(client.ask(method, **{name: old}).get("error", {}))

        wait_until(lambda: refusal("fetch_events", "cursor"), HANG_S)
        for said in (refusal("fetch_events", "cursor"), refusal("subscribe", "since")):
            assert said["data"]["kind"] == "events.cursor_too_old"
            assert "Fetch the jobs again" in said["message"]

        def remaining() -> list[int]:
            """Go on where the refusal says; it may have come too early itself."""
            oldest = refusal("fetch_events", "cursor")["data"]["facts"]["oldest"]
            page = client.ask("fetch_events", cursor=oldest).get("result", {})
            return [event["seq"] for event in page.get("events", ())]

        wait_until(lambda: len(remaining()) == 10, HANG_S)
        assert remaining() == list(range(992, 1002))
        cursor = client.result("fetch_jobs")["cursor"]
        assert client.result("fetch_events", cursor=cursor)["events"] == []


def test_a_batch_of_many_calls_is_answered_beside_everybody_else(
    daemon: RunningDaemon,
) -> None:
    """Full batches on many connections at once: each answer has all its entries."""
    with daemon.connection() as connection:
        clients = [RawClient(daemon.socket) for _ in range(16)]
        batch = [request(number, "ping") for number in range(64)]
        for client in clients:
            client.socket.sendall(line(batch) * 4)
        for client in clients:
            for _ in range(4):
                ids = [reply["id"] for reply in client.receive()]
                assert ids == list(range(64))
            client.close()
        assert connection.ping().time_ms > 0
