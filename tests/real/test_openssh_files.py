"""Files over a real sshd: what fails there, and in whose words."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.runners.transports.ssh import SshTransport
from tests.real.openssh import OpenSsh, PasswordUser

pytestmark = [pytest.mark.anyio, pytest.mark.ssh]
MIB = 1 << 20


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSsh]:
    server = OpenSsh(tmp_path / "sshd")
    yield server.start()
    server.stop()


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """Mount a small file system; only root can."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", ",".join(["size=2m", *options]), "none"]
    subprocess.run([*mount, str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_a_full_disk_is_told_and_nothing_half_is_left(
    server: OpenSsh, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3 * MIB))
    small = []
    for number in range(60):
        (tmp_path / str(number)).write_bytes(os.urandom(100_000))
        small.append((tmp_path / str(number), str(tmp_path / f"full/{number}")))
    async with server.transport() as transport:
        with mounted(tmp_path / "full") as full:
            writes = [
                lambda: transport.write_file(str(full / "a"), source.read_bytes()),
                lambda: transport.put_file(source, str(full / "b")),
                lambda: transport.put_files([(source, str(full / "c"))]),
                lambda: transport.put_files(small),
            ]
            for write in writes:
                with pytest.raises(TransportError, match="No space left") as caught:
                    await write()
                assert str(full) in str(caught.value)
            left = [file.name for file in await transport.list_files(str(full))]
            assert not [name for name in left if "tmp" in name or "cm-" in name]
            for name in left:
                size = (tmp_path / name).stat().st_size
                assert (full / name).stat().st_size == size
                (full / name).unlink()
            await transport.write_file(str(full / "a"), b"x")
            assert (full / "a").read_bytes() == b"x"


async def test_a_directory_that_is_read_only_is_told(
    server: OpenSsh, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    async with server.transport() as transport:
        with mounted(tmp_path / "fixed", "ro") as fixed:
            for write in (
                lambda: transport.write_file(str(fixed / "a"), b"x"),
                lambda: transport.put_file(source, str(fixed / "b")),
                lambda: transport.put_files([(source, str(fixed / "c"))] * 60),
                lambda: transport.make_directory(str(fixed / "d" / "e")),
            ):
                with pytest.raises(RemoteFileError, match="Read-only file system"):
                    await write()


async def test_a_directory_of_others_is_told(server: OpenSsh, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    server.stop()
    server.options = ["PasswordAuthentication yes"]
    server.start()
    with PasswordUser() as user:
        server.write_config(user=user.name)
        async with server.transport(store=await user.secrets()) as transport:
            for work in (
                lambda: transport.write_file("/etc/cm-test", b"x"),
                lambda: transport.put_file(source, "/etc/cm-test"),
                lambda: transport.put_files([(source, "/etc/cm-test")] * 60),
                lambda: transport.make_directory("/etc/cm-test"),
                lambda: transport.rename("/etc/passwd", "/etc/cm-test"),
                lambda: transport.remove_tree(str(tmp_path / "sshd")),
                lambda: transport.read_file("/etc/shadow", 0, 10),
                lambda: transport.list_files("/etc/ssl/private"),
                lambda: transport.fetch_files([("/etc/shadow", tmp_path / "here")]),
            ):
                with pytest.raises(RemoteFileError, match="Permission denied"):
                    await work()
            assert await transport.read_files([("/etc/shadow", 0, 10)]) == [None]
    assert not (tmp_path / "here").exists()


async def test_pipes_and_devices_hold_nobody_up(
    server: OpenSsh, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    async with server.transport() as transport:
        with anyio.fail_after(10):
            for path in (str(tmp_path / "pipe"), "/dev/zero"):
                with pytest.raises(RemoteFileError, match="not a regular file"):
                    await transport.read_file(path, 0, 10)
                with pytest.raises(RemoteFileError, match="not a regular file"):
                    await transport.fetch_files([(path, tmp_path / "here")])
                assert await transport.read_files([(path, 0, 10)]) == [None]
    assert server.logins() == 1


async def test_a_file_that_grows_meanwhile_is_not_taken_for_whole(
    server: OpenSsh, tmp_path: Path
) -> None:
    growing = tmp_path / "growing"
    growing.write_bytes(os.urandom(20 * MIB))
    async with server.transport() as transport, anyio.create_task_group() as group:

        async def grow() -> None:
            with growing.open("ab") as file:
                while True:
                    file.write(b"more")
                    file.flush()
                    await anyio.sleep(0.001)

        group.start_soon(grow)
        with pytest.raises(TransportError, match="changed while it was fetched"):
            await transport.fetch_files([(str(growing), tmp_path / "here")])
        group.cancel_scope.cancel()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["growing", "sshd"]


async def test_without_a_program_for_sums_size_and_time_are_compared(
    server: OpenSsh, tmp_path: Path
) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "env", "head", "tail"):
        (bare / name).symlink_to(f"/usr/bin/{name}")
    (server.home / ".bashrc").write_text(f"PATH={bare}\n")
    (tmp_path / "there").write_bytes(b"x" * 1000)
    async with server.transport() as transport:
        fetched = [(str(tmp_path / "there"), tmp_path / "here")]
        await transport.fetch_files(fetched)
    assert (tmp_path / "here").read_bytes() == b"x" * 1000


async def test_large_files_come_and_go_whole(server: OpenSsh, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(50 * MIB + 1))
    async with server.connections() as connections:
        transport = SshTransport(connections, server.target)
        await transport.put_file(source, str(tmp_path / "there"))
        await transport.fetch_files([(str(tmp_path / "there"), tmp_path / "here")])
        budget = connections.budget(server.target)
    sums = {
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        for name in ("source", "there", "here")
    }
    assert len(sums) == 1
    assert budget.bytes_sent >= 50 * MIB
    assert budget.bytes_received >= 50 * MIB


async def test_commands_do_not_wait_behind_transfers(
    server: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "there").write_bytes(bytes(100 * MIB))
    took = []
    async with server.transport() as transport:
        await transport.run(["true"], deadline_s=10)
        async with anyio.create_task_group() as group:

            async def ask() -> None:
                while True:
                    before = anyio.current_time()
                    await transport.run(["true"], deadline_s=10, is_control=True)
                    took.append(anyio.current_time() - before)

            group.start_soon(ask)
            await transport.fetch_files([(str(tmp_path / "there"), tmp_path / "here")])
            group.cancel_scope.cancel()
    assert len(took) >= 3
    assert max(took) < 2


async def test_a_fetch_that_is_given_up_leaves_nothing_and_harms_nobody(
    server: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "there").write_bytes(bytes(100 * MIB))
    async with server.transport() as transport:
        await transport.run(["true"], deadline_s=10)
        with anyio.move_on_after(0.1):
            await transport.fetch_files([(str(tmp_path / "there"), tmp_path / "here")])
        assert await transport.read_file(str(tmp_path / "there"), 5, 5) == bytes(5)
        with anyio.move_on_after(0.1):
            await transport.put_file(tmp_path / "there", str(tmp_path / "up"))
        assert (await transport.run(["true"], deadline_s=10)).exit_code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["sshd", "there"]
    assert server.logins() == 1


async def test_a_tree_is_never_removed_by_a_detour(
    server: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    async with server.transport() as transport:
        for path in (f"{tmp_path}/x/../precious", "precious", "", "/", "/x"):
            with pytest.raises(RemoteFileError):
                await transport.remove_tree(path)
    assert (tmp_path / "precious").exists()


async def test_a_link_below_a_tree_is_not_followed_when_it_is_removed(
    server: OpenSsh, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("x")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path)
    async with server.transport() as transport:
        await transport.remove_tree(str(tmp_path / "tree"))
    assert (tmp_path / "precious").exists()
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("subsystem", ["sftp /nowhere/sftp-server", "other /bin/true"])
async def test_a_server_without_sftp_says_so_at_once(
    server: OpenSsh, tmp_path: Path, subsystem: str
) -> None:
    server.stop()
    server.options = [f"Subsystem {subsystem}"]
    server.start()
    async with server.transport() as transport:
        with anyio.fail_after(10), pytest.raises(TransportError):
            await transport.write_file(str(tmp_path / "x"), b"x")
        assert (await transport.run(["true"], deadline_s=10)).exit_code == 0
