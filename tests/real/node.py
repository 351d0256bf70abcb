"""Node, and the packages of the VS Code extension."""

import fcntl
import functools
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.harness import ROOT
from tests.real.programs import do_without, require

EXTENSION = ROOT / "clients" / "vscode"
LEAST = (20, 19)
"""What the linter asks for; VS Code itself has a later one."""
INSTALLING = Path(tempfile.gettempdir()) / "crystalmath-tests-npm.lock"
INSTALL_S = 300
RUN_S = 240


def require_packages() -> None:
    """Install what the lock file names; skip the test or, in CI, fail it."""
    require("node")
    reason = _missing()
    if reason is not None:
        do_without(reason)


@functools.cache
def _missing() -> str | None:
    said = subprocess.run(["node", "--version"], capture_output=True, check=True).stdout
    version = tuple(map(int, re.findall(rb"\d+", said)[:2]))
    if version < LEAST:
        least = ".".join(map(str, LEAST))
        return f"Node {said.decode().strip()} is older than {least}"
    with INSTALLING.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _install()


def _install() -> str | None:
    names = (EXTENSION / "package-lock.json", EXTENSION / ".npmrc")
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in names)).hexdigest()
    installed = EXTENSION / "node_modules" / ".installed-for"
    if installed.exists() and installed.read_text() == wanted:
        return None
    done = subprocess.run(
        ["npm", "ci", "--prefer-offline"],
        cwd=EXTENSION,
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    if done.returncode:
        return f"npm ci: {done.stderr[-500:]}"
    installed.write_text(wanted)
    return None


def run(*words: str) -> None:
    """Run a program of Node in the extension's folder; what it said is the failure."""
    done = subprocess.run(
        words,
        cwd=EXTENSION,
        env=os.environ | {"CRYSTALMATH_PYTHON": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
