"""What stands at a place of a CRYSTAL input, explained."""

import re
from functools import cache
from typing import Final

from crystalmathd.codes.crystal.basis_names import explained_library
from crystalmathd.codes.crystal.keyword_facts import HEAD, KeywordFacts, facts_of
from crystalmathd.codes.crystal.tree import read_marks
from crystalmathd.codes.draft import Draft
from crystalmathd.models.editing import Hover

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
SOURCE: Final = "Sources: CRYSTALpytools' keyword tables, decks that ran."
_MARKED: Final = {
    "cell": "**cell** · the lengths (Å) and angles (degrees) that are free",
    "atoms": "**atoms** · their number; then, of each that symmetry does not make,"
    " conventional atomic number and coordinates",
    "group": "**group** · the number in the list of the geometry type, or a symbol with"
    " blanks if IFLAG is 1",
    "entry": "**NAT NSHL** · conventional atomic number (+200: core potential) and the"
    " number of its shells; `99 0` ends the list",
    "shell": "**ITYB LAT NG CHE SCAL** · 0: primitives follow, 1: STO-nG, 2: n-21G;"
    " 0 s, 1 sp, 2 p, 3 d, 4 f; number of primitives; electrons; scale",
}


def hover_deck(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain a place of a deck."""
    return _hover(draft, line, column, is_deck=True)


def hover_properties(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain a place of an input of properties."""
    return _hover(draft, line, column, is_deck=False)


def _hover(draft: Draft, line: int, column: int, *, is_deck: bool) -> Hover | None:
    if is_deck and line == 1:
        return None
    _, marks = read_marks(draft.lines, is_deck=is_deck)
    place = draft.word_at(line, column, _WORD)
    word = draft.cut(place) if place is not None else ""
    if place is None or draft.line(line).split()[:1] != [word]:
        return _of_record(draft, line, marks)
    if is_deck and line == 2:  # noqa: PLR2004 - where the geometry type stands
        facts = facts_of(HEAD, word)
    elif word[:3] == "END":
        return Hover(markdown=_end(marks, line), range=place)
    else:
        facts = facts_of(block_of(marks, line), word)
        if facts is None and block_of(marks, line) == "scf":
            facts = facts_of("basis", word)
    if facts is not None:
        return Hover(markdown=explained(facts), range=place)
    library = explained_library(word)
    return None if library is None else Hover(markdown=library, range=place)


def _of_record(draft: Draft, line: int, marks: list[tuple[str, int]]) -> Hover | None:
    found = [what for what, at in marks if at == line and what in _MARKED]
    if found:
        return Hover(markdown=_MARKED[found[0]], range=draft.filled(line))
    last, at = next(((w, n) for w, n in reversed(marks) if n <= line), ("", 0))
    kind, _, name = last.partition(" ")
    facts = facts_of(block_of(marks, at), name) if kind == "keyword" else None
    # Behind a keyword without data, whatever stands here is not its own.
    if facts is None or not facts.shape or not draft.line(line).strip():
        return None
    return Hover(markdown=explained(facts), range=draft.filled(line))


def block_of(marks: list[tuple[str, int]], line: int) -> str:
    """Return the block in which a keyword on a line stands."""
    stack = open_before(marks, line)
    return stack[-1] if stack else ""


def open_before(marks: list[tuple[str, int]], line: int) -> list[str]:
    """Return the blocks that are open before a line, the outermost first."""
    stack: list[str] = []
    for what, at in marks:
        kind, _, name = what.partition(" ")
        if at >= line and not (kind == "block" and at < line):
            break
        if kind == "block":
            is_outer = name in {"geometry", "scf", "properties"}
            stack = [*([] if is_outer else stack), name]
        elif kind == "end" and stack:
            stack.pop()
        elif kind == "basis":
            stack = []
    return stack


def _end(marks: list[tuple[str, int]], line: int) -> str:
    closed = [what.partition(" ")[2] for what, at in marks if at == line]
    what = f"the {closed[0].upper()} block" if closed and closed[0] else "a block"
    return (
        f"**END** · closes {what}\n\nOnly the first three letters are read: every word"
        " that begins with END closes the innermost block."
    )


@cache
def explained(facts: KeywordFacts) -> str:
    """Return the facts as Markdown."""
    home = "geometry type" if facts.block == HEAD else f"{facts.block.upper()} block"
    parts = [f"**{facts.name}** · {home}", facts.sentence]
    if facts.shape:
        parts.append(f"Data: {facts.shape}")
    if facts.default:
        parts.append(f"Default: {facts.default}")
    if facts.excludes:
        parts.append(f"Not with: {', '.join(facts.excludes)}")
    if any(facts.records):
        example = "\n".join([facts.name, *facts.records])
        parts.append(f"```crystal\n{example}\n```")
    parts.append(SOURCE)
    return "\n\n".join(part for part in parts if part)
