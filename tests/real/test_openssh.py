"""Commands over a real sshd: many, noisy, given up, and with few channels."""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from crystalmathd.errors import HostPausedError
from crystalmathd.models.clusters import HostState
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.runners.transports.ssh import SshTransport
from tests.real.openssh import OpenSsh, PasswordUser, below

pytestmark = [pytest.mark.anyio, pytest.mark.ssh]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSsh]:
    server = OpenSsh(tmp_path / "sshd")
    yield server.start()
    server.stop()


def restarted(server: OpenSsh, *options: str) -> OpenSsh:
    server.stop()
    server.options = list(options)
    return server.start()


async def many(transport: SshTransport, count: int) -> list[bytes]:
    """Run commands side by side, some of them in the lane for control."""
    said: dict[int, bytes] = {}

    async def run(number: int) -> None:
        done = await transport.run(
            ["echo", str(number)], deadline_s=60, is_control=number % 4 == 0
        )
        said[number] = done.stdout

    async with anyio.create_task_group() as group:
        for number in range(count):
            group.start_soon(run, number)
    return [said[number] for number in range(count)]


async def test_one_login_serves_everything(server: OpenSsh, tmp_path: Path) -> None:
    async with server.connections() as connections:
        assert connections.budget(server.target).state is HostState.NEVER
        transport = SshTransport(connections, server.target)
        await many(transport, 20)
        await transport.write_file(str(tmp_path / "x"), b"y" * 100_000)
        budget = connections.budget(server.target)
    assert server.logins() == 1
    assert (budget.state, budget.n_logins, budget.n_commands) == ("closed", 1, 20)
    assert budget.bytes_sent > 100_000
    assert budget.bytes_received > 20
    assert budget.last_answer_ms is not None
    assert budget.last_answer_ms >= budget.since_ms


@pytest.mark.parametrize("sessions", [1, 3, 10])
async def test_a_server_may_have_few_channels(
    server: OpenSsh, tmp_path: Path, sessions: int
) -> None:
    restarted(server, f"MaxSessions {sessions}")
    async with server.transport() as transport:
        await transport.write_file(str(tmp_path / "before"), b"1")
        assert await many(transport, 40) == [f"{n}\n".encode() for n in range(40)]
        await transport.write_file(str(tmp_path / "after"), b"2")
    assert server.logins() == 1


async def test_control_does_not_wait_behind_work_and_work_is_bounded(
    server: OpenSsh,
) -> None:
    assert server.process is not None
    n_running = []
    async with server.transport() as transport:
        await transport.run(["true"], deadline_s=10)
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(sleep_for_long, transport)
            with anyio.fail_after(20):
                while sum(map(is_sleeping, below(server.process.pid))) < 4:
                    await anyio.sleep(0.01)
            for _ in range(20):
                with anyio.fail_after(5):
                    await transport.run(["true"], deadline_s=10, is_control=True)
                pids = below(server.process.pid)
                n_running.append(sum(is_command(pid) for pid in pids))
            group.cancel_scope.cancel()
    assert set(n_running) == {4}


async def sleep_for_long(transport: SshTransport) -> None:
    await transport.run(["sleep", "600"], deadline_s=900)


def is_command(pid: int) -> bool:
    """Tell whether this is a `sleep` itself, not the `timeout` around it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep\0")
    except OSError:
        return False


async def test_a_login_may_be_noisy(server: OpenSsh) -> None:
    noise = "echo Welcome to the cluster; echo quota: 93 % >&2; printf '\\377\\n'\n"
    (server.home / ".bashrc").write_text(noise * 100)
    async with server.transport() as transport:
        done = await transport.run(["sh", "-c", "echo a; echo b >&2"], deadline_s=10)
    assert (done.stdout, done.stderr) == (b"a\n", b"b\n")


async def test_bytes_that_are_no_text_end_no_connection(server: OpenSsh) -> None:
    async with server.transport() as transport:
        for _ in range(3):
            script = r"printf '\374\377\0'; printf '\200' >&2"
            done = await transport.run(["sh", "-c", script], deadline_s=10)
            assert (done.stdout, done.stderr) == (b"\xfc\xff\0", b"\x80")
    assert server.logins() == 1


async def test_a_banner_that_is_no_text_ends_no_login(
    server: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "banner").write_bytes(b"Gr\xfc\xdfe\n")
    restarted(server, f"Banner {tmp_path / 'banner'}")
    async with server.transport() as transport:
        assert (await transport.run(["true"], deadline_s=10)).exit_code == 0


async def test_a_shell_that_runs_nothing_is_told_in_its_own_words(
    server: OpenSsh,
) -> None:
    restarted(server, "PasswordAuthentication yes")
    with PasswordUser("/usr/sbin/nologin") as user:
        server.write_config(user=user.name)
        async with server.transport(store=await user.secrets()) as transport:
            with pytest.raises(TransportError, match="not available"):
                await transport.run(["true"], deadline_s=10)


async def test_a_command_that_is_given_up_is_ended_there(
    server: OpenSsh, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    script = f"trap '' TERM; echo $$ > {mark}; while :; do sleep 0.1; done"
    async with server.transport() as transport:
        async with anyio.create_task_group() as group:
            group.start_soon(run_for_long, transport, script)
            with anyio.fail_after(10):
                while not (mark.exists() and mark.read_text().strip()):
                    await anyio.sleep(0.01)
            group.cancel_scope.cancel()
        await ended(mark)
        assert await many(transport, 20) == [f"{n}\n".encode() for n in range(20)]
    assert server.logins() == 1


async def test_whenever_a_command_is_given_up_nothing_of_it_goes_on(
    server: OpenSsh,
) -> None:
    assert server.process is not None
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with server.transport() as transport:
        await transport.run(["true"], deadline_s=10)
        for _ in range(60):
            with anyio.move_on_after(chance.uniform(0, 0.02)):
                await transport.run(["sleep", "600"], deadline_s=900)
        with anyio.fail_after(30):
            while any(is_sleeping(pid) for pid in below(server.process.pid)):
                await anyio.sleep(0.05)
        assert await many(transport, 20) == [f"{n}\n".encode() for n in range(20)]
    assert server.logins() == 1


def is_sleeping(pid: int) -> bool:
    try:
        return b"600" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


async def run_for_long(transport: SshTransport, script: str) -> None:
    await transport.run(["sh", "-c", script], deadline_s=600)


async def test_what_ignores_the_end_is_killed_there_after_its_deadline(
    server: OpenSsh, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    script = f"trap '' TERM; echo $$ > {mark}; while :; do sleep 0.1; done"
    async with server.transport() as transport:
        with anyio.fail_after(20), pytest.raises(TransportError, match="within 1 s"):
            await transport.run(["sh", "-c", script], deadline_s=1)
        await ended(mark)


async def ended(mark: Path) -> None:
    """Wait until a process that wrote down its number runs no more."""
    status = Path(f"/proc/{mark.read_text().strip()}/stat")
    with anyio.fail_after(20):
        while (
            status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
        ):
            await anyio.sleep(0.05)


async def test_without_timeout_there_we_end_the_command(
    server: OpenSsh, tmp_path: Path
) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "sleep", "env", "true"):
        (bare / name).symlink_to(f"/bin/{name}")
    (server.home / ".bashrc").write_text(f"PATH={bare}\n")
    mark = tmp_path / "pid"
    async with server.transport() as transport:
        script = f"echo $$ > {mark}; exec sleep 600"
        with anyio.fail_after(20), pytest.raises(TransportError, match="within 1 s"):
            await transport.run(["sh", "-c", script], deadline_s=1)
        await ended(mark)
        assert (await transport.run(["true"], deadline_s=10)).exit_code == 0
    assert server.logins() == 1


async def test_a_signal_that_has_no_name_in_ssh_is_no_exit_code(
    server: OpenSsh,
) -> None:
    async with server.transport() as transport:
        with pytest.raises(TransportError, match="signal"):
            await transport.run(["sh", "-c", "kill -BUS $$"], deadline_s=10)


async def test_after_the_server_hung_up_the_next_command_logs_in_again(
    server: OpenSsh,
) -> None:
    async with server.transport() as transport:
        assert (await transport.run(["true"], deadline_s=10)).exit_code == 0
        assert server.process is not None
        async with anyio.create_task_group() as group:
            group.start_soon(expect_loss, transport)
            with anyio.fail_after(10):
                while len(sessions := below(server.process.pid)) < 2:
                    await anyio.sleep(0.01)
            for pid in sessions:
                os.kill(pid, signal.SIGKILL)
        assert (await transport.run(["true"], deadline_s=10)).exit_code == 0
    assert server.logins() == 2


async def expect_loss(transport: SshTransport) -> None:
    with anyio.fail_after(10), pytest.raises(TransportError):
        await transport.run(["sleep", "60"], deadline_s=100)


async def test_many_hosts_at_once_do_not_overrun_a_server(server: OpenSsh) -> None:
    restarted(server, "MaxStartups 10:30:100")
    count = 40
    blocks = []
    for number in range(count):
        server.alias = f"host{number}"
        server.write_config()
        blocks.append(server.config.read_text())
    server.config.write_text("".join(blocks))
    codes = []
    patient = SshLimits(login_spacing_s=0, first_pause_s=0.5)
    async with server.connections(patient) as connections:

        async def run(number: int) -> None:
            server.alias = f"host{number}"
            transport = SshTransport(connections, server.target)
            codes.append((await transport.run(["true"], deadline_s=60)).exit_code)

        async with anyio.create_task_group() as group:
            for number in range(count):
                group.start_soon(run, number)
    assert codes == [0] * count
    assert server.logins() == count


async def test_nothing_is_sent_to_a_host_that_is_paused(server: OpenSsh) -> None:
    async with server.connections() as connections:
        transport = SshTransport(connections, server.target)
        await transport.run(["true"], deadline_s=10)
        connections.pause(server.alias)
        assert connections.budget(server.target).state is HostState.PAUSED
        with pytest.raises(TransportError, match="paused") as caught:
            await transport.run(["true"], deadline_s=10)
        assert isinstance(caught.value.error, HostPausedError)
        assert isinstance(caught.value.__cause__, HostPausedError)
        connections.retry(server.alias)
        with pytest.raises(TransportError, match="paused"):
            await transport.list_files("/tmp")
        connections.resume(server.alias)
        await transport.run(["true"], deadline_s=10)
    assert server.logins() == 2


async def test_after_a_sleep_every_connection_is_made_anew(server: OpenSsh) -> None:
    async with server.connections() as connections:
        transport = SshTransport(connections, server.target)
        await transport.run(["true"], deadline_s=10)
        connections.wake()
        await transport.run(["true"], deadline_s=10)
    assert server.logins() == 2
