"""What holds for every test."""

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # most tests start none
    from tests.real.slurm import SlurmCluster

# A shell that starts the tests in the background has them ignore SIGINT, and every
# program that they start inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def slurm() -> Iterator["SlurmCluster"]:
    """Start one Slurm with accounting for all tests of a session."""
    from tests.real.programs import require

    require("slurm")
    require("slurm_accounting")
    yield from running_slurm(has_accounting=True)


@pytest.fixture(scope="session")
def slurm_without_accounting() -> Iterator["SlurmCluster"]:
    from tests.real.programs import require

    require("slurm")
    yield from running_slurm(has_accounting=False)


def running_slurm(*, has_accounting: bool) -> Iterator["SlurmCluster"]:
    from tests.real.slurm import SlurmCluster

    if os.geteuid() != 0:
        pytest.skip("a Slurm of one's own needs root")
    cluster = SlurmCluster(has_accounting=has_accounting).start()
    try:
        yield cluster
    finally:
        cluster.close()
