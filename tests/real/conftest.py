"""Fixtures for tests with real programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import RunningDaemon
from tests.real.programs import PACKAGES, require

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
