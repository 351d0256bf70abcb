"""What is asked about a document: the daemon's calls, from the editor's positions."""

from collections.abc import Mapping
from typing import Any

from crystalmath import document_calls
from crystalmath.call import Call
from crystalmath.companions import may_be_said
from crystalmath.lsp.documents import Document
from crystalmath_protocol import documents

Companions = Mapping[str, str | None]
"""Names of the files beside a document, with the texts of those that matter."""


def check(
    document: Document, companions: Companions, *, deep: bool = False
) -> Call[documents.CheckDocumentResult]:
    text, about = _about(document)
    return document_calls.check_document(text, beside=companions, deep=deep, **about)


def symbols(document: Document) -> Call[documents.DocumentSymbolsResult]:
    text, about = _about(document)
    return document_calls.document_symbols(text, **about)


def tokens(document: Document) -> Call[documents.DocumentTokensResult]:
    text, about = _about(document)
    return document_calls.document_tokens(text, **about)


def formatting(document: Document) -> Call[documents.FormatDocumentResult]:
    text, about = _about(document)
    return document_calls.format_document(text, **about)


def folds(document: Document) -> Call[documents.FoldingRangesResult]:
    text, about = _about(document)
    return document_calls.folding_ranges(text, **about)


def completion(
    document: Document, position: dict[str, Any], companions: Companions
) -> Call[documents.CompleteDocumentResult]:
    text, about = _about(document)
    line, column = document.lines.place(position)
    return document_calls.complete_document(
        text, line, column, beside=companions, **about
    )


def hover(
    document: Document, position: dict[str, Any], companions: Companions
) -> Call[documents.HoverDocumentResult]:
    text, about = _about(document)
    line, column = document.lines.place(position)
    return document_calls.hover_document(text, line, column, beside=companions, **about)


def _about(document: Document) -> tuple[str, dict[str, Any]]:
    """Return the text, and the name and language by which it is understood."""
    name = document.name if may_be_said(document.name) else None
    return document.plain_text, {"name": name or None, "language": document.language}
