"""The reader of CRYSTAL decks (`.d12`) and of the inputs of properties (`.d3`).

The rules are those of the program as decks that ran show them: the first record
is a title, keywords are upper case, END is any word that starts with these three
letters and closes the innermost block, BASISSET closes the geometry block and
stands in place of the basis block.
"""

import re
from typing import Final

from crystalmathd.codes.crystal.basis import read_entries
from crystalmathd.codes.crystal.blocks import BlockReader
from crystalmathd.codes.crystal.deck import Basis, Deck, Keyword, Properties
from crystalmathd.codes.crystal.geometry import read_geometry
from crystalmathd.codes.crystal.records import DeckError, Records, is_number
from crystalmathd.codes.crystal.words import spelling

__all__ = [
    "Deck",
    "DeckError",
    "Properties",
    "keywords",
    "read_deck",
    "read_properties",
    "read_property_records",
    "read_records",
]

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_WORD: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)")


def read_deck(text: str) -> Deck:
    """Read a whole deck; what stands behind its last END is not looked at.

    Keywords that are not in the table are kept with `is_known` false.

    Raises
    ------
    DeckError
        If the deck cannot be read; nothing else is ever raised for its content.
    """
    return read_records(Records(text))


def read_records(records: Records, *, is_strict: bool = False) -> Deck:
    """Read a deck from its records, which keep the marks of what was read.

    `is_strict`: unknown keywords are errors, and so are keywords behind the last END.

    Raises
    ------
    DeckError
        As `read_deck`.
    """
    title = records.take("the title").text.strip()
    geometry = read_geometry(records)
    reader = BlockReader(records, is_strict=is_strict, dimension=geometry.dimension)
    edits = reader.read_block("geometry", until="BASISSET")
    edits_end = records.line if reader.was_closed_by_end else records.line + 1
    basis: Basis | None = None
    scf: tuple[Keyword, ...] = ()
    record = records.peek()
    if reader.was_stopped:
        edits_end = edits[-1].line
    elif record is not None and not reader.was_closed_by_end:
        records.take("BASISSET")
        (name,) = records.read("a", "BASISSET", line=record.number)
        if is_strict and (is_number(name) or spelling("scf", name)):
            raise DeckError(
                records.line,
                f"BASISSET needs the name of a basis set on the line below it, where"
                f" {name[:40]!r} stands.",
                "basis.library",
            )
        basis = Basis(name=name, line=record.number, last_line=records.line)
        scf = reader.read_block("scf", also="basis")
    elif all(edit.name != "TESTGEOM" for edit in edits) or (
        record is not None and record.starts_with_number
    ):
        basis = _read_basis(records, reader)
        scf = reader.read_block("scf")
    end = records.line
    if is_strict and all(word.name != "FIXINDEX" for word in scf):
        refuse_tail(records, "scf")
    return Deck(
        title=title,
        geometry=geometry,
        edits=edits,
        basis=basis,
        scf=scf,
        edits_end=edits_end,
        scf_end=end if basis is not None else None,
        remarks=tuple(reader.remarks),
    )


def _read_basis(records: Records, reader: BlockReader) -> Basis:
    record = records.peek()
    line = record.number if record else records.last_line
    records.mark("basis", line)
    entries = read_entries(records)
    last_line = records.line
    words = reader.read_block("basis")
    return Basis(
        line=line,
        last_line=last_line,
        entries=entries,
        keywords=words,
        end=records.line,
    )


def refuse_tail(records: Records, block: str) -> None:
    """Go to the first keyword of a block behind its END, where none should be.

    Raises
    ------
    DeckError
        If there is one: CRYSTAL would not read it.
    """
    records.skip_blank()
    first = records.peek()
    rest = iter(records.peek, None)
    if first is None or not any(_is_keyword(records, block) for _ in rest):
        return
    raise DeckError(
        first.number,
        f"{first.words[0][:40]!r} stands behind the last END, where nothing is read.",
        "end.extra",
    )


def _is_keyword(records: Records, block: str) -> bool:
    words = records.take("the rest").words
    return bool(words) and spelling(block, words[0]) is not None


def read_properties(text: str) -> Properties:
    """Read an input of properties; what stands behind its END is not looked at.

    Raises
    ------
    DeckError
        As `read_deck`.
    """
    return read_property_records(Records(text))


def read_property_records(records: Records, *, is_strict: bool = False) -> Properties:
    """Read an input of properties from its records, as `read_records` a deck.

    Raises
    ------
    DeckError
        As `read_deck`.
    """
    reader = BlockReader(records, is_strict=is_strict)
    words = reader.read_block("properties")
    end = records.line
    if is_strict:
        refuse_tail(records, "properties")
    return Properties(words=words, end=end, remarks=tuple(reader.remarks))


def keywords(text: str) -> frozenset[str]:
    """Return every keyword that stands in the deck, in upper case.

    A deck that cannot be read gives every word that stands first on a line behind
    the title, so that nothing is missed.
    """
    try:
        deck = read_deck(text)
    except DeckError:
        found = (_WORD.match(line) for line in _LINE_END.split(text)[1:])
        words = {match[1].upper() for match in found if match}
        return frozenset(word for word in words if word[:3] != "END")
    names = {deck.geometry.kind} | {keyword.name.upper() for keyword in deck.words()}
    if deck.basis is not None and deck.basis.name is not None:
        names.add("BASISSET")
    return frozenset(names)
