"""One change of a text, as the lines that go and the lines that come."""

from collections.abc import Sequence
from dataclasses import dataclass

from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.lines import lines_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Splice:
    """Lines of a text that are replaced by others.

    `first` counts from 1; `old` and `new` hold the lines with their ends. With
    nothing in `old`, `new` is put in before line `first`.
    """

    first: int
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """The last line that goes; `first` - 1 if none does."""
        return self.first + len(self.old) - 1

    @property
    def inverse(self) -> "Splice":
        """The splice that gives the old text back, byte for byte."""
        return Splice(first=self.first, old=self.new, new=self.old)

    def apply(self, text: str) -> str:
        """Return the text after the change.

        Raises
        ------
        ValueError
            If the old lines do not stand there.
        """
        lines = lines_of(text)
        if tuple(lines[self.first - 1 : self.last]) != self.old:
            raise ValueError(self.first)
        lines[self.first - 1 : self.last] = self.new
        return "".join(lines)

    def moved(self, line: int) -> int:
        """Return where a line that stays has come to stand."""
        return line if line < self.first else line + len(self.new) - len(self.old)


def replaced(text: str, first: int, last: int, records: Sequence[str]) -> Splice:
    """Replace the lines from `first` to `last` by records.

    Records that stand there already, in the same order, keep their bytes.
    """
    old = lines_of(text)[first - 1 : last]
    if [line.strip() for line in old] == list(records):
        return Splice(first=first)
    ending = line_ending(text)
    return Splice(
        first=first, old=tuple(old), new=tuple(record + ending for record in records)
    )
