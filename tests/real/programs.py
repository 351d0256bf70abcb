"""Real programs: installed here if this is root on Debian, else skipped by name.

In CI (CI=true) nothing may be skipped: there a missing program is a failure.
"""

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

PACKAGES = {
    "editor": ("nvim", ["neovim"]),
    "emacs": ("emacs", ["emacs-nox", "elpa-eglot"]),
    "luacheck": ("luacheck", ["lua-check"]),
    "terminal": ("tmux", ["tmux", "fonts-dejavu-core"]),
    "window": ("chromium", ["chromium"]),
    "espresso": ("pw.x", ["quantum-espresso", "quantum-espresso-data"]),
    "pseudopotentials": (
        "/usr/share/espresso/pseudo/Si.pz-vbc.UPF",
        ["quantum-espresso-data"],
    ),
    "bare_root": ("debootstrap", ["debootstrap"]),
    "node": ("npm", ["nodejs", "npm"]),
    "keyring": ("gnome-keyring-daemon", ["gnome-keyring", "dbus"]),
    "shells": ("fish", ["fish", "tcsh", "busybox", "ksh93u+m"]),
    "ssh": ("/usr/sbin/sshd", ["openssh-server", "openssh-client"]),
    "systemd": ("systemd-run", ["systemd"]),
    "slurm": (
        "slurmctld",
        ["slurmctld", "slurmd", "slurm-client", "slurm-wlm-basic-plugins", "munge"],
    ),
    "slurm_accounting": (
        "slurmdbd",
        ["slurmdbd", "slurm-wlm-mysql-plugin", "mariadb-server"],
    ),
}
INSTALLING = Path(tempfile.gettempdir()) / "crystalmath-tests-install.lock"


@functools.cache
def provide(mark: str) -> str | None:
    """Install what the mark needs; return why it cannot be had, or None."""
    program, packages = PACKAGES[mark]
    if _is_there(program):
        return None
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{program} is not installed; as root on Debian the tests install it"
    with INSTALLING.open("w") as lock:  # apt-get gives up where another one is at work
        fcntl.flock(lock, fcntl.LOCK_EX)
        return None if _is_there(program) else _install(packages)


def _is_there(program: str) -> bool:
    return shutil.which(program) is not None or Path(program).exists()


def _install(packages: list[str]) -> str | None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(command, env=environ, capture_output=True, check=False)
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.decode()[-500:]}"
    return None


def require(mark: str) -> None:
    """See that a program is there; skip the test or, in CI, fail it."""
    if mark == "espresso":
        require("pseudopotentials")
    reason = provide(mark)
    if reason is not None:
        do_without(reason)


def do_without(reason: str) -> NoReturn:
    """Skip a test by name, for a reason; in CI, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def environment_with(folder: Path, *packages: str) -> Path:
    """Install packages into an environment of their own; return where programs are.

    Without a registry, skip the test by name or, in CI, fail it.
    """
    programs = folder / "bin"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [programs / "pip", "install", "--quiet", *packages]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"{packages} cannot be installed: {done.stderr[-500:]}"
        do_without(reason)
    return programs
