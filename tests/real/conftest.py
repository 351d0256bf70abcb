"""Real programs: installed here if this is root on Debian, else skipped by name.

In CI (CI=true) nothing may be skipped: there a missing program is a failure.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import RunningDaemon

PACKAGES = {
    "espresso": ("pw.x", ["quantum-espresso", "quantum-espresso-data"]),
    "bare_root": ("debootstrap", ["debootstrap"]),
}
PSEUDO = Path("/usr/share/espresso/pseudo")


@functools.cache
def provide(mark: str) -> str | None:
    """Install what the mark needs; return why it cannot be had, or None."""
    program, packages = PACKAGES[mark]
    if shutil.which(program) is not None:
        return None
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{program} is not installed; as root on Debian the tests install it"
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(command, env=environ, capture_output=True, check=False)
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.decode()[-500:]}"
    return None


@pytest.fixture(autouse=True)
def real_programs(request: pytest.FixtureRequest) -> None:
    for mark in PACKAGES:
        if request.node.get_closest_marker(mark) is None:
            continue
        reason = provide(mark)
        if reason is not None and os.environ.get("CI"):
            pytest.fail(reason)
        if reason is not None:
            pytest.skip(reason)


@pytest.fixture
def daemon() -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    daemon.environ["ESPRESSO_PSEUDO"] = str(PSEUDO)
    yield daemon.start()
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]
