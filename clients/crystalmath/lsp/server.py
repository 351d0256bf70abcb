"""The language server: from `initialize` to `exit`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc
import msgspec

from crystalmath.errors import CrystalmathError
from crystalmath.lsp import peer
from crystalmath.lsp.capabilities import (
    Client,
    client_of,
    initialize_result,
    watched_files,
)
from crystalmath.lsp.checking import Checks, Watches
from crystalmath.lsp.commands import ERROR, Commands
from crystalmath.lsp.companions import texts_wanted_by
from crystalmath.lsp.daemon import Daemon
from crystalmath.lsp.documents import Document, Documents, path_of
from crystalmath.lsp.json_text import Unreadable
from crystalmath.lsp.peer import Peer, RequestRefusedError
from crystalmath.lsp.requests import Requests
from crystalmath.lsp.shapes import checked
from crystalmath.lsp.stdio import EditorStream, StreamBrokenError, not_blocking

Object = dict[str, Any]
EXECUTE: Final = "workspace/executeCommand"
FLUSH_S: Final = 2.0
LENSES_S: Final = 1.0
"""Between two requests to ask for all lenses anew."""


class Server:
    """One editor's session.

    Messages are taken one after the other: what a request is about is the text as it
    was when the request came. Requests are then answered beside each other.
    """

    def __init__(
        self,
        tasks: anyio.abc.TaskGroup,
        send: Callable[[Object], None],
        socket: str | Path | None = None,
    ) -> None:
        self._tasks = tasks
        self._peer = Peer(tasks, send)
        self._documents = Documents()
        self._daemon = Daemon(
            socket,
            came=self._daemon_came,
            failed=self._daemon_failed,
            jobs_changed=self._refresh_lenses,
        )
        self._checks = Checks(self._documents, self._daemon)
        self._watches = Watches(tasks, self._look)
        self._commands = Commands(self._documents, self._daemon, self._say)
        self._client: Client | None = None
        self._requests: Requests
        self._is_shut_down = False
        self._has_lens_news = anyio.Event()
        self.exit_code: int | None = None
        """Set by `exit`: 0 after `shutdown`, else 1."""
        self._notifications: dict[str, Callable[[Object], None]] = {
            "$/cancelRequest": lambda params: self._peer.cancel(params["id"]),
            "textDocument/didOpen": self._did_open,
            "textDocument/didChange": self._did_change,
            "textDocument/didSave": self._did_save,
            "textDocument/didClose": self._did_close,
            "initialized": self._initialized,
            "workspace/didChangeWatchedFiles": self._files_changed,
        }

    def take(self, message: Any) -> None:  # noqa: ANN401 - JSON
        """Take one message of the editor, whatever it is."""
        if not isinstance(message, dict):
            self._peer.refuse(None, peer.INVALID_REQUEST, "That is no message.")
            return
        method, number = message.get("method"), message.get("id")
        if not isinstance(method, str):
            return  # a reply, and we ask for nothing that has an answer
        if "id" not in message:
            self._take_notification(method, message.get("params"))
        elif isinstance(number, int | str):
            try:
                self._take_request(number, method, message.get("params"))
            except RequestRefusedError as error:
                self._peer.refuse(number, error.code, str(error))
            except msgspec.ValidationError as error:
                reason = f"The parameters are not those of {method}: {error}."
                self._peer.refuse(number, peer.INVALID_PARAMS, reason)
        else:
            reason = "An id is a number or a text."
            self._peer.refuse(None, peer.INVALID_REQUEST, reason)

    def _take_notification(self, method: str, params: Any) -> None:  # noqa: ANN401 - JSON
        if method == "exit":
            self.exit_code = 0 if self._is_shut_down else 1
            return
        handler = self._notifications.get(method)
        if handler is None or self._client is None or self._is_shut_down:
            return
        try:
            handler(checked(method, params))
        except msgspec.ValidationError as error:
            peer.log(f"the parameters are not those of {method}: {error}")

    def _take_request(
        self,
        number: int | str,
        method: str,
        said: Any,  # noqa: ANN401 - JSON
    ) -> None:
        if method == "initialize" and self._client is None:
            self._peer.reply(number, self._initialize(checked(method, said)))
        elif self._client is None:
            reason = "The first request is `initialize`."
            raise RequestRefusedError(peer.NOT_INITIALIZED, reason)
        elif method == "initialize" or self._is_shut_down:
            reason = f"{method} cannot come now."
            raise RequestRefusedError(peer.INVALID_REQUEST, reason)
        elif method == "shutdown":
            self._is_shut_down = True
            self._peer.reply(number, None)
        elif method == EXECUTE:
            params = checked(method, said)
            name, arguments = params["command"], params.get("arguments") or []
            answer = partial(self._commands.carry_out, name, arguments)
            self._peer.start(number, answer)
        elif method in self._requests.table:
            self._start(number, method, checked(method, said))
        else:
            reason = f"There is no method {method}."
            raise RequestRefusedError(peer.METHOD_NOT_FOUND, reason)

    def _start(self, number: int | str, method: str, params: Object) -> None:
        uri = params["textDocument"]["uri"]
        document = self._documents.get(uri)
        if document is None:
            reason = f"{uri} is not open."
            raise RequestRefusedError(peer.INVALID_PARAMS, reason)
        answer = partial(self._requests.answer, method, document, params)
        self._peer.start(number, answer)

    def _initialize(self, params: Object) -> Object:
        self._client = client_of(params)
        self._documents.encoding = self._client.encoding
        self._requests = Requests(self._client, self._daemon, self._checks)
        self._tasks.start_soon(self._daemon.keep)
        if self._client.refreshes_lenses:
            self._tasks.start_soon(self._keep_lenses)
        return initialize_result(self._client)

    def _initialized(self, _params: Object) -> None:
        if self._client is not None and self._client.watches_files:
            self._peer.ask("client/registerCapability", watched_files())

    # documents

    def _did_open(self, params: Object) -> None:
        document = self._documents.open(params["textDocument"])
        self._watches.begin(document.uri)
        self._touch_beside(document)

    def _did_change(self, params: Object) -> None:
        document = self._documents.change(
            params["textDocument"], params["contentChanges"]
        )
        if document is None:
            identifier = params["textDocument"]
            peer.log(f"a change of {identifier['uri']} came late and was passed over")
            return
        self._watches.touch(document.uri)
        self._touch_beside(document)

    def _did_save(self, params: Object) -> None:
        uri = params["textDocument"]["uri"]
        document = self._documents.save(uri, params.get("text"))
        if document is not None:
            self._watches.touch(document.uri, 0.0)
            self._touch_beside(document)
            self._refresh_lenses()

    def _did_close(self, params: Object) -> None:
        uri = params["textDocument"]["uri"]
        document = self._documents.close(uri)
        self._watches.end(uri)
        if document is not None:
            self._checks.closed(document)
            self._send_diagnostics(uri, None, [])
            self._touch_beside(document)

    def _files_changed(self, params: Object) -> None:
        """Look again at documents beside files that changed on the disk."""
        paths = {path_of(change["uri"]) for change in params["changes"]}
        directories = {path.parent for path in paths if path is not None}
        found = [
            one
            for one in self._documents.values()
            if one.path is not None and one.path.parent in directories
        ]
        for one in found:
            self._watches.touch(one.uri)
        if found and self._client is not None and self._client.pulls:
            self._peer.ask("workspace/diagnostic/refresh")

    def _touch_beside(self, document: Document) -> None:
        """Look again at documents whose checks look into this one."""
        for other in self._documents.beside(document):
            if document.name in texts_wanted_by(other):
                self._watches.touch(other.uri)

    # what is said without being asked

    async def _look(self, uri: str, deep: bool) -> None:  # noqa: FBT001 - see `Look`
        """Check a document and send what was found, unless it has changed meanwhile.

        An editor that asks itself does so for what is quickly known; it is told to ask
        again when the symmetry has shown more.
        """
        document, client = self._documents.get(uri), self._client
        if document is None or client is None:
            return
        if client.pulls and not deep:
            return
        if deep and document.language != "crystal":
            return
        known = await self._checks.diagnostics(document) if deep else None
        found = await self._checks.diagnostics(document, deep=deep)
        if found == known or self._documents.get(uri) is not document:
            return
        if client.pulls:
            self._peer.ask("workspace/diagnostic/refresh")
        self._send_diagnostics(uri, document.version, found)

    def _send_diagnostics(
        self, uri: str, version: int | None, found: list[Object]
    ) -> None:
        if self._client is None or self._client.pulls:
            return
        params: Object = {"uri": uri, "diagnostics": found}
        if version is not None:
            params["version"] = version
        self._peer.notify("textDocument/publishDiagnostics", params)

    def _say(self, kind: int, text: str) -> None:
        self._peer.notify("window/showMessage", {"type": kind, "message": text})

    def _daemon_came(self) -> None:
        """Look at everything again: this daemon has said nothing about it yet."""
        self._checks.forget()
        self._watches.touch_all()
        if self._client is not None and self._client.pulls:
            self._peer.ask("workspace/diagnostic/refresh")
        self._refresh_lenses()

    def _daemon_failed(self, error: CrystalmathError) -> None:
        text = f"Inputs are not checked until the daemon is there. {error}"
        self._say(ERROR, text)

    def _refresh_lenses(self) -> None:
        self._has_lens_news.set()

    async def _keep_lenses(self) -> None:
        """Have lenses asked for again when jobs change: of a sweep, hundreds do so."""
        while True:
            await self._has_lens_news.wait()
            self._has_lens_news = anyio.Event()
            self._peer.ask("workspace/codeLens/refresh")
            await anyio.sleep(LENSES_S)


async def serve(socket: str | Path | None, source: int, sink: int) -> int:
    """Serve one editor until it leaves; return the exit code.

    1 if the editor went away, or sent what cannot be read, without `shutdown`.
    """
    stream = EditorStream(source, sink)
    with not_blocking(sink):
        return await _session(stream, socket)


async def _session(stream: EditorStream, socket: str | Path | None) -> int:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stream.write)
        server = Server(tasks, stream.send, socket)
        try:
            async for message in stream.messages():
                if isinstance(message, Unreadable):
                    reason = f"That is not JSON: {message}."
                    stream.send(_parse_error(reason))
                else:
                    server.take(message)
                if server.exit_code is not None:
                    break
        except StreamBrokenError as error:
            peer.log(f"the editor sent something that is no message: {error}")
        with anyio.move_on_after(FLUSH_S):
            await stream.drained()
        tasks.cancel_scope.cancel()
    return 1 if server.exit_code is None else server.exit_code


def _parse_error(reason: str) -> Object:
    error = {"code": peer.PARSE_ERROR, "message": reason}
    return {"jsonrpc": "2.0", "id": None, "error": error}
