"""Who is let in by a real sshd, and what is said to whom it is not."""

import logging
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from crystalmathd.errors import (
    HostUnreachableError,
    KeyLockedError,
    LoginRefusedError,
    SshConfigError,
)
from crystalmathd.models.clusters import HostState
from crystalmathd.runners.connections import ConnectionManager, Target
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.runners.transports.ssh import SshTransport
from tests.real.openssh import FAST, OpenSsh, PasswordUser, free_port, make_key

pytestmark = [pytest.mark.anyio, pytest.mark.ssh]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSsh]:
    server = OpenSsh(tmp_path / "sshd")
    yield server.start()
    server.stop()


@pytest.fixture
def user(server: OpenSsh) -> Iterator[PasswordUser]:
    """Return a user that the server asks for a password."""
    server.stop()
    server.options = ["PasswordAuthentication yes", "PubkeyAuthentication no"]
    server.start()
    with PasswordUser() as user:
        server.write_config(user=user.name)
        yield user


async def whoami(connections: ConnectionManager, target: Target) -> str:
    done = await SshTransport(connections, target).run(["id", "-un"], deadline_s=10)
    return done.stdout.decode().strip()


async def test_a_key_lets_in(server: OpenSsh) -> None:
    async with server.connections() as connections:
        assert await whoami(connections, server.target) == server.user


async def test_what_the_target_says_stands_above_the_configuration(
    server: OpenSsh,
) -> None:
    server.config.write_text(
        f"Host testhost\n HostName 127.0.0.1\n Port 1\n User nobody\n"
        f" UserKnownHostsFile {server.known_hosts}\n"
    )
    target = Target(
        host="testhost",
        user=server.user,
        port=server.port,
        identity_file=str(server.key),
    )
    async with server.connections() as connections:
        assert await whoami(connections, target) == server.user


async def test_the_configuration_may_include_and_match(server: OpenSsh) -> None:
    own = server.config.read_text()
    included = server.directory / "included"
    included.write_text(own)
    server.config.write_text(f"Match originalhost testhost\n Include {included}\n")
    async with server.connections() as connections:
        assert await whoami(connections, server.target) == server.user


async def test_a_key_is_named_by_the_environment(server: OpenSsh) -> None:
    other = server.directory / "other"
    make_key(other)
    server.authorized_keys.unlink()
    server.authorize(other)
    environ = {"HOME": str(server.home), "SSH_KEY_PATH": str(other)}
    async with server.connections(environ=environ) as connections:
        assert await whoami(connections, server.target) == server.user


async def test_a_wrong_key_is_refused_once_and_not_tried_again(
    server: OpenSsh,
) -> None:
    server.authorized_keys.unlink()
    async with server.connections() as connections:
        transport = SshTransport(connections, server.target)
        for _ in range(5):
            with pytest.raises(TransportError, match="refuses the login") as caught:
                await transport.run(["true"], deadline_s=10)
        assert isinstance(caught.value.error, LoginRefusedError)
        assert str(server.key) in caught.value.error.facts["tried"]
        budget = connections.budget(server.target)
        assert (budget.state, budget.n_logins) == (HostState.AUTH_REQUIRED, 1)
        assert "refuses the login" in budget.reason
        server.authorize(server.key)
        connections.retry(server.alias)
        assert await whoami(connections, server.target) == server.user


async def test_a_key_that_is_not_there_is_no_reason_to_stop(server: OpenSsh) -> None:
    server.write_config(f"IdentityFile {server.directory / 'missing'}")
    async with server.connections() as connections:
        assert await whoami(connections, server.target) == server.user


@pytest.fixture
def locked_key(server: OpenSsh) -> Path:
    key = server.directory / "locked"
    make_key(key, phrase="open sesame")
    server.authorized_keys.unlink()
    server.authorize(key)
    text = server.config.read_text()
    server.config.write_text(text.replace(str(server.key), str(key)))
    return key


async def test_an_encrypted_key_needs_its_passphrase(
    server: OpenSsh, locked_key: Path
) -> None:
    store = Secrets()
    async with server.connections(store=store) as connections:
        transport = SshTransport(connections, server.target)
        for phrase in (None, "wrong"):
            if phrase is not None:
                text = SecretText(phrase)
                kind, path = SecretKind.PASSPHRASE, str(locked_key)
                await store.store(kind, path, text, is_kept=False)
                connections.retry(server.alias)
            with pytest.raises(TransportError) as caught:
                await transport.run(["true"], deadline_s=10)
            assert isinstance(caught.value.error, KeyLockedError)
            assert str(locked_key) in str(caught.value)
        await connections.store_secret(
            SecretKind.PASSPHRASE,
            str(locked_key),
            SecretText("open sesame"),
            is_kept=False,
        )
        assert await whoami(connections, server.target) == server.user


async def test_a_certificate_lets_in(server: OpenSsh) -> None:
    authority = server.directory / "ca"
    make_key(authority)
    server.authorized_keys.unlink()
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", "-n", server.user]
    await anyio.run_process([*sign, f"{server.key}.pub"])
    server.stop()
    server.options = [f"TrustedUserCAKeys {authority}.pub"]
    server.start()
    async with server.connections() as connections:
        assert await whoami(connections, server.target) == server.user
    assert "ED25519-CERT" in server.log()


@contextmanager
def agent(directory: Path, *keys: Path) -> Iterator[str]:
    """Run an ssh-agent that holds some keys; yield its socket."""
    path = directory / "agent.sock"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL
    )
    try:
        environ = {**os.environ, "SSH_AUTH_SOCK": str(path)}
        while not path.exists():
            assert process.poll() is None
        for key in keys:
            add = ["ssh-add", "-q", str(key)]
            subprocess.run(add, env=environ, check=True, capture_output=True)
        yield str(path)
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("only", ["yes", "no"])
async def test_the_agent_lets_in_whose_key_has_no_file_here(
    server: OpenSsh, only: str
) -> None:
    others = [server.directory / f"other{number}" for number in range(3)]
    for other in others:
        make_key(other)
    server.write_config(f"IdentitiesOnly {only}")
    with agent(server.directory, *others, server.key) as path:
        server.key.unlink()  # the public half stays
        environ = {"HOME": str(server.home), "SSH_AUTH_SOCK": path}
        async with server.connections(environ=environ) as connections:
            assert await whoami(connections, server.target) == server.user
    offered = server.log().count("Failed publickey")
    assert offered == (0 if only == "yes" else 3)


async def test_an_agent_that_is_gone_is_no_reason_to_stop(server: OpenSsh) -> None:
    environ = {"HOME": str(server.home), "SSH_AUTH_SOCK": "/nowhere/agent"}
    async with server.connections(environ=environ) as connections:
        assert await whoami(connections, server.target) == server.user


async def test_a_password_lets_in(server: OpenSsh, user: PasswordUser) -> None:
    store = await user.secrets()
    async with server.connections(store=store) as connections:
        assert await whoami(connections, server.target) == user.name


async def test_a_password_may_be_the_answer_to_a_question(
    server: OpenSsh, user: PasswordUser
) -> None:
    server.stop()
    server.options = ["UsePAM yes", "KbdInteractiveAuthentication yes"]
    server.options += ["PubkeyAuthentication no", "PasswordAuthentication no"]
    server.start()
    store = await user.secrets()
    async with server.connections(store=store) as connections:
        assert await whoami(connections, server.target) == user.name
    assert "keyboard-interactive" in server.log()


async def test_a_refused_password_is_sent_exactly_once(
    server: OpenSsh, user: PasswordUser
) -> None:
    store = Secrets()
    wrong = SecretText("wrong-canary")
    await store.store(SecretKind.PASSWORD, server.alias, wrong, is_kept=False)
    async with server.connections(store=store) as connections:
        transport = SshTransport(connections, server.target)
        for _ in range(10):
            with pytest.raises(TransportError, match=r"Tried:.*password") as caught:
                await transport.run(["true"], deadline_s=10)
            assert "wrong-canary" not in str(caught.value)
        assert server.log().count("Failed password") == 1
        assert connections.budget(server.target).n_logins == 1
        await connections.store_secret(
            SecretKind.PASSWORD, server.alias, user.password, is_kept=False
        )
        assert await whoami(connections, server.target) == user.name


async def test_without_key_and_password_that_is_what_is_said(
    server: OpenSsh, user: PasswordUser
) -> None:
    text = server.config.read_text()
    server.config.write_text(text.replace(f"IdentityFile {server.key}", ""))
    target = Target(host=server.alias, user=user.name)
    async with server.connections() as connections:
        with pytest.raises(TransportError, match="there is no key and no password"):
            await whoami(connections, target)
    target = replace(target, identity_file="/nowhere/key")
    async with server.connections() as connections:
        with pytest.raises(TransportError, match="not /nowhere/key"):
            await whoami(connections, target)


async def test_a_password_stands_in_no_log_no_argument_and_no_error(
    server: OpenSsh, user: PasswordUser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = user.password.reveal()
    seen: list[bytes] = []
    store = await user.secrets()
    async with server.connections(store=store) as connections:
        transport = SshTransport(connections, server.target)

        async def watch() -> None:
            while True:
                seen.extend(command_lines())
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            await transport.run(["sleep", "0.2"], deadline_s=10)
            group.cancel_scope.cancel()
        shown = repr((store, connections, connections.host(server.target)))
        with PasswordUser() as other:
            wrong = Target(host=server.alias, user=other.name)
            with pytest.raises(TransportError) as caught:
                await SshTransport(connections, wrong).run(["true"], deadline_s=10)
        error = caught.value.error
        assert error is not None
        shown += repr((error, error.facts, str(error), caught.getrepr()))
    assert any(b"sleep" in line for line in seen)
    assert not any(canary.encode() in line for line in seen)
    assert canary not in shown
    assert canary not in caplog.text
    assert canary not in server.log()


def command_lines() -> Iterator[bytes]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield (entry / "cmdline").read_bytes()
            except OSError:
                continue


async def test_a_configuration_that_cannot_be_read_is_told_with_its_line(
    server: OpenSsh,
) -> None:
    server.config.write_text("Host testhost\n  Port twenty\n")
    async with server.connections() as connections:
        with pytest.raises(TransportError, match="line 2") as caught:
            await whoami(connections, server.target)
        assert isinstance(caught.value.error, SshConfigError)
        assert connections.budget(server.target).n_logins == 0
        server.write_config()
        assert await whoami(connections, server.target) == server.user


class FakeTime:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await anyio.lowlevel.checkpoint()


@pytest.fixture
def nowhere(tmp_path: Path) -> Target:
    """Return a host whose port nobody listens on."""
    (tmp_path / "config").write_text("Host nowhere\n HostName 127.0.0.1\n")
    return Target(host="nowhere", port=free_port())


async def test_a_host_that_is_down_for_a_day_is_tried_at_most_60_times(
    tmp_path: Path, nowhere: Target
) -> None:
    time = FakeTime()
    attempts: list[float] = []
    manager = ConnectionManager(
        Secrets(),
        limits=SshLimits(),
        config=tmp_path / "config",
        environ={"HOME": str(tmp_path)},
        clock=time,
        sleep=time.sleep,
        now_ms=lambda: round(time.now * 1000),
    )
    async with manager:
        while time.now < 86_400:
            before = manager.budget(nowhere).n_logins
            with pytest.raises(HostUnreachableError, match=r"refused|failed"):
                await manager.connection(nowhere)
            budget = manager.budget(nowhere)
            attempts += [time.now] * (budget.n_logins - before)
            assert budget.state is HostState.OPEN
            assert budget.next_try_ms is not None
            time.now += 30
        assert 40 <= len(attempts) == budget.n_logins <= 60
        time.now += 3600
        manager.wake()
        with pytest.raises(HostUnreachableError):
            await manager.connection(nowhere)
        assert manager.budget(nowhere).n_logins == budget.n_logins + 3


async def test_logins_keep_their_distance_retries_too(
    tmp_path: Path, nowhere: Target
) -> None:
    time, logins = FakeTime(), []

    async def sleep(seconds: float) -> None:
        logins.append(manager.budget(nowhere).n_logins)
        await time.sleep(seconds)

    manager = ConnectionManager(
        Secrets(),
        config=tmp_path / "config",
        environ={"HOME": str(tmp_path)},
        clock=time,
        sleep=sleep,
    )
    async with manager:
        with pytest.raises(HostUnreachableError):
            await manager.connection(nowhere)
        assert manager.budget(nowhere).n_logins == 3
        assert 30 <= time.now <= 60


async def test_a_thousand_who_wait_share_one_login(server: OpenSsh) -> None:
    found = set()
    async with server.connections() as connections:

        async def ask() -> None:
            found.add(await connections.connection(server.target))

        async with anyio.create_task_group() as group:
            for _ in range(1000):
                group.start_soon(ask)
    assert len(found) == 1
    assert server.logins() == 1


async def test_who_gives_up_waiting_does_not_end_the_login_of_others(
    server: OpenSsh,
) -> None:
    async with server.connections() as connections:
        with anyio.move_on_after(0.001):
            await connections.connection(server.target)
        await connections.connection(server.target)
    assert server.logins() == 1


async def test_a_server_that_says_nothing_is_an_error_in_time(tmp_path: Path) -> None:
    limits = SshLimits(
        login_spacing_s=0, first_pause_s=0.01, connect_s=0.2, login_s=0.3
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target(host="127.0.0.1", port=silent.getsockname()[1])
        manager = ConnectionManager(
            Secrets(),
            limits=limits,
            config=tmp_path / "none",
            environ={"HOME": str(tmp_path)},
        )
        async with manager:
            with anyio.fail_after(10), pytest.raises(HostUnreachableError):
                await manager.connection(target)


async def test_a_login_that_hangs_holds_up_neither_a_pause_nor_the_end(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target(host="127.0.0.1", port=silent.getsockname()[1])
        environ = {"HOME": str(tmp_path)}
        manager = ConnectionManager(Secrets(), environ=environ)
        with anyio.fail_after(10):
            async with manager, anyio.create_task_group() as group:
                group.start_soon(expect_refusal, manager, target)
                while manager.budget(target).n_logins == 0:
                    await anyio.sleep(0.01)
                manager.pause(target.host)
            assert manager.budget(target).state is HostState.PAUSED
            async with ConnectionManager(Secrets(), environ=environ) as manager:
                with anyio.move_on_after(0.2):
                    await manager.connection(target)


async def expect_refusal(manager: ConnectionManager, target: Target) -> None:
    with pytest.raises(HostUnreachableError, match="broken off"):
        await manager.connection(target)


async def test_a_name_that_nobody_knows_is_told_as_that(tmp_path: Path) -> None:
    manager = ConnectionManager(Secrets(), limits=FAST, environ={"HOME": str(tmp_path)})
    async with manager:
        with pytest.raises(HostUnreachableError, match=r"(?i)name|resol"):
            await manager.connection(Target(host="no-such-host.invalid"))
