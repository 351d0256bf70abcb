"""Every way to a machine."""

from collections.abc import Callable
from typing import Final

from crystalmathd.runners.transports.base import Transport
from crystalmathd.runners.transports.local import LocalTransport

TRANSPORTS: Final[dict[str, Callable[[], Transport]]] = {"local": LocalTransport}
