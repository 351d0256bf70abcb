"""The cards of a pw.x input: species, atoms, cell, k-points, with their places.

Source: INPUT_PW of Quantum ESPRESSO 7.3. A card begins with its name and goes on to the
next one; `!` and `#` begin a comment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.espresso.inputs import parted_lines

NAMES: Final = frozenset(
    {
        "ATOMIC_SPECIES",
        "ATOMIC_POSITIONS",
        "K_POINTS",
        "ADDITIONAL_K_POINTS",
        "CELL_PARAMETERS",
        "CONSTRAINTS",
        "OCCUPATIONS",
        "ATOMIC_VELOCITIES",
        "ATOMIC_FORCES",
        "SOLVENTS",
        "HUBBARD",
    }
)
_HEAD: Final = re.compile(r"^\s*([A-Za-z_]+)\b[\s({]*(\w*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of a card without comment and line end: text[start:end]."""

    words: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A card; its first line is text[start:head_end], `option` in lower case."""

    name: str
    option: str
    start: int
    head_end: int
    rows: tuple[Row, ...]

    @property
    def end(self) -> int:
        return self.rows[-1].end if self.rows else self.head_end


def cards(text: str) -> tuple[Card, ...]:
    """Return the cards in order; lines that belong to none are passed over."""
    found: list[tuple[str, str, Row, list[Row]]] = []
    for row in _rows(text):
        match = _HEAD.match(text[row.start : row.end])
        if match is not None and match[1].upper() in NAMES:
            found.append((match[1].upper(), match[2].lower(), row, []))
        elif found:
            found[-1][3].append(row)
    return tuple(
        Card(
            name=name,
            option=option,
            start=head.start,
            head_end=head.end,
            rows=tuple(rows),
        )
        for name, option, head, rows in found
    )


def loose_rows(text: str) -> Iterator[Row]:
    """Yield the rows outside of namelists that stand before the first card."""
    for row in _rows(text):
        match = _HEAD.match(text[row.start : row.end])
        if match is not None and match[1].upper() in NAMES:
            return
        if row.words != ("/",):
            yield row


def card(text: str, name: str) -> Card | None:
    """Return the first card of a name; pw.x takes no second one."""
    return next((one for one in cards(text) if one.name == name), None)


def _rows(text: str) -> Iterator[Row]:
    for namelist, line, start in parted_lines(text):
        bare = line.split("#")[0].rstrip()
        if namelist is None and bare.strip():
            yield Row(words=tuple(bare.split()), start=start, end=start + len(bare))
