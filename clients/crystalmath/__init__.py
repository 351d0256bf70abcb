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
    from crystalmath.errors import CrystalmathError

    __version__: str

__all__ = ["Connection", "CrystalmathError", "__version__"]


def __getattr__(name: str) -> object:
    """Import on first use, so that the command line starts without all of it."""
    from importlib import import_module  # noqa: PLC0415 - the point of this function

    if name == "__version__":
        metadata = import_module("importlib.metadata")
        return metadata.version("crystalmathd")
    rooms = {"Connection": "connection", "CrystalmathError": "errors"}
    if name not in rooms:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{rooms[name]}"), name)
