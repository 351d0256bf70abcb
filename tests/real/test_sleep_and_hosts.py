"""A laptop that slept: its connections are dead, and made anew before anybody waits."""

import time
from collections.abc import Iterator

import pytest

from crystalmath import Connection
from tests.harness import ROOT, RunningDaemon, deck, wait_until
from tests.real.far import FAST, Far
from tests.real.hpc import NAME

pytestmark = pytest.mark.ssh
RECONNECTED_S = 20.0


@pytest.fixture
def far() -> Iterator[Far]:
    """Start a daemon with the limits of the field; it believes what a file says."""
    daemon = RunningDaemon(ROOT / "tests" / "sleepy_daemon.py")
    far = Far(daemon)
    for name in set(FAST) - {"CRYSTALMATH_SSH_LOGIN_SPACING_S"}:
        del daemon.environ[name]
    daemon.start()
    far.add()
    yield far
    log = daemon.log()
    far.close()
    daemon.close()
    assert "Traceback" not in log, log[-5000:]


def sleep(far: Far, seconds: int) -> None:
    (far.daemon.home / "asleep.txt").write_text(str(seconds))


def logins(connection: Connection) -> int:
    return connection.get_cluster(NAME).budget.n_logins


def test_what_was_open_before_is_not_waited_for(far: Far) -> None:
    with far.daemon.connection() as connection:
        job_id = far.submit(connection, deck(CYCLE_S=0.5, CYCLES=26))
        wait_until(lambda: connection.get_job_details(job_id).state == "running", 30)
        before = logins(connection)
        # The other side is gone, but says nothing: what was open stays silent.
        far.network.bury()
        sleep(far, 28_800)
        start = time.monotonic()
        wait_until(lambda: logins(connection) > before, RECONNECTED_S, "no login")
        wait_until(lambda: connection.get_job_details(job_id).doubt is None, 20)
        assert time.monotonic() - start < RECONNECTED_S
        job = far.ended(connection, job_id)
        assert job.state == "completed", job.evidence
        assert far.starts().total() == 1
        assert logins(connection) == before + 1
    assert "woken after 28800 s" in far.daemon.log()


def test_a_host_that_was_given_up_before_is_tried_at_once(far: Far) -> None:
    with far.daemon.connection() as connection:
        far.server.stop()
        far.said("clusters", "test", NAME)
        far.said("clusters", "test", NAME)
        wait_until(lambda: far.host(connection).state == "open", 60)
        far.server.start()
        job_id = far.submit(connection, deck())
        assert connection.get_job_details(job_id).state == "queued"
        sleep(far, 3600)
        wait_until(
            lambda: connection.get_job_details(job_id).state == "completed",
            RECONNECTED_S + 10,
            far.said("why", job_id),
        )


def test_a_night_without_jobs_costs_no_login(far: Far) -> None:
    with far.daemon.connection() as connection:
        assert logins(connection) == 1
        sleep(far, 28_800)
        wait_until(lambda: "woken after" in far.daemon.log(), 10)
        connection.fetch_events(wait_ms=3000)
        assert logins(connection) == 1
