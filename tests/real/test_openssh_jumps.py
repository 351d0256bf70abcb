"""A server behind another one: the way there is pooled like every connection."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from crystalmathd.errors import (
    HostKeyUnknownError,
    HostUnreachableError,
    SshConfigError,
)
from crystalmathd.models.clusters import HostState
from crystalmathd.runners.connections import Target
from crystalmathd.runners.transports.ssh import SshTransport
from tests.real.openssh import OpenSsh

pytestmark = [pytest.mark.anyio, pytest.mark.ssh]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[OpenSsh]:
    gate = OpenSsh(tmp_path / "gate", alias="gate")
    yield gate.start()
    gate.stop()


@pytest.fixture
def inner(tmp_path: Path, gate: OpenSsh) -> Iterator[OpenSsh]:
    """Two names for one server, which the configuration reaches over the gate."""
    inner = OpenSsh(tmp_path / "inner", alias="inner other")
    inner.write_config("ProxyJump gate")
    inner.config.write_text(inner.config.read_text() + gate.config.read_text())
    yield inner.start()
    inner.stop()


async def test_two_hosts_behind_a_gate_share_one_login_there(
    gate: OpenSsh, inner: OpenSsh
) -> None:
    async with inner.connections() as connections:
        codes = []

        async def run(name: str) -> None:
            transport = SshTransport(connections, Target(host=name))
            codes.append((await transport.run(["true"], deadline_s=10)).exit_code)

        async with anyio.create_task_group() as group:
            group.start_soon(run, "inner")
            group.start_soon(run, "other")
        assert codes == [0, 0]
        assert connections.budget(Target(host="gate")).n_logins == 1
    assert gate.logins() == 1
    assert inner.logins() == 2


async def test_a_target_may_name_its_own_way(gate: OpenSsh, inner: OpenSsh) -> None:
    inner.write_config()
    inner.config.write_text(inner.config.read_text() + gate.config.read_text())
    target = Target(host="inner", proxy_jump=f"{gate.user}@gate:{gate.port}")
    async with inner.connections() as connections:
        await connections.connection(target)
    assert gate.logins() == 1


async def test_the_gate_is_what_is_named_when_it_stands_in_the_way(
    gate: OpenSsh, inner: OpenSsh
) -> None:
    gate.known_hosts.unlink()
    target, way = Target(host="inner"), Target(host="gate")
    async with inner.connections() as connections:
        with pytest.raises(HostKeyUnknownError) as caught:
            await connections.connection(target)
        assert caught.value.facts["host"] == "gate"
        assert connections.budget(way).state is HostState.AUTH_REQUIRED
        await connections.trust(way, caught.value.facts["fingerprint"])
        await connections.connection(target)
    assert inner.logins() == 1


async def test_the_key_of_a_host_behind_a_gate_is_fetched_over_it(
    inner: OpenSsh,
) -> None:
    inner.known_hosts.unlink()
    target = Target(host="inner")
    async with inner.connections() as connections:
        with pytest.raises(HostKeyUnknownError) as caught:
            await connections.connection(target)
        await connections.trust(target, caught.value.facts["fingerprint"])
        await connections.connection(target)


async def test_a_host_that_the_gate_cannot_reach_is_unreachable(
    inner: OpenSsh,
) -> None:
    inner.stop()
    async with inner.connections() as connections:
        with pytest.raises(HostUnreachableError, match="inner") as caught:
            await connections.connection(Target(host="inner"))
        assert "gate" not in caught.value.facts["host"]
        assert connections.budget(Target(host="gate")).state is HostState.CLOSED


async def test_when_the_gate_hangs_up_both_are_made_anew(
    gate: OpenSsh, inner: OpenSsh
) -> None:
    async with inner.connections() as connections:
        transport = SshTransport(connections, Target(host="inner"))
        await transport.run(["true"], deadline_s=10)
        gate.stop()
        gate.start()
        with anyio.fail_after(10):
            while connections.host(Target(host="inner")).connection is not None:
                await anyio.sleep(0.01)
        await transport.run(["true"], deadline_s=10)
    assert (gate.logins(), inner.logins()) == (2, 2)


async def test_a_way_that_leads_in_a_circle_is_told(gate: OpenSsh) -> None:
    gate.config.write_text("Host *\n  ProxyJump gate\n")
    async with gate.connections() as connections:
        with pytest.raises(SshConfigError, match=r"circle: inner → gate → gate"):
            await connections.connection(Target(host="inner"))
