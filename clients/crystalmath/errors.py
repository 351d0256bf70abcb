"""What can go wrong for a client; every message is a sentence with a next step."""

from typing import TYPE_CHECKING, Any, ClassVar, Final

from crystalmath.durations import duration
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from pathlib import Path

HOW_TO_RELEASE: Final = "`crystalmath release {job_id}` lets it start"


class CrystalmathError(Exception):
    """The base of all errors here. `fields` are the facts in the message."""

    template: str
    exit: Exit = Exit.ERROR
    trace_id: str | None = None
    """Under which the daemon's log knows the call, if it was one."""

    def __init__(self, **fields: object) -> None:
        super().__init__(self.template.format(**fields))
        self.fields = fields


class DaemonUnreachableError(CrystalmathError):
    """No daemon answers on the socket."""

    template = "The daemon cannot be reached at {socket}: {reason}. {remedy}"
    exit = Exit.UNREACHABLE


class DaemonNotRunningError(DaemonUnreachableError):
    """Nothing listens on the socket."""

    template = (
        "No daemon is running at {socket}. `crystalmath daemon start` starts one."
    )


class DaemonNotStartedError(DaemonUnreachableError):
    """The daemon was started and did not come up."""

    template = "The daemon did not start: {reason}.{said}\nIts log: {log}"


class DaemonSilentError(DaemonUnreachableError):
    """A daemon took the call and does not answer."""

    def __init__(self, *, socket: "Path", timeout_s: float, pid: int | None) -> None:
        self.template = self._KNOWN if pid else self._UNKNOWN
        waited = duration(timeout_s)
        super().__init__(socket=socket, timeout_s=timeout_s, pid=pid, waited=waited)

    _KNOWN: ClassVar[str] = (
        "The daemon (pid {pid}) at {socket} does not answer within {waited}. "
        "If it was stopped, `kill -CONT {pid}` lets it go on; if it hangs, "
        "`kill -9 {pid}` ends it. Running jobs go on in any case."
    )
    _UNKNOWN: ClassVar[str] = (
        "The daemon at {socket} does not answer within {waited}. "
        "`pgrep -a -f crystalmathd` shows its process; `kill -CONT PID` lets it go on "
        "if it was stopped, `kill -9 PID` ends it. Running jobs go on in any case."
    )


class DaemonWithoutSocketError(DaemonUnreachableError):
    """A daemon lives, but nobody can talk to it."""

    template = (
        "A daemon (pid {pid}) runs, but does not listen at {socket}: the socket is "
        "gone. `kill {pid}` ends the daemon; running jobs go on."
    )


class HomeUnknownError(DaemonUnreachableError):
    """Neither HOME nor the password file names a home directory."""

    template = (
        "The daemon cannot be found: there is no home directory. Set HOME, or name "
        "the socket with --socket."
    )


class ConnectionLostError(DaemonUnreachableError):
    """The connection broke in the middle of a call."""

    template = (
        "The connection to the daemon at {socket} was lost. Jobs go on without it; "
        "`crystalmath status` tells whether it is back."
    )


class ConnectionClosedError(CrystalmathError):
    """A call on a connection that its own program has closed."""

    template = (
        "This connection to the daemon at {socket} was closed; make a new one to call."
    )


class ProtocolMismatchError(CrystalmathError):
    """Client and daemon speak protocols of different major versions."""

    template = (
        "The daemon at {socket} does not speak protocol {protocol} ({reason}). It is "
        "of another release: `crystalmath daemon stop`, then `crystalmath daemon "
        "start` starts this one. Running jobs go on meanwhile."
    )


class ReplyUnreadableError(CrystalmathError):
    """What came back is not what the protocol says."""

    template = (
        "The daemon's answer to {method} cannot be read: {reason}. If it is of "
        "another release: `crystalmath daemon stop`, then try again."
    )


class RequestUnsendableError(CrystalmathError):
    """A request that cannot be written as a message."""

    template = "{method} cannot be sent: {reason}"


class OutputUnwritableError(CrystalmathError):
    """Standard output is full or closed."""

    template = "The answer cannot be written to standard output: {reason}."


class CommandLineError(CrystalmathError):
    """The words of the command line were not understood."""

    template = "{reason}"
    exit = Exit.USAGE


class SystemRefusedError(CrystalmathError):
    """The operating system refused something that a command needs."""

    template = "{reason}."


class RpcError(CrystalmathError):
    """The daemon's refusal: stable `kind` and `code`, `message`, facts in `data`."""

    template = "{message}"

    def __init__(self, *, code: int, message: str, data: dict[str, Any]) -> None:
        self.code = code
        self.message = message
        self.data = data
        self.kind: str = str(data.get("kind", ""))
        self.retryable: bool = data.get("retryable") is True
        trace_id = data.get("trace_id")
        self.trace_id = None if trace_id is None else str(trace_id)
        group, _, what = self.kind.partition(".")
        if what.endswith(("not_found", "deleted")) and group != "rpc":
            self.exit = Exit.NOT_FOUND
        super().__init__(message=message)


class JobGoesOnError(CrystalmathError):
    """The time to wait is over; the job is not."""

    exit = Exit.TIMEOUT

    def __init__(self, *, job_id: str, state: str, timeout_s: float) -> None:
        self.template = self._HELD if state == "held" else self._GOING
        self.state = state
        after = f" after {duration(timeout_s)}" if timeout_s else ""
        super().__init__(job_id=job_id, state=state, timeout_s=timeout_s, after=after)

    _GOING: ClassVar[str] = (
        "Job {job_id} is still {state}{after} and goes on. "
        "`crystalmath wait {job_id}` waits again."
    )
    _HELD: ClassVar[str] = f"Job {{job_id}} is still held{{after}}; {HOW_TO_RELEASE}."
