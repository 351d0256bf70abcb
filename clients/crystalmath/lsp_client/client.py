"""One language server: its process, what is asked of it, and what it says."""

import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc

from crystalmath import __version__
from crystalmath.errors import CrystalmathError
from crystalmath.lsp.json_text import Unreadable, decoded, encoded
from crystalmath.lsp_client.answers import answer_to
from crystalmath_protocol.framing import Frame, FrameDecoder, Framing, encode_frame

Object = dict[str, Any]

MAX_MESSAGE_BYTES: Final = 64 << 20
START_S: Final = 30.0
TIMEOUT_S: Final = 30.0
LEAVE_S: Final = 3.0
LAST_WORDS_BYTES: Final = 2000
ENDED: Final = "it ended"
_GONE: Final = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
_CAPABILITIES: Final = {
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"snippetSupport": True}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}, "configuration": True},
}


class ServerGoneError(CrystalmathError):
    """The server ended, or never began."""

    template = "The language server {command!r} is gone: {reason}.{said}"


class RequestFailedError(CrystalmathError):
    """The server refused a request; `code` is one of JSON-RPC."""

    template = "The language server refused {method}: {message} ({code})"


class Pending:
    """A request whose reply has not come."""

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.message: Object | None = None


class LanguageServer:
    """A server that runs; `running_server` makes one.

    `capabilities`: what it said that it can do; `encoding`: what its columns count.
    """

    def __init__(self, process: anyio.abc.Process, command: Sequence[str]) -> None:
        self.capabilities: Object = {}
        self.encoding = "utf-16"
        self.messages: deque[str] = deque(maxlen=100)
        """What it wanted to be shown to the person, newest last."""
        self._process = process
        self._command = command
        self._numbers = itertools.count(1)
        self._pending: dict[int | str | None, Pending] = {}
        self._diagnostics: dict[str, list[Object]] = {}
        self._versions: dict[str, int] = {}
        self._fresh: set[str] = set()
        self._news = anyio.Event()
        self._sending = anyio.Lock()
        self._said = b""
        self._reason: str | None = None
        self._unsent: deque[Object] = deque()

    # documents

    def open(self, uri: str, language: str, text: str) -> None:
        """Show the server a document; what it says about it is waited for."""
        self._versions[uri] = 1
        self._fresh.discard(uri)
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, text: str) -> None:
        """Replace the text of an open document."""
        self._versions[uri] += 1
        self._fresh.discard(uri)
        identifier = {"uri": uri, "version": self._versions[uri]}
        params = {"textDocument": identifier, "contentChanges": [{"text": text}]}
        self.notify("textDocument/didChange", params)

    def save(self, uri: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close(self, uri: str) -> None:
        self._versions.pop(uri, None)
        self._diagnostics.pop(uri, None)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    async def diagnostics(self, uri: str, timeout_s: float = TIMEOUT_S) -> list[Object]:
        """Return what the server says about a document as it was last sent.

        Raises
        ------
        TimeoutError
            If it says nothing in time.
        ServerGoneError
        """
        with anyio.fail_after(timeout_s):
            while uri not in self._fresh:
                self._check_alive()
                await self._news.wait()
        return self._diagnostics[uri]

    async def at(self, method: str, uri: str, line: int, character: int) -> Any:  # noqa: ANN401 - JSON
        """Ask something about a place, counted from 0 in the server's `encoding`."""
        position = {"line": line, "character": character}
        params = {"textDocument": {"uri": uri}, "position": position}
        return await self.request(method, params)

    # messages

    async def request(
        self,
        method: str,
        params: Object | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the result of a request; one that is given up is withdrawn.

        Raises
        ------
        RequestFailedError, ServerGoneError
        TimeoutError
            If there is no answer in time.
        """
        self._check_alive()
        number = next(self._numbers)
        pending = self._pending[number] = Pending()
        message: Object = {"jsonrpc": "2.0", "id": number, "method": method}
        self._send(message if params is None else message | {"params": params})
        try:
            with anyio.fail_after(timeout_s):
                await pending.done.wait()
        except BaseException:
            self.notify("$/cancelRequest", {"id": number})
            raise
        finally:
            del self._pending[number]
        if pending.message is None:
            self._check_alive()
            raise self._gone(ENDED)
        error = pending.message.get("error")
        if isinstance(error, dict):
            fields = {"message": error.get("message"), "code": error.get("code")}
            raise RequestFailedError(method=method, **fields)
        return pending.message.get("result")

    def notify(self, method: str, params: Object | None = None) -> None:
        """Tell the server something; one that is gone is told nothing."""
        message: Object = {"jsonrpc": "2.0", "method": method}
        self._send(message if params is None else message | {"params": params})

    def _send(self, message: Object) -> None:
        if self._reason is None:
            self._unsent.append(message)
            self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    def _check_alive(self) -> None:
        if self._reason is not None:
            raise self._gone(self._reason)

    def _gone(self, reason: str) -> ServerGoneError:
        words = self._said.decode(errors="replace").strip()
        said = f"\n{words}" if words else ""
        command = " ".join(self._command)
        return ServerGoneError(command=command, reason=reason, said=said)

    # the process

    async def write(self) -> None:
        """Send what there is to send, until the server goes away."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it was started with pipes
        with suppress(*_GONE):
            while True:
                while self._unsent:
                    frame = encoded(self._unsent.popleft())
                    await stdin.send(encode_frame(frame, Framing.HEADERS))
                await self._news.wait()

    async def read(self) -> None:
        """Take what the server says until it ends."""
        decoder = FrameDecoder(MAX_MESSAGE_BYTES, Framing.HEADERS)
        reason = ENDED
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was started with pipes
        try:
            async for chunk in stdout:
                for found in decoder.feed(chunk):
                    if not isinstance(found, Frame):
                        reason = f"what it says is no message: {found.reason}"
                        return
                    self._take(decoded(found.payload))
        except Unreadable as error:
            reason = f"what it says is no JSON: {error}"
        except _GONE:
            pass
        finally:
            self._reason = reason
            for pending in self._pending.values():
                pending.done.set()
            self._wake()

    async def listen(self) -> None:
        """Keep the end of what is said on standard error."""
        stderr = self._process.stderr
        assert stderr is not None  # noqa: S101 - it was started with pipes
        with suppress(*_GONE):
            async for chunk in stderr:
                self._said = (self._said + chunk)[-LAST_WORDS_BYTES:]

    def _take(self, message: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(message, dict):
            return
        method, params = message.get("method"), message.get("params")
        if method is None:
            number = message.get("id")
            pending = (
                self._pending.get(number) if isinstance(number, int | str) else None
            )
            if pending is not None:
                pending.message = message
                pending.done.set()
        elif "id" in message:
            self._send(answer_to(message))
        elif isinstance(params, dict):
            self._heed(method, params)

    def _heed(self, method: str, params: Object) -> None:
        if method == "textDocument/publishDiagnostics":
            uri, version = params.get("uri", ""), params.get("version")
            if version is None or version == self._versions.get(uri):
                self._diagnostics[uri] = params.get("diagnostics", [])
                self._fresh.add(uri)
                self._wake()
        elif method == "window/showMessage":
            self.messages.append(str(params.get("message")))
            self._wake()

    async def initialize(self, root: Path | None) -> None:
        """Agree with the server on what both can do."""
        folder = root.as_uri() if root else None
        folders = [{"uri": folder, "name": root.name}] if root else None
        params = {
            "processId": None,
            "clientInfo": {"name": "crystalmath", "version": __version__},
            "rootUri": folder,
            "workspaceFolders": folders,
            "capabilities": _CAPABILITIES,
        }
        try:
            result = await self.request("initialize", params, timeout_s=START_S)
        except TimeoutError as error:
            raise self._gone(f"it does not answer within {START_S:g} s") from error
        self.capabilities = (result or {}).get("capabilities", {})
        self.encoding = self.capabilities.get("positionEncoding") or "utf-16"
        self.notify("initialized", {})

    async def leave(self) -> None:
        """Ask the server to end, and see that it does."""
        with suppress(TimeoutError, CrystalmathError):
            await self.request("shutdown", timeout_s=LEAVE_S)
            self.notify("exit")
        ends = [self._process.terminate, self._process.kill]
        if self._reason in {None, ENDED}:
            ends.insert(0, lambda: None)
        for end in ends:
            if await self._has_ended(end):
                return

    async def _has_ended(self, end: Callable[[], None]) -> bool:
        with suppress(ProcessLookupError):
            end()
        with anyio.move_on_after(LEAVE_S):
            await self._process.wait()
        return self._process.returncode is not None


@asynccontextmanager
async def running_server(
    command: Sequence[str], *, root: Path | None = None
) -> AsyncIterator[LanguageServer]:
    """Yield a server that was started and initialized; it ends with the block.

    Raises
    ------
    ServerGoneError
        If it does not start, or ends before it has answered.
    """
    try:
        process = await anyio.open_process(command)
    except OSError as error:
        fields = {"reason": error.strerror or error, "said": ""}
        raise ServerGoneError(command=" ".join(command), **fields) from error
    server = LanguageServer(process, command)
    failure: Exception | None = None
    async with process, anyio.create_task_group() as tasks:
        for task in (server.write, server.read, server.listen):
            tasks.start_soon(task)
        try:
            await server.initialize(root)
            yield server
        except Exception as error:  # noqa: BLE001 - raised below, in no group
            failure = error
        finally:
            with anyio.CancelScope(shield=True):
                await server.leave()
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
