"""Requests about documents, answered by the daemon."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from crystalmath.errors import DaemonUnreachableError, RequestUnsendableError
from crystalmath.lsp import actions, answers, lenses, questions, tokens
from crystalmath.lsp.answers import Object
from crystalmath.lsp.capabilities import Client
from crystalmath.lsp.checking import Checks
from crystalmath.lsp.daemon import Daemon
from crystalmath.lsp.documents import Document
from crystalmath.lsp.peer import SERVER_CANCELLED, RequestRefusedError

Handler = Callable[[Document, Object], Awaitable[Any]]


class Requests:
    """One method for each request of the protocol that is about a document.

    Without a daemon there is no answer, which is no error: that was said already,
    and the editor works on. Diagnostics alone are refused then: an empty list would say
    that nothing is wrong.
    """

    def __init__(self, client: Client, daemon: Daemon, checks: Checks) -> None:
        self._client = client
        self._daemon = daemon
        self._checks = checks
        self.table: Final[dict[str, Handler]] = {
            "textDocument/codeAction": self._code_action,
            "textDocument/codeLens": self._code_lens,
            "textDocument/completion": self._completion,
            "textDocument/diagnostic": self._diagnostic,
            "textDocument/documentSymbol": self._document_symbol,
            "textDocument/foldingRange": self._folding_range,
            "textDocument/formatting": self._formatting,
            "textDocument/hover": self._hover,
            "textDocument/semanticTokens/full": self._semantic_tokens,
        }

    async def answer(self, method: str, document: Document, params: Object) -> Any:  # noqa: ANN401 - JSON
        """Return the result; null about what is no input, too long, or unanswered.

        Raises
        ------
        CrystalmathError
            If the daemon refuses.
        RequestRefusedError
            If nobody can say what is wrong; the editor is told when it may ask again.
        """
        is_pull = method == "textDocument/diagnostic"
        nothing = {"kind": "full", "items": []} if is_pull else None
        if document.language is None or (document.is_too_long and not is_pull):
            return nothing
        try:
            return await self.table[method](document, params)
        except RequestUnsendableError:
            return nothing
        except DaemonUnreachableError as error:
            if is_pull:
                later = {"retriggerRequest": False}
                raise RequestRefusedError(
                    SERVER_CANCELLED, str(error), later
                ) from error
            return nothing

    async def _diagnostic(self, document: Document, params: Object) -> Object:
        items = await self._checks.diagnostics(document)
        digest = hashlib.sha256(msgspec.json.encode(items)).hexdigest()[:16]
        if params.get("previousResultId") == digest:
            return {"kind": "unchanged", "resultId": digest}
        return {"kind": "full", "resultId": digest, "items": items}

    async def _completion(self, document: Document, params: Object) -> Object:
        companions = await self._checks.companions(document)
        call = questions.completion(document, params["position"], companions)
        result = await self._daemon.ask(call)
        items = [
            answers.completion(document, item, with_snippets=self._client.has_snippets)
            for item in result.items
        ]
        return {"isIncomplete": result.is_incomplete, "items": items}

    async def _hover(self, document: Document, params: Object) -> Object | None:
        companions = await self._checks.companions(document)
        call = questions.hover(document, params["position"], companions)
        result = await self._daemon.ask(call)
        if result.markdown is None:
            return None
        contents = {"kind": "markdown", "value": result.markdown}
        answer: Object = {"contents": contents}
        if result.range is not None:
            answer["range"] = document.lines.range(result.range)
        return answer

    async def _code_action(self, document: Document, params: Object) -> list[Object]:
        found = await self._checks.found(document)
        return actions.code_actions(
            document, found, params, with_versions=self._client.has_versions
        )

    async def _code_lens(self, document: Document, _params: Object) -> list[Object]:
        return await lenses.lenses(document, self._daemon)

    async def _document_symbol(
        self, document: Document, _params: Object
    ) -> list[Object]:
        found = (await self._daemon.ask(questions.symbols(document))).symbols
        if not self._client.has_tree:
            return answers.flat_symbols(document, found)
        return [answers.symbol(document, one) for one in found]

    async def _folding_range(self, document: Document, _params: Object) -> list[Object]:
        found = (await self._daemon.ask(questions.folds(document))).folds
        return [answers.fold(one) for one in found]

    async def _formatting(self, document: Document, _params: Object) -> list[Object]:
        found = (await self._daemon.ask(questions.formatting(document))).edits
        return answers.edits(document, found)

    async def _semantic_tokens(self, document: Document, _params: Object) -> Object:
        found = (await self._daemon.ask(questions.tokens(document))).tokens
        return {"data": tokens.encoded_tokens(document, found)}
