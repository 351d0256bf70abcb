"""What a network does to jobs on another machine: they are late, and never wrong."""

import os
from collections.abc import Callable, Iterator

import pytest

from crystalmath import Connection
from crystalmath_protocol.jobs import JobDetails
from tests.harness import RunningDaemon, deck, wait_until
from tests.real.far import Far
from tests.real.fault_proxy import Fault, Kind
from tests.real.hpc import NAME

pytestmark = [pytest.mark.ssh, pytest.mark.faults]
ALL_MOMENTS = bool(os.environ.get("CRYSTALMATH_TEST_ALL_FAULTS"))
ENERGY_EV = -7483.158
"""Of the stand-in for every deck of these tests, to its last converged digit."""
HALF_OPEN_S = 60.0
IN_ORDER = ["queued", "starting", "running", "collecting", "completed"]


@pytest.fixture
def far() -> Iterator[Far]:
    daemon = RunningDaemon()
    far = Far(daemon)
    daemon.start()
    far.add()
    yield far
    log, wrong = daemon.log(), daemon.said_wrong()
    far.close()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def begin(far: Far, connection: Connection) -> str:
    return far.submit(connection, deck(CYCLE_S=0.1, CYCLES=20))


def in_connect(far: Far, _connection: Connection, fault: Fault) -> str:
    """Let the fault meet the login that a job is the first to need."""
    assert far.daemon.stop() == 0
    far.network.fall_ill(fault)
    far.daemon.start()
    with far.daemon.connection() as again:
        return begin(far, again)


def in_submit(far: Far, connection: Connection, fault: Fault) -> str:
    """Let the fault meet the bytes that bring a job there and start it."""
    far.network.fall_ill(fault)
    return begin(far, connection)


def in_poll(far: Far, connection: Connection, fault: Fault) -> str:
    job_id = begin(far, connection)
    wait_until(lambda: state(connection, job_id) == "running", 30, "it does not run")
    far.network.fall_ill(fault)
    return job_id


def in_fetch(far: Far, connection: Connection, fault: Fault) -> str:
    """Let the fault meet the files on their way home."""
    job_id = begin(far, connection)
    wait_until(lambda: far.ends() == 1, 30, "it does not end there")
    far.network.fall_ill(fault)
    return job_id


def state(connection: Connection, job_id: str) -> str:
    return connection.get_job_details(job_id).state


Begin = Callable[[Far, Connection, Fault], str]
OPERATIONS: dict[str, tuple[Begin, tuple[int, ...], set[str]]] = {
    "connect": (in_connect, (0, 1500), {"starting"}),
    "submit": (in_submit, (0, 2000, 20_000), {"starting", "running"}),
    "poll": (in_poll, (0, 300), {"running"}),
    "fetch": (in_fetch, (2500, 6000), {"running", "collecting"}),
}
"""How it is begun, after how many bytes the fault strikes, and what is known then."""


def assert_once_and_right(far: Far, connection: Connection, job_id: str) -> None:
    job = far.ended(connection, job_id)
    assert (job.state, job.grade) == ("completed", "converged"), job.evidence
    assert job.energy_ev == pytest.approx(ENERGY_EV, abs=0.01)
    assert (job.doubt, job.stale_since_ms) == (None, None)
    assert [far.starts()[one.token] for one in job.attempts] == [1]
    assert far.starts().total() == far.ends()
    assert steps(connection, job_id) == IN_ORDER


def steps(connection: Connection, job_id: str) -> list[str]:
    """Return every state that the job was ever said to be in."""
    [cursor] = {connection.fetch_events(limit=1).cursor.partition(":")[0]}
    found = connection.fetch_events(
        cursor=f"{cursor}:0",
        limit=1000,
        types=["job_created", "job_state_changed"],
        job_ids=[job_id],
    )
    return [event.payload["state"] for event in found.events]


def told_of_host(connection: Connection) -> list[bool]:
    store, _, _ = connection.fetch_events(limit=1).cursor.partition(":")
    found = connection.fetch_events(
        cursor=f"{store}:0", limit=1000, types=["host_state_changed"]
    )
    return [event.payload["is_answering"] for event in found.events]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_slow_network_changes_nothing(far: Far, name: str) -> None:
    start, _, _ = OPERATIONS[name]
    fault = Fault(kind=Kind.SLOW, delay_s=0.1)  # each way
    far.be_patient()
    with far.daemon.connection() as connection:
        job_id = start(far, connection, fault)
    with far.daemon.connection() as connection:
        assert_once_and_right(far, connection, job_id)
        assert far.network.has_struck
        assert far.host(connection).state == "closed"
        assert told_of_host(connection) == []


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.RESET, Kind.BLACK_HOLE])
@pytest.mark.parametrize(
    ("name", "after"),
    [
        (name, after)
        for name, (_, moments, _) in OPERATIONS.items()
        for after in (moments if ALL_MOMENTS else moments[-1:])
    ],
)
def test_a_job_keeps_its_last_known_state_and_goes_on_by_itself(
    far: Far, name: str, after: int, kind: Kind
) -> None:
    start, _, states = OPERATIONS[name]
    with far.daemon.connection() as connection:
        job_id = start(far, connection, Fault(kind=kind, after=after))
    with far.daemon.connection() as connection:
        wait_until(lambda: far.network.has_struck, 30, "the fault has met nothing")
        job = far.doubted(connection, job_id, HALF_OPEN_S)
        assert job.state in states, job.evidence
        assert job.stale_since_ms is not None
        wait_until(lambda: far.host(connection).state == "open", HALF_OPEN_S)
        assert_told(far, connection, job)
        far.network.heal()
        wait_until(lambda: far.host(connection).state == "closed", 30, "no return")
        assert_once_and_right(far, connection, job_id)
        assert told_of_host(connection) == [False, True]


def assert_told(far: Far, connection: Connection, job: JobDetails) -> None:
    """See that a user who asks learns what is the matter, at once and in one breath."""
    said = far.said("why", job.job_id)
    assert f"job {job.job_id}: " in said
    assert "This is the last known state. In doubt: " in said
    assert "not seen since" in said
    # A command that was cut off leaves its own words until the next look fails.
    wait_until(
        lambda: f"\n{NAME}: " not in far.said("why", job.job_id),
        10,
        "what was said of the doubt is said twice",
    )
    said = far.said("status")
    assert f"{NAME} cannot be reached: " in said
    assert "1 job is in doubt" in said
    assert "does not answer" in said or "is being tried" in said
    said = far.said("show", job.job_id)
    assert "not certain" in said
    said = far.said("clusters", "show", NAME)
    assert f"{NAME} cannot be reached: " in said
    failed = [one for one in connection.doctor().checks if one.status == "fail"]
    assert [one.id for one in failed] == [f"cluster.{NAME}"]
    assert failed[0].remedy == f"crystalmath clusters test {NAME}"


def test_whoever_asks_of_a_silent_host_is_answered_soon(far: Far) -> None:
    with far.daemon.connection() as connection:
        job_id = far.submit(connection, deck(CYCLE_S=0.2, CYCLES=10))
        wait_until(lambda: state(connection, job_id) == "running", 30)
        far.network.fall_ill(Fault(kind=Kind.BLACK_HOLE))
        before = connection.ping().time_ms
        job = connection.get_job_details(job_id)
        assert job.state == "running"
        connection.doctor()
        connection.why_job(job_id)
        connection.status()
        assert connection.ping().time_ms - before < 6000
        far.network.heal()
        assert_once_and_right(far, connection, job_id)


def test_jobs_that_only_wait_start_when_the_host_is_back(far: Far) -> None:
    far.daemon.crystalmath("clusters", "set", NAME, "--max-cores", "1")
    with far.daemon.connection() as connection:
        first = far.submit(connection, deck(CYCLE_S=0.1, CYCLES=20))
        wait_until(lambda: state(connection, first) == "running", 30)
        far.network.fall_ill(Fault(kind=Kind.CUT))
        wait_until(lambda: far.host(connection).state == "open", HALF_OPEN_S)
        others = [far.submit(connection, deck()) for _ in range(3)]
        said = far.said("why", others[0])
        assert f"Nothing starts on {NAME}: {NAME} cannot be reached: " in said
        assert [state(connection, one) for one in others] == ["queued"] * 3
        far.network.heal()
        for job_id in (first, *others):
            assert far.ended(connection, job_id).state == "completed"
        assert far.starts().total() == 4


def test_a_queue_alone_has_its_host_tried_again(far: Far) -> None:
    with far.daemon.connection() as connection:
        far.network.fall_ill(Fault(kind=Kind.CUT))
        # The open connection is found to be lost, or a new one is lost at once.
        assert "onnection" in (said := far.said("clusters", "test", NAME)), said
        assert "lost" in said
        assert "hpc cannot be reached" in far.said("clusters", "test", NAME)
        wait_until(lambda: far.host(connection).state == "open", 30)
        waiting = far.submit(connection, deck())
        logins = connection.get_cluster(NAME).budget.n_logins
        wait_until(
            lambda: connection.get_cluster(NAME).budget.n_logins > logins, 60, "no try"
        )
        assert state(connection, waiting) == "queued"
        far.network.heal()
        assert_once_and_right(far, connection, waiting)


def test_a_daemon_that_was_killed_finds_its_jobs_there_again(far: Far) -> None:
    with far.daemon.connection() as connection:
        job_ids = [begin(far, connection) for _ in range(3)]
        wait_until(lambda: state(connection, job_ids[0]) == "running", 30)
    far.daemon.kill()
    far.network.heal()  # what was open is reset as well
    far.daemon.start()
    with far.daemon.connection() as connection:
        for job_id in job_ids:
            job = far.ended(connection, job_id)
            assert job.state == "completed", job.evidence
        assert set(far.starts().values()) == {1}
        assert far.starts().total() == 3
        assert connection.get_cluster(NAME).budget.n_logins == 1
