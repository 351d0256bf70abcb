"""Lines of a deck that are read in another way than they look."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import NOTE, WARNING, InputFinding

_FIRST_DATA: Final = 2


def line_findings(deck: Deck, places: Places) -> Iterator[InputFinding]:
    """Yield remarks in the deck and text behind its end; one finding of each kind."""
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
