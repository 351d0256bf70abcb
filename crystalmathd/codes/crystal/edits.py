"""Typed edits of an input: a value is got, set or removed; the rest keeps its bytes.

A key is a keyword (``SHRINK``), with the blocks that it stands in where that is not
clear (``OPTGEOM.MAXCYCLE``, ``FREQCALC.PREOPTGEOM.TOLDEG``), with a number if it stands
there more than once (``ECHG(2)``); or one of ``TITLE``, ``CELL``, ``GROUP``, ``ATOMS``,
``ATOM(n)``, ``BASISSET``. A value holds the records with ``;`` between them: it is
empty for a keyword without data, and all that stands inside for one that opens a
sub-block.
"""

from difflib import get_close_matches
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.deck import Deck, Properties
from crystalmathd.codes.crystal.facts import facts
from crystalmathd.codes.crystal.inputs import DeckError, read_deck, read_properties
from crystalmathd.codes.crystal.places import (
    Block,
    Key,
    Place,
    blocks_of,
    field_of,
    homes,
    place_of,
    read_key,
    words_at,
)
from crystalmathd.codes.crystal.splices import Splice, replaced
from crystalmathd.codes.crystal.words import BLOCKS
from crystalmathd.codes.lines import lines_of

_RUNS: Final = frozenset({"OPTGEOM", "FREQCALC", "TESTGEOM"})
"""Geometry keywords that act on the geometry as it is then: edits stand before them."""

_FIRST: Final = frozenset({"RDFMWF", "NEWK"})
"""Keywords of properties that prepare what those behind them need."""


def get_value(text: str, key: str, *, is_properties: bool = False) -> str | None:
    """Return the records of a key as they are written; None if it does not stand there.

    Raises
    ------
    InputRefusedError
        If the key is not one of this input, stands there more than once, or the
        input cannot be read.
    """
    source = _read(text, is_properties=is_properties)
    place = _found(source, _key(key))
    if place is None:
        return None
    lines = lines_of(text)[place.first - 1 : place.last]
    return "; ".join(line.strip() for line in lines if line.strip())


def set_value(text: str, key: str, value: str, *, is_properties: bool = False) -> str:
    """Return the input with a value replaced, or added where its place is clear.

    Raises
    ------
    InputRefusedError
        As `get_value`, and if the place is not clear, or the input could not be read
        afterwards or would say something else at another place.
    """
    return setting(text, key, value, is_properties=is_properties).apply(text)


def remove_value(text: str, key: str, *, is_properties: bool = False) -> str:
    """Return the input without a keyword and its data; as it was without it.

    Raises
    ------
    InputRefusedError
        As `get_value`, and if the input could not be read without it.
    """
    return removal(text, key, is_properties=is_properties).apply(text)


def setting(text: str, key: str, value: str, *, is_properties: bool = False) -> Splice:
    """Return what `set_value` changes; its inverse gives the same bytes back."""
    source = _read(text, is_properties=is_properties)
    asked = _key(key)
    records = [part.strip() for part in value.split(";")] if value.strip() else []
    place = _found(source, asked)
    if place is None:
        splice = _added(text, source, asked, records)
        owned = splice.first, splice.last
    else:
        splice = _over(text, source, place, records)
        owned = place.span
    after = _after(text, splice, f"{key} = {value}", is_properties=is_properties)
    end = splice.moved(owned[1] + 1) - 1
    found = _found(after, asked)
    is_there = found is not None and found.span == (owned[0], end)
    if not is_there or _others(after, owned[0], end) != _others(source, *owned, splice):
        reason = f"{key} = {value}: that would change more than this value"
        raise InputRefusedError(reason)
    return splice


def removal(text: str, key: str, *, is_properties: bool = False) -> Splice:
    """Return what `remove_value` changes; its inverse gives the same bytes back."""
    source = _read(text, is_properties=is_properties)
    place = _found(source, _key(key))
    if place is None:
        return Splice(first=1)
    if place.is_field:
        raise InputRefusedError(f"{place.name} is a part of every such input")
    splice = replaced(text, *place.span, ())
    after = _after(text, splice, f"without {key}", is_properties=is_properties)
    if _others(after, 0, -1) != _others(source, *place.span, splice):
        raise InputRefusedError(f"without {key} the rest would be read differently")
    return splice


def _read(text: str, *, is_properties: bool) -> Deck | Properties:
    try:
        return read_properties(text) if is_properties else read_deck(text)
    except DeckError as error:
        raise InputRefusedError(f"the input cannot be read: {error}") from error


def _key(text: str) -> Key:
    key = read_key(text)
    if key is None:
        raise InputRefusedError(
            f"{text!r} is not a key such as SHRINK or OPTGEOM.TOLDEG"
        )
    return key


def _found(source: Deck | Properties, key: Key) -> Place | None:
    """Return the place of a key; None if it is a good one but does not stand there."""
    field = field_of(source, key)
    if field is not None:
        if field.first == 0 and key.word == "BASISSET":
            return None
        if field.first == 0:
            raise InputRefusedError(_no_record(source, key))
        return field
    found = words_at(blocks_of(source), key)
    if len(found) > 1:
        places = ", ".join(
            f"{block.title}.{key.word} (line {word.line})" for block, word in found
        )
        raise InputRefusedError(f"{key} stands in several places: {places}")
    if found:
        return place_of(found[0][1])
    is_deck = isinstance(source, Deck)
    if not homes(key.word, is_deck=is_deck):
        raise InputRefusedError(_unknown(key, is_deck=is_deck))
    return None


def _over(
    text: str, source: Deck | Properties, place: Place, records: list[str]
) -> Splice:
    """Put records in the place of those that stand there."""
    if place.tail is not None and not records:
        reason = f"{place.name} opens a block; name a keyword inside of it"
        raise InputRefusedError(reason)
    if place.name == "TITLE":
        records = records or [""]
    if place.name == "CELL" and isinstance(source, Deck):
        n_values = len(source.geometry.cell)
        if sum(len(record.split()) for record in records) != n_values:
            reason = f"CELL = {' '.join(records)}: this cell has {n_values} values"
            raise InputRefusedError(reason)
    if place.name == "ATOMS" and isinstance(source, Deck):
        if len(records) == len(source.geometry.atoms):
            return replaced(text, place.first, place.last, records)
        count = source.geometry.atoms_line or place.first
        return replaced(text, count, place.last, [str(len(records)), *records])
    return replaced(text, place.first, place.last, records)


def _added(
    text: str, source: Deck | Properties, key: Key, records: list[str]
) -> Splice:
    """Put a keyword that does not stand there into the block that it belongs to."""
    block = _home(source, key)
    is_opener = block.opened_by(key.word) is not None
    new = [key.word, *records, *(["END"] if is_opener else [])]
    line = _line_in(block, key.word, is_opener=is_opener)
    return replaced(text, line, line - 1, new)


def _home(source: Deck | Properties, key: Key) -> Block:
    """Return the one block of the input that a new keyword belongs to."""
    blocks = [one for one in blocks_of(source) if one.is_meant(key.blocks)]
    fit = [one for one in blocks if one.knows(key.word)]
    if not key.blocks:
        # A word of several blocks is one of the SCF block, unless that is said.
        fit = [one for one in fit if one.path == (("SCF", 1),)] or fit
    if key.index is not None or len(fit) != 1:
        raise InputRefusedError(_not_there(source, key, fit))
    return fit[0]


def _not_there(source: Deck | Properties, key: Key, fit: list[Block]) -> str:
    if key.index is not None:
        return f"{key} does not stand there; there are fewer"
    if key.word == "BASISSET":
        return "this deck writes its basis set out; it has no BASISSET to set"
    if fit:
        keys = " or ".join(f"{one.title}.{key.word}" for one in fit)
        return f"{key} has its place in several blocks: write {keys}"
    blocks = blocks_of(source)
    if key.blocks and not any(one.is_meant(key.blocks) for one in blocks):
        return f"there is no {key.block} block to add to: it has to be set first"
    names = homes(key.word, is_deck=isinstance(source, Deck))
    if "scf" in names and not key.blocks:
        return "this deck has no SCF block to add to"
    where = " or ".join(name.upper() for name in names)
    return f"{key} does not stand there; {key.word} belongs to {where}, write it there"


def _line_in(block: Block, word: str, *, is_opener: bool) -> int:
    """Return the line before which a new keyword goes."""
    before: list[int] = []
    if block.name == "properties" and word in _FIRST:
        before = [one.line for one in block.words]
    elif block.name == "geometry" and not is_opener and word not in _RUNS:
        before = [
            one.line
            for one in block.words
            if one.opens is not None or one.name in _RUNS
        ]
    return min([block.end, *before])


def _no_record(source: Deck | Properties, key: Key) -> str:
    n_atoms = len(source.geometry.atoms) if isinstance(source, Deck) else 0
    if key.word == "ATOM" and n_atoms:
        return f"{key} is not one of the atoms ATOM(1) to ATOM({n_atoms})"
    return f"this deck has no record of the {key}".lower()


def _unknown(key: Key, *, is_deck: bool) -> str:
    table = BLOCKS["scf" if is_deck else "properties"]
    near = get_close_matches(key.word, table, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"{key.word} is not a keyword{hint}"


def _after(
    text: str, splice: Splice, what: str, *, is_properties: bool
) -> Deck | Properties:
    """Return what the input says after a change."""
    changed = splice.apply(text)
    try:
        return read_properties(changed) if is_properties else read_deck(changed)
    except DeckError as error:
        raise InputRefusedError(f"{what}: {error}") from error


def _others(
    source: Deck | Properties, first: int, last: int, splice: Splice | None = None
) -> list[tuple[int, object]]:
    """Return all that an input says outside of some lines.

    The lines of it are those that `splice` moves it to.
    """
    return [
        (line if splice is None else splice.moved(line), fact)
        for line, fact in facts(source)
        if not first <= line <= last
    ]
