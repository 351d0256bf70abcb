"""Lines of a deck that are read in another way than they look."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.words import BLOCKS
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import NOTE, WARNING, InputFinding

_FIRST_DATA: Final = 2


_COMMA: Final = re.compile(r"\s*([-+]?\d+),(\d+)\s*")
"""What a person means by one number, and Fortran takes for two."""


def comma_findings(words: Iterable[Keyword], places: Places) -> Iterator[InputFinding]:
    """Yield single real numbers that are written with a decimal comma."""
    for word in words:
        match = _COMMA.fullmatch(places.lines[min(word.line, len(places.lines) - 1)])
        if BLOCKS.get(word.block, {}).get(word.name) == "r" and match:
            yield places.at(
                word.line + 1,
                "record.comma",
                WARNING,
                f"A comma parts two values: {word.name} is {match[1]} here.",
                fix=f"use a decimal point: {match[1]}.{match[2]}",
            )


def line_findings(deck: Deck, places: Places) -> Iterator[InputFinding]:
    """Yield remarks in the deck and text behind its end; one finding of each kind."""
    yield from comma_findings(deck.words(), places)
    end = deck.scf_end or deck.edits_end
    for at, line in enumerate(places.lines[_FIRST_DATA:end], start=_FIRST_DATA + 1):
        if "!" in line or "#" in line:
            yield places.at(
                at,
                "line.comment",
                WARNING,
                "CRYSTAL has no comments; this one stands where nothing is read.",
                fix="delete the comment",
            )
            break
    is_read = any(word.name == "FIXINDEX" for word in deck.scf)
    for at, line in enumerate(places.lines[end:], start=end + 1):
        if line.strip() and not is_read:
            yield places.at(
                at,
                "deck.tail",
                NOTE,
                "This stands behind the last END: CRYSTAL does not read it.",
                fix="delete it",
            )
            break
