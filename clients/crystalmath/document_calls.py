"""The calls about input texts that are being written; as those in `calls`."""

from collections.abc import Mapping

from crystalmath.call import Call
from crystalmath_protocol import documents
from crystalmath_protocol.documents import Companion, Language


def _companions(beside: Mapping[str, str | None] | None) -> tuple[Companion, ...]:
    return tuple(Companion(name=one, text=text) for one, text in (beside or {}).items())


def check_document(
    text: str,
    *,
    name: str | None = None,
    language: Language | None = None,
    beside: Mapping[str, str | None] | None = None,
    deep: bool = False,
) -> Call[documents.CheckDocumentResult]:
    """Return what is wrong in an input text; `beside`: names, and texts, of others."""
    params = documents.CheckDocumentParams(
        text=text,
        name=name,
        language=language,
        companions=_companions(beside),
        deep=deep,
    )
    return Call("check_document", params, documents.CheckDocumentResult)


def complete_document(
    text: str,
    line: int,
    column: int,
    *,
    name: str | None = None,
    language: Language | None = None,
    beside: Mapping[str, str | None] | None = None,
) -> Call[documents.CompleteDocumentResult]:
    """Return what may stand at a place; lines and characters count from 1."""
    params = documents.PositionParams(
        text=text,
        line=line,
        column=column,
        name=name,
        language=language,
        companions=_companions(beside),
    )
    return Call("complete_document", params, documents.CompleteDocumentResult)


def hover_document(
    text: str,
    line: int,
    column: int,
    *,
    name: str | None = None,
    language: Language | None = None,
    beside: Mapping[str, str | None] | None = None,
) -> Call[documents.HoverDocumentResult]:
    """Explain what stands at a place; lines and characters count from 1."""
    params = documents.PositionParams(
        text=text,
        line=line,
        column=column,
        name=name,
        language=language,
        companions=_companions(beside),
    )
    return Call("hover_document", params, documents.HoverDocumentResult)


def document_symbols(
    text: str, *, name: str | None = None, language: Language | None = None
) -> Call[documents.DocumentSymbolsResult]:
    """Return the parts of an input text as a tree."""
    params = documents.DocumentParams(text=text, name=name, language=language)
    return Call("document_symbols", params, documents.DocumentSymbolsResult)


def document_tokens(
    text: str, *, name: str | None = None, language: Language | None = None
) -> Call[documents.DocumentTokensResult]:
    """Return the words of an input text with their kinds."""
    params = documents.DocumentParams(text=text, name=name, language=language)
    return Call("document_tokens", params, documents.DocumentTokensResult)


def format_document(
    text: str, *, name: str | None = None, language: Language | None = None
) -> Call[documents.FormatDocumentResult]:
    """Return the edits that align an input text."""
    params = documents.DocumentParams(text=text, name=name, language=language)
    return Call("format_document", params, documents.FormatDocumentResult)


def folding_ranges(
    text: str, *, name: str | None = None, language: Language | None = None
) -> Call[documents.FoldingRangesResult]:
    """Return the lines of an input text that can be folded."""
    params = documents.DocumentParams(text=text, name=name, language=language)
    return Call("folding_ranges", params, documents.FoldingRangesResult)
