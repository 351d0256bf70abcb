"""One question of an editor about one text, answered as JSON in any process."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from crystalmathd.codes import editing
from crystalmathd.codes.draft import Draft
from crystalmathd.models.editing import Diagnostic
from crystalmathd.models.inputs import NOTE

_NO_SYMMETRY: Final = Diagnostic(
    code="check.shallow",
    severity=NOTE,
    message="The symmetry was not applied: that needs spglib in the daemon's"
    " installation, pip install 'crystalmathd[materials]'.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """`kind` is the name of the method; `beside`: names and texts of other files.

    `language`: a key of `editing.LANGUAGES`; None for a text that is no input.
    """

    kind: str
    text: str
    name: str = ""
    language: str | None = None
    beside: tuple[tuple[str, str], ...] = ()
    line: int = 1
    column: int = 1
    deep: bool = False


def is_light(question: Question) -> bool:
    """Tell whether an answer takes some ms even about the longest text."""
    language = question.language
    is_rows = language is None or editing.LANGUAGES[language].is_rows
    return is_rows and question.kind in _OF_SOME_LINES


def answer(question: Question) -> bytes:
    """Return the result of the method; a text of no language has an empty one."""
    language = question.language
    beside = {name: text.encode() for name, text in question.beside}
    draft = Draft(question.text, beside)
    found = _ANSWERS[question.kind](language, question, draft)
    return msgspec.json.encode({"language": language, **found})


def _check(language: str | None, asked: Question, draft: Draft) -> dict[str, Any]:
    if language is None:
        return {"diagnostics": ()}
    try:
        found = editing.check(language, asked.name, draft, deep=asked.deep)
    except ModuleNotFoundError:
        shallow = editing.check(language, asked.name, draft)
        found = [*shallow, _NO_SYMMETRY]
    return {"diagnostics": found}


def _complete(language: str | None, asked: Question, draft: Draft) -> dict[str, Any]:
    if language is None:
        return {"items": ()}
    items, has_more = editing.complete(language, draft, asked.line, asked.column)
    return {"items": items, "is_incomplete": has_more}


def _hover(language: str | None, asked: Question, draft: Draft) -> dict[str, Any]:
    found = language and editing.hover(language, draft, asked.line, asked.column)
    if not found:
        return {"markdown": None, "range": None}
    return {"markdown": found.markdown, "range": found.range}


def _symbols(language: str | None, _: Question, draft: Draft) -> dict[str, Any]:
    return {"symbols": editing.symbols(language, draft) if language else ()}


def _tokens(language: str | None, _: Question, draft: Draft) -> dict[str, Any]:
    return {"tokens": editing.tokens(language, draft) if language else ()}


def _format(language: str | None, _: Question, draft: Draft) -> dict[str, Any]:
    return {"edits": editing.format_edits(language, draft) if language else ()}


def _fold(language: str | None, _: Question, draft: Draft) -> dict[str, Any]:
    return {"folds": editing.folding(language, draft) if language else ()}


_ANSWERS: Final = {
    "check_document": _check,
    "complete_document": _complete,
    "hover_document": _hover,
    "document_symbols": _symbols,
    "document_tokens": _tokens,
    "format_document": _format,
    "folding_ranges": _fold,
}

_OF_SOME_LINES: Final = frozenset(
    {"complete_document", "hover_document", "document_symbols", "folding_ranges"}
)
