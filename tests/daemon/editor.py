"""An editor as the language server sees one; every message is validated."""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from lsprotocol import converters, types

from crystalmath_protocol.framing import Frame, FrameDecoder, Framing, encode_frame
from tests.harness import RunningDaemon

PATIENCE_S = 20.0
CAPABILITIES: dict[str, Any] = {
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True},
        "completion": {"completionItem": {"snippetSupport": True}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
    },
    "workspace": {
        "codeLens": {"refreshSupport": True},
        "workspaceEdit": {"documentChanges": True},
    },
}
ASKS_ITSELF: dict[str, Any] = {
    "textDocument": {"diagnostic": {}},
    "workspace": {"diagnostics": {"refreshSupport": True}},
}
_converter = converters.get_converter()


class Editor:
    """The command `crystalmath lsp`, spoken to as an editor does."""

    def __init__(self, daemon: RunningDaemon, *, validates: bool = True) -> None:
        self._validates = validates
        words = [sys.executable, "-m", "crystalmath", "lsp"]
        # No pipe: nobody empties it, and a full one stops the server.
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self.process = subprocess.Popen(
            [*words, "--socket", str(daemon.socket)],
            env=daemon.environ,
            cwd=daemon.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
        )
        self.received: list[dict[str, Any]] = []
        self._decoder = FrameDecoder(64 << 20, Framing.HEADERS)
        self._n_requests = 0
        self._methods: dict[int, str] = {}
        self.versions: dict[str, int] = {}

    # messages

    def send(self, message: dict[str, Any]) -> None:
        payload = json.dumps({"jsonrpc": "2.0"} | message).encode()
        self.send_bytes(encode_frame(payload, Framing.HEADERS))

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method} | ({} if params is None else {"params": params}))

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request and return its number."""
        self._n_requests += 1
        self._methods[self._n_requests] = method
        message = {"id": self._n_requests, "method": method}
        self.send(message if params is None else message | {"params": params})
        return self._n_requests

    def reply_to(self, number: int) -> dict[str, Any]:
        return self.wait_for(lambda m: m.get("id") == number and "method" not in m)

    def request(self, method: str, params: Any = None) -> Any:
        reply = self.reply_to(self.ask(method, params))
        assert "error" not in reply, reply
        return reply["result"]

    def refusal(self, method: str, params: Any = None) -> int:
        """Return the code of the error with which a request is answered."""
        code: int = self.reply_to(self.ask(method, params))["error"]["code"]
        return code

    def wait_for(
        self, is_it: Callable[[dict[str, Any]], Any], patience_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Take messages until one is it; those before it are kept in `received`."""
        deadline = time.monotonic() + patience_s
        looked = 0
        while True:
            for index in range(looked, len(self.received)):
                if is_it(self.received[index]):
                    return self.received.pop(index)
            looked = len(self.received)
            self.read(deadline)

    def read(self, deadline: float) -> None:
        """Take what came; wait for something until the deadline."""
        assert self.process.stdout is not None
        left_s = max(deadline - time.monotonic(), 0)
        ready, _, _ = select.select([self.process.stdout], [], [], left_s)
        assert ready, f"nothing came in time; before: {self.received}"
        chunk = os.read(self.process.stdout.fileno(), 1 << 16)
        assert chunk, f"the server ended: {self.last_words()}"
        for found in self._decoder.feed(chunk):
            assert isinstance(found, Frame), found
            message = json.loads(found.payload)
            if self._validates:
                self._validate(message)
            self.received.append(message)

    def _validate(self, message: dict[str, Any]) -> None:
        """See that a message is one of the protocol."""
        assert message.get("jsonrpc") == "2.0"
        if "method" in message:
            _converter.structure(message, types.METHOD_TO_TYPES[message["method"]][0])
        elif "error" in message:
            _converter.structure(message, types.ResponseErrorMessage)
        else:
            method = self._methods[message["id"]]
            _converter.structure(message, types.METHOD_TO_TYPES[method][1])

    # a session

    def begin(self, capabilities: dict[str, Any] | None = None) -> dict[str, Any]:
        params = {
            "processId": None,
            "rootUri": None,
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
        }
        result: dict[str, Any] = self.request("initialize", params)
        self.notify("initialized", {})
        return result

    def end(self) -> int:
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE_S)

    def last_words(self) -> str:
        self._words.seek(0)
        return self._words.read().decode()

    def close(self) -> str:
        """End the server whatever it does, and return what it said on stderr."""
        self.process.kill()
        self.process.wait()
        words = self.last_words()
        for stream in (self.process.stdin, self.process.stdout, self._words):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue
        return words

    # documents

    def open(self, uri: str, text: str, language: str = "") -> None:
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, *changes: dict[str, Any]) -> None:
        self.versions[uri] += 1
        identifier = {"uri": uri, "version": self.versions[uri]}
        params = {"textDocument": identifier, "contentChanges": list(changes)}
        self.notify("textDocument/didChange", params)

    def about(self, uri: str, **more: Any) -> dict[str, Any]:
        return {"textDocument": {"uri": uri}, **more}

    def at(self, uri: str, line: int, character: int) -> dict[str, Any]:
        return self.about(uri, position={"line": line, "character": character})

    def published(
        self, uri: str, version: int | None = None, patience_s: float = PATIENCE_S
    ) -> list[dict[str, Any]]:
        """Return what is published about a version of a document; else the present."""
        version = self.versions[uri] if version is None else version

        def is_it(message: dict[str, Any]) -> bool:
            params = message.get("params") or {}
            is_published = message.get("method") == "textDocument/publishDiagnostics"
            return is_published and (params["uri"], params.get("version")) == (
                uri,
                version,
            )

        found: list[dict[str, Any]] = self.wait_for(is_it, patience_s)["params"][
            "diagnostics"
        ]
        return found

    def codes(self, uri: str) -> list[str]:
        return [one["code"] for one in self.published(uri)]
