"""The lines of a deck, read as Fortran's list-directed READ reads them."""

import math
import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?")
_INTEGER: Final = re.compile(r"[+-]?\d{1,15}")
_REPEATED: Final = re.compile(r"(\d{1,4})\*(\S+)")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_KINDS: Final = {"i": "an integer", "r": "a number", "a": "a word"}


class DeckError(Exception):
    """A deck that CRYSTAL could not read; `line` counts from 1.

    `code` is the kind of the fault, as `models.inputs.InputFinding` names it.
    """

    def __init__(self, line: int, message: str, code: str = "record.value") -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line
        self.message = message
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One line of a deck; `number` counts from 1."""

    number: int
    text: str

    @property
    def words(self) -> list[str]:
        return self.text.replace(",", " ").split()

    @property
    def is_blank(self) -> bool:
        return not self.text.replace(",", " ").strip()

    @property
    def starts_with_number(self) -> bool:
        words = self.words
        return bool(words) and is_number(words[0])


def is_number(word: str) -> bool:
    repeated = _REPEATED.fullmatch(word)
    return _NUMBER.fullmatch(repeated[2] if repeated else word) is not None


def number(word: str) -> float:
    """Return the value of a Fortran number such as ``.5`` or ``1.0D-3``."""
    return float(word.upper().replace("D", "E"))


class Records:
    """The records of a deck and the place up to which they have been read."""

    def __init__(self, text: str) -> None:
        lines = _LINE_END.split(text)
        self._records = [
            Record(number=at, text=line) for at, line in enumerate(lines, start=1)
        ]
        # A text that ends with a newline has no line behind it.
        if lines[-1] == "":
            self._records.pop()
        self._at = 0
        self.marks: list[tuple[str, int]] = []
        """What began on which line, in order: blocks, keywords, atoms, shells."""

    @property
    def last_line(self) -> int:
        return max(1, len(self._records))

    @property
    def line(self) -> int:
        """The line of the record that was read last."""
        return self._at

    def mark(self, what: str, line: int | None = None) -> None:
        """Note that something begins on a line; without it, on the next record's."""
        self.marks.append((what, self._at + 1 if line is None else line))

    def peek(self) -> Record | None:
        """Return the next record without taking it; None behind the last."""
        return self._records[self._at] if self._at < len(self._records) else None

    def is_through(self) -> bool:
        """Tell whether nothing is left but blank records and ENDs."""
        rest = (record for record in self._records[self._at :] if not record.is_blank)
        return all(record.words[0][:3] == "END" for record in rest)

    def words_at(self, line: int) -> list[str]:
        return self._records[line - 1].words

    def take(self, wanted: str) -> Record:
        """Take the next record, whatever it holds.

        Raises
        ------
        DeckError
            If the deck has ended; `wanted` is what should have stood there.
        """
        record = self.peek()
        if record is None:
            raise DeckError(
                self.last_line, f"the deck ends where {wanted} should be.", "deck.cut"
            )
        self._at += 1
        return record

    def skip_blank(self) -> None:
        """Go past blank records, which count as nothing among data."""
        while (record := self.peek()) is not None and record.is_blank:
            self._at += 1

    def take_numeric(self) -> list[Record]:
        """Take all records from here on that start with a number."""
        taken = []
        while (record := self.peek()) is not None and record.starts_with_number:
            taken.append(self.take("a number"))
        return taken

    def read(
        self,
        kinds: str,
        wanted: str,
        *,
        line: int | None = None,
        is_list: bool = False,
    ) -> list[str]:
        """Read one value for each letter of `kinds`: i integer, r real, a word.

        As in Fortran, the values may run over several records, blank records
        between them count as nothing, and what stands behind the last value on
        its record is ignored. `line` is the line that a missing value is told
        of; without it, the line where the value should be. `is_list`: the values
        are many, so that nobody wonders if they stand on several records.
        """
        values: list[str] = []
        while len(values) < len(kinds):
            record = self._data_record(wanted, values, line)
            if values and not is_list:
                self.mark("split", record.number)
            for word in _expanded(record):
                if len(values) == len(kinds):
                    break
                kind = kinds[len(values)]
                if not _fits(word, kind):
                    is_first = not values and line is not None
                    raise DeckError(
                        line if is_first and line is not None else record.number,
                        f"{wanted} needs {_KINDS[kind]} as value {len(values) + 1} of "
                        f"{len(kinds)}, but line {record.number} has {word[:40]!r}.",
                    )
                values.append(word)
        return values

    def _data_record(self, wanted: str, values: list[str], line: int | None) -> Record:
        self.skip_blank()
        if self.peek() is None:
            raise DeckError(
                line or self.last_line,
                f"the deck ends where value {len(values) + 1} of {wanted} should be.",
                "deck.cut",
            )
        return self.take(wanted)


def _expanded(record: Record) -> list[str]:
    """Return the record's values, with Fortran's ``3*0.0`` written out."""
    if "*" not in record.text:
        return record.words
    words: list[str] = []
    for word in record.words:
        repeated = _REPEATED.fullmatch(word)
        words += [repeated[2]] * int(repeated[1]) if repeated else [word]
    return words


def _fits(word: str, kind: str) -> bool:
    if kind == "a":
        return True
    if kind == "i":
        return _INTEGER.fullmatch(word) is not None
    return _NUMBER.fullmatch(word) is not None and math.isfinite(number(word))
