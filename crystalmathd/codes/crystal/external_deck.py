"""A deck that takes the geometry of a finished run from a `.gui`, as it stands there.

A `.gui` (fort.34, opta, optc) holds what the geometry block has made: cell, operators
and atoms after every keyword that builds or changes them. Those must not act again.
"""

from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.words import LEAVE_ATOMS
from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.lines import lines_of

_BUILDING: Final = """
SUPERCEL SUPERCELL SUPERCON SCELCONF SCELPHONO SLABCUT SLAB NANOTUBE SWCNT NANOROD
NANOCRYS CLUSTER MOLECULE MOLSPLIT MOLEXP HYDROSUB ATOMDISP ATOMINSE ATOMREMO ATOMSUBS
ATOMROT ATOMORDE PRIMITIV ORIGIN TRASREMO SYMMREMO REDEFLAT ROTCRY ELASTIC PURIFY
USESAED MAKESAED
"""
_BUILDERS: Final = frozenset(_BUILDING.split())
"""Keywords whose work is in the `.gui` already."""


def with_external_geometry(text: str) -> str:
    """Return the deck with EXTERNAL in place of its geometry and of what builds it.

    Raises
    ------
    InputRefusedError
        If the deck cannot be read, or a keyword of its geometry block may do more
        than build the geometry.
    """
    deck = _read(text)
    gone = {
        line
        for word in deck.edits
        if word.name in _BUILDERS
        for line in range(word.line, word.last_line + 1)
    }
    for word in deck.edits:
        if word.name not in _BUILDERS | LEAVE_ATOMS:
            raise InputRefusedError(_refusal(word))
    kept = []
    for number, line in enumerate(lines_of(text), start=1):
        if number == deck.geometry.line and deck.geometry.dimension is not None:
            kept.append(f"EXTERNAL{line_ending(text)}")
        elif number not in gone and not _is_in_head(deck, number):
            kept.append(line)
    changed = "".join(kept)
    _read(changed)
    return changed


def _is_in_head(deck: Deck, number: int) -> bool:
    """Say whether a line belongs to the geometry that the deck itself holds."""
    last = deck.geometry.last_line
    if deck.geometry.dimension is None or last is None:
        return False
    return deck.geometry.line < number <= last


def _read(text: str) -> Deck:
    try:
        return read_deck(text)
    except DeckError as error:
        raise InputRefusedError(f"the deck cannot be read: {error}") from error


def _refusal(word: Keyword) -> str:
    return (
        f"line {word.line}: it is not known whether {word.written} has to act on the"
        " geometry of the .gui once more"
    )
