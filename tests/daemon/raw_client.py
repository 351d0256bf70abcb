"""A client that says exactly what a test wants said, right or wrong."""

import itertools
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crystalmath_protocol.submissions import Sweep
from tests.harness import RunningDaemon, deck

PATIENCE_S = 20.0


def request(call_id: object, method: str, /, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}


def line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


class RawClient:
    """A socket with lines of JSON on it. `receive` raises EOFError at the end."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(str(path))
        self._file = self.socket.makefile("rb")
        self._ids = itertools.count(1)
        self._quicker: list[Any] = []

    def send(self, *messages: object) -> None:
        self.socket.sendall(b"".join(map(line, messages)))

    def receive(self) -> Any:
        found = self._file.readline()
        if not found.endswith(b"\n"):
            raise EOFError(found)
        return json.loads(found)

    def receive_all(self, count: int) -> dict[object, Any]:
        """Return so many replies by their ids."""
        replies = [self.receive() for _ in range(count)]
        by_id = {reply["id"]: reply for reply in replies}
        assert len(by_id) == count, replies
        return by_id

    def ask(self, method: str, /, **params: Any) -> Any:
        """Call and return the whole reply."""
        call_id = f"ask-{next(self._ids)}"
        self.send(request(call_id, method, **params))
        reply = self.receive()
        while "method" in reply:  # a notification was quicker
            self._quicker.append(reply)
            reply = self.receive()
        assert reply["id"] == call_id, reply
        return reply

    def result(self, method: str, /, **params: Any) -> Any:
        reply = self.ask(method, **params)
        assert "result" in reply, reply
        return reply["result"]

    def kind(self, method: str, /, **params: Any) -> str:
        """Call and return the kind of the error that must follow."""
        reply = self.ask(method, **params)
        assert "error" in reply, reply
        return str(reply["error"]["data"]["kind"])

    def notifications(self) -> Iterator[Any]:
        """Yield the parameters of every notification; nothing else may come."""
        while True:
            message = self._quicker.pop(0) if self._quicker else self.receive()
            assert message["method"] == "events", message
            yield message["params"]

    def has_ended(self) -> bool:
        """Read to the end; False if the daemon keeps the connection too long."""
        try:
            while self._file.readline():
                pass
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return True

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def fill_log_of_events(daemon: RunningDaemon, n_jobs: int) -> None:
    """Queue jobs behind one that does not end, on a daemon with one core."""
    with daemon.connection() as connection:
        blocker = daemon.write("blocker.d12", deck(CYCLES=2, CYCLE_S=1000))
        connection.submit_job(inputs=[blocker])
        many = daemon.write("many.d12", deck("${x}"))
        for start in range(0, n_jobs, 1000):
            values = [str(n) for n in range(start, min(start + 1000, n_jobs))]
            sweep = [Sweep(name="x", values=tuple(values))]
            connection.submit_job(inputs=[many], sweep=sweep)
