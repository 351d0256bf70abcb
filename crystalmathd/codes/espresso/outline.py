"""The parts of an input of pw.x, and the kinds of its words, for an editor."""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.espresso.cards import NAMES, Card, cards
from crystalmathd.codes.espresso.inputs import (
    Assignment,
    assignments,
    closing_at,
    unquoted,
)
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places
from crystalmathd.models.editing import Range, Symbol, Token

OPENING: Final = re.compile(r"\s*[&$](?!end\b)(\w+)", re.IGNORECASE)
_TOKEN: Final = re.compile(
    r"(?P<string>'[^']*'?|\"[^\"]*\"?)|(?P<comment>[!#].*)|(?P<block>&\w+)|"
    r"(?P<property>[A-Za-z_]\w*(?=\s*(?:\([^)]*\))?\s*=))|(?P<word>[^\s,=!#'\"/]+)"
)
_SHORT: Final = 40


def pw_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return namelists with their keys, and cards."""
    places = Places(draft.text, "")
    keys: dict[int, list[Assignment]] = {}
    regions = list(namelists(draft.lines))
    for one in assignments(draft.text):
        line = places.position(one.name_start)[0]
        first = next((f for _, f, last in regions if f <= line <= last), 0)
        keys.setdefault(first, []).append(one)
    found = [
        Symbol(
            name=f"&{name.upper()}",
            kind="namelist",
            range=draft.rows(first, last),
            selection=draft.filled(first),
            children=tuple(_key(one, places) for one in keys.get(first, ())),
        )
        for name, first, last in regions
    ]
    found += [_card(one, places, draft) for one in cards(draft.text)]
    return tuple(sorted(found, key=lambda one: one.range.line))


def namelists(lines: list[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the name, the first and the last line of each namelist.

    One that is not closed ends before the next one, or before the first card.
    """
    name, first = "", 0
    for number, line in enumerate(lines, start=1):
        opened = OPENING.match(line)
        words = line.split()
        is_card = bool(words) and words[0].upper() in NAMES and "=" not in line
        if name and (opened is not None or is_card):
            yield name, first, number - 1
            name = ""
        if opened is not None:
            name, first = opened[1].lower(), number
        if name and closing_at(line) is not None:
            yield name, first, number
            name = ""
    if name:
        last = (n for n in range(len(lines), first, -1) if lines[n - 1].strip())
        yield name, first, next(last, first)


def _key(one: Assignment, places: Places) -> Symbol:
    line, column = places.position(one.name_start)
    end_line, end_column = places.position(one.end)
    length = len(one.name.partition("(")[0])
    return Symbol(
        name=one.name,
        kind="keyword",
        range=Range(line=line, column=column, end_line=end_line, end_column=end_column),
        selection=Range(
            line=line, column=column, end_line=line, end_column=column + length
        ),
        detail=unquoted(one.value)[:_SHORT],
    )


def _card(one: Card, places: Places, draft: Draft) -> Symbol:
    first, last = places.position(one.start)[0], places.position(one.end)[0]
    counted = f"{len(one.rows)} rows" if one.rows else ""
    return Symbol(
        name=one.name,
        kind="card",
        range=draft.rows(first, last),
        selection=draft.filled(first),
        detail=", ".join(filter(None, (one.option, counted))),
    )


def pw_tokens(draft: Draft) -> Iterator[Token]:
    """Yield the words with their kinds."""
    for number, line in enumerate(draft.lines, start=1):
        for match in _TOKEN.finditer(line):
            kind = match.lastgroup or "word"
            text = match[0].rstrip()
            yield Token(
                line=number,
                column=match.start() + 1,
                length=len(text),
                kind=_kind(text) if kind == "word" else kind,
            )


def _kind(word: str) -> str:
    if word.upper() in NAMES:
        return "block"
    if fortran_float(word) is not None:
        return "number"
    is_logical = word.strip(".").lower() in {"true", "false", "t", "f"}
    return "keyword" if is_logical else "string"
