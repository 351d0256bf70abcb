"""Places in a text: the editor's code units, the daemon's characters.

The editor counts lines and columns from 0, a column in UTF-16 units unless another
encoding was agreed on; the daemon counts lines and characters from 1.
"""

import re
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

_LINE_ENDS: Final = re.compile(r"\r\n|\n|\r")
_FIRST_BEYOND_BMP: Final = "\U00010000"


class Encoding(StrEnum):
    """What a column counts, by its name in the protocol."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def agreed_encoding(offered: list[str]) -> Encoding:
    """Return the first encoding that the editor likes; UTF-16 if it names none."""
    known = set(Encoding)
    return next((Encoding(one) for one in offered if one in known), Encoding.UTF16)


class Lines:
    """A text cut into lines as editors do: LF, CRLF or a lone CR ends one."""

    def __init__(self, text: str, encoding: Encoding = Encoding.UTF16) -> None:
        self.text = text
        self.encoding = encoding

    @cached_property
    def _bounds(self) -> list[tuple[int, int]]:
        """Where each line starts and where its end mark begins."""
        bounds, start = [], 0
        for mark in _LINE_ENDS.finditer(self.text):
            bounds.append((start, mark.start()))
            start = mark.end()
        return [*bounds, (start, len(self.text))]

    def __len__(self) -> int:
        return len(self._bounds)

    def line(self, number: int) -> str:
        """Return a line without its end, numbered from 0; empty behind the last."""
        if not 0 <= number < len(self):
            return ""
        start, end = self._bounds[number]
        return self.text[start:end]

    def place(self, position: dict[str, Any]) -> tuple[int, int]:
        """Return the daemon's line and column of an editor's position."""
        number = min(position["line"], len(self) - 1)
        line = self.line(number)
        if number < position["line"]:
            return number + 1, len(line) + 1
        return number + 1, self.characters(line, position["character"]) + 1

    def position(self, line: int, column: int) -> dict[str, int]:
        """Return the editor's position of the daemon's line and column.

        A place that is not in the text becomes the nearest one.
        """
        number = min(max(line, 1), len(self)) - 1
        before = self.line(number)
        if line <= len(self):
            before = before[: max(column - 1, 0)]
        return {"line": number, "character": self._units(before)}

    def range(self, place: Any) -> dict[str, Any]:  # noqa: ANN401 - any message with four numbers
        """Return the editor's range of a message that names two places."""
        return {
            "start": self.position(place.line, place.column),
            "end": self.position(place.end_line, place.end_column),
        }

    def whole_line(self, line: int) -> dict[str, Any]:
        """Return the range of a line of the daemon's, without its indentation."""
        words = self.line(min(max(line, 1), len(self)) - 1)
        column = len(words) - len(words.lstrip()) + 1
        return {
            "start": self.position(line, column),
            "end": self.position(line, len(words) + 1),
        }

    def _units(self, text: str) -> int:
        if self.encoding is Encoding.UTF32 or text.isascii():
            return len(text)
        if self.encoding is Encoding.UTF8:
            return len(text.encode())
        return len(text) + sum(letter >= _FIRST_BEYOND_BMP for letter in text)

    def characters(self, line: str, units: int) -> int:
        """Return how many characters so many units are; half of one counts not."""
        if self.encoding is Encoding.UTF32 or line.isascii():
            return min(units, len(line))
        counted = 0
        for index, letter in enumerate(line):
            counted += self._units(letter)
            if counted > units:
                return index
        return len(line)


def edited(text: str, changes: list[dict[str, Any]], encoding: Encoding) -> str:
    """Return a text after changes; each applies to what the last one left.

    The lines are cut once: "replace all" sends a change for each place.
    """
    counter = Lines("", encoding)
    lines = _cut(text)
    for change in changes:
        if change.get("range") is None:
            lines = _cut(change["text"])
            continue
        places = (
            _place_in(lines, change["range"][end], counter) for end in ("start", "end")
        )
        (first, before), (last, behind) = sorted(places)
        middle = lines[first][:before] + change["text"] + lines[last][behind:]
        # A CR and an LF that come together are one end: the neighbours are cut again.
        low, high = max(first - 1, 0), last + 2
        new = _cut("".join([*lines[low:first], middle, *lines[last + 1 : high]]))
        lines[low:high] = new if high >= len(lines) else new[:-1]
    return "".join(lines)


def _cut(text: str) -> list[str]:
    """Return the lines with their ends; the last one, which may be empty, has none."""
    lines, start = [], 0
    for mark in _LINE_ENDS.finditer(text):
        lines.append(text[start : mark.end()])
        start = mark.end()
    return [*lines, text[start:]]


def _place_in(
    lines: list[str], position: dict[str, Any], counter: Lines
) -> tuple[int, int]:
    number: int = position["line"]
    if number >= len(lines):
        return len(lines) - 1, len(lines[-1])
    line = lines[number].rstrip("\r\n")
    return number, counter.characters(line, position["character"])
