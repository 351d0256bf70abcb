"""Lines `name = value ! remark` with signs and remarks below each other."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_STATEMENT: Final = re.compile(
    r"([ \t]*)([A-Za-z]\w*(?:[ \t]*\([^)=]*\))?)[ \t]*=[ \t]*(.*)"
)
_WIDEST: Final = 32
"""What is longer does not push the others away."""


class _Line(NamedTuple):
    indent: str
    name: str
    value: str
    remark: str


def with_signs_aligned(
    lines: Sequence[str], signs: str, *, indent: str | None = None
) -> Iterator[str]:
    """Yield lines; the statements of a paragraph have their `=` below each other.

    `signs` begin remarks, which are aligned too. `indent` stands before every
    statement; without it the blanks that are there stay. A line that is no statement
    stays, without blanks at its end; if it is no remark, it ends the paragraph.
    """
    paragraph: list[str | _Line] = []
    for line in lines:
        one = _read(line, signs, indent)
        paragraph.append(line.rstrip() if one is None else one)
        if one is None and not line.lstrip().startswith(tuple(signs)):
            yield from _written(paragraph)
            paragraph = []
    yield from _written(paragraph)


def _read(line: str, signs: str, indent: str | None) -> _Line | None:
    match = _STATEMENT.fullmatch(line.rstrip())
    if match is None:
        return None
    value, remark = _parted(match[3], signs)
    return _Line(match[1] if indent is None else indent, match[2], value, remark)


def _parted(text: str, signs: str) -> tuple[str, str]:
    """Return a value and its remark, whose sign stands outside of strings."""
    quote = ""
    for at, letter in enumerate(text):
        if letter in signs and not quote:
            return text[:at].rstrip(), text[at:]
        if letter in "'\"" and quote in {"", letter}:
            quote = "" if quote else letter
    return text, ""


def _written(paragraph: list[str | _Line]) -> Iterator[str]:
    names: dict[str, int] = {}
    values: dict[str, int] = {}
    for one in paragraph:
        if isinstance(one, str):
            continue
        if len(one.name) <= _WIDEST:
            names[one.indent] = max(names.get(one.indent, 0), len(one.name))
        if one.remark and len(one.value) <= _WIDEST:
            values[one.indent] = max(values.get(one.indent, 0), len(one.value))
    for one in paragraph:
        if isinstance(one, str):
            yield one
            continue
        name = one.name.ljust(names.get(one.indent, 0))
        value = one.value.ljust(values.get(one.indent, 0))
        remark = f"  {one.remark}" if one.remark else ""
        yield f"{one.indent}{name} = {value}{remark}".rstrip()
