"""A real `systemd --user`, with control groups and a journal of its own.

It needs root and nothing else: no systemd as PID 1. The marks of a booted system
(/run/systemd) and the journal's files lie in a mount namespace.
"""

import os
import subprocess
from pathlib import Path

from tests.harness import wait_until

SYSTEMD = "/lib/systemd/systemd"
JOURNALD = "/lib/systemd/systemd-journald"
START = """
for group in $GROUPS_OF_OURS; do echo $$ > $group/cgroup.procs; done
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/system /run/systemd/journald.conf.d /run/log
printf '[Journal]\\nAudit=no\\nReadKMsg=no\\n' > /run/systemd/journald.conf.d/ours.conf
mount -t tmpfs tmpfs /run/log
{journald} >/dev/null 2>&1 &
while [ ! -S /run/systemd/journal/stdout ]; do kill -0 $! || break; sleep 0.01; done
exec {systemd} --user
"""


def cgroup_roots() -> list[Path]:
    """Return where systemd keeps its groups: version 2, and its own of version 1."""
    roots = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
            roots.append(Path(fields.split()[4]))
    return roots


class UserManager:
    """The manager of a user who has nothing but a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runtime = self.home / "rt"
        self.runtime.mkdir(mode=0o700)
        self.groups = [root / self.home.name for root in cgroup_roots()]
        self.environ = {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        }
        for group in self.groups:
            group.mkdir()
        script = START.format(systemd=SYSTEMD, journald=JOURNALD)
        groups = {"GROUPS_OF_OURS": " ".join(map(str, self.groups))}
        with (self.home / "manager.log").open("wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "/bin/sh", "-ec", script],
                env=self.environ | groups,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self.is_up, 30, (self.home / "manager.log").read_text())

    def is_up(self) -> bool:
        assert self.process.poll() is None, (self.home / "manager.log").read_text()
        said = self.run("systemctl", "--user", "is-active", "default.target")
        return said.stdout.strip() == "active"

    def run(self, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            env=self.environ,
            capture_output=True,
            text=True,
            check=check,
            timeout=60,
        )

    def systemctl(self, *words: str) -> str:
        return self.run("systemctl", "--user", *words, check=True).stdout.strip()

    def show(self, unit: str, name: str) -> str:
        return self.systemctl("show", unit, f"--property={name}", "--value")

    def journal(self, *words: str) -> str:
        """Read the journal in the namespace where it is."""
        inside = ["nsenter", f"--target={self.process.pid}", "--mount"]
        return self.run(*inside, "journalctl", "--no-pager", *words).stdout

    def close(self) -> None:
        """End whatever runs in the groups, and remove them; the home stays."""
        for group in self.groups:
            for part in [group, *sorted(group.rglob("*/"), reverse=True)]:
                if (part / "cgroup.kill").exists():
                    (part / "cgroup.kill").write_text("1")
                for pid in (part / "cgroup.procs").read_text().split():
                    subprocess.run(
                        ["kill", "-9", pid], check=False, capture_output=True
                    )
        self.process.wait(20)
        for group in self.groups:
            wait_until(lambda group=group: remove_group(group), 20, str(group))


def remove_group(group: Path) -> bool:
    """Remove a control group with all below it; False while somebody is in it."""
    below = sorted(path for path in group.rglob("*") if path.is_dir())
    try:
        for path in [*reversed(below), group]:
            path.rmdir()
    except OSError:
        return False
    return True
