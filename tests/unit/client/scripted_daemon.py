"""A daemon whose every line a test writes, and the client for many tasks beside it."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import msgspec

from crystalmath import aio

Work = Callable[[aio.Connection], Awaitable[Any]]


def connected(work: Work, **options: Any) -> Any:
    """Run something with a connection and return what it returns."""

    async def run() -> Any:
        with anyio.fail_after(20):
            async with aio.connect(**options) as daemon:
                return await work(daemon)

    return anyio.run(run)


class Scripted:
    """A daemon of one connection whose every line a test writes."""

    def __init__(self) -> None:
        self.directory = tempfile.mkdtemp(prefix="cm-")
        self.path = Path(self.directory, "d.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._listener.settimeout(10)
        self._opened = ExitStack()

    def accept(self) -> None:
        self.peer, _ = self._listener.accept()
        self.peer.settimeout(10)
        self._opened.enter_context(self.peer)
        self._lines = self._opened.enter_context(self.peer.makefile("rb"))

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self._lines.readline())
        return found

    def say(self, **message: Any) -> None:
        line = msgspec.json.encode({"jsonrpc": "2.0", **message})
        self.peer.sendall(line + b"\n")

    def close(self) -> None:
        self._opened.close()
        self._listener.close()
        shutil.rmtree(self.directory)


def with_script(scripted: Scripted, script: Callable[[], None], work: Work) -> Any:
    """Run a script for the daemon beside the client's work."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            scripted.accept()
            script()
        except BaseException as error:  # noqa: BLE001 - raised by the test
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    result = connected(work, socket=scripted.path, greets=False)
    thread.join(10)
    assert not failures, failures
    return result
