"""Which known word somebody meant who wrote another one."""

from collections.abc import Iterable
from typing import Final

_FAR: Final = 99
_LOOKS: Final = str.maketrans("O0I1L", "00111")
"""Letters and digits that look alike: who writes one means the other."""


def near(word: str, known: Iterable[str], *, most: int | None = None) -> list[str]:
    """Return the known words that few changed letters make of a word, nearest first.

    Of equally near ones first those that look alike: PBEO is PBE0, and not PBE. `most`:
    how many letters; without it one, or two from six letters on.
    """
    limit = most if most is not None else (1 if len(word) < len("abcdef") else 2)
    look = word.upper().translate(_LOOKS)
    distances = [
        (distance(word, one, limit), one.upper().translate(_LOOKS) != look, one)
        for one in known
    ]
    return [one for far, _, one in sorted(distances) if 0 < far <= limit]


def distance(one: str, other: str, limit: int) -> int:
    """Return how many letters were changed, put in, left out or swapped.

    A number above `limit` may be any number above it.
    """
    if abs(len(one) - len(other)) > limit:
        return _FAR
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        older, before, row = before, row, [at]
        for to, twin in enumerate(other, start=1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != twin))
            is_swap = (
                at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == twin
            )
            row.append(min(cost, older[to - 2] + 1) if is_swap else cost)
        if min(row) > limit:
            return _FAR
    return row[-1]
