"""The handlers of what editors ask about texts that are being written."""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from crystalmath_protocol import documents as messages
from crystalmath_protocol.languages import language_of
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.editing import Editing
from crystalmathd.services.questions import Question

R = TypeVar("R")


class DocumentHandlers:
    def __init__(self, editing: Editing) -> None:
        self._editing = editing

    async def check_document(
        self, _context: Context, params: messages.CheckDocumentParams
    ) -> messages.CheckDocumentResult:
        return await self._ask("check_document", params, messages.CheckDocumentResult)

    async def complete_document(
        self, _context: Context, params: messages.PositionParams
    ) -> messages.CompleteDocumentResult:
        kind = messages.CompleteDocumentResult
        return await self._ask("complete_document", params, kind)

    async def hover_document(
        self, _context: Context, params: messages.PositionParams
    ) -> messages.HoverDocumentResult:
        return await self._ask("hover_document", params, messages.HoverDocumentResult)

    async def document_symbols(
        self, _context: Context, params: messages.DocumentParams
    ) -> messages.DocumentSymbolsResult:
        kind = messages.DocumentSymbolsResult
        return await self._ask("document_symbols", params, kind)

    async def document_tokens(
        self, _context: Context, params: messages.DocumentParams
    ) -> messages.DocumentTokensResult:
        return await self._ask("document_tokens", params, messages.DocumentTokensResult)

    async def format_document(
        self, _context: Context, params: messages.DocumentParams
    ) -> messages.FormatDocumentResult:
        return await self._ask("format_document", params, messages.FormatDocumentResult)

    async def folding_ranges(
        self, _context: Context, params: messages.DocumentParams
    ) -> messages.FoldingRangesResult:
        return await self._ask("folding_ranges", params, messages.FoldingRangesResult)

    async def _ask(
        self,
        kind: str,
        params: messages.DocumentParams | messages.PositionParams,
        result: type[R],
    ) -> R:
        place = params if isinstance(params, messages.PositionParams) else None
        question = Question(
            kind=kind,
            text=params.text,
            name=params.name or "",
            language=params.language or language_of(params.name or "", params.text),
            beside=tuple((one.name, one.text or "") for one in params.companions),
            line=1 if place is None else place.line,
            column=1 if place is None else place.column,
            deep=isinstance(params, messages.CheckDocumentParams) and params.deep,
        )
        return msgspec.json.decode(await self._editing.answer(question), type=result)

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


HANDLERS: Final = (
    "check_document",
    "complete_document",
    "hover_document",
    "document_symbols",
    "document_tokens",
    "format_document",
    "folding_ranges",
)
