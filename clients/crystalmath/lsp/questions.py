"""What is asked about a document: the daemon's calls, from the editor's positions."""

from collections.abc import Sequence
from typing import Any

from crystalmath.call import Call
from crystalmath.lsp.documents import Document
from crystalmath_protocol import documents
from crystalmath_protocol.documents import Companion, DocumentParams, PositionParams


def check(
    document: Document, companions: Sequence[Companion]
) -> Call[documents.CheckDocumentResult]:
    params = _about(document, companions)
    return Call("check_document", params, documents.CheckDocumentResult)


def symbols(document: Document) -> Call[documents.DocumentSymbolsResult]:
    return Call("document_symbols", _about(document), documents.DocumentSymbolsResult)


def tokens(document: Document) -> Call[documents.DocumentTokensResult]:
    return Call("document_tokens", _about(document), documents.DocumentTokensResult)


def formatting(document: Document) -> Call[documents.FormatDocumentResult]:
    return Call("format_document", _about(document), documents.FormatDocumentResult)


def folds(document: Document) -> Call[documents.FoldingRangesResult]:
    return Call("folding_ranges", _about(document), documents.FoldingRangesResult)


def completion(
    document: Document, position: dict[str, Any], companions: Sequence[Companion]
) -> Call[documents.CompleteDocumentResult]:
    params = _at(document, position, companions)
    return Call("complete_document", params, documents.CompleteDocumentResult)


def hover(
    document: Document, position: dict[str, Any], companions: Sequence[Companion]
) -> Call[documents.HoverDocumentResult]:
    params = _at(document, position, companions)
    return Call("hover_document", params, documents.HoverDocumentResult)


def _about(document: Document, companions: Sequence[Companion] = ()) -> DocumentParams:
    return DocumentParams(
        text=document.plain_text,
        name=document.name or None,
        language=document.language,
        companions=tuple(companions),
    )


def _at(
    document: Document, position: dict[str, Any], companions: Sequence[Companion]
) -> PositionParams:
    line, column = document.lines.place(position)
    return PositionParams(
        text=document.plain_text,
        line=line,
        column=column,
        name=document.name or None,
        language=document.language,
        companions=tuple(companions),
    )
