"""The parts of a CRYSTAL input, and the kinds of its words, for an editor."""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.crystal.tree import Node, read_marks, tree
from crystalmathd.codes.draft import Draft
from crystalmathd.models.editing import Symbol, Token
from crystalmathd.structures.elements import symbol

_WORD: Final = re.compile(r"[^\s,]+")
_SHELLS: Final = ("s", "sp", "p", "d", "f", "g")
_KINDS: Final = {
    "entry": "basis",
    "scf": "block",
    "properties": "block",
    "potential": "shell",
}
_N_SHELL_VALUES: Final = 5
_SHORT: Final = 40


def deck_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return the parts of a deck."""
    return _symbols(draft, is_deck=True)


def properties_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return the parts of an input of properties."""
    return _symbols(draft, is_deck=False)


def nodes_of(draft: Draft, *, is_deck: bool) -> list[Node]:
    _, marks = read_marks(_own_lines(draft), is_deck=is_deck)
    return tree(draft.lines, marks, is_deck=is_deck)


def _own_lines(draft: Draft) -> list[str]:
    """Return the lines without the empty one behind the last newline."""
    return draft.lines if draft.lines[-1] else draft.lines[:-1]


def _symbols(draft: Draft, *, is_deck: bool) -> tuple[Symbol, ...]:
    if not draft.text.strip():
        return ()
    return tuple(_symbol(one, draft) for one in nodes_of(draft, is_deck=is_deck))


def _symbol(node: Node, draft: Draft) -> Symbol:
    return Symbol(
        name=_name(node, draft),
        kind=_KINDS.get(node.kind, node.kind),
        range=draft.rows(node.line, node.last_line),
        selection=draft.filled(node.line),
        detail=_detail(node, draft),
        children=tuple(_symbol(one, draft) for one in node.children),
    )


def _words(draft: Draft, line: int) -> list[str]:
    return draft.line(line).replace(",", " ").split()


def _name(node: Node, draft: Draft) -> str:
    words = _words(draft, node.line)
    if node.kind == "entry" and words and words[0].isdecimal():
        label = int(words[0][:6])
        return symbol(label % 100) if 0 < label % 100 < 99 else f"atom {label}"  # noqa: PLR2004
    if node.kind == "shell" and len(words) > 1 and words[1] in "012345":
        return _SHELLS[int(words[1][:1])]
    names = {"potential": "core potential"}
    return node.name or names.get(node.kind, node.kind)


def _detail(node: Node, draft: Draft) -> str:
    words = _words(draft, node.line)
    if node.kind == "shell" and len(words) >= _N_SHELL_VALUES:
        return f"{words[2]} primitives, {words[3]} electrons"
    if node.kind == "entry" and len(words) > 1:
        return f"{words[1]} shells"
    if node.kind == "atoms":
        return words[0] if words else ""
    if node.kind == "cell":
        return " ".join(words)[:_SHORT]
    if node.kind == "keyword" and node.last_line > node.line:
        return " ".join(_words(draft, node.line + 1))[:_SHORT]
    return ""


def deck_tokens(draft: Draft) -> Iterator[Token]:
    """Yield the words of a deck with their kinds."""
    return _tokens(draft, is_deck=True)


def properties_tokens(draft: Draft) -> Iterator[Token]:
    """Yield the words of an input of properties with their kinds."""
    return _tokens(draft, is_deck=False)


def _tokens(draft: Draft, *, is_deck: bool) -> Iterator[Token]:
    kinds: dict[int, str] = {}
    waiting = nodes_of(draft, is_deck=is_deck)
    while waiting:
        node = waiting.pop()
        if node.kind in {"keyword", "block", "geometry", "title"}:
            is_block = node.kind in {"block", "geometry"}
            kinds[node.line] = "block" if is_block else node.kind
        waiting += node.children
    for number, line in enumerate(draft.lines, start=1):
        kind = kinds.get(number)
        if kind == "title":
            yield from _whole(number, line)
            continue
        for at, match in enumerate(_WORD.finditer(line)):
            yield Token(
                line=number,
                column=match.start() + 1,
                length=len(match[0]),
                kind=kind if kind and at == 0 else _kind(match[0], at),
            )


def _whole(number: int, line: str) -> Iterator[Token]:
    text = line.strip()
    if text:
        column = line.index(text) + 1
        yield Token(line=number, column=column, length=len(text), kind="title")


def _kind(word: str, at: int) -> str:
    if is_number(word):
        return "number"
    if at == 0 and word[:3] == "END":
        return "end"
    return "keyword" if at == 0 and word == "BASISSET" else "string"
