"""The Python client of crystalmathd, and the command `crystalmath`.

Examples
--------
>>> from crystalmath import Connection
>>> with Connection() as daemon:
...     job_id = daemon.submit_job(inputs=["mgo.d12"]).jobs[0].job_id
...     job = daemon.wait(job_id)
>>> print(job.energy_ev, "eV per cell,", job.grade)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crystalmath.connection import Connection
    from crystalmath.errors import (
        ConnectionClosedError,
        ConnectionLostError,
        CrystalmathError,
        DaemonNotRunningError,
        DaemonNotStartedError,
        DaemonSilentError,
        DaemonUnreachableError,
        HomeUnknownError,
        JobGoesOnError,
        ProtocolMismatchError,
        ReplyUnreadableError,
        RequestUnsendableError,
        RpcError,
    )

__all__ = [
    "Connection",
    "ConnectionClosedError",
    "ConnectionLostError",
    "CrystalmathError",
    "DaemonNotRunningError",
    "DaemonNotStartedError",
    "DaemonSilentError",
    "DaemonUnreachableError",
    "HomeUnknownError",
    "JobGoesOnError",
    "ProtocolMismatchError",
    "ReplyUnreadableError",
    "RequestUnsendableError",
    "RpcError",
    "__version__",
]

__version__ = "0.1.0"
"""That of the distribution; a test compares. Asking importlib takes 25 ms."""


def __getattr__(name: str) -> object:
    """Import on first use: the command line starts without what it does not need."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the point of this function

    home = "connection" if name == "Connection" else "errors"
    return getattr(import_module(f"{__name__}.{home}"), name)
