"""The keyword blocks of a deck: keywords with their data, sub-blocks, END."""

import re
from typing import Final

from crystalmathd.codes.crystal.deck import Keyword, Remark
from crystalmathd.codes.crystal.records import DeckError, Record, Records
from crystalmathd.codes.crystal.shapes import opened_block, read_data
from crystalmathd.codes.crystal.words import BLOCKS, spelling

ENDINGS: Final = {
    "geometry": ("GEOM", "CRYSTAL", "SLAB", "POLYMER", "MOLECULE", "EXTERNAL"),
    "basis": ("BS", "BASIS"),
    "scf": ("SCF",),
    "optgeom": ("OPT", "PREOPT"),
    "freqcalc": ("FREQ",),
    "cphf": ("CPHF", "CPKS", "INTCPHF"),
    "spectrum": ("IRSPEC", "RAMSPEC"),
    "elastcon": ("ELA", "PIEZO", "PHOTO"),
}
"""What may stand behind END; CRYSTAL reads three letters and never compares it."""


_OTHER_DIMENSION: Final = frozenset(
    {"SLABCUT", "SLAB", "NANOTUBE", "SWCNT", "NANOROD", "NANOCRYS", "CLUSTER"}
)
"""Keywords of the geometry that make another kind of structure of it."""


class BlockReader:
    """Reads keyword blocks and collects remarks on the way.

    `is_strict`: a word that is in no table is a `DeckError` too, and so is a matrix
    with fewer or more rows than the structure has dimensions.
    """

    def __init__(
        self,
        records: Records,
        *,
        is_strict: bool = False,
        dimension: int | None = None,
    ) -> None:
        self._records = records
        self._is_strict = is_strict
        self._dimension = dimension if is_strict else None
        self.remarks: list[Remark] = []
        self.was_closed_by_end = False
        """Whether END, and not another word, closed the block read last."""
        self.was_stopped = False
        """Whether the deck ends with STOP, behind which nothing has to stand."""

    def read_block(
        self, block: str, *, also: str | None = None, until: str | None = None
    ) -> tuple[Keyword, ...]:
        """Read keywords up to and with the END of `block`.

        Keywords of the block `also` are allowed too. The keyword `until` closes
        the block as END does, but is left to be read.
        """
        keywords: list[Keyword] = []
        self._records.mark(f"block {block}", self._records.line)
        while not self.was_stopped:
            record = self._keyword_record(block)
            word = record.words[0]
            if word == until:
                self.was_closed_by_end = False
                return tuple(keywords)
            self._records.take(f"a keyword of the {block} block")
            if word[:3] == "END":
                self._compare_end(record, block)
                self._records.mark(f"end {block}", record.number)
                self.was_closed_by_end = True
                return tuple(keywords)
            keywords.append(self._read_keyword(record, word, block, also))
            if keywords[-1].name == "STOP":
                self.was_stopped = self._records.is_through()
        self.was_closed_by_end = False
        return tuple(keywords)

    def _keyword_record(self, block: str) -> Record:
        record = self._records.peek()
        if record is None:
            raise DeckError(
                self._records.last_line,
                f"the deck ends inside the {block} block: its END is missing.",
                "end.missing",
            )
        if record.is_blank:
            raise DeckError(
                record.number,
                f"a blank line stands in the {block} block; CRYSTAL reads it as a "
                "keyword that it does not know.",
                "line.blank",
            )
        if record.starts_with_number or not re.match(r"[A-Za-z]", record.words[0]):
            raise DeckError(
                record.number,
                f"{record.text.strip()[:40]!r} stands where a keyword of the {block} "
                "block should be.",
                "keyword.expected",
            )
        return record

    def _read_keyword(
        self, record: Record, word: str, block: str, also: str | None
    ) -> Keyword:
        home, name = block, spelling(block, word)
        if name is None and also is not None:
            home, name = also, spelling(also, word)
        if name is None and block == "basis" and spelling("scf", word) is not None:
            raise DeckError(
                record.number,
                f"{word} is no keyword of the basis block: the END behind 99 0 is "
                "missing.",
                "end.missing",
            )
        if name is None and self._is_strict and block in BLOCKS:
            raise DeckError(
                record.number,
                f"{word[:40]} is no keyword of the {block} block.",
                "keyword.unknown",
            )
        if name is None:
            # Its data cannot be known: what starts with a number belongs to it.
            home, shape = block, "?"
        else:
            shape = BLOCKS[home][name]
        self._records.mark(f"keyword {name or word}", record.number)
        values = read_data(self._records, shape, word, record.number, self._dimension)
        if name in _OTHER_DIMENSION:
            self._dimension = None
        opens = opened_block(shape)
        children = () if opens is None else self.read_block(opens)
        return Keyword(
            name=name or word,
            written=word,
            block=home,
            line=record.number,
            last_line=self._records.line,
            is_known=name is not None,
            values=tuple(values),
            opens=opens,
            children=children,
        )

    def _compare_end(self, record: Record, block: str) -> None:
        if not may_close(record.words, block):
            self.remarks.append(
                Remark(
                    line=record.number,
                    message=f"{record.text.strip()[:40]} closes the {block} block: "
                    "CRYSTAL reads only the letters END.",
                    code="end.name",
                )
            )


def may_close(words: list[str], block: str) -> bool:
    """Tell whether an END has no name, or the name of this block."""
    name = words[0][3:] or (words[1] if len(words) > 1 else "")
    known = ENDINGS.get(block, (block.upper(),))
    return not name or any(
        name.startswith(one[: len(name)]) and one.startswith(name[: len(one)])
        for one in known
    )
