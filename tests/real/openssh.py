"""A real sshd for the current user, with keys and a configuration of its own."""

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from crystalmathd.runners.connections import ConnectionManager, Target
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText
from crystalmathd.runners.transports.ssh import SshTransport
from tests.harness import wait_until

START_S = 20.0
PASSWORD = "correct horse"  # noqa: S105  # of a user that lives as long as a test


FAST = SshLimits(login_spacing_s=0, first_pause_s=0.05)
"""For a server of our own: nobody minds how often a test logs in."""


def sshd_program() -> str:
    return shutil.which("sshd") or "/usr/sbin/sshd"


class OpenSsh:
    """A server on a port of its own; everything it needs lies in one directory.

    `config` is a client's configuration that knows it as `testhost`, with its key in
    `known_hosts`. Options are lines of sshd_config.
    """

    def __init__(
        self, directory: Path, options: Sequence[str] = (), alias: str = "testhost"
    ) -> None:
        self.directory = directory
        self.alias = alias
        self.options = list(options)
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.port = free_port()
        self.key = directory / "id_ed25519"
        self.host_key = directory / "host_ed25519"
        self.authorized_keys = directory / "authorized_keys"
        self.home = directory / "home"
        """Of the sessions, so that no file of whoever runs the tests is read."""
        self.known_hosts = directory / "known_hosts"
        self.config = directory / "ssh_config"
        self.log_file = directory / "sshd.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.home.mkdir(parents=True, exist_ok=True)
        make_key(self.key)
        self.authorize(self.key)
        make_key(self.host_key)
        self.learn_host_key()
        self.write_config()

    def authorize(self, key: Path, options: str = "") -> None:
        """Let the owner of a key in."""
        public = Path(f"{key}.pub").read_text()
        with self.authorized_keys.open("a") as file:
            file.write(f"{options} {public}".lstrip())
        self.authorized_keys.chmod(0o600)

    def learn_host_key(self) -> None:
        """Write the key that the server has now to known_hosts, and no other."""
        public = Path(f"{self.host_key}.pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}")

    def new_host_key(self) -> None:
        """Give the server another key, of which nobody knows; restart it."""
        self.stop()
        for path in (self.host_key, Path(f"{self.host_key}.pub")):
            path.unlink()
        make_key(self.host_key)
        self.start()

    def write_config(self, *lines: str, user: str | None = None) -> None:
        """Write the client's configuration; given lines stand first, and so win."""
        own = [
            f"Host {self.alias}",
            *(f"  {line}" for line in lines),
            "  HostName 127.0.0.1",
            f"  Port {self.port}",
            f"  User {user or self.user}",
            f"  IdentityFile {self.key}",
            "  IdentitiesOnly yes",
            f"  UserKnownHostsFile {self.known_hosts}",
            "  GlobalKnownHostsFile none",
        ]
        self.config.write_text("\n".join(own) + "\n")

    def start(self) -> "OpenSsh":
        config = self.directory / "sshd_config"
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {self.authorized_keys}",
            f"SetEnv HOME={self.home}",
            "PidFile none",
            "UsePAM no",
            "StrictModes no",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PrintMotd no",
            "LogLevel VERBOSE",
            "Subsystem sftp internal-sftp",
        ]
        # The first line about something counts, and no subsystem may come twice.
        given = {line.split()[0] for line in self.options}
        lines = [line for line in lines if line.split()[0] not in given]
        config.write_text("\n".join([*self.options, *lines]) + "\n")
        if os.geteuid() == 0:  # where sshd locks its unprivileged half in
            Path("/run/sshd").mkdir(0o755, exist_ok=True)
        self.process = subprocess.Popen(
            [sshd_program(), "-D", "-f", config, "-E", self.log_file],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self.answers, START_S, f"no sshd: {self.log()}")
        return self

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def stop(self) -> None:
        """End the server and every session that it serves."""
        if self.process is None or self.process.poll() is not None:
            return
        sessions = below(self.process.pid)
        for pid in (self.process.pid, *sessions):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    @property
    def target(self) -> Target:
        return Target(host=self.alias)

    def connections(
        self, limits: SshLimits = FAST, store: Secrets | None = None, **options: Any
    ) -> ConnectionManager:
        """Return a pool that reads this server's configuration; it is to be entered."""
        environ = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        options.setdefault("config", self.config)
        options.setdefault("environ", environ)
        return ConnectionManager(store or Secrets(), limits=limits, **options)

    @asynccontextmanager
    async def transport(self, **options: Any) -> AsyncIterator[SshTransport]:
        async with self.connections(**options) as connections:
            yield SshTransport(connections, self.target)

    def log(self) -> str:
        if not self.log_file.exists():
            return ""
        return self.log_file.read_text(errors="replace")

    def logins(self) -> int:
        """Return how many logins were accepted so far."""
        return len(re.findall(r"Accepted \S+ for ", self.log()))


class PasswordUser:
    """A user of this machine for as long as a test needs one; only root can make it."""

    def __init__(self, shell: str = "/bin/bash") -> None:
        self.name = f"cm{secrets.token_hex(4)}"
        self.password = SecretText(f"pw-{secrets.token_hex(8)}")
        self._shell = shell

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            pytest.skip("only root can make users")
        make = ["useradd", "--no-create-home", "--shell", self._shell, self.name]
        subprocess.run(make, check=True, capture_output=True)
        told = f"{self.name}:{self.password.reveal()}".encode()
        subprocess.run(["chpasswd"], input=told, check=True, capture_output=True)
        return self

    async def secrets(self, host: str = "testhost") -> Secrets:
        """Return a store that knows the password."""
        store = Secrets()
        await store.store(SecretKind.PASSWORD, host, self.password, is_kept=False)
        return store

    def __exit__(self, *_: object) -> None:
        subprocess.run(
            ["userdel", "--force", self.name], check=True, capture_output=True
        )


def below(pid: int) -> list[int]:
    """Return all descendants of a process."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(entry.name))
    found, following = [], [pid]
    while following:
        following = [c for one in following for c in children.get(one, [])]
        found += following
    return found


def make_key(path: Path, phrase: str = "", kind: str = "ed25519") -> None:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-C", "test", "-f", path]
    subprocess.run(command, check=True, capture_output=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
