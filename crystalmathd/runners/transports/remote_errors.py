"""What a program of the other side says when it fails, as our errors."""

from typing import Final

from crystalmathd.runners.transports.base import RemoteFileError, TransportError

SICK: Final = (
    "No space left on device",
    "Disk quota exceeded",
    "Input/output error",
    "Stale file handle",
)
"""What says nothing of a file, but of the machine that should hold it."""


def sorted_error(path: str, said: str) -> TransportError | RemoteFileError:
    """Tell what is wrong with a file from what is wrong with its machine.

    `said`: as programs of a C locale print it, `program: file: reason`.
    """
    lines = said.strip().splitlines() or ["no reason was given"]
    for line in lines:
        if any(words in line for words in SICK):
            return TransportError(f"{path}: {line.rpartition(': ')[2]}")
    return RemoteFileError(path, lines[0].rpartition(": ")[2])
