"""Where the socket is: the one answer for the daemon and every client."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOCKET_VARIABLE: Final = "CRYSTALMATHD_SOCKET"
SOCKET_NAME: Final = "d.sock"
MAX_SOCKET_PATH_BYTES: Final = 107
"""Linux: sun_path holds 108 bytes with the closing NUL."""

LOCK_NAME: Final = "crystalmathd.lock"
"""Beside the socket; a daemon locks it while it lives and writes `pid N` into it."""


@dataclass(frozen=True, slots=True)
class SocketPath:
    """The path of the socket and what it was taken from."""

    path: Path
    origin: str


def socket_path(
    option: str | None = None, environ: Mapping[str, str] | None = None
) -> SocketPath:
    """Return the daemon's socket.

    The option `--socket` wins over CRYSTALMATHD_SOCKET, which wins over
    `$XDG_RUNTIME_DIR/crystalmath/`; without a runtime directory (cron, su, a
    login node) it is below `~/.local/state/crystalmath/run/`.
    """
    environ = os.environ if environ is None else environ
    if option:
        return SocketPath(Path(option).absolute(), "--socket")
    if environ.get(SOCKET_VARIABLE):
        return SocketPath(Path(environ[SOCKET_VARIABLE]).absolute(), SOCKET_VARIABLE)
    runtime = environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        path = Path(runtime, "crystalmath", SOCKET_NAME)
        return SocketPath(path, "XDG_RUNTIME_DIR")
    home = Path(environ.get("HOME") or Path.home())
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return SocketPath(state / "crystalmath" / "run" / SOCKET_NAME, "state directory")
