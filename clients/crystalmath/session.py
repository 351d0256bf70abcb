"""What a connection was asked to be, and stays on every line that it opens."""

from typing import TYPE_CHECKING, Any

from crystalmath.call import Call, Flow
from crystalmath.conversation import greeting, may_start_daemon
from crystalmath.errors import ConnectionClosedError
from crystalmath_protocol.paths import SocketPath

if TYPE_CHECKING:
    from crystalmath_protocol.system import HelloResult


class Session:
    """The part of a connection that outlives its lines; both clients have it."""

    def __init__(
        self, socket: SocketPath, *, start: bool, greets: bool, timeout_s: float
    ) -> None:
        self.socket = socket
        self.hello_result: HelloResult | None = None
        self._starts = start
        self._greets = greets
        self._timeout_s = timeout_s
        self._restriction: Call[Any] | None = None
        self._is_closed = False

    def _check_open(self) -> None:
        if self._is_closed:
            raise ConnectionClosedError(socket=self.socket.path)

    def _may_start_for(self, call: Call[Any]) -> bool:
        return self._starts and may_start_daemon(call)

    def _opening(self) -> Flow[None]:
        """Greet, and give up again the rights that were given up before."""
        if self._greets:
            self.hello_result = yield from greeting(self.socket.path)
        if self._restriction is not None:
            yield self._restriction

    def _remember(self, call: Call[Any]) -> None:
        """Note what a call that has succeeded means for the next line."""
        if call.name == "restrict_session":
            self._restriction = call
