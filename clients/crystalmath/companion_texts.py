"""What is read of a file beside an input, so that it fits into a request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

MOST_TEXT_BYTES: Final = 256 * 1024
MOST_POTCAR_BYTES: Final = 64 << 20


def sent_bytes(text: str) -> int:
    """Return how long a text is inside a message, where line ends take two bytes."""
    return len(msgspec.json.encode(text))


def companion_text(path: Path, size: int) -> str | None:
    """Return the text of a file of `size` bytes, if it is small; of a POTCAR, heads.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if path.name == "POTCAR":
        return _potcar_heads(path) if size <= MOST_POTCAR_BYTES else None
    if size > MOST_TEXT_BYTES:
        return None
    data = path.read_bytes()
    return None if b"\0" in data else data.decode(errors="replace")


def _potcar_heads(path: Path) -> str:
    """Return each data set up to the end of its PSCTR block, and its last line."""
    with path.open("rb") as file:
        return "".join(line.decode(errors="replace") for line in _head_lines(file))


def _head_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    is_head = True
    for line in lines:
        if is_head or b"End of Dataset" in line:
            yield line
        if b"END of PSCTR" in line:
            is_head = False
        elif b"End of Dataset" in line:
            is_head = True
