"""Lines of an input, and of a program's output, whole or while it grows."""

import re
from collections.abc import Iterator
from typing import Final

LONGEST_LINE: Final = 4096
"""Bytes of a line that are kept; no line that is read here is longer than 200."""

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def lines_of(text: str) -> list[str]:
    """Return the lines of an input with their ends; together they are the text again.

    Only CR and LF end a line, as where a program reads: `str.splitlines` also cuts at
    form feeds, U+0085 and U+2028.
    """
    return _LINE.findall(text)


def bare_lines(text: str) -> list[str]:
    """Return the lines of an input without their ends."""
    return [line.rstrip("\r\n") for line in lines_of(text)]


class LineSplitter:
    """Cuts a growing output into lines; a line counts once its end has come."""

    def __init__(self) -> None:
        self._tail = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that these bytes complete, without their ends."""
        *ended, rest = data.split(b"\n")
        if not ended:
            self._keep(rest)
            return []
        self._keep(ended[0])
        ended[0] = bytes(self._tail)
        self._tail.clear()
        self._keep(rest)
        return _texts(ended)

    def _keep(self, piece: bytes) -> None:
        room = LONGEST_LINE - len(self._tail)
        if room > 0:
            self._tail += piece[:room]


def complete_lines(data: bytes) -> list[str]:
    """Return every complete line without its end.

    What stands behind the last line end was cut off while it was written: a
    number there may lack digits, so it is not given out.
    """
    lines = data.decode("utf-8", "replace").split("\n")
    lines.pop()
    return [line.rstrip("\r") for line in lines] if b"\r" in data else lines


def numbered_lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield every complete line with its number, counted from 1."""
    return enumerate(complete_lines(data), start=1)


def _texts(lines: list[bytes]) -> list[str]:
    """Decode lines; nearly all outputs are plain, and decoded in one go."""
    joined = b"\n".join(lines)
    is_plain = joined.isascii() and b"\r" not in joined
    if is_plain and max(map(len, lines)) <= LONGEST_LINE:
        return joined.decode("ascii").split("\n")
    return [_text(line) for line in lines]


def _text(line: bytes) -> str:
    return line[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")
