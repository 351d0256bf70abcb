"""What an editor shows of an input text. Lines and characters count from 1."""

from dataclasses import dataclass

from crystalmathd.models.inputs import InputFinding


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """From a character to the first one behind."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TextEdit(Range):
    """What stands instead of a range."""

    new_text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """A change that takes a finding away; all of its edits or none."""

    title: str
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RelatedPlace(Range):
    """Another place that a finding is about."""

    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic(InputFinding):
    """A finding with what an editor can do about it."""

    related: tuple[RelatedPlace, ...] = ()
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """Something that may stand at the cursor.

    `kind`: keyword, block, end, value, function, snippet or file. `insert` stands for
    the text of `range`; `${1:text}` are places to fill in. `sort` orders.
    """

    label: str
    kind: str
    insert: str
    range: Range
    sort: str
    detail: str = ""
    documentation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hover:
    """What is known about the word in a range."""

    markdown: str
    range: Range


@dataclass(frozen=True, kw_only=True, slots=True)
class Symbol:
    """A part of a text: `range` is all of it, `selection` its name."""

    name: str
    kind: str
    range: Range
    selection: Range
    detail: str = ""
    children: tuple["Symbol", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold:
    """Lines that can be folded into the first; `end_line` is among them."""

    line: int
    end_line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word; `kind`: keyword, block, end, title, number, string, property, comment."""

    line: int
    column: int
    length: int
    kind: str
