"""Fixtures: a real daemon, with every message that it says validated."""

from collections.abc import Callable, Iterator
from subprocess import CompletedProcess

import pytest

from crystalmath import Connection
from tests.harness import RunningDaemon


@pytest.fixture
def stopped_daemon() -> Iterator[RunningDaemon]:
    """Prepare a home with the stand-in installed, and no daemon in it yet."""
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal", "Pcrystal", "crystalOMP", "properties")
    yield daemon
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


@pytest.fixture
def daemon(stopped_daemon: RunningDaemon) -> RunningDaemon:
    return stopped_daemon.start()


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningDaemon]:
    """One daemon for all tests of a file that leave nothing behind."""
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    daemon.start()
    yield daemon
    is_alive = daemon.process is not None and daemon.process.poll() is None
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert is_alive
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


@pytest.fixture
def connection(daemon: RunningDaemon) -> Iterator[Connection]:
    with daemon.connection() as connection:
        yield connection


@pytest.fixture
def crystalmath(daemon: RunningDaemon) -> Callable[..., CompletedProcess[str]]:
    return daemon.crystalmath
