"""A host that is down for a day costs few attempts, however many jobs wait for it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crystalmath import Connection
from tests.harness import ROOT, RunningDaemon, deck, wait_until
from tests.hurried_daemon import FACTOR
from tests.real.far import FAST, Far
from tests.real.hpc import NAME

pytestmark = pytest.mark.ssh
DAY_S = 86_400
N_WAITING = 200


class DeadServer:
    """Takes every connection, counts it, listens a little, and hangs up."""

    def __init__(self, port: int) -> None:
        self.n_connects = 0
        self._socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return  # it was closed
            self.n_connects += 1
            one.settimeout(5)
            one.recv(4096)  # what is not read makes the end a reset, at times
            one.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def dead_instead_of(far: Far) -> Iterator[DeadServer]:
    far.server.stop()
    dead = DeadServer(far.server.port)
    try:
        yield dead
    finally:
        dead.close()


@pytest.fixture
def far() -> Iterator[Far]:
    """Start a cluster on which two jobs run when its daemon ends."""
    daemon = RunningDaemon()
    far = Far(daemon)
    daemon.start()
    far.add("--max-cores", "2")
    yield far
    log, wrong = daemon.log(), daemon.said_wrong()
    far.close()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def test_two_hundred_jobs_do_not_multiply_the_attempts(far: Far) -> None:
    daemon = far.daemon
    with daemon.connection() as connection:
        running = [
            far.submit(connection, deck(CYCLE_S=1, CYCLES=3600)) for _ in range(2)
        ]
        wait_until(lambda: states(connection) == {"running": 2}, 30)
    assert daemon.stop() == 0
    for name in FAST:
        del daemon.environ[name]
    daemon.script = ROOT / "tests" / "hurried_daemon.py"
    # Straight there: a connection through a proxy would be taken in any case.
    file = daemon.home / ".ssh" / "config"
    text = file.read_text()
    file.write_text(text.replace(f"Port {far.network.port}", f"Port {far.server.port}"))
    with dead_instead_of(far) as dead:
        daemon.start()
        with daemon.connection() as connection:
            start_ms = connection.ping().time_ms
            path = str(daemon.write("mgo.d12", deck()))
            for _ in range(N_WAITING):
                connection.submit_job(inputs=[path], cluster=NAME)
            day_ms = DAY_S * 1000 / FACTOR
            wait_until(
                lambda: connection.ping().time_ms - start_ms > day_ms,
                2 * day_ms / 1000,
            )
            assert states(connection) == {"running": 2, "queued": N_WAITING}
            for job_id in running:
                job = connection.get_job_details(job_id)
                assert job.doubt is not None
                assert job.stale_since_ms is not None
                texts = [one.text for one in job.evidence]
                assert len(texts) <= 3, texts
            budget = connection.get_cluster(NAME).budget
            # On a busy machine a try ends before the hurried clock lets it connect.
            assert dead.n_connects <= budget.n_logins
            assert 20 < budget.n_logins <= 80
            assert told(connection) == [False]
            assert directories(daemon) == 2
    logged = daemon.log().count(f"{NAME} cannot be reached")
    assert logged < 4 * 60, "nor is it logged for every job and look"


def states(connection: Connection) -> dict[str, int]:
    found = connection.status().jobs_by_state
    return {state: count for state, count in found.items() if count}


def told(connection: Connection) -> list[bool]:
    store, _, _ = connection.fetch_events(limit=1).cursor.partition(":")
    found = connection.fetch_events(
        cursor=f"{store}:0", limit=1000, types=["host_state_changed"]
    )
    return [event.payload["is_answering"] for event in found.events]


def directories(daemon: RunningDaemon) -> int:
    """Return how many attempts have a directory here."""
    jobs = daemon.database.parent / "jobs"
    return len(list(jobs.glob("*/[0-9]*")))
