"""The standard output of a program of Quantum ESPRESSO, cut to its last run."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Final, Protocol

from crystalmathd.codes.espresso import printed

Heads = Mapping[str, Callable[[Any, int], None]]
"""What a line begins with behind its spaces → the method that reads what begins there,
given the line's place in `Report.lines`."""

_FROM: Final = 5
_TO: Final = 11
"""Most lines have five spaces first: in these columns they are looked up, without
copying them; a head that stands further left or right has other letters there."""
_MOST_SPACES: Final = 10

_NEAR: Final = 600
"""Characters before a total energy in which levels are told."""
_LISTS: Final = re.compile(r"End of (?:self-consistent|band structure) calculation")
_BEHIND_LIST: Final = re.compile(r"\n(?:!| {1,8}[A-Za-jl-np-z])")
"""A line of words that is no head of a list (`k =`) or of `occupation numbers`."""


class Reader(Protocol):
    """Reads some of the lines of a report."""

    HEADS: ClassVar[Heads]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The complete lines of the last run in an output.

    `first` is the number of the first one in the file, from 1. What stands behind the
    last line end was cut off while it was written and is left out. Lists of
    eigenvalues, most of a long output, are in `text` only: `skipped` tells from which
    place on how many lines of them are left out. `header`: what the program calls
    itself (`PWSCF`), its version, and what stands behind the version.
    """

    text: str
    first: int = 1
    header: tuple[str, str, str] | None = None
    lines: list[str] = field(default_factory=list)
    skipped: list[tuple[int, int]] = field(default_factory=list)

    def number(self, at: int) -> int:
        """Return the number in the file of a line."""
        return self.first + at + sum(n for place, n in self.skipped if place <= at)

    def line(self, at: int) -> str:
        """Return a line; behind the end there are empty ones."""
        return self.lines[at] if at < len(self.lines) else ""

    def scan(self, *readers: Reader) -> None:
        """Call, for each line that begins with a head of a reader, what reads it."""
        index = _index(tuple(type(reader) for reader in readers))
        lines = self.lines
        likely = [n for n, one in enumerate(lines) if one[_FROM:_TO] in index]
        for at in likely:
            line = lines[at]
            words = line.lstrip()
            for head, which, take in index[line[_FROM:_TO]]:
                if words.startswith(head):
                    take(readers[which], at)


@cache
def _index(
    kinds: tuple[type[Reader], ...],
) -> dict[str, list[tuple[str, int, Callable[[Any, int], None]]]]:
    """Return what stands in the looked-up columns → the heads that it may belong to."""
    found: dict[str, list[tuple[str, int, Callable[[Any, int], None]]]] = {}
    for which, kind in enumerate(kinds):
        for head, take in kind.HEADS.items():
            indented = (" " * n + head for n in range(_MOST_SPACES + 1))
            keys = {line[_FROM:_TO] for line in indented if len(line) >= _TO}
            for key in keys:
                found.setdefault(key, []).append((head, which, take))
    return found


def last_run(output: bytes) -> Report:
    """Return the last run in an output: files may hold several, one after another."""
    text = output.decode("utf-8", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    end = text.rfind(" starts")
    while end >= 0:
        start = text.rfind("\n", 0, end) + 1
        if match := printed.PROGRAM.match(text[start : end + len(" starts")]):
            header = match[1], match[2], " ".join(match[3].split())
            rest = text[start:]
            first = text.count("\n", 0, start) + 1
            lines, skipped = _complete_lines(rest)
            return Report(
                text=rest, first=first, header=header, lines=lines, skipped=skipped
            )
        end = text.rfind(" starts", 0, end)
    lines, skipped = _complete_lines(text)
    return Report(text=text, lines=lines, skipped=skipped)


def _complete_lines(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the lines without lists of eigenvalues, and where how many are missing."""
    lines: list[str] = []
    skipped: list[tuple[int, int]] = []
    start = 0
    for title in _LISTS.finditer(text):
        if title.end() < start:
            continue
        stop = _end_of_lists(text, title.end())
        lines += text[start : title.end()].split("\n")
        skipped.append((len(lines), text.count("\n", title.end(), stop) - 1))
        start = stop
    lines += text[start:].split("\n")
    lines.pop()
    return lines, skipped


def _end_of_lists(text: str, start: int) -> int:
    """Return where the first line behind lists of eigenvalues begins.

    Mostly the total energy follows, with a few words about levels in between.
    """
    energy = text.find("\n!", start)
    near = start if energy < 0 else max(start, energy - _NEAR)
    match = _BEHIND_LIST.search(text, near)
    return len(text) if match is None else match.start() + 1
