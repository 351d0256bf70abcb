"""Records as a Fortran program takes them from a file: list-directed READs."""

import re

from tests.unit.codes.mutants.verdicts import RefusedError

_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EeDd]?[+-]?\d+)?$")
_INTEGER = re.compile(r"[+-]?\d+$")


class Tape:
    """The records of a text, the next of them, and what each was taken for.

    `roles`: line → what stands there, in the words of the manual.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").split("\n")
        while self.lines and not self.lines[-1].strip():
            self.lines.pop()
        self.line = 1
        self.roles: dict[int, str] = {}

    @property
    def is_over(self) -> bool:
        return self.line > len(self.lines)

    def words(self, line: int | None = None) -> list[str]:
        at = self.line if line is None else line
        text = self.lines[at - 1] if 1 <= at <= len(self.lines) else ""
        return text.replace(",", " ").split()

    def take(self, role: str) -> list[str]:
        """Return the words of the next record."""
        words = self.words()
        self.roles[self.line] = role
        self.line += 1
        return words

    def read(self, types: str, role: str, *, may_spill: bool = False) -> list[float]:
        """Return the values of one READ: `i` an integer, `r` a real number.

        What is too much on the last record is lost. A READ that has too few goes on
        with the next record; where nobody writes it so on purpose, that is the first
        sign of a record too few or too many.
        """
        start, values = self.line, []
        waiting = list(types)
        while waiting:
            if self.is_over:
                raise RefusedError({start, len(self.lines)}, f"{role}: end of data")
            if self.line > start and not may_spill:
                raise RefusedError({start, self.line}, f"{role}: too few values")
            for word in self._repeated(self.words()):
                if not waiting:
                    break
                values.append(self._value(word, waiting.pop(0), start, role))
            self.roles[self.line] = role
            self.line += 1
        return values

    def _repeated(self, words: list[str]) -> list[str]:
        spread: list[str] = []
        for word in words:
            count, star, value = word.partition("*")
            is_repeat = star and _INTEGER.match(count) and len(count) < 4
            spread += [value] * int(count) if is_repeat else [word]
        return spread

    def _value(self, word: str, kind: str, start: int, role: str) -> float:
        if not (_INTEGER if kind == "i" else _REAL).match(word):
            begin = min(self.line, start)
            lines = {self.line} if self.line == start else {begin, self.line}
            if word[:1].isalpha():
                lines.add(self.line - 1)
            raise RefusedError(lines, f"{role}: {word!r} cannot be read")
        return float(re.sub(r"[dD]", "E", word))

    def begins_with_number(self, line: int | None = None) -> bool:
        words = self.words(line)
        return bool(words) and _REAL.match(self._repeated(words)[0]) is not None

    def ends_around(self, line: int) -> set[int]:
        """Return a line, the run of ENDs before it, and what stands before those."""
        before = line - 1
        while before > 1 and self.words(before)[:1] and self._is_end(before):
            before -= 1
        return set(range(before, line + 1))

    def _is_end(self, line: int) -> bool:
        return self.words(line)[0][:3] == "END"

    def twins(self, first: int, last: int) -> set[int]:
        """Return the lines that say the same as the one before them."""
        return {
            line
            for line in range(first + 1, last + 1)
            if self.words(line) and self.words(line) == self.words(line - 1)
        }
