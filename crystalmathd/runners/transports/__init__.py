"""Every way to a machine."""

from collections.abc import Callable
from typing import Final

from crystalmathd.runners.transports.base import Transport
from crystalmathd.runners.transports.local import LocalTransport
from crystalmathd.runners.transports.ssh import SshTransport

TRANSPORTS: Final[dict[str, Callable[..., Transport]]] = {
    "local": LocalTransport,
    "ssh": SshTransport,
}
"""`local` is made of nothing, `ssh` of a ConnectionManager and a Target."""
