"""JSON-RPC with the editor: requests answered once, cancelled on demand."""

import itertools
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
import anyio.abc

from crystalmath.errors import CrystalmathError

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
NOT_INITIALIZED: Final = -32002
CANCELLED: Final = -32800
SERVER_CANCELLED: Final = -32802
FAILED: Final = -32803

Answer = Callable[[], Awaitable[Any]]
"""Carries a request out; what it is about was looked up when the request came."""


class RequestRefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class Peer:
    """One conversation: replies to what is asked, and questions of our own."""

    def __init__(
        self, tasks: anyio.abc.TaskGroup, send: Callable[[dict[str, Any]], None]
    ) -> None:
        self._tasks = tasks
        self._send = send
        self._numbers = itertools.count(1)
        self._running: dict[int | str, anyio.CancelScope] = {}

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: dict[str, Any] | None = None) -> None:
        """Ask the editor for something whose reply says nothing."""
        asked = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method}
        self._send(asked if params is None else asked | {"params": params})

    def start(self, request_id: int | str, answer: Answer) -> None:
        """Carry out a request beside all others."""
        scope = anyio.CancelScope()
        self._running[request_id] = scope
        self._tasks.start_soon(self._carry_out, request_id, answer, scope)

    def cancel(self, request_id: int | str) -> None:
        """Withdraw a request; it is answered all the same, with an error."""
        scope = self._running.get(request_id)
        if scope is not None:
            scope.cancel()

    async def _carry_out(
        self, request_id: int | str, answer: Answer, scope: anyio.CancelScope
    ) -> None:
        try:
            with scope:
                self.reply(request_id, await answer())
        except RequestRefusedError as error:
            self.refuse(request_id, error.code, str(error), error.data)
        except CrystalmathError as error:
            self.refuse(request_id, FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - the top of a task; the editor works on
            log_failure(error)
            self.refuse(request_id, INTERNAL_ERROR, f"That failed here: {error!r}.")
        finally:
            if self._running.get(request_id) is scope:
                del self._running[request_id]
        if scope.cancelled_caught:
            self.refuse(request_id, CANCELLED, "The request was cancelled.")

    def reply(self, request_id: int | str, result: object) -> None:
        self._send({"jsonrpc": "2.0", "id": request_id, "result": result})

    def refuse(
        self,
        request_id: int | str | None,
        code: int,
        message: str,
        data: object = None,
    ) -> None:
        error: dict[str, object] = {"code": code, "message": message}
        if data is not None:
            error["data"] = data
        self._send({"jsonrpc": "2.0", "id": request_id, "error": error})


def log(text: str) -> None:
    """Say something on standard error, where editors keep the words of servers."""
    if sys.stderr is not None:
        sys.stderr.write(f"crystalmath lsp: {text}\n")
        sys.stderr.flush()


def log_failure(error: Exception) -> None:
    """Say on standard error where something failed that should not have."""
    log("".join(traceback.format_exception(error)))
