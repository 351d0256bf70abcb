"""What a network does to everything that goes over it: late, never wrong, over soon."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from crystalmathd.runners.connections import ConnectionManager
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.runners.transports.ssh import SshTransport
from tests.real.fault_proxy import Fault, FaultProxy, Kind
from tests.real.openssh import OpenSsh

pytestmark = [pytest.mark.anyio, pytest.mark.ssh]
MIB = 1 << 20
LIMITS = SshLimits(
    login_spacing_s=0,
    first_pause_s=0.01,
    connect_s=1,
    login_s=1,
    keepalive_s=0.25,
    keepalive_count=3,
)
HALF_OPEN_S = 4 * 0.25


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Far:
    """A server, the network before it, and a file on each side."""

    def __init__(
        self, proxy: FaultProxy, connections: ConnectionManager, server: OpenSsh
    ) -> None:
        self.proxy = proxy
        self.connections = connections
        self.target = server.target
        self.transport = SshTransport(connections, server.target)
        place = server.directory.parent
        self.source, self.there = place / "source", place / "there"
        self.up, self.here = place / "up", place / "here"
        self.content = os.urandom(8 * MIB)
        self.source.write_bytes(self.content)
        self.there.write_bytes(self.content)

    async def connect(self) -> None:
        self.connections.wake()
        await self.command()

    async def command(self) -> None:
        script = "head -c 100000 /dev/zero; echo done >&2"
        done = await self.transport.run(["sh", "-c", script], deadline_s=20)
        assert (done.exit_code, len(done.stdout)) == (0, 100_000)
        assert done.stderr == b"done\n"

    async def upload(self) -> None:
        await self.transport.put_file(self.source, str(self.up))
        assert self.up.read_bytes() == self.content

    async def fetch(self) -> None:
        await self.transport.fetch_files([(str(self.there), self.here)])
        assert self.here.read_bytes() == self.content


OPERATIONS: dict[str, tuple[Callable[[Far], Awaitable[None]], tuple[int, ...]]] = {
    "connect": (Far.connect, (0, 30, 1_000, 2_500)),
    "command": (Far.command, (0, 100, 300, 50_000)),
    "upload": (Far.upload, (0, 200, 300_000, 5 * MIB)),
    "fetch": (Far.fetch, (0, 200, 300_000, 5 * MIB)),
}
"""What is done, and after how many bytes of it the fault strikes."""


@asynccontextmanager
async def far(tmp_path: Path, limits: SshLimits = LIMITS) -> AsyncIterator[Far]:
    server = OpenSsh(tmp_path / "sshd").start()
    try:
        async with FaultProxy(server.port) as proxy:
            known = server.known_hosts.read_text()
            known += known.replace(str(server.port), str(proxy.port))
            server.known_hosts.write_text(known)
            server.write_config(f"Port {proxy.port}")
            async with server.connections(limits) as connections:
                yield Far(proxy, connections, server)
    finally:
        server.stop()


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_round_trip_of_200_ms_changes_nothing(
    tmp_path: Path, name: str
) -> None:
    operation, _ = OPERATIONS[name]
    limits = replace(LIMITS, connect_s=20, login_s=20, keepalive_s=1)
    async with far(tmp_path, limits) as here:
        here.proxy.fall_ill(Fault(kind=Kind.SLOW, delay_s=0.1))
        with anyio.fail_after(60):
            await operation(here)
        assert here.proxy.has_struck
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.RESET, Kind.BLACK_HOLE])
@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_fault_is_an_error_in_time_and_all_is_well_afterwards(
    tmp_path: Path, name: str, kind: Kind
) -> None:
    operation, moments = OPERATIONS[name]
    async with far(tmp_path) as here:
        await here.command()
        for after in moments:
            here.proxy.fall_ill(Fault(kind=kind, after=after))
            with anyio.fail_after(15), pytest.raises(TransportError):
                await operation(here)
            assert here.proxy.has_struck, after
            # Nothing half has a name, neither there nor here.
            assert not here.up.exists()
            assert not here.here.exists()
            assert not here.here.with_name("here.partial").exists()
            here.proxy.heal()
            here.connections.wake()
            with anyio.fail_after(15):
                await operation(here)
            here.up.unlink(missing_ok=True)
            here.here.unlink(missing_ok=True)


async def test_a_link_that_is_silent_is_found_out(tmp_path: Path) -> None:
    async with far(tmp_path) as here:
        await here.command()
        here.proxy.fall_ill(Fault(kind=Kind.BLACK_HOLE))
        with anyio.fail_after(2 * HALF_OPEN_S + 1):
            while here.connections.host(here.target).connection is not None:
                await anyio.sleep(0.01)
        here.proxy.heal()
        with anyio.fail_after(10):
            await here.command()


async def test_a_deadline_that_passed_shows_whether_the_link_is_dead(
    tmp_path: Path,
) -> None:
    limits = replace(LIMITS, keepalive_s=60, probe_s=0.3)
    async with far(tmp_path, limits) as here:
        await here.command()
        before = here.connections.host(here.target).connection
        with pytest.raises(TransportError, match=r"0\.5 s"):
            await here.transport.run(["sleep", "60"], deadline_s=0.5)
        await here.command()
        assert here.connections.host(here.target).connection is before
        here.proxy.fall_ill(Fault(kind=Kind.BLACK_HOLE))
        with anyio.fail_after(10), pytest.raises(TransportError, match=r"0\.5 s"):
            await here.transport.run(["true"], deadline_s=0.5)
        with anyio.fail_after(5):
            while here.connections.host(here.target).connection is before:
                await anyio.sleep(0.01)
        here.proxy.heal()
        with anyio.fail_after(10):
            await here.command()


def test_in_the_field_that_takes_less_than_a_minute() -> None:
    limits = SshLimits()
    assert limits.keepalive_s * (limits.keepalive_count + 1) < 60
