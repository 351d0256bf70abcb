"""Where something stands in a text: lines and columns of findings, counted from 1."""

import re
from bisect import bisect_right
from typing import Final

from crystalmathd.models.inputs import InputFinding

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_WORD: Final = re.compile(r"[^\s,]+")
_LONGEST: Final = 40


class Places:
    """The lines of one file, and findings with their exact ranges."""

    def __init__(self, text: str, name: str) -> None:
        self.lines = _LINE_END.split(text)
        self._text = text
        self._name = name
        self._starts: list[int] | None = None

    def at(
        self,
        line: int,
        code: str,
        severity: str,
        message: str,
        *,
        fix: str = "",
        word: int | None = None,
        last: int | None = None,
        source: str = "",
    ) -> InputFinding:
        """Return a finding about a line, a word (from 0) of it, or lines up to `last`.

        A word that is not there means the whole line.
        """
        # A text that ends with a newline has no line behind it.
        n_lines = max(1, len(self.lines) - (not self.lines[-1]))
        line = min(max(line, 1), n_lines)
        last = min(max(last or line, line), n_lines)
        words = list(_WORD.finditer(self.lines[line - 1]))
        ends = words if last == line else list(_WORD.finditer(self.lines[last - 1]))
        if word is not None and word < len(words):
            words = ends = [words[word]]
        start = line, words[0].start() + 1 if words else 1
        end = last, ends[-1].end() + 1 if ends else 1
        return self._between(start, end, code, severity, message, fix, source)

    def span(
        self,
        start: int,
        end: int,
        code: str,
        severity: str,
        message: str,
        *,
        fix: str = "",
        source: str = "",
    ) -> InputFinding:
        """Return a finding about text[start:end], offsets counted from 0."""
        return self._between(
            self.position(start),
            self.position(end),
            code,
            severity,
            message,
            fix,
            source,
        )

    def _between(
        self,
        start: tuple[int, int],
        end: tuple[int, int],
        code: str,
        severity: str,
        message: str,
        fix: str,
        source: str,
    ) -> InputFinding:
        return InputFinding(
            code=code,
            severity=severity,
            message=message,
            fix=fix,
            file=self._name,
            line=start[0],
            column=start[1],
            end_line=end[0],
            end_column=end[1],
            source=source,
        )

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset."""
        if self._starts is None:
            ends = _LINE_END.finditer(self._text)
            self._starts = [0, *(match.end() for match in ends)]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def shown(text: str) -> str:
    """Return a piece of an input as messages quote it: short, on one line."""
    piece = " ".join(text[: 4 * _LONGEST].split())
    return repr(piece if len(piece) <= _LONGEST else piece[: _LONGEST - 1] + "…")
