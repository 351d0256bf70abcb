"""Lines `name = value` with their signs below each other; names and values stay."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

_STATEMENT: Final = re.compile(
    r"([ \t]*)([A-Za-z]\w*(?:[ \t]*\([^)=]*\))?)[ \t]*=[ \t]*(.*)"
)
_WIDEST: Final = 32
"""A name that is longer does not push the others away."""


class _Line(NamedTuple):
    indent: str
    name: str
    value: str


def with_signs_aligned(
    lines: Sequence[str], *, indent: str | None = None
) -> Iterator[str]:
    """Yield lines; those that follow each other have their `=` below each other.

    `indent` stands before every statement; without it the blanks that are there stay.
    A line that is no statement stays, without blanks at its end.
    """
    pairs = [(line, _read(line, indent)) for line in lines]
    for _, group in groupby(pairs, lambda pair: pair[1] and pair[1].indent):
        some = list(group)
        read = [statement for _, statement in some if statement is not None]
        yield from _written(read) if read else (line.rstrip() for line, _ in some)


def _read(line: str, indent: str | None) -> _Line | None:
    match = _STATEMENT.fullmatch(line.rstrip())
    if match is None:
        return None
    return _Line(match[1] if indent is None else indent, match[2], match[3])


def _written(statements: list[_Line]) -> Iterator[str]:
    widths = [len(one.name) for one in statements if len(one.name) <= _WIDEST]
    width = max(widths, default=0)
    for one in statements:
        yield f"{one.indent}{one.name.ljust(width)} = {one.value}".rstrip()
