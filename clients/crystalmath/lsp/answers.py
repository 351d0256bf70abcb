"""What the daemon says about a document, in the words of the language server protocol.

Source of the numbers: Language Server Protocol 3.17.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from crystalmath.lsp.documents import Document
from crystalmath_protocol.documents import (
    MAX_TEXT,
    CompletionItem,
    Diagnostic,
    DocumentSymbol,
    FoldingRange,
    TextEdit,
)

Object = dict[str, Any]

SOURCE: Final = "crystalmath"
SEVERITIES: Final = {"error": 1, "warning": 2, "note": 3}
WARNING: Final = SEVERITIES["warning"]
INFORMATION: Final = SEVERITIES["note"]
_ITEM_KINDS: Final = {
    "keyword": 14,
    "block": 9,
    "end": 14,
    "value": 12,
    "function": 3,
    "snippet": 15,
    "file": 17,
}
_TEXT_ITEM: Final = 1
_SYMBOL_KINDS: Final = {
    "title": 15,
    "geometry": 3,
    "cell": 23,
    "atoms": 18,
    "block": 2,
    "basis": 4,
    "shell": 19,
    "keyword": 20,
    "namelist": 3,
    "card": 5,
    "tag": 13,
    "lattice": 23,
    "points": 18,
}
_VARIABLE: Final = 13
_PLACEHOLDER: Final = re.compile(r"\$\{\d+(?::([^}\\]*(?:\\.[^}\\]*)*))?\}|\$\d+")
_ESCAPED: Final = re.compile(r"\\([$}\\])")


def diagnostic(document: Document, found: Diagnostic) -> Object:
    """Return a finding; one without a place stands at the first line."""
    lines = document.lines
    # A change that can be made is offered as an action, which has its own title.
    has_words = found.fix and not found.fixes
    message = f"{found.message}\n{found.fix}" if has_words else found.message
    answer: Object = {
        "range": _range_of(document, found),
        "severity": SEVERITIES.get(found.severity, INFORMATION),
        "code": found.code,
        "source": SOURCE,
        "message": message,
    }
    if found.related:
        answer["relatedInformation"] = [
            {
                "location": {"uri": document.uri, "range": lines.range(place)},
                "message": place.message,
            }
            for place in found.related
        ]
    return answer


def _range_of(document: Document, found: Diagnostic) -> Object:
    if found.line is None:
        return document.lines.whole_line(1)
    if found.column is None or found.end_line is None or found.end_column is None:
        return document.lines.whole_line(found.line)
    return document.lines.range(found)


def too_long(document: Document) -> Object:
    """Return what is said about a document that is too long to be looked at."""
    n_characters = len(document.text)
    size = f"{n_characters:,} characters, {MAX_TEXT:,} are looked at"
    if n_characters <= MAX_TEXT:  # others take several bytes each
        size = f"its {n_characters:,} characters take more than a request of 1 MiB has"
    message = f"This document is too long to be checked ({size})."
    return _of_the_whole(document, INFORMATION, "document.too_long", message)


def unchecked(document: Document, reason: str) -> Object:
    """Return what is said where the check failed: silence would mean no fault."""
    message = f"This document could not be checked: {reason}"
    return _of_the_whole(document, WARNING, "document.unchecked", message)


def _of_the_whole(document: Document, severity: int, code: str, message: str) -> Object:
    return {
        "range": document.lines.whole_line(1),
        "severity": severity,
        "code": code,
        "source": SOURCE,
        "message": message,
    }


def edits(document: Document, found: Sequence[TextEdit]) -> list[Object]:
    """Return changes to the document."""
    return [
        {"range": document.lines.range(edit), "newText": edit.new_text}
        for edit in found
    ]


def completion(
    document: Document, item: CompletionItem, *, with_snippets: bool
) -> Object:
    """Return what may be typed; without snippets, one line of plain text."""
    new = item.insert if with_snippets else plain_line(item.insert)
    answer: Object = {
        "label": item.label,
        "kind": _ITEM_KINDS.get(item.kind, _TEXT_ITEM),
        "sortText": item.sort,
        "textEdit": {"range": document.lines.range(item.range), "newText": new},
        "insertTextFormat": 2 if with_snippets else 1,
    }
    if item.detail:
        answer["detail"] = item.detail
    if item.documentation:
        answer["documentation"] = {"kind": "markdown", "value": item.documentation}
    return answer


def plain_line(insert: str) -> str:
    """Return the first line of a snippet as it stands when nothing is filled in.

    What stands below it waits for values; and editors that know no snippets, such as
    Neovim before 0.10, write line ends of completions as other characters.
    """
    filled = _PLACEHOLDER.sub(lambda place: place[1] or "", insert)
    return _ESCAPED.sub(r"\1", filled).partition("\n")[0].rstrip()


def symbol(document: Document, found: DocumentSymbol) -> Object:
    """Return a part of the document with its own parts."""
    lines = document.lines
    whole, name = lines.range(found.range), lines.range(found.selection)
    answer: Object = {
        "name": found.name.strip() or found.kind,
        "kind": _SYMBOL_KINDS.get(found.kind, _VARIABLE),
        "range": whole,
        "selectionRange": name if _holds(whole, name) else whole,
    }
    if found.detail:
        answer["detail"] = found.detail
    if found.children:
        answer["children"] = [symbol(document, child) for child in found.children]
    return answer


def _holds(outer: Object, inner: Object) -> bool:
    """Tell whether a range is inside another; clients refuse a name that is not."""

    def key(position: Object) -> tuple[int, int]:
        return position["line"], position["character"]

    starts_in = key(outer["start"]) <= key(inner["start"])
    return starts_in and key(inner["end"]) <= key(outer["end"])


def flat_symbols(document: Document, found: Sequence[DocumentSymbol]) -> list[Object]:
    """Return the parts one after the other, for clients that know no tree."""
    answers = []
    for one in found:
        nested = symbol(document, one)
        answers.append(
            {
                "name": nested["name"],
                "kind": nested["kind"],
                "location": {"uri": document.uri, "range": nested["range"]},
            }
        )
        answers += flat_symbols(document, one.children)
    return answers


def fold(found: FoldingRange) -> Object:
    return {"startLine": found.line - 1, "endLine": found.end_line - 1}
