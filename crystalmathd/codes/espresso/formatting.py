"""An input of pw.x with its signs and columns below each other; no word changes."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.columns import aligned, with_remarks
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.espresso.cards import cards
from crystalmathd.codes.espresso.inputs import assignments, closing_at
from crystalmathd.codes.espresso.outline import namelists
from crystalmathd.codes.places import Places
from crystalmathd.codes.statements import with_signs_aligned

_INDENT: Final = "  "


def format_pw(draft: Draft) -> list[str]:
    """Return the lines: keys indented by two blanks, rows of cards in columns."""
    new = list(draft.lines)
    for _, first, last in namelists(draft.lines):
        # The line of the name may hold keys, and that of / a value too.
        is_closed = closing_at(new[last - 1]) is not None
        end = last - is_closed
        body = new[first:end]
        if not any(_is_open_string(line) for line in body):
            new[first:end] = with_signs_aligned(body, "!", indent=_INDENT)
    for first, last in _tables(draft):
        new[first - 1 : last] = with_remarks(new[first - 1 : last], _table, "!#")
    new = [line if _is_open_string(line) else line.rstrip() for line in new]
    return new if _meaning(draft.text) == _meaning("\n".join(new)) else draft.lines


def _is_open_string(line: str) -> bool:
    """Tell whether a string may go on, or go on from before."""
    bare = line.partition("!")[0]
    return bare.count("'") % 2 == 1 or bare.count('"') % 2 == 1


def _table(rows: list[str]) -> list[str]:
    return aligned(rows, indent=_INDENT)


def _tables(draft: Draft) -> Iterator[tuple[int, int]]:
    """Yield the runs of rows of every card."""
    places = Places(draft.text, "")
    for card in cards(draft.text):
        lines = [places.position(row.start)[0] for row in card.rows]
        begin = 0
        for at in range(1, len(lines) + 1):
            if at == len(lines) or lines[at] != lines[at - 1] + 1:
                yield lines[begin], lines[at - 1]
                begin = at


def _meaning(text: str) -> object:
    return (
        [(one.namelist, one.name, one.value) for one in assignments(text)],
        [
            (one.name, one.option, [row.words for row in one.rows])
            for one in cards(text)
        ],
    )
