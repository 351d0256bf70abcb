"""Setting one value in a deck; every other line stays as it is."""

import re
from difflib import get_close_matches
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.words import BLOCKS, spelling
from crystalmathd.codes.edits import line_ending

CELL: Final = "CELL"
"""The record of the minimal cell, which has no keyword of its own."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")


def set_value(text: str, key: str, value: str) -> str:
    """Return the deck with the data of a keyword replaced, or with the keyword added.

    `key` is a keyword, `BLOCK.KEYWORD` if it stands in several blocks, or CELL.
    `value` holds its records, with `;` between them; it is empty for a keyword
    without data. Only the SCF block is added to.

    Raises
    ------
    InputRefusedError
        If the keyword is not known, its place is not clear, or the deck could not
        be read afterwards.
    """
    try:
        deck = read_deck(text)
    except DeckError as error:
        raise InputRefusedError(f"the deck cannot be read: {error}") from error
    records = [part.strip() for part in value.split(";")] if value.strip() else []
    first, last, new = _place(deck, key.upper(), records)
    lines = _LINE.findall(text)
    ending = line_ending(text)
    lines[first - 1 : last] = [line + ending for line in new]
    changed = "".join(lines)
    try:
        after = read_deck(changed)
    except DeckError as error:
        raise InputRefusedError(f"{key} = {value}: {error}") from error
    n_more = len(new) - (last - first + 1)
    if _others(after, first, n_more) != _others(deck, first, 0):
        reason = f"{key} = {value}: that would change more than this value"
        raise InputRefusedError(reason)
    return changed


def _others(deck: Deck, line: int, n_more: int) -> list[object]:
    """Return what the deck says, but for the keyword on a line and the cell.

    `n_more`: how many lines were put in.
    """
    entries = deck.basis.entries if deck.basis else ()
    return [
        None if deck.scf_end is None else deck.scf_end - n_more,
        len(deck.geometry.cell),
        *((atom.label, atom.position) for atom in deck.geometry.atoms),
        *((entry.label, len(entry.shells)) for entry in entries),
        *(
            (word.block, word.name, word.values)
            for word in deck.words()
            if word.line != line
        ),
    ]


def _place(deck: Deck, key: str, records: list[str]) -> tuple[int, int, list[str]]:
    """Return the first and last line to be replaced, and the lines to stand there."""
    if key == CELL:
        if deck.geometry.cell_line is None:
            raise InputRefusedError("this deck has no record of the cell")
        return deck.geometry.cell_line, deck.geometry.cell_line, records
    block, _, word = key.rpartition(".")
    found = [
        one
        for one in deck.words()
        if one.name == (spelling(one.block, word) or word)
        and block in {"", one.block.upper()}
    ]
    if len(found) > 1:
        places = ", ".join(
            f"{one.block.upper()}.{word} (line {one.line})" for one in found
        )
        raise InputRefusedError(f"{word} stands in several places: {places}")
    if found:
        return _replaced(found[0], records)
    if block not in {"", "SCF"} or spelling("scf", word) is None:
        raise InputRefusedError(_not_there(word, block))
    if deck.scf_end is None:
        raise InputRefusedError("this deck has no SCF block to add to")
    return deck.scf_end, deck.scf_end - 1, [word, *records]


def _replaced(keyword: Keyword, records: list[str]) -> tuple[int, int, list[str]]:
    if keyword.children:
        reason = f"{keyword.name} opens a block; name a keyword inside of it"
        raise InputRefusedError(reason)
    return keyword.line, keyword.last_line, [keyword.written, *records]


def _not_there(word: str, block: str) -> str:
    where = f"in the {block} block" if block else "in the deck"
    homes = [name for name, words in BLOCKS.items() if word in words]
    if homes:
        blocks = " or ".join(name.upper() for name in homes)
        return f"{word} does not stand {where}; it belongs to {blocks}, write it there"
    near = get_close_matches(word, BLOCKS["scf"], n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"{word} is not a keyword{hint}"
