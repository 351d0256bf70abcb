"""HTTP servers of the tests, on loopback: what they were asked, faults at command."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "k3y" + "0" * 29
OTHER_KEY = "0ther" + "0" * 27
"""What the servers take for a valid key: 32 characters."""
THIRD_KEY = "th1rd" + "0" * 27
KEYS = {KEY, OTHER_KEY, THIRD_KEY}


@dataclass
class Fault:
    """What happens to requests instead of an answer, `times` times after `after`.

    `kind`: a status (`429`), or garbage, html, drop, cut (a body that ends early), or
    drip (one that never ends). `path`: only there. `wait_s`: before anything is said.
    """

    kind: str = ""
    times: int = 1_000
    after: int = 0
    wait_s: float = 0.0
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass
class Control:
    """The other end of a server: its address, what it was asked, its next fault."""

    endpoint: str = ""
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    fault: Fault | None = None
    page_limit: int | None = None
    """What a server of OPTIMADE makes of a larger one that is asked for."""
    over: threading.Event = field(default_factory=threading.Event)

    def due(self, path: str) -> Fault | None:
        """Take one of the faults that are left for a path."""
        fault = self.fault
        if fault is None or not path.startswith(fault.path or "/"):
            return None
        if fault.after > 0:
            fault.after -= 1
            return None
        fault.times -= 1
        return fault if fault.times >= 0 else None

    def n_asked(self, path: str) -> int:
        return sum(urlsplit(one).path.startswith(path) for one in self.asked)


Answer = Callable[[str, dict[str, str]], tuple[int, Any]]
"""Path and query in, status and JSON out."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    control: Control
    answer: Answer

    def log_message(self, *_: object) -> None:
        """Say nothing: the test asks `control`."""

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        key = self.headers.get("x-api-key", "")
        self.control.asked.append(self.path)
        self.control.keys.append(key)
        fault = self.control.due(split.path)
        if fault is not None:
            self.control.over.wait(fault.wait_s)
            if fault.kind:
                self._fail(fault, key)
                return
        query = {k: v[-1] for k, v in parse_qs(split.query).items()}
        status, said = type(self).answer(split.path, {**query, "x-api-key": key})
        self._say(status, json.dumps(said).encode())

    def _fail(self, fault: Fault, key: str) -> None:
        if fault.kind == "drop":
            self.close_connection = True
        elif fault.kind == "html":
            self._say(200, b"<!doctype html><p>Please log in</p>", "text/html")
        elif fault.kind == "garbage":
            self._say(200, b'{"data": [')
        elif fault.kind == "drip":
            self._drip()
        elif fault.kind == "cut":
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            self.wfile.write(b'{"data": [')
            self.close_connection = True
        else:
            said = fault.body or {"detail": f"induced, the key was {key}"}
            self._say(int(fault.kind), json.dumps(said).encode(), **fault.headers)

    def _drip(self) -> None:
        """Send a byte now and then, always before a client loses its patience."""
        self.send_response(200)
        self.send_header("content-length", "100000")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(ConnectionError):
            while not self.control.over.wait(0.1):
                self.wfile.write(b" ")

    def _say(
        self,
        status: int,
        body: bytes,
        content: str = "application/json",
        **headers: str,
    ) -> None:
        with contextlib.suppress(ConnectionError):  # who asked may have gone
            self.send_response(status)
            self.send_header("content-type", content)
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that went away: tests make them do so."""


@contextlib.contextmanager
def serving(answer: Answer, *, host: str, ports: tuple[int, ...]) -> Iterator[Control]:
    """Run a server on the first free port, which `host` names."""
    control = Control()
    names = {"control": control, "answer": staticmethod(answer)}
    handler = type("Handler", (_Handler,), names)
    server = None
    for port in ports:
        with contextlib.suppress(OSError):
            server = _Server(("127.0.0.1", port), handler)
            break
    assert server is not None, f"none of the ports {ports} is free"
    control.endpoint = f"http://{host}:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    try:
        yield control
    finally:
        control.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def unused_endpoint() -> str:
    """Return an address at which nobody listens."""
    server = _Server(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"
