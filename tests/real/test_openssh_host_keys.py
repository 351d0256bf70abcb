"""Host keys: unknown ones are trusted after a question, changed ones never."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmathd.errors import (
    HostError,
    HostKeyChangedError,
    HostKeyMismatchError,
    HostKeyUnknownError,
)
from crystalmathd.models.clusters import HostState
from crystalmathd.runners.connections import ConnectionManager
from tests.real.openssh import OpenSsh, make_key

pytestmark = [pytest.mark.anyio, pytest.mark.ssh]
WRONG = "SHA256:" + "A" * 43


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSsh]:
    server = OpenSsh(tmp_path / "sshd")
    yield server.start()
    server.stop()


async def refusal(connections: ConnectionManager, server: OpenSsh) -> HostError:
    with pytest.raises(HostError) as caught:
        await connections.connection(server.target)
    assert server.logins() == 0
    return caught.value


async def test_an_unknown_key_is_trusted_after_a_question(server: OpenSsh) -> None:
    server.known_hosts.unlink()
    async with server.connections() as connections:
        error = await refusal(connections, server)
        assert isinstance(error, HostKeyUnknownError)
        assert error.facts["algorithm"] == "ssh-ed25519"
        assert error.facts["port"] == server.port
        assert connections.budget(server.target).state is HostState.AUTH_REQUIRED
        with pytest.raises(HostKeyMismatchError, match=WRONG):
            await connections.trust(server.target, WRONG)
        assert not server.known_hosts.exists()
        assert isinstance(await refusal(connections, server), HostKeyUnknownError)
        await connections.trust(server.target, error.facts["fingerprint"])
        await connections.connection(server.target)
    assert server.known_hosts.stat().st_mode & 0o777 == 0o600
    assert server.known_hosts.read_text().startswith(f"[127.0.0.1]:{server.port} ")


async def test_trusting_twice_writes_one_line(server: OpenSsh) -> None:
    server.known_hosts.unlink()
    async with server.connections() as connections:
        error = await refusal(connections, server)
        for _ in range(2):
            await connections.trust(server.target, error.facts["fingerprint"])
    assert len(server.known_hosts.read_text().splitlines()) == 1


async def test_a_changed_key_is_refused_without_a_way_around(server: OpenSsh) -> None:
    server.new_host_key()
    before = server.known_hosts.read_text()
    async with server.connections() as connections:
        error = await refusal(connections, server)
        assert isinstance(error, HostKeyChangedError)
        assert f"{server.known_hosts}:1" in str(error)
        assert error.facts["fingerprint"] != error.facts["known_fingerprint"]
        with pytest.raises(HostKeyChangedError):
            await connections.trust(server.target, error.facts["fingerprint"])
        assert isinstance(await refusal(connections, server), HostKeyChangedError)
        assert connections.budget(server.target).n_logins == 1
    assert server.known_hosts.read_text() == before


async def test_a_key_of_another_kind_is_a_changed_one(server: OpenSsh) -> None:
    other = server.directory / "other"
    make_key(other, kind="ecdsa")
    public = Path(f"{other}.pub").read_text()
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {public}")
    async with server.connections() as connections:
        error = await refusal(connections, server)
    assert isinstance(error, HostKeyChangedError)
    assert error.facts["algorithm"] == "ssh-ed25519"


async def test_an_alias_names_the_key_in_the_file(server: OpenSsh) -> None:
    server.known_hosts.unlink()
    server.write_config("HostKeyAlias Cluster")
    async with server.connections() as connections:
        error = await refusal(connections, server)
        await connections.trust(server.target, error.facts["fingerprint"])
        await connections.connection(server.target)
    assert server.known_hosts.read_text().startswith(f"[cluster]:{server.port} ")


async def test_a_configuration_that_turns_verification_off_is_not_followed(
    server: OpenSsh,
) -> None:
    server.write_config("UserKnownHostsFile none", "StrictHostKeyChecking off")
    async with server.connections() as connections:
        assert isinstance(await refusal(connections, server), HostKeyUnknownError)


async def test_a_damaged_line_hides_no_other(server: OpenSsh) -> None:
    text = server.known_hosts.read_text()
    server.known_hosts.write_text(f"damaged\n@what is this\n{text}")
    async with server.connections() as connections:
        await connections.connection(server.target)
