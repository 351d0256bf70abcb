"""Who is at the other end of a connection."""

import os
import socket
import struct
from dataclasses import dataclass

_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the kernel says about a peer at the time it connected."""

    pid: int
    uid: int
    gid: int

    @property
    def is_owner(self) -> bool:
        return self.uid == os.geteuid()


def peer_credentials(connection: socket.socket) -> Credentials:
    """Ask the kernel (SO_PEERCRED, Linux)."""
    data = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
    )
    return Credentials(*_CREDENTIALS.unpack(data))
