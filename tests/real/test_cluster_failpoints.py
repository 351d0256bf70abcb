"""A death at every durable boundary of a job that runs on a cluster.

As in tests/daemon/test_failpoints.py, with a real sshd and a Slurm that is told what
to do wrong.
"""

import os
import re
from collections.abc import Iterator

import pytest

from crystalmath import Connection, exchange
from crystalmath_protocol.jobs import JobDetails
from tests.daemon import test_failpoints as here
from tests.daemon.test_failpoints import (
    CODE,
    JOB,
    SAME,
    Operation,
    die_and_recover,
    ran_once,
)
from tests.fake_slurm.cluster import FakeSlurm
from tests.harness import ROOT, RunningDaemon, deck
from tests.ledger import Ledger
from tests.real.hpc import NAME, Hpc

pytestmark = [pytest.mark.crash, pytest.mark.ssh]

PASSED_HERE_TOO = (
    *("intent.before", "launch.before", "state.running", "state.collecting"),
    *("collect.rescued", "collect.written", "collect.stored"),
)
"""What comes of these elsewhere is seen here with all failpoints."""
ALL = "CRYSTALMATH_TEST_ALL_FAILPOINTS"
TIMES = {
    "CRYSTALMATH_SUBMISSION_GRACE_S": "1",
    "CRYSTALMATH_ABSENCE_SPACING_S": "1",
}


@pytest.fixture
def hpc() -> Iterator[Hpc]:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    daemon.environ |= TIMES
    cluster = Hpc(daemon, FakeSlurm(daemon.home / "slurm"))
    yield cluster
    log, wrong = daemon.log(), daemon.said_wrong()
    cluster.close()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def a_cluster(hpc: Hpc, ledger: Ledger) -> None:
    hpc.daemon.start()
    environ = {"CRY_BIN_DIR": hpc.daemon.bin, "STANDIN_LEDGER": ledger.path}
    words = [word for n, v in environ.items() for word in ("--env", f"{n}={v}")]
    hpc.add("--max-poll", "1s", *words)
    hpc.daemon.stop()


def run_there(daemon: RunningDaemon, connection: Connection) -> None:
    path = str(daemon.write("mgo.d12", deck(EXIT=CODE)))
    connection.submit_job(inputs=[path], cluster=NAME, client_token=SAME)
    connection.wait(JOB)


def ran_there_once(connection: Connection, ledger: Ledger) -> object:
    job = ran_once(connection, ledger)
    assert isinstance(job, JobDetails)
    assert [one.state for one in job.attempts] == ["collected"]
    assert job.attempts[0].scheduler_id is not None
    return job


def ran_in_the_second_attempt(connection: Connection, ledger: Ledger) -> object:
    job = ran_once(connection, ledger)
    assert isinstance(job, JobDetails)
    assert [one.state for one in job.attempts] == ["abandoned", "collected"]
    assert job.attempts[0].scheduler_id is None
    return job


OPERATIONS = {
    "run": Operation(
        prepare=here.nothing_yet,
        act=run_there,
        check=ran_there_once,
        passes=(
            *("intent.after", "launch.after", "state.pending", "collect.fetched"),
            *PASSED_HERE_TOO,
        ),
    ),
    "give up": Operation(
        prepare=here.nothing_yet,
        act=run_there,
        check=ran_in_the_second_attempt,
        passes=("abandon.before", "abandon.after"),
    ),
}


def cases() -> list[tuple[str, str]]:
    left_out = () if os.environ.get(ALL) else PASSED_HERE_TOO
    return [
        (name, point)
        for name, one in OPERATIONS.items()
        for point in one.passes
        if point not in left_out
    ]


@pytest.mark.parametrize(("name", "failpoint"), cases())
def test_a_death_on_the_way_to_a_cluster_is_recovered_from(
    hpc: Hpc, monkeypatch: pytest.MonkeyPatch, name: str, failpoint: str
) -> None:
    monkeypatch.setattr(exchange, "RETURN_PATIENCE_S", 0.0)  # it will not be back
    ledger = Ledger(hpc.daemon)
    a_cluster(hpc, ledger)
    if name == "give up":
        hpc.slurm.next("refused")
    die_and_recover(hpc.daemon, ledger, OPERATIONS[name], failpoint)
    assert hpc.slurm.mistakes() == ""
    given = hpc.slurm.ids_by_token()
    assert [len(numbers) for numbers in given.values()] == [1]


def test_every_failpoint_of_the_source_is_passed_by_an_operation() -> None:
    pattern = re.compile(r'failpoint\(f?"([a-z._{}]+)"\)')
    found = set()
    for path in (ROOT / "crystalmathd").rglob("*.py"):
        found.update(pattern.findall(path.read_text()))
    found.remove("state.{decision.state}")
    passed = {*here.FAILPOINTS, *(p for one in OPERATIONS.values() for p in one.passes)}
    assert found <= passed
    assert passed - found == {"state.running", "state.collecting", "state.pending"}
