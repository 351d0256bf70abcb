"""A CRYSTAL input with its tables in columns: atoms, basis sets, rows of integers.

Only blanks between numbers change, and those at the ends of lines. The title stays as
it is, and so does what may be read by its columns: keywords and symbols of groups.
"""

from collections.abc import Iterator

from crystalmathd.codes.columns import formatted, same_words
from crystalmathd.codes.crystal.outline import nodes_of
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.crystal.tree import Node
from crystalmathd.codes.draft import Draft

_TABLES = frozenset({"atoms", "shell", "potential", "keyword"})


def format_deck(draft: Draft) -> list[str]:
    """Return the lines of a deck in order."""
    return _formatted(draft, is_deck=True)


def format_properties(draft: Draft) -> list[str]:
    """Return the lines of an input of properties in order."""
    return _formatted(draft, is_deck=False)


def _formatted(draft: Draft, *, is_deck: bool) -> list[str]:
    nodes = nodes_of(draft, is_deck=is_deck)
    texts = {1} if is_deck else set()
    tables = list(_tables(nodes, draft, texts))
    new = [
        line if number in texts else line.rstrip()
        for number, line in enumerate(formatted(draft.lines, tables), start=1)
    ]
    return new if same_words(draft.lines, new) else draft.lines


def _tables(
    nodes: list[Node], draft: Draft, texts: set[int]
) -> Iterator[tuple[int, int]]:
    """Yield runs of rows of numbers; lines of free text are added to `texts`."""
    for node in nodes:
        if node.kind == "keyword" and node.name == "BAND":
            texts.add(node.line + 1)
        if node.kind in _TABLES:
            first = node.line + 1
            yield from _runs(first, node.last_line, draft, texts)
        yield from _tables(node.children, draft, texts)


def _runs(
    first: int, last: int, draft: Draft, texts: set[int]
) -> Iterator[tuple[int, int]]:
    begin = first
    for number in range(first, last + 2):
        words = draft.line(number).split() if number <= last else []
        is_row = bool(words) and all(is_number(word) for word in words)
        if not is_row or number in texts:
            if number - 1 > begin:
                yield begin, number - 1
            begin = number + 1
