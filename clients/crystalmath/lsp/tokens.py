"""Semantic tokens: the words of a document, as numbers relative to one another."""

from collections.abc import Sequence
from typing import Final

from crystalmath.lsp.documents import Document
from crystalmath_protocol.documents import Token

_TYPE_OF: Final = {
    "keyword": "keyword",
    "block": "namespace",
    "end": "keyword",
    "title": "comment",
    "number": "number",
    "string": "string",
    "property": "property",
    "comment": "comment",
}
TYPES: Final = tuple(dict.fromkeys(_TYPE_OF.values()))
"""The legend: a token's type is its index here."""


def encoded_tokens(document: Document, tokens: Sequence[Token]) -> list[int]:
    """Return five numbers a token: lines and columns on, length, type, no modifiers."""
    numbers: list[int] = []
    last_line = last_column = 0
    for token in tokens:
        if token.kind not in _TYPE_OF:
            continue
        start = document.lines.position(token.line, token.column)
        end = document.lines.position(token.line, token.column + token.length)
        line, column = start["line"], start["character"]
        length = end["character"] - column
        if length <= 0:
            continue
        numbers += (
            line - last_line,
            column - last_column if line == last_line else column,
            length,
            TYPES.index(_TYPE_OF[token.kind]),
            0,
        )
        last_line, last_column = line, column
    return numbers
