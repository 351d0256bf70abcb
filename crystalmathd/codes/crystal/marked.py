"""The lines of an output, found by how they begin.

Every line that CRYSTAL prints begins in a fixed column, so its first characters tell
what it is. One pass notes them; readers then go only to the lines they want, and the
tables in between (most of a file) cost nothing more.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

_NUMBERS: Final = partial(array, "I")
_HEAD: Final = 5
"""Characters that are noted; every prefix that is asked for is as long at least."""


class MarkedLines:
    """Lines with an index of their beginnings. Line numbers count from 0 here."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        # Arrays: lists of millions of numbers would be gone over by the garbage
        # collector, which stops every thread meanwhile.
        heads: dict[str, array[int]] = defaultdict(_NUMBERS)
        for number, line in enumerate(lines):
            heads[line[:_HEAD]].append(number)
        self._heads = heads

    def starting(
        self, prefix: str, start: int = 0, stop: int | None = None
    ) -> list[int]:
        """Return the numbers of the lines of `start:stop` that begin with `prefix`."""
        bucket = self._heads.get(prefix[:_HEAD])
        if not bucket:
            return []
        if start or stop is not None:
            first = bisect_left(bucket, start)
            end = len(bucket) if stop is None else bisect_left(bucket, stop)
            bucket = bucket[first:end]
        lines = self.lines
        return [number for number in bucket if lines[number].startswith(prefix)]

    def starting_any(
        self, prefixes: Sequence[str], start: int = 0, stop: int | None = None
    ) -> list[int]:
        """Return what `starting` finds for several prefixes, in the lines' order."""
        found: list[int] = []
        for prefix in prefixes:
            found += self.starting(prefix, start, stop)
        return sorted(found)

    def first(self, prefix: str, start: int = 0, stop: int | None = None) -> int | None:
        found = self.starting(prefix, start, stop)
        return found[0] if found else None

    def last(self, prefix: str, start: int = 0, stop: int | None = None) -> int | None:
        found = self.starting(prefix, start, stop)
        return found[-1] if found else None

    def line(self, number: int) -> str:
        """Return one line; empty behind the last one, which a cut file may lack."""
        return self.lines[number] if number < len(self.lines) else ""
