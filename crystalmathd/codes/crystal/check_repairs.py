"""Why a deck cannot be read: the smallest change that lets the reader go on.

The reader stops at the first record that it cannot take, which is often far behind
the fault: a missing END shows where the next block begins. So changes of one record
are tried around the place, and the one that the reader gets farthest with is the fault.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from crystalmathd.codes.crystal.records import DeckError, Records
from crystalmathd.codes.places import shown
from crystalmathd.models.inputs import ERROR

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Line = tuple[str, int]
"""A record, and the line of the file on which it stands (or behind which, if new)."""

_MOST_FAULTS: Final = 2
_MOST_LINES: Final = 200_000
"""How many lines are read again at most while changes are tried."""

_ENOUGH: Final = 2
_FIXES: Final = {
    "deck.cut": "add what is missing",
    "basis.list": "put 99 0 and END behind the last basis set",
    "geometry.group": "give a number with IFLAG 0, a symbol with blanks with IFLAG 1",
    "geometry.type": "begin with a title, and the geometry type on line 2",
    "basis.shell": "give ITYB (0 to 2), LAT (0 to 5), NG, CHE, SCAL",
    "basis.potential": "put INPUT and the core potential here, or the name of one, such"
    " as HAYWSC",
    "basis.potential-head": "give Zeff, and how many terms the local part (M) and the"
    " parts s, p, d … (M0 to M4) have",
    "end.missing": "put in the END",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """Lines [start:stop] become `lines`; the rest is the finding that this would be.

    `line`, `last`: what the finding is about. `cost`: the smaller the likelier.
    """

    start: int
    stop: int
    lines: tuple[str, ...]
    code: str
    message: str
    line: int
    last: int | None = None
    word: int | None = None
    fix: str = ""
    severity: str = ERROR
    cost: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop(Generic[T_co]):
    """A text as far as it was read: whole, or up to an error.

    `at` is the index of the line that the reader could not take.
    """

    lines: Sequence[Line]
    read: T_co | None
    error: DeckError | None
    at: int
    marks: Sequence[tuple[str, int]]

    @property
    def left(self) -> int:
        """How many lines were not understood."""
        return 0 if self.error is None else max(1, len(self.lines) - self.at)

    @property
    def said(self) -> str:
        """What the reader said, as a sentence begins."""
        message = "" if self.error is None else self.error.message
        return message[:1].upper() + message[1:]

    @property
    def n_splits(self) -> int:
        """How many records were filled up from the next: nobody means that."""
        return sum(what == "split" for what, _ in self.marks)

    @property
    def line(self) -> int:
        """The line of the file at which the reader stopped."""
        return self.number(self.at)

    def number(self, at: int) -> int:
        """Return the line of the file that an index of `lines` is."""
        if not self.lines:
            return 1
        return self.lines[min(max(at, 0), len(self.lines) - 1)][1]

    def text(self, at: int) -> str:
        return self.lines[at][0] if 0 <= at < len(self.lines) else ""

    def words(self, at: int) -> list[str]:
        return self.text(at).replace(",", " ").split()

    def last_mark(self, *kinds: str) -> int | None:
        """Return the index of the line of the last mark that begins with a kind."""
        found = (line for what, line in reversed(self.marks) if what.startswith(kinds))
        line = next(found, None)
        return None if line is None else line - 1


def read_until_stop(lines: Sequence[Line], reader: Callable[[Records], T]) -> Stop[T]:
    """Read as far as possible."""
    records = Records("\n".join(text for text, _ in lines))
    try:
        read = reader(records)
    except DeckError as error:
        at = max(error.line, records.line) - 1
        # What should stand behind the last line is missing behind it, not on it.
        is_cut = error.code in {"deck.cut", "end.missing"} and records.peek() is None
        at = len(lines) if is_cut else at
        return Stop(lines=lines, read=None, error=error, at=at, marks=records.marks)
    return Stop(lines=lines, read=read, error=None, at=len(lines), marks=records.marks)


def repaired(
    lines: Sequence[Line],
    reader: Callable[[Records], T],
    proposals: Callable[[Stop[T]], Iterator[Repair]],
) -> tuple[Stop[T], list[Repair]]:
    """Read lines, with repairs where they cannot be read.

    Returns where it ended, and the repairs, the first fault first. If nothing helps,
    the last of them was not made; it says which word is meant, or what the reader said.
    """
    found: list[Repair] = []
    stop = read_until_stop(lines, reader)
    budget = _MOST_LINES
    while stop.error is not None:
        choice: tuple[Repair, Stop[T]] | None = None
        # The likeliest first: the first that leaves nothing unread is the fault.
        for repair in sorted(proposals(stop), key=lambda one: one.cost):
            budget -= len(lines)
            if budget < 0:
                break
            then = read_until_stop(applied(stop.lines, repair), reader)
            if then.n_splits > stop.n_splits:
                continue
            if choice is None or then.left < choice[1].left:
                choice = repair, then
            if then.error is None:
                break
        is_better = choice is not None and choice[1].left <= stop.left - _ENOUGH
        if choice is None or not (is_better or choice[1].error is None):
            return stop, [*found, _unhelped(stop, stop.error, proposals)]
        found.append(choice[0])
        stop = choice[1]
        if len(found) == _MOST_FAULTS:
            break
    return stop, found


def applied(lines: Sequence[Line], repair: Repair) -> list[Line]:
    numbers = [number for _, number in lines[repair.start : repair.stop]]
    before = lines[repair.start - 1][1] if repair.start else 1
    new = [
        (text, numbers[at] if at < len(numbers) else (numbers or [before])[-1])
        for at, text in enumerate(repair.lines)
    ]
    return [*lines[: repair.start], *new, *lines[repair.stop :]]


def _unhelped(
    stop: Stop[T], error: DeckError, proposals: Callable[[Stop[T]], Iterator[Repair]]
) -> Repair:
    """Return the likeliest word in place of an unknown one, or what the reader said.

    That comes with the lines of the file in place of the reader's.
    """
    if error.code == "keyword.unknown":
        likely = [one for one in proposals(stop) if one.code == error.code]
        if likely:
            return min(likely, key=lambda one: one.cost)
    return Repair(
        start=0,
        stop=0,
        lines=(),
        code=error.code,
        message=stop.said,
        line=stop.number(error.line - 1),
        fix=_FIXES.get(error.code, "give the values that CRYSTAL reads here"),
    )


def put_in(
    stop: Stop[object], at: int, text: str, code: str, what: str, *, cost: int = 2
) -> Repair:
    """Return the repair that puts a record in before the line with an index."""
    before = shown(stop.text(at)) if at < len(stop.lines) else "the end of the deck"
    return Repair(
        start=at,
        stop=at,
        lines=(text,),
        code=code,
        message=f"{what[:1].upper()}{what[1:]} is missing before {before}.",
        fix=f"put in {what.rstrip(',')}",
        line=stop.number(at),
        cost=cost,
    )
