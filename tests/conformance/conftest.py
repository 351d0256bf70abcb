"""Every way to a machine, ready to be used; ssh leads to a server of our own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from crystalmathd.runners.transports import TRANSPORTS
from crystalmathd.runners.transports.base import Transport
from tests.real.openssh import OpenSsh
from tests.real.programs import require


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    require("ssh")
    server = OpenSsh(tmp_path_factory.mktemp("sshd"))
    yield server.start()
    server.stop()


@asynccontextmanager
async def opened(name: str, request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    if name == "local":
        yield TRANSPORTS[name]()
        return
    server: OpenSsh = request.getfixturevalue("ssh_server")
    async with server.connections() as connections:
        yield TRANSPORTS[name](connections, server.target)


@pytest.fixture
async def transport(
    request: pytest.FixtureRequest,
    anyio_backend: str,  # noqa: ARG001  # says which loop
) -> AsyncIterator[Transport]:
    """Return the transport that the test is run for; see `WAYS`."""
    async with opened(request.param, request) as transport:
        yield transport
