"""A daemon of one thread that speaks the real protocol and knows only its answers."""

import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgspec

from crystalmath_protocol import PROTOCOL
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import Frame, FrameDecoder, Framing, encode_frame
from crystalmath_protocol.method import Result
from crystalmath_protocol.schema import METHODS
from crystalmath_protocol.system import FrameLimits, HelloResult, PingResult


class Refusal(Exception):  # noqa: N818 - it is what the fake answers, not a mistake
    """An error reply."""

    def __init__(self, code: ErrorCode, message: str, **data: Any) -> None:
        super().__init__(message)
        self.reply = {
            "code": code.code,
            "message": message,
            "data": {"kind": code.kind, "retryable": code.is_retryable, **data},
        }


class HangUp(Exception):  # noqa: N818 - likewise
    """Close the connection instead of answering."""


Answer = Callable[[Any], Result]


def pong(_: Any) -> PingResult:
    return PingResult(time_ms=7)


def always_hang_up(_: Any) -> Any:
    raise HangUp


def hang_up_once(answer: Any) -> Any:
    calls: list[object] = []

    def answered(params: Any) -> Any:
        calls.append(params)
        if len(calls) == 1:
            raise HangUp
        return answer(params)

    return answered


class FakeDaemon:
    """Answers each method with the function of its name; remembers the calls."""

    def __init__(self, socket_path: Path | None = None, **answers: Answer) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="cm-")
        self.socket = socket_path or Path(self._directory.name, "d.sock")
        self.answers: dict[str, Answer] = {"hello": hello, **answers}
        self.calls: list[tuple[str, Any]] = []
        self.traces: list[str] = []
        self.n_connections = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._directory.cleanup()

    def stop(self) -> None:
        # `close` alone would not wake the thread that waits in `accept`.
        for opened in (self._listener, *self._open):
            try:
                opened.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                opened.close()
        for thread in self._threads:
            thread.join(5)
        self.socket.unlink(missing_ok=True)

    def asked(self, name: str) -> list[Any]:
        return [params for method, params in self.calls if method == name]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.n_connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        decoder = FrameDecoder()
        with connection:
            while True:
                try:
                    chunk = connection.recv(65536)
                    for frame in decoder.feed(chunk) if chunk else [None]:
                        assert isinstance(frame, Frame)
                        reply = self._reply(msgspec.json.decode(frame.payload))
                        payload = msgspec.json.encode(reply)
                        connection.sendall(encode_frame(payload, Framing.LINES))
                except (OSError, AssertionError, HangUp):
                    return

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["method"]
        plain = request["params"]
        self.traces.append(plain.pop("_meta")["traceparent"].split("-")[1])
        params = msgspec.convert(plain, METHODS[name].params)
        self.calls.append((name, params))
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            return {**reply, "result": self.answers.get(name, unknown)(params)}
        except Refusal as refusal:
            return {**reply, "error": refusal.reply}


def unknown(params: Any) -> Result:
    name = type(params).__name__
    raise Refusal(ErrorCode.METHOD_NOT_FOUND, f"the fake cannot answer {name}")


def hello(_: Any) -> HelloResult:
    return HelloResult(
        protocol=PROTOCOL,
        server="fake",
        limits=FrameLimits(
            max_request_bytes=1 << 20,
            max_reply_bytes=16 << 20,
            max_batch=64,
            max_in_flight=64,
        ),
        store_id="s",
        cursor="s:0",
    )
