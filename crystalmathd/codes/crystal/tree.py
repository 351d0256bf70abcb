"""A CRYSTAL input as a tree, also while it cannot be read to its end.

The reader marks what begins on which line. Behind the place where it stops, the lines
are followed by their first words alone: END closes, a keyword with a sub-block opens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.crystal.check_repairs import Stop, read_until_stop
from crystalmathd.codes.crystal.inputs import read_property_records, read_records
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.crystal.shapes import opened_block
from crystalmathd.codes.crystal.words import BLOCKS, spelling

Mark = tuple[str, int]

_OUTER: Final = frozenset({"geometry", "basis", "scf", "properties"})
_FIRST_KEYWORD: Final = 3


@dataclass(eq=False, slots=True)
class Node:
    """A part from `line` to `last_line`; `kind` as in `models.editing.Symbol`."""

    kind: str
    name: str
    line: int
    last_line: int
    children: list["Node"] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether other parts may begin inside."""
        return self.kind in {"geometry", "basis", "entry", "scf", "block", "properties"}


def read_marks(
    lines: Sequence[str], *, is_deck: bool
) -> tuple[Stop[object], list[Mark]]:
    """Return where the reader stopped, and the marks of the whole text."""
    numbered = [(line, number) for number, line in enumerate(lines, start=1)]
    reader = read_records if is_deck else read_property_records
    stop: Stop[object] = read_until_stop(numbered, reader)
    marks = [mark for mark in stop.marks if mark[0] != "split"]
    if stop.error is not None:
        # What could not be read may have left a mark of its own behind.
        while marks and marks[-1][1] > stop.at:
            marks.pop()
        _Follower(marks, is_deck=is_deck).follow(lines, stop.at)
    return stop, marks


class _Follower:
    """Goes on where the reader stopped."""

    def __init__(self, marks: list[Mark], *, is_deck: bool) -> None:
        self._marks = marks
        self._stack: list[str] = []
        self._is_deck = is_deck
        self._in_list = False
        for what, _ in marks:
            kind, _, name = what.partition(" ")
            if kind == "block":
                self._stack = [*([] if name in _OUTER else self._stack), name]
            elif kind == "end" and self._stack:
                self._stack.pop()
            elif kind == "basis":
                self._stack = []
            self._in_list = kind in {"basis", "entry", "shell", "potential"}
        self._last = next((w for w, _ in reversed(marks) if w[:4] == "end "), "")

    def follow(self, lines: Sequence[str], start: int) -> None:
        for at in range(start, len(lines)):
            words = lines[at].replace(",", " ").split()
            if words and at >= _FIRST_KEYWORD - 1:
                self._take(words, at + 1)

    def _take(self, words: list[str], line: int) -> None:
        if words[:2] == ["99", "0"] and not self._stack:
            self._in_list = False
            self._open("basis", line)
        elif is_number(words[0]):
            if not self._stack and self._last == "end geometry" and not self._in_list:
                self._marks.append(("basis", line))
                self._in_list = True
        elif words[0][:3] == "END":
            self._end(line)
        elif words[0] == "BASISSET":
            self._open("scf", line + 1)
        else:
            self._keyword(words[0], line)

    def _open(self, block: str, line: int) -> None:
        self._stack = [*([] if block in _OUTER else self._stack), block]
        self._marks.append((f"block {block}", line))

    def _end(self, line: int) -> None:
        if not self._stack:
            if self._in_list:
                self._in_list = False
                self._marks.append(("end basis", line))
                self._last = "end basis"
            return
        self._last = f"end {self._stack.pop()}"
        self._marks.append((self._last, line))

    def _keyword(self, word: str, line: int) -> None:
        if not self._stack:
            self._begin(line)
        known = [block for block in self._stack if spelling(block, word) is not None]
        if not known:
            return
        while self._stack[-1] != known[-1]:
            self._stack.pop()
        name = spelling(known[-1], word) or word
        self._marks.append((f"keyword {name}", line))
        opened = opened_block(BLOCKS[known[-1]][name])
        if opened is not None:
            self._open(opened, line)

    def _begin(self, line: int) -> None:
        """Open the block that the first keyword behind something else stands in."""
        if not self._is_deck:
            self._open("properties", line - 1)
        elif self._in_list or self._last == "end basis":
            self._in_list = False
            self._open("scf", line - 1)
        elif not self._last:
            self._open("geometry", line - 1)


def tree(lines: Sequence[str], marks: Sequence[Mark], *, is_deck: bool) -> list[Node]:
    """Return the parts in order."""
    last = next((n for n in range(len(lines), 1, -1) if lines[n - 1].strip()), 1)
    return _Builder(lines, last, is_deck=is_deck).build(marks)


class _Builder:
    def __init__(self, lines: Sequence[str], last: int, *, is_deck: bool) -> None:
        self._lines = lines
        self._last = last
        self._open: list[Node] = []
        self._roots: list[Node] = []
        if is_deck:
            self._roots.append(Node("title", self._text(1) or "(no title)", 1, 1))
        if is_deck and last > 1:
            self._push(Node("geometry", self._first(2), 2, last))

    def _text(self, line: int) -> str:
        inside = 0 < line <= len(self._lines)
        return self._lines[line - 1].strip() if inside else ""

    def _first(self, line: int) -> str:
        return (self._text(line).split() or [""])[0]

    def build(self, marks: Sequence[Mark]) -> list[Node]:
        for what, line in marks:
            kind, _, name = what.partition(" ")
            if kind == "block":
                self._block(name, line)
            elif kind == "end":
                self._end(name, line)
            elif kind == "basis":
                self._close_all(line - 1)
                self._push(Node("basis", "basis set", line, self._last))
            else:
                self._part(kind, name, line)
        self._close_all(self._last)
        return self._roots

    def _push(self, node: Node) -> None:
        (self._open[-1].children if self._open else self._roots).append(node)
        self._open.append(node)

    def _close_leaf(self, last: int) -> None:
        while self._open and not self._open[-1].is_open:
            self._pop(last)

    def _close_all(self, last: int) -> None:
        while self._open:
            self._pop(last)

    def _pop(self, last: int) -> None:
        node = self._open.pop()
        node.last_line = max(node.line, min(last, self._last))

    def _block(self, name: str, line: int) -> None:
        if name == "scf":
            if self._open and self._open[-1].kind != "basis":
                begin = line if self._first(line) == "BASISSET" else line - 1
                self._close_all(begin - 1)
                words = " ".join(self._text(n) for n in range(begin, line + 1)).split()
                node = Node("basis", " ".join(words[1:2]) or "BASISSET", begin, line)
                self._push(node)
            self._close_all(line)
            self._push(Node("scf", "SCF", min(line + 1, self._last), self._last))
        elif name == "properties":
            self._push(Node("properties", "properties", 1, self._last))
        elif name == "basis":
            while self._open and self._open[-1].kind not in {"basis", "geometry"}:
                self._pop(line - 1)
        elif name == "geometry":
            self._close_leaf(line)
        elif self._open:
            self._open[-1].kind = "block"

    def _end(self, name: str, line: int) -> None:
        self._close_leaf(line - 1)
        if self._open and self._open[-1].kind == "entry":
            self._pop(line - 1)
        if self._open and (self._open[-1].kind in {name, "block"}):
            self._pop(line)

    def _part(self, kind: str, name: str, line: int) -> None:
        self._close_leaf(line - 1)
        if kind == "entry":
            while self._open and self._open[-1].kind != "basis":
                self._pop(line - 1)
            if self._text(line).split()[:2] == ["99", "0"]:
                return
        if kind == "group":
            return
        self._push(Node(kind, name, line, line))
