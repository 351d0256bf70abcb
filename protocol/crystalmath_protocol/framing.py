"""Where one message ends: newline-delimited JSON, or Content-Length headers.

The first byte of a connection decides for both directions: `{` or `[` starts
newline-delimited JSON, `C` or `c` a `Content-Length:` header as language servers
write it. The decoder does no I/O; both sides use it.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

MAX_REQUEST_BYTES: Final = 1 << 20
MAX_REPLY_BYTES: Final = 16 << 20
MAX_HEADER_BYTES: Final = 4096
MAX_HEADERS: Final = 8
MAX_NESTING: Final = 64


# It also matches a string that never ends, so that it cannot try again from
# every quotation mark inside (quadratic time).
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_MAX_LENGTH_DIGITS: Final = 12


class Framing(Enum):
    LINES = "newline-delimited JSON"
    HEADERS = "Content-Length"


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes of one message, without its framing."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class FrameError:
    """What is wrong with the bytes; after a fatal error there is no way back."""

    reason: str
    is_fatal: bool
    is_too_large: bool = False


def encode_frame(payload: bytes, framing: Framing) -> bytes:
    """Return the payload as it travels; it must not contain a newline."""
    if framing is Framing.HEADERS:
        return b"Content-Length: %d\r\n\r\n%b" % (len(payload), payload)
    return payload + b"\n"


def nesting_depth_exceeds(payload: bytes, limit: int = MAX_NESTING) -> bool:
    """Tell whether arrays and objects are nested deeper than the limit.

    Both JSON parsers recurse; counting brackets first keeps them from it.
    Brackets inside strings do not count.
    """
    if payload.count(b"[") + payload.count(b"{") <= limit:
        return False
    depth = 0
    for bracket in _STRING.sub(b"", payload).translate(None, delete=_NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > limit:
            return True
    return False


class FrameDecoder:
    """Cuts a stream of bytes into messages.

    `feed` returns what became complete; feeding byte by byte or all at once
    gives the same frames. At most `max_bytes` and one chunk are kept.
    """

    def __init__(
        self, max_bytes: int = MAX_REQUEST_BYTES, framing: Framing | None = None
    ) -> None:
        self.max_bytes = max_bytes
        self.framing = framing
        self._buffer = bytearray()
        self._searched = 0
        self._body_bytes: int | None = None
        self._skips_line = False
        self._is_broken = False

    @property
    def has_partial_frame(self) -> bool:
        """Whether bytes wait for the rest of their message."""
        return bool(self._buffer) or self._body_bytes is not None

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        if self._is_broken:
            return []
        self._buffer += data
        if self.framing is None and not self._sniff():
            return self._break("the first byte is neither '{', '[' nor 'C'")
        if self.framing is None:
            return []
        if self.framing is Framing.LINES:
            return self._feed_lines()
        return self._feed_headers()

    def finish(self) -> list[Frame | FrameError]:
        """Return what the end of the stream completes: a line needs no newline then.

        The beginning of an object is never one itself, so that a request that was
        cut is not taken for a whole one.
        """
        line = bytes(self._buffer).strip(b" \t\r\n")
        is_open = self.framing is Framing.LINES and not self._skips_line
        self._buffer.clear()
        self._is_broken = True
        return [Frame(line)] if line and is_open else []

    def _sniff(self) -> bool:
        """Decide the framing from the first byte; blank ones are passed over."""
        stripped = self._buffer.lstrip(b" \t\r\n")
        if not stripped:
            self._buffer.clear()
            return True
        if stripped[0] in b"{[":
            self.framing = Framing.LINES
        elif stripped[0] in b"Cc":
            self.framing = Framing.HEADERS
        self._buffer = stripped
        return self.framing is not None

    def _break(
        self, reason: str, *, is_too_large: bool = False
    ) -> list[Frame | FrameError]:
        self._is_broken = True
        self._buffer.clear()
        return [FrameError(reason, is_fatal=True, is_too_large=is_too_large)]

    def _feed_lines(self) -> list[Frame | FrameError]:
        found: list[Frame | FrameError] = []
        start = 0
        while (end := self._buffer.find(b"\n", max(start, self._searched))) >= 0:
            line = bytes(self._buffer[start:end])
            start = self._searched = end + 1
            if self._skips_line:
                self._skips_line = False
            elif len(line) > self.max_bytes:
                found.append(self._too_large())
            elif line := line.strip(b" \t\r"):
                found.append(Frame(line))
        del self._buffer[:start]
        self._searched = len(self._buffer)
        if self._skips_line:
            self._buffer.clear()
            self._searched = 0
        elif len(self._buffer) > self.max_bytes:
            found.append(self._too_large())
            self._buffer.clear()
            self._searched = 0
            self._skips_line = True
        return found

    def _too_large(self) -> FrameError:
        return FrameError(
            f"a message is longer than {self.max_bytes} bytes; send large "
            "documents by path or with put_blob",
            is_fatal=False,
            is_too_large=True,
        )

    def _feed_headers(self) -> list[Frame | FrameError]:
        found: list[Frame | FrameError] = []
        while True:
            if self._body_bytes is None:
                end = self._buffer.find(b"\r\n\r\n")
                if end < 0:
                    if len(self._buffer) >= MAX_HEADER_BYTES + len(b"\r\n\r\n"):
                        found += self._break("a header block is too long")
                    return found
                length = parse_content_length(bytes(self._buffer[:end]))
                if isinstance(length, str):
                    return found + self._break(length)
                if length > self.max_bytes:
                    reason = f"a message of {length} bytes, {self.max_bytes} allowed"
                    return found + self._break(reason, is_too_large=True)
                del self._buffer[: end + 4]
                self._body_bytes = length
            if len(self._buffer) < self._body_bytes:
                return found
            found.append(Frame(bytes(self._buffer[: self._body_bytes])))
            del self._buffer[: self._body_bytes]
            self._body_bytes = None


def parse_content_length(block: bytes) -> int | str:
    """Return the length that a header block states, or what is wrong with it."""
    if len(block) > MAX_HEADER_BYTES:
        return "a header block is too long"
    lines = block.split(b"\r\n")
    if len(lines) > MAX_HEADERS:
        return "too many headers"
    length: int | None = None
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            return "a header has no colon"
        if name.strip().lower() != b"content-length":
            continue
        if length is not None:
            return "Content-Length stands twice"
        text = value.strip(b" \t").decode("latin-1")
        # int() would also take '5_0', '+5' and digits of other scripts.
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_LENGTH_DIGITS):
            return "Content-Length is not a number"
        length = int(text)
    return "Content-Length is missing" if length is None else length
