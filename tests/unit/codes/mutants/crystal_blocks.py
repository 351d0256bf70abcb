"""The blocks of an input of CRYSTAL read in order, keyword after keyword."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.unit.codes.mutants.crystal_keywords import Keyword, blocks_of, keyword
from tests.unit.codes.mutants.crystal_tape import Tape
from tests.unit.codes.mutants.verdicts import RefusedError

_OPAQUE = "opaque"
"""A block whose words nobody has written down."""


class Said(NamedTuple):
    """A keyword that was read: its line, block and numbers."""

    name: str
    block: str
    line: int
    values: tuple[float, ...]
    words: tuple[str, ...]


class Blocks:
    """Reads blocks from a tape; keeps what was said."""

    def __init__(self, tape: Tape, dimension: int | None) -> None:
        self.tape = tape
        self.dimension = dimension
        self.said: list[Said] = []

    def read(self, block: str, *also: str) -> str:
        """Read up to the END of a block; return the word that closed it.

        `also`: further blocks whose keywords stand here.
        """
        while True:
            tape, line = self.tape, self.tape.line
            if tape.is_over:
                last = len(tape.lines)
                raise RefusedError({last - 1, last}, f"no END of {block}")
            words = tape.words()
            if not words:
                raise RefusedError(_blanks(tape, line), "a blank line")
            if words[0][:3] == "END":
                tape.take(f"end of {block}")
                return words[0]
            if block == _OPAQUE:
                tape.take("data")
                continue
            if words[0] == "BASISSET" and block == "geometry":
                tape.take("basisset")
                return words[0]
            one = next(
                (
                    found
                    for place in (block, *also)
                    if (found := keyword(place, words[0])) is not None
                ),
                None,
            )
            if one is None:
                raise RefusedError(self._strangers(block, line), f"{words[0]} here")
            tape.take(f"keyword of {block}")
            self._data(one, block, line)
            if one.opens != "-":
                self.read(one.opens)

    def _strangers(self, block: str, line: int) -> set[int]:
        """Return what may be wrong where no keyword of the block stands."""
        tape = self.tape
        word = tape.words()[0]
        if not tape.begins_with_number():
            is_elsewhere = blocks_of(word) or word == "BASISSET"
            return {line - 1, line} if is_elsewhere else {line}
        lines = {line - 1, line}
        last = max((one.line for one in self.said), default=0)
        if last > 0:
            lines |= tape.twins(last, line)
        if last > 0 and "N" in _reads_of(tape.words(last), block):
            lines.add(last + 1)
        return lines | tape.ends_around(line) if block == "geometry" else lines

    def _data(self, one: Keyword, block: str, line: int) -> None:
        values: list[float] = []
        words: list[str] = []
        try:
            for part in one.reads.split(" / "):
                got, text = self._one(part.strip(), one, values)
                values += got
                words += text
        except RefusedError as refused:
            first = self.tape.line
            construct = set(range(line + 1, first + 1))
            if "N" in one.reads or len(construct) > 4:
                construct = {line + 1, first - 1, first}
            is_garbled = len(refused.lines) == 1
            raise RefusedError(
                refused.lines if is_garbled else refused.lines | construct,
                refused.why,
            ) from refused
        self.said.append(Said(one.name, block, line, tuple(values), tuple(words)))

    def _one(
        self, part: str, one: Keyword, before: list[float]
    ) -> tuple[list[float], list[str]]:
        """Return the numbers and the words of one READ."""
        tape = self.tape
        if part == "-":
            return [], []
        if part in {"a", "line"}:
            if part == "a" and (tape.is_over or not tape.words()):
                raise RefusedError({tape.line - 1, tape.line}, f"no word: {one.name}")
            return [], tape.take("data")
        if part == "here" and len(tape.words(tape.line - 1)) > 1:
            return [], []
        if part == "...":
            return self._rest(), []
        return self._numbers("i" if part == "here" else part, before), []

    def _rest(self) -> list[float]:
        """Take all records that begin with a number; their values are not known."""
        while not self.tape.is_over and self.tape.begins_with_number():
            self.tape.take("data")
        return []

    def _matrix(self) -> list[float]:
        if self.dimension is None:
            return self._rest()
        rows = [
            self.tape.read("r" * self.dimension, "data") for _ in range(self.dimension)
        ]
        return [value for row in rows for value in row]

    def _numbers(self, part: str, before: list[float]) -> list[float]:
        tape = self.tape
        if part == "shrink":
            mesh = tape.read("ii", "data")
            return [*mesh, *(tape.read("iii", "data") if mesh[0] == 0 else ())]
        if part == "matrix":
            return self._matrix()
        if part == "band":
            return self._band()
        if part == "doss":
            return self._doss()
        if part.startswith("N*"):
            one = "".join(_types(part[2:].strip("()")))
            count = int(before[-1])
            if not 0 <= count <= 10_000:
                raise RefusedError({tape.line - 1}, "a count out of range")
            return tape.read(one * count, "data", may_spill=True)
        return tape.read("".join(_types(part)), "data")

    def _band(self) -> list[float]:
        head = self.tape.read("iiiiiii", "data")
        for _ in range(int(head[0])):
            if self.tape.begins_with_number():
                self.tape.read("iiiiii", "data")
            elif len(self.tape.words()) < 2 or self.tape.words()[0][:3] == "END":
                raise RefusedError({self.tape.line}, "no line of the path")
            else:
                self.tape.take("data")
        return head

    def _doss(self) -> list[float]:
        head = self.tape.read("iiiiiii", "data")
        if head[2] < 0 and head[3] < 0:
            self.tape.read("rr", "data")
        for _ in range(int(head[0])):
            line = self.tape.line
            if not self.tape.begins_with_number():
                raise RefusedError({line - 1, line}, "a projection too few")
            count = int(float(self.tape.words()[0]))
            self.tape.read("i" * (1 + abs(count)), "data", may_spill=True)
        return head


def _types(part: str) -> Iterator[str]:
    for one in part.split(","):
        kind, brace, count = one.strip().partition("{")
        yield kind * (int(count.rstrip("}")) if brace else 1)


def _reads_of(words: list[str], block: str) -> str:
    one = keyword(block, words[0]) if words else None
    return one.reads if one is not None else ""


def _blanks(tape: Tape, line: int) -> set[int]:
    last = line
    while last < len(tape.lines) and not tape.words(last + 1):
        last += 1
    return set(range(line, last + 1))
