"""What a judge says of a text, and how findings are held against it."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tests.unit.codes.mutants.lines_changed import Edit

T = TypeVar("T")


class RefusedError(Exception):
    """A text that cannot be what it claims to be.

    `lines` (from 1) are the root cause: a change of any one of them alone, or a record
    put in beside it, can make the text good. Where several explanations are equally
    good (a count or the list behind it), all of them are there.
    """

    def __init__(self, lines: Iterable[int], why: str) -> None:
        super().__init__(why)
        self.lines = frozenset(line for line in lines if line >= 1)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A text with one change; `places` are the lines of it that the change touched."""

    operator: str
    text: str
    places: frozenset[int]


def distance(first: int, last: int, lines: frozenset[int]) -> int:
    """Return how many lines a finding (from first to last) is off the root cause."""
    return min(max(first - line, line - last, 0) for line in lines)


def mutant_of(
    name: str,
    lines: list[str],
    operator: Callable[[list[str], T, random.Random], Edit | None],
    read: T,
    rng: random.Random,
) -> Iterator[Mutant]:
    """Yield what an operator makes of a good text; nothing if it changes nothing."""
    edit = operator([*lines], read, rng)
    if edit is not None and edit[0] != lines:
        text = "\n".join([*edit[0], ""])
        yield Mutant(operator=name, text=text, places=frozenset(edit[1]))
