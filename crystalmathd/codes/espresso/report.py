"""The standard output of a program of Quantum ESPRESSO, cut to its last run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.espresso import printed

Take = Callable[[int], None]
"""Reads what begins in a line, given the line's place in `Report.lines`."""

_KEY: Final = 8
"""Characters by which a line is looked up: no head that is looked for is shorter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The complete lines of the last run in an output.

    `first` is the number of the first one in the file, from 1. What stands behind the
    last line end was cut off while it was written and is left out. `header`: what the
    program calls itself (`PWSCF`), its version, and what stands behind the version.
    """

    text: str
    first: int = 1
    header: tuple[str, str, str] | None = None
    lines: list[str] = field(default_factory=list)

    def number(self, at: int) -> int:
        return self.first + at

    def line(self, at: int) -> str:
        """Return a line; behind the end there are empty ones."""
        return self.lines[at] if at < len(self.lines) else ""

    def scan(self, tables: Iterable[Mapping[str, Take]]) -> None:
        """Call, for each line that begins with a head of a table, what reads it."""
        heads: dict[str, list[tuple[str, Take]]] = {}
        for table in tables:
            for head, take in table.items():
                heads.setdefault(head[:_KEY], []).append((head, take))
        find = heads.get
        for at, line in enumerate(self.lines):
            words = line.lstrip()
            takers = find(words[:_KEY])
            if takers is not None:
                for head, take in takers:
                    if words.startswith(head):
                        take(at)


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
            return Report(
                text=rest, first=first, header=header, lines=_complete_lines(rest)
            )
        end = text.rfind(" starts", 0, end)
    return Report(text=text, lines=_complete_lines(text))


def _complete_lines(text: str) -> list[str]:
    return text.split("\n")[:-1]
