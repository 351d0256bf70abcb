"""A server that names and sends what no honest one does; nothing of it lands here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import asyncssh
import pytest

from crystalmathd.runners.connections import ConnectionManager, Target
from crystalmathd.runners.secrets import Secrets
from crystalmathd.runners.transports import sftp_files
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.runners.transports.ssh import SshTransport
from tests.real.openssh import FAST

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class OpenDoor(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return False


class Names(asyncssh.SFTPServer):
    """Lists what it was told to, in whatever directory."""

    names: tuple[bytes, ...] = ()
    mode = 0o100644

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # noqa: ARG002
        for name in self.names:
            attributes = asyncssh.SFTPAttrs(permissions=self.mode, size=1)
            yield asyncssh.SFTPName(name, b"", attributes)


@asynccontextmanager
async def served(
    tmp_path: Path, *names: bytes, mode: int = 0o100644
) -> AsyncIterator[SshTransport]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    told = type("Told", (Names,), {"names": names, "mode": mode})
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[key],
        server_factory=OpenDoor,
        sftp_factory=told,
    )
    known = tmp_path / "known_hosts"
    public = key.export_public_key().decode()
    known.write_text(f"[127.0.0.1]:{server.get_port()} {public}")
    config = tmp_path / "config"
    config.write_text(f"Host *\n UserKnownHostsFile {known}\n")
    environ = {"HOME": str(tmp_path)}
    manager = ConnectionManager(Secrets(), limits=FAST, config=config, environ=environ)
    try:
        async with manager as connections:
            target = Target(host="127.0.0.1", port=server.get_port())
            yield SshTransport(connections, target)
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("name", [b"../evil", b"a/b", b"/etc/passwd", b""])
async def test_a_name_that_leads_elsewhere_is_refused(
    tmp_path: Path, name: bytes
) -> None:
    async with served(tmp_path, b"good", name) as transport:
        with pytest.raises(TransportError, match="lists a file as"):
            await transport.list_files("/")


async def test_a_listing_that_does_not_end_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_files, "MAX_LISTED", 1_000)
    names = [str(number).encode() for number in range(1_001)]
    async with served(tmp_path, *names) as transport:
        with pytest.raises(TransportError, match="more than can be listed"):
            await transport.list_files("/")


async def test_a_tree_without_a_bottom_is_broken_off(tmp_path: Path) -> None:
    async with served(tmp_path, b"deeper", mode=0o040755) as transport:
        with anyio.fail_after(20), pytest.raises(TransportError, match="more than"):
            await transport.list_files("/")


async def test_a_server_that_runs_nothing_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as transport:
        with anyio.fail_after(20), pytest.raises(TransportError):
            await transport.run(["true"], deadline_s=5)
