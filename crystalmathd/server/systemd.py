"""What systemd gives and wants: the listening socket, and word of how we are."""

import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio

from crystalmathd.errors import SocketRefusedError

FIRST_PASSED: Final = 3
VARIABLES: Final = (
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "INVOCATION_ID",
    "SYSTEMD_EXEC_PID",
)


class Notifier:
    """Tells the service manager, if there is one; nobody has to listen."""

    def __init__(self, address: str | None) -> None:
        self._socket: socket.socket | None = None
        if not address:
            return
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        # A leading "@" stands for the NUL of an abstract address.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def tell(self, **words: str | int) -> None:
        """Send assignments of sd_notify(3); one that cannot be sent is given up."""
        text = "\n".join(f"{k}={' '.join(str(v).split())}" for k, v in words.items())
        if self._socket is not None:
            try:
                self._socket.sendto(text.encode(), self._address)
            except OSError:
                return


@dataclass(frozen=True, kw_only=True, slots=True)
class Manager:
    """What the service manager handed over at start."""

    listening: socket.socket | None
    notifier: Notifier
    watchdog_s: float | None
    is_unit: bool
    """This process is a unit: what it starts is killed when it is restarted."""


def take_from(environ: MutableMapping[str, str]) -> Manager:
    """Read the variables and remove them: children must not take them for theirs.

    Raises
    ------
    SocketRefusedError
        If what was passed is no Unix socket that listens at a path.
    """
    own = {name: environ.pop(name, "") for name in VARIABLES}
    pid = str(os.getpid())
    is_unit = bool(own["INVOCATION_ID"]) and own["SYSTEMD_EXEC_PID"] == pid
    has_watchdog = own["WATCHDOG_USEC"] and own["WATCHDOG_PID"] in {"", pid}
    is_passed = own["LISTEN_PID"] == pid
    return Manager(
        listening=_passed_socket(int(own["LISTEN_FDS"] or 0)) if is_passed else None,
        notifier=Notifier(own["NOTIFY_SOCKET"]),
        watchdog_s=int(own["WATCHDOG_USEC"]) / 1e6 if has_watchdog else None,
        is_unit=is_unit or bool(own["NOTIFY_SOCKET"]),
    )


def _passed_socket(count: int) -> socket.socket | None:
    if count == 0:
        return None
    try:
        for descriptor in range(FIRST_PASSED, FIRST_PASSED + count):
            os.set_inheritable(descriptor, False)
        passed = socket.socket(fileno=FIRST_PASSED)
    except OSError as error:
        raise _refused(f"what systemd passed is no socket: {error.strerror}") from error
    is_right = (
        count == 1
        and passed.family == socket.AF_UNIX
        and passed.type == socket.SOCK_STREAM
        and passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    )
    if not is_right or not str(passed.getsockname()).startswith("/"):
        raise _refused("systemd must pass one stream socket that listens at a path")
    return passed


def _refused(reason: str) -> SocketRefusedError:
    return SocketRefusedError(path="crystalmathd.socket", reason=reason)


def passed_path(listening: socket.socket) -> Path:
    return Path(listening.getsockname())


def let_go(listening: socket.socket) -> None:
    """Close what waits in the backlog: systemd would start us again for it."""
    try:
        listening.setblocking(False)
        while True:
            listening.accept()[0].close()
    except OSError:  # nobody is left, or it was served and closed before
        return


async def keep_watchdog(
    manager: Manager, is_well: Callable[[], Awaitable[bool]]
) -> None:
    """Tell twice in each interval that the daemon does its work, while it does."""
    if manager.watchdog_s is None:
        return
    while True:
        if await is_well():
            manager.notifier.tell(WATCHDOG=1)
        await anyio.sleep(manager.watchdog_s / 2)
