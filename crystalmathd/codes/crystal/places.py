"""Where in an input a key has its place: the blocks, and the records of one value."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.deck import Deck, Geometry, Keyword, Properties
from crystalmathd.codes.crystal.shapes import opened_block
from crystalmathd.codes.crystal.words import BLOCKS, spelling

_PART: Final = re.compile(r"([^.()]+)(?:\((\d{1,6})\))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key as it is asked for: ``FREQCALC.RESTART``, ``ECHG(2).MARGINS``.

    `blocks` are the names in front of the word with their numbers, None without one.
    """

    blocks: tuple[tuple[str, int | None], ...]
    word: str
    index: int | None

    @property
    def block(self) -> str:
        return ".".join(name for name, _ in self.blocks)

    def __str__(self) -> str:
        parts = (*self.blocks, (self.word, self.index))
        return ".".join(
            name if index is None else f"{name}({index})" for name, index in parts
        )


def read_key(text: str) -> Key | None:
    """Return the key, in upper case; None if the text is none."""
    matches = [_PART.fullmatch(part) for part in text.strip().upper().split(".")]
    parts = [
        (match[1], int(match[2]) if match[2] else None) for match in matches if match
    ]
    if len(parts) < len(matches):
        return None
    (word, index) = parts.pop()
    return Key(blocks=tuple(parts), word=word, index=index)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A keyword block of an input.

    `path` holds the keywords that open it, the outermost first, each with its number
    among those of the same name; `name` is that of its table in `BLOCKS`. `end` is
    the line before which more can be written.
    """

    path: tuple[tuple[str, int], ...]
    name: str
    words: tuple[Keyword, ...]
    end: int

    @property
    def title(self) -> str:
        return self.path[-1][0]

    def is_meant(self, asked: tuple[tuple[str, int | None], ...]) -> bool:
        """Say whether these names of blocks, the outer first, lead to this one."""
        if not asked:
            return True
        above = iter(self.path[:-1])
        *outer, last = asked
        return _is_one(last, self.path[-1]) and all(
            any(_is_one(one, step) for step in above) for one in outer
        )

    def knows(self, word: str) -> bool:
        return spelling(self.name, word) is not None

    def opened_by(self, word: str) -> str | None:
        """Return the sub-block that a keyword opens here."""
        shape = BLOCKS[self.name][spelling(self.name, word) or word]
        return opened_block(shape)


def _is_one(asked: tuple[str, int | None], step: tuple[str, int]) -> bool:
    return asked[0] == step[0] and asked[1] in (None, step[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The records of one value: lines `first` to `last` are its data.

    `head` is the line of its keyword, or of the number of records, `tail` that of the
    END of its sub-block. `is_field`: it has no keyword and cannot be taken out.
    """

    name: str
    first: int
    last: int
    head: int | None = None
    tail: int | None = None
    is_field: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last line of keyword, data and END together."""
        return self.head or self.first, self.tail or self.last


def blocks_of(source: Deck | Properties) -> tuple[Block, ...]:
    """Return every block of an input, the outer ones first."""
    if isinstance(source, Properties):
        name = "properties"
        found = [
            Block(
                path=(("PROPERTIES", 1),), name=name, words=source.words, end=source.end
            )
        ]
    else:
        found = list(_of_deck(source))
    return tuple(inner for block in found for inner in _with_inner(block))


def _of_deck(deck: Deck) -> Iterator[Block]:
    yield Block(
        path=(("GEOMETRY", 1),), name="geometry", words=deck.edits, end=deck.edits_end
    )
    if deck.basis is None or deck.scf_end is None:
        return
    basis = tuple(word for word in deck.scf if word.block == "basis")
    yield Block(
        path=(("BASIS", 1),),
        name="basis",
        words=(*deck.basis.keywords, *basis),
        end=deck.basis.end or deck.basis.last_line + 1,
    )
    scf = tuple(word for word in deck.scf if word.block != "basis")
    yield Block(path=(("SCF", 1),), name="scf", words=scf, end=deck.scf_end)


def _with_inner(block: Block) -> Iterator[Block]:
    yield block
    n_opened: Counter[str] = Counter()
    for word in block.words:
        if word.opens is not None:
            n_opened[word.name] += 1
            inner = Block(
                path=(*block.path, (word.name, n_opened[word.name])),
                name=word.opens,
                words=word.children,
                end=word.last_line,
            )
            yield from _with_inner(inner)


def words_at(blocks: tuple[Block, ...], key: Key) -> list[tuple[Block, Keyword]]:
    """Return the keywords that a key means; more than one if it is not clear."""
    found = [
        (block, word)
        for block in blocks
        if block.is_meant(key.blocks)
        for word in block.words
        if word.name == (spelling(word.block, key.word) or key.word)
    ]
    return found if key.index is None else found[key.index - 1 :][:1]


def place_of(word: Keyword) -> Place:
    """Return the records of a keyword."""
    tail = None if word.opens is None else word.last_line
    return Place(
        name=word.name,
        head=word.line,
        first=word.line + 1,
        last=word.last_line if tail is None else tail - 1,
        tail=tail,
    )


def field_of(source: Deck | Properties, key: Key) -> Place | None:
    """Return the records of a value that has no keyword of its own, if `key` is one.

    They are TITLE, CELL, GROUP, ATOMS (all of them), ATOM(n) and BASISSET, a name.
    The keyword ATOMS, which prints, is GEOMETRY.ATOMS. The place is empty, with
    `first` 0, if the deck has no such record.
    """
    if isinstance(source, Properties) or key.blocks or key.word not in FIELDS:
        return None
    geometry, lines = source.geometry, (0, -1)
    if key.word == "TITLE":
        lines = (1, 1)
    elif key.word == "BASISSET" and source.basis is not None and source.basis.name:
        lines = (source.basis.last_line, source.basis.last_line)
    elif key.word == "GROUP" and geometry.group is not None:
        lines = (geometry.group.line, geometry.group.line)
    elif key.word == "CELL" and geometry.cell_line and geometry.cell_last_line:
        lines = (geometry.cell_line, geometry.cell_last_line)
    elif key.word == "ATOMS" and geometry.atoms:
        lines = (geometry.atoms[0].line, geometry.last_line or 0)
    elif key.word == "ATOM":
        lines = _atom(geometry, key.index)
    head = geometry.atoms_line if key.word == "ATOMS" else None
    return Place(name=key.word, head=head, first=lines[0], last=lines[1], is_field=True)


def _atom(geometry: Geometry, index: int | None) -> tuple[int, int]:
    atoms = geometry.atoms
    if index is None or not 1 <= index <= len(atoms):
        return 0, -1
    behind = atoms[index].line - 1 if index < len(atoms) else geometry.last_line
    return atoms[index - 1].line, behind or 0


FIELDS: Final = frozenset({"TITLE", "CELL", "GROUP", "ATOMS", "ATOM", "BASISSET"})


def homes(word: str, *, is_deck: bool) -> list[str]:
    """Return the blocks whose tables hold a keyword."""
    return [
        name
        for name in BLOCKS
        if (name in _OF_PROPERTIES) != is_deck and spelling(name, word) is not None
    ]


_OF_PROPERTIES: Final = frozenset({"properties", "grid2d", "boltztra"})
