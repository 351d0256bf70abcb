"""The boxes in which VASP says something to its user, and its other warnings.

-----------------------------------------------------------------------------
|     EEEEEEE  RRRRRR   RRRRRR   OOOOOOO  RRRRRR      ###     ###     ###     |
|     HNFORM: k-point generating vectors and reciprocal lattice are           |
"""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.lines import numbered_lines
from crystalmathd.codes.vasp import printed

_MOST: Final = 50
_REPEATED: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[EeDd][-+]?\d+)?")
_SAID: Final = (
    b"VERY BAD NEWS",
    b"atal error",
    b"internal error",
    b"internal ERROR",
    b"\n ERROR",
    b"\nERROR",
    b"\n Error",
    b"\nError",
    b"|     ERROR",
    b"|     Error",
    b"Tetrahedron method fails",
    b"forrtl: ",
    b"Segmentation fault",
    b"BAD TERMINATION",
)


def boxes(data: bytes) -> list[str]:
    """Return the sentences of every box, without its painted banner."""
    found: list[str] = []
    box: list[str] = []
    expected = 0
    for begin, end in _bars(data):
        if begin > expected and box:
            found.append(" ".join(box))
            box = []
        expected = end + len("\n")
        match = printed.BOX.match(data[begin:end].decode("utf-8", "replace"))
        # The banner of the box is painted with capitals.
        if match and any(letter.islower() for letter in match[1]):
            box.append(match[1].strip())
    return [*found, " ".join(box)] if box else found


def _bars(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the complete lines begin and end whose first mark is a bar."""
    at = data.find(b"|")
    while at >= 0:
        begin = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        if end < 0:
            return
        if not data[begin:at].strip():
            yield begin, end
        at = data.find(b"|", end)


def warnings(*texts: bytes) -> list[str]:
    """Return each warning once, however often it came with other numbers."""
    found: dict[str, str] = {}
    for data in texts:
        for text in [*boxes(data), *_lines(data)]:
            found.setdefault(_REPEATED.sub("#", text), text)
    return list(found.values())[:_MOST]


def _lines(data: bytes) -> list[str]:
    lines: list[str] = []
    start = data.find(b"WARNING")
    while start >= 0 and len(lines) < _MOST:
        begin = data.rfind(b"\n", 0, start) + 1
        end = data.find(b"\n", start)
        if end < 0:
            break
        text = data[begin:end].decode("utf-8", "replace").strip()
        if not text.startswith("|"):
            lines.append(text)
        start = data.find(b"WARNING", end)
    return lines


def cause(data: bytes) -> str | None:
    """Return why VASP stopped: the box of its refusal, or the line that says so."""
    if b"I REFUSE TO CONTINUE" in data:
        return _refusal(data)
    places = [place for text in _SAID if (place := data.find(text)) >= 0]
    if not places:
        return None
    first = min(places) + len(b"\n")
    begin = data.rfind(b"\n", 0, first) + 1
    end = data.find(b"\n", first)
    text = data[begin : end if end >= 0 else None].decode("utf-8", "replace")
    return text.strip(" |\r\n") or None


def _refusal(data: bytes) -> str:
    """Return the text of the box that ends with `I REFUSE TO CONTINUE …`."""
    box: list[str] = []
    for _, line in numbered_lines(data):
        if printed.REFUSED.search(line):
            break
        match = printed.BOX.match(line)
        if match is None:
            box = box if line.strip(" |") == "" else []
        elif any(letter.islower() for letter in match[1]):
            box.append(match[1].strip())
    return " ".join(box) or "I REFUSE TO CONTINUE WITH THIS SICK JOB"
