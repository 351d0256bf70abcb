"""Input texts while they are written: what is wrong, what fits, what it means."""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.findings import InputFinding
from crystalmath_protocol.method import FileName, Message, Method, Params, Result

MAX_TEXT = 3 << 18
"""Characters; longer documents are refused. A whole request has at most 1 MiB."""

Language = Literal[
    "crystal", "crystal-properties", "incar", "poscar", "kpoints", "potcar", "pwscf"
]

Text = Annotated[
    str,
    msgspec.Meta(
        max_length=MAX_TEXT, description="a text of at most 786432 characters"
    ),
]

Place = Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]
"""A line, or a character within it, counted from 1."""


class Companion(Message, frozen=True, kw_only=True):
    """A file beside the document; `text` if it is small and a text."""

    name: FileName
    text: Text | None = None


class DocumentParams(Params, frozen=True, kw_only=True):
    """A text as it stands in the editor, not as it was saved.

    `name` is the file's name, without its directory. Without `language` it decides, or
    the text does. Lines end with LF or CRLF; lines and columns (in characters, not
    bytes and not UTF-16 units) count from 1 everywhere.
    """

    text: Text
    name: FileName | None = None
    language: Language | None = None
    companions: Annotated[tuple[Companion, ...], msgspec.Meta(max_length=1000)] = ()


class CheckDocumentParams(DocumentParams, frozen=True, kw_only=True):
    """As `DocumentParams`. `deep` applies the symmetry too, which takes longer."""

    deep: bool = False


class PositionParams(Params, frozen=True, kw_only=True):
    """As `DocumentParams`, and where the cursor stands: before this character."""

    text: Text
    line: Place
    column: Place
    name: FileName | None = None
    language: Language | None = None
    companions: Annotated[tuple[Companion, ...], msgspec.Meta(max_length=1000)] = ()


class Range(Result, frozen=True, kw_only=True):
    """From a character to the first one behind."""

    line: int
    column: int
    end_line: int
    end_column: int


class TextEdit(Range, frozen=True, kw_only=True):
    """What stands instead of a range."""

    new_text: str


class Fix(Result, frozen=True, kw_only=True):
    """A change that takes a finding away; all of its edits or none."""

    title: str
    edits: tuple[TextEdit, ...]


class RelatedPlace(Range, frozen=True, kw_only=True):
    """Another place that a finding is about."""

    message: str


class Diagnostic(InputFinding, frozen=True, kw_only=True):
    """A finding in a document. Its end is always known where its line is."""

    related: tuple[RelatedPlace, ...] = ()
    fixes: tuple[Fix, ...] = ()


class CheckDocumentResult(Result, frozen=True, kw_only=True):
    """`language`: what the text was taken for; null: no input that is known."""

    language: str | None
    diagnostics: tuple[Diagnostic, ...]


class CompletionItem(Result, frozen=True, kw_only=True):
    """Something that may stand at the cursor.

    `kind`: keyword, block, end, value, function, snippet or file. `insert` stands for
    the text of `range`: in it `${1:text}` are places to fill in, and `$`, `}` and a
    backslash that mean themselves follow a backslash. `sort` orders.
    """

    label: str
    kind: str
    insert: str
    range: Range
    sort: str
    detail: str = ""
    documentation: str = ""


class CompleteDocumentResult(Result, frozen=True, kw_only=True):
    """`is_incomplete`: there are more; ask again when more was typed."""

    language: str | None
    items: tuple[CompletionItem, ...]
    is_incomplete: bool = False


class HoverDocumentResult(Result, frozen=True, kw_only=True):
    """`markdown` is null if nothing is known about what stands there."""

    language: str | None
    markdown: str | None
    range: Range | None


class DocumentSymbol(Result, frozen=True, kw_only=True):
    """A part of a document: `range` is all of it, `selection` its name.

    `kind`: title, geometry, cell, atoms, block, basis, shell, keyword, namelist, card,
    tag, lattice or points.
    """

    name: str
    kind: str
    range: Range
    selection: Range
    detail: str = ""
    children: tuple["DocumentSymbol", ...] = ()


class DocumentSymbolsResult(Result, frozen=True, kw_only=True):
    """The parts of a document as a tree."""

    language: str | None
    symbols: tuple[DocumentSymbol, ...]


class FormatDocumentResult(Result, frozen=True, kw_only=True):
    """Edits that align the text: whole lines, from top to bottom; none: it is well."""

    language: str | None
    edits: tuple[TextEdit, ...]


class FoldingRange(Result, frozen=True, kw_only=True):
    """Lines that can be folded into the first one; `end_line` is among them."""

    line: int
    end_line: int


class FoldingRangesResult(Result, frozen=True, kw_only=True):
    """The blocks of a document, outer ones first."""

    language: str | None
    folds: tuple[FoldingRange, ...]


class Token(Result, frozen=True, kw_only=True):
    """A word; `kind`: keyword, block, end, title, number, string, property, comment."""

    line: int
    column: int
    length: int
    kind: str


class DocumentTokensResult(Result, frozen=True, kw_only=True):
    """The words of a document, in order and without overlap."""

    language: str | None
    tokens: tuple[Token, ...]


METHODS = (
    Method(
        name="check_document",
        summary="Return what is wrong in an input text, with places and fixes.",
        params=CheckDocumentParams,
        result=CheckDocumentResult,
        access="read",
    ),
    Method(
        name="complete_document",
        summary="Return what may stand at a place of an input text.",
        params=PositionParams,
        result=CompleteDocumentResult,
        access="read",
    ),
    Method(
        name="hover_document",
        summary="Explain what stands at a place of an input text.",
        params=PositionParams,
        result=HoverDocumentResult,
        access="read",
    ),
    Method(
        name="document_symbols",
        summary="Return the parts of an input text as a tree.",
        params=DocumentParams,
        result=DocumentSymbolsResult,
        access="read",
    ),
    Method(
        name="document_tokens",
        summary="Return the words of an input text with their kinds, for colours.",
        params=DocumentParams,
        result=DocumentTokensResult,
        access="read",
    ),
    Method(
        name="format_document",
        summary="Return the edits that align an input text.",
        params=DocumentParams,
        result=FormatDocumentResult,
        access="read",
    ),
    Method(
        name="folding_ranges",
        summary="Return the lines of an input text that can be folded.",
        params=DocumentParams,
        result=FoldingRangesResult,
        access="read",
    ),
)
