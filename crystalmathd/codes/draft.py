"""A text that is being written: its lines, the word at a place, what lies beside it."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from crystalmathd.models.editing import Fold, Range, Symbol

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Draft:
    """The text as it stands in the editor; `beside`: name → content of other files."""

    def __init__(self, text: str, beside: Mapping[str, bytes]) -> None:
        self.text = text
        self.beside = beside

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; the last one is empty behind a newline."""
        return _LINE_END.split(self.text)

    @property
    def last_line(self) -> int:
        """The last line that holds something, counted from 1."""
        filled = (at for at in range(len(self.lines), 1, -1) if self.lines[at - 1])
        return next(filled, 1)

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def offset(self, line: int, column: int) -> int:
        """Return the place of a character in the text, counted from 0."""
        ends = _LINE_END.finditer(self.text)
        starts = [0, *(match.end() for match in ends)]
        at = min(max(line, 1), len(starts)) - 1
        return starts[at] + min(max(column - 1, 0), len(self.lines[at]))

    def word_at(self, line: int, column: int, pattern: re.Pattern[str]) -> Range | None:
        """Return where the match stands that holds or ends at a place."""
        for match in pattern.finditer(self.line(line)):
            if match.start() < column <= match.end() + 1:
                return span(line, match.start(), match.end())
        return None

    def prefix(self, line: int, column: int, pattern: re.Pattern[str]) -> Range:
        """Return the word that a completion at a place replaces; it may be empty."""
        at = min(max(column - 1, 0), len(self.line(line)))
        found = self.word_at(line, at + 1, pattern)
        return span(line, at, at) if found is None else found

    def cut(self, range_: Range) -> str:
        return self.line(range_.line)[range_.column - 1 : range_.end_column - 1]

    def cut_before(self, range_: Range, sign: str) -> str:
        """Return what stands before a range, behind the last sign on its line."""
        return self.line(range_.line)[: range_.column - 1].rpartition(sign)[2]

    def rows(self, first: int, last: int) -> Range:
        """Return the range of whole lines."""
        last = max(first, last)
        return Range(
            line=first,
            column=1,
            end_line=last,
            end_column=len(self.line(last)) + 1,
        )

    def filled(self, line: int) -> Range:
        """Return the range of what stands on a line, without blanks around it."""
        text = self.line(line)
        start = len(text) - len(text.lstrip())
        return span(line, start, max(start, len(text.rstrip())))


def span(line: int, start: int, end: int) -> Range:
    """Return a range on one line; `start` and `end` count from 0."""
    return Range(line=line, column=start + 1, end_line=line, end_column=end + 1)


def snippet_text(text: str) -> str:
    """Return text that stands in a snippet for itself."""
    return re.sub(r"([\\$}])", r"\\\1", text)


def folds(symbols: tuple[Symbol, ...]) -> list[Fold]:
    """Return what can be folded: every part of more than one line, once a line."""
    found: dict[int, Fold] = {}
    waiting = list(reversed(symbols))
    while waiting:
        one = waiting.pop()
        if one.range.end_line > one.range.line:
            fold = Fold(line=one.range.line, end_line=one.range.end_line)
            found.setdefault(fold.line, fold)
        waiting += reversed(one.children)
    return list(found.values())


def line_end(draft: Draft) -> str:
    return "\r\n" if "\r\n" in draft.text else "\n"
