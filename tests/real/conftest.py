"""Fixtures for tests with real programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.transports.local import LocalTransport
from tests.conformance.test_runners import Attempt
from tests.harness import RunningDaemon, end_processes_below
from tests.real.programs import PACKAGES, require
from tests.real.slurm import SlurmCluster
from tests.real.slurm_attempts import NOISE

PSEUDO = Path("/usr/share/espresso/pseudo")


@pytest.fixture(autouse=True)
def real_programs(request: pytest.FixtureRequest) -> None:
    for mark in PACKAGES:
        if request.node.get_closest_marker(mark) is not None:
            require(mark)


@pytest.fixture
def daemon() -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    daemon.environ["ESPRESSO_PSEUDO"] = str(PSEUDO)
    yield daemon.start()
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


@pytest.fixture
def runner(slurm: SlurmCluster) -> Iterator[Runner]:
    """Run attempts in a real Slurm, where a file has no runner of its own."""
    yield Runner(
        Slurm(path=(str(slurm.bin),), marker_patience_s=1),
        LocalTransport(),
        {"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | NOISE,
    )
    slurm.cancel_all()


@pytest.fixture
def attempt(runner: Runner, tmp_path: Path) -> Iterator[Attempt]:
    yield Attempt(tmp_path, runner.scheduler)
    end_processes_below(tmp_path)
