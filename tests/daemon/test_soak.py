"""A daemon under load for a while: afterwards it takes no more than it took before.

`CRYSTALMATH_TEST_SOAK_S` says for how long; a quarter of it is warming up.
"""

import os
import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from crystalmath import Connection
from crystalmath.errors import CrystalmathError
from tests.daemon.observation import Footprint, footprint, observed_daemon
from tests.daemon.raw_client import RawClient, request
from tests.harness import RunningDaemon, deck, wait_until
from tests.hostile import SEED, frames

if TYPE_CHECKING:
    from collections.abc import Callable

SOAK_S = float(os.environ.get("CRYSTALMATH_TEST_SOAK_S", "24"))
MOST_GROWTH_MB = 8.0
N_CLIENTS = 4
CALM_S = 30.0
pytestmark = pytest.mark.soak


class Busy:
    """One client that does a little of everything; nothing of it may stay behind."""

    def __init__(self, daemon: RunningDaemon, seed: int) -> None:
        self.daemon = daemon
        self.chance = random.Random(seed)
        self.frames = frames(self.chance)
        self.done: Counter[str] = Counter()
        self.problem: BaseException | None = None

    def run_until(self, deadline: float) -> None:
        actions: list[Callable[[], None]] = [
            self.come_and_go,
            self.hang_up_while_waiting,
            self.read_jobs,
            self.subscribe_and_leave,
            self.follow_a_job,
            self.cancel_a_job,
            self.say_nonsense,
            self.be_refused,
        ]
        try:
            while time.monotonic() < deadline:
                action = self.chance.choice(actions)
                action()
                self.done[action.__name__] += 1
        except BaseException as problem:  # noqa: BLE001  # told to the test
            self.problem = problem

    def connection(self) -> Connection:
        return self.daemon.connection()

    def come_and_go(self) -> None:
        with self.connection() as connection:
            connection.ping()
            connection.status()

    def hang_up_while_waiting(self) -> None:
        with RawClient(self.daemon.socket) as client:
            client.send(*(request(n, "fetch_events", wait_ms=60_000) for n in range(5)))

    def read_jobs(self) -> None:
        with self.connection() as connection:
            for job in connection.fetch_jobs(limit=5).jobs:
                connection.get_job_details(job.job_id)

    def subscribe_and_leave(self) -> None:
        with RawClient(self.daemon.socket) as client:
            names = [client.result("subscribe")["subscription"] for _ in range(3)]
            for name in names[: self.chance.randrange(4)]:
                client.result("unsubscribe", subscription=name)

    def submit(self, connection: Connection, **standin: Any) -> str:
        name = f"soak{self.chance.getrandbits(60)}.d12"
        path = self.daemon.write(name, deck(**standin))
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        path.unlink()
        return job_id

    def follow_a_job(self) -> None:
        with self.connection() as connection:
            job_id = self.submit(connection, EXIT=self.chance.choice([0, 3]))
            assert connection.wait(job_id).state in {"completed", "failed"}
            connection.fetch_job_progress(job_id, wait_ms=0)

    def cancel_a_job(self) -> None:
        with self.connection() as connection:
            job_id = self.submit(connection, CYCLES=2, CYCLE_S=1000)
            assert connection.cancel_job(job_id, wait_ms=60_000).state == "cancelled"

    def say_nonsense(self) -> None:
        with RawClient(self.daemon.socket) as client:
            client.send({})
            for _ in range(20):
                client.socket.sendall(next(self.frames) + b"\n")

    def be_refused(self) -> None:
        with self.connection() as connection:
            for _ in range(5):
                with pytest.raises(CrystalmathError):
                    connection.submit_job(inputs=["/no/such/place.d12"])


def under_load(daemon: RunningDaemon, seconds: float, seed: int) -> Counter[str]:
    deadline = time.monotonic() + seconds
    busy = [Busy(daemon, seed + number) for number in range(N_CLIENTS)]
    threads = [threading.Thread(target=one.run_until, args=(deadline,)) for one in busy]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in busy:
        assert one.problem is None, f"CRYSTALMATH_TEST_SEED={SEED}: {one.problem!r}"
    return sum((one.done for one in busy), Counter())


def when_calm(daemon: RunningDaemon) -> Footprint:
    """Return what the daemon takes when every client and job has gone."""

    def is_calm() -> bool:
        with daemon.connection() as connection:
            status = connection.status()
        states = {"queued", "starting", "running", "collecting"}
        n_open = sum(status.jobs_by_state.get(state, 0) for state in states)
        return status.n_clients == 1 and n_open == 0

    wait_until(is_calm, CALM_S, "clients or jobs are left")
    return footprint(daemon)


def test_a_daemon_that_worked_for_a_while_takes_no_more_than_before() -> None:
    print(f"CRYSTALMATH_TEST_SEED={SEED}, {SOAK_S} s")
    done: Counter[str] = Counter()
    taken: list[Footprint] = []
    with observed_daemon() as daemon:
        for quarter in range(4):
            done += under_load(daemon, SOAK_S / 4, SEED + quarter * N_CLIENTS)
            taken.append(when_calm(daemon))
            print(taken[-1])

        def is_as_before() -> bool:
            # A task that just ends, or a file that is closed, goes by itself.
            taken[-1] = when_calm(daemon)
            return (
                taken[-1].n_descriptors <= taken[0].n_descriptors
                and taken[-1].n_tasks <= taken[0].n_tasks
            )

        wait_until(is_as_before, CALM_S, f"{taken[0]} has become {taken[-1]}")
    print(done)
    assert len(done) == 8
    # anyio keeps idle workers: as many as there were calls at once, and no more.
    assert taken[-1].n_threads <= taken[0].n_threads + N_CLIENTS
    assert taken[-1].memory_mb - taken[1].memory_mb < MOST_GROWTH_MB


def test_something_left_behind_would_be_noticed() -> None:
    """The counts above can fail: clients that stay are seen in each of them."""
    with observed_daemon() as daemon:
        before = when_calm(daemon)
        clients = [RawClient(daemon.socket) for _ in range(20)]
        for client in clients:
            client.result("subscribe")
        after = footprint(daemon)
        for client in clients:
            client.close()
        # A daemon that has just started may still be at something of its own.
        assert after.n_descriptors > before.n_descriptors + 10
        assert after.n_tasks > before.n_tasks + 10
