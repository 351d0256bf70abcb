r"""The other side of a language server: any server, run as a child of this program.

Examples
--------
>>> from crystalmath.lsp_client import running_server, server_command
>>> async with running_server(server_command()) as server:
...     server.open("file:///tmp/mgo.d12", "crystal", "MgO\nCRYSTAL\n")
...     found = await server.diagnostics("file:///tmp/mgo.d12")
"""

from crystalmath.lsp_client.client import (
    LanguageServer,
    RequestFailedError,
    ServerGoneError,
    running_server,
)
from crystalmath.lsp_client.command import ServerNotFoundError, server_command

__all__ = [
    "LanguageServer",
    "RequestFailedError",
    "ServerGoneError",
    "ServerNotFoundError",
    "running_server",
    "server_command",
]
