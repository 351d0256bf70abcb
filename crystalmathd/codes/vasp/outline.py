"""The parts of the inputs of VASP, and the kinds of their words, for an editor."""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places
from crystalmathd.codes.vasp import incar
from crystalmathd.codes.vasp.poscar_parts import parts_of
from crystalmathd.models.editing import Range, Symbol, Token

_WORD: Final = re.compile(r"\S+")
_TITLE_WORDS: Final = re.compile(r"\s*(?:PAW|PAW_\w+|US|NC)\s+(\S+)")
_SHORT: Final = 40
_LATTICE: Final = (2, 5)
_END: Final = "End of Dataset"


def incar_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return the tags in their order."""
    places = Places(draft.text, "")
    found = []
    for tag in incar.parse(draft.text).tags:
        name = tag.name.rpartition("/")[2]
        whole = _range(places, tag.start, max(tag.end, tag.start + len(name)))
        named = _range(places, tag.start, tag.start + len(name))
        detail = tag.value[:_SHORT]
        found.append(_symbol(tag.name, "tag", whole, named, detail))
    return tuple(found)


def incar_tokens(draft: Draft) -> Iterator[Token]:
    """Yield tags, values and remarks."""
    places = Places(draft.text, "")
    starts = {
        (line, column): tag.name_end - tag.start
        for tag in incar.parse(draft.text).tags
        for line, column in [places.position(tag.start)]
    }
    for number, line in enumerate(draft.lines, start=1):
        remark = re.search(r"[#!]", line)
        bare = line if remark is None else line[: remark.start()]
        for match in re.finditer(r"[^\s=;{}\\\"]+", bare):
            length = starts.get((number, match.start() + 1))
            kind = "property" if length else _kind(match[0])
            yield Token(
                line=number, column=match.start() + 1, length=len(match[0]), kind=kind
            )
        if remark is not None:
            yield _remark(number, remark.start(), line)


def poscar_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return title, lattice, species and positions."""
    last = draft.last_line
    parts = parts_of(draft.lines)
    found = [_title(draft)]
    if last >= _LATTICE[0]:
        found.append(_rows(draft, "lattice", "lattice", _LATTICE[0], _LATTICE[1]))
    if parts.counts is not None:
        first = parts.symbols or parts.counts
        named = " ".join(draft.line(parts.symbols or 0).split())[:_SHORT]
        found.append(_rows(draft, "species", "atoms", first, parts.counts, named))
    if parts.first is not None and parts.mode is not None:
        end = parts.first + parts.n_atoms - 1
        detail = f"{parts.n_atoms} atoms"
        name = " ".join(draft.line(parts.mode).split()) or "positions"
        found.append(_rows(draft, name, "atoms", parts.mode, end, detail))
        if last > end:
            found.append(_rows(draft, "velocities", "block", end + 1, last))
    return tuple(found)


def kpoints_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return title, and the points with the way they are given."""
    found = [_title(draft)]
    if draft.last_line > len("12"):
        name = " ".join(draft.line(3).split()) or "points"
        detail = " ".join(draft.line(4).split())[:_SHORT]
        found.append(_rows(draft, name, "points", 3, draft.last_line, detail))
    return tuple(found)


def potcar_outline(draft: Draft) -> tuple[Symbol, ...]:
    """Return the datasets; nothing but their titles is shown."""
    found = []
    first = 1
    for number, line in enumerate(draft.lines, start=1):
        if line.strip() == _END or number == draft.last_line:
            match = _TITLE_WORDS.match(draft.line(first))
            name = match[1] if match else "dataset"
            detail = draft.line(first).strip()[:_SHORT]
            found.append(_rows(draft, name, "block", first, number, detail))
            first = number + 1
        if number == draft.last_line:
            break
    return tuple(found)


def row_tokens(draft: Draft) -> Iterator[Token]:
    """Yield the words of a POSCAR, a KPOINTS or a POTCAR: a title, then rows."""
    for number, line in enumerate(draft.lines, start=1):
        if number == 1:
            text = line.strip()
            if text:
                column = line.index(text) + 1
                yield Token(line=1, column=column, length=len(text), kind="title")
            continue
        remark = re.search(r"[#!]", line)
        bare = line if remark is None else line[: remark.start()]
        for match in _WORD.finditer(bare):
            kind = _kind(match[0])
            yield Token(
                line=number, column=match.start() + 1, length=len(match[0]), kind=kind
            )
        if remark is not None:
            yield _remark(number, remark.start(), line)


def _remark(number: int, start: int, line: str) -> Token:
    length = len(line.rstrip()) - start
    return Token(line=number, column=start + 1, length=length, kind="comment")


def _kind(word: str) -> str:
    if fortran_float(word) is not None:
        return "number"
    is_logical = word.strip(".").upper() in {"T", "F", "TRUE", "FALSE"}
    return "keyword" if is_logical else "string"


def _range(places: Places, start: int, end: int) -> Range:
    line, column = places.position(start)
    end_line, end_column = places.position(end)
    return Range(line=line, column=column, end_line=end_line, end_column=end_column)


def _title(draft: Draft) -> Symbol:
    name = " ".join(draft.line(1).split())[:_SHORT] or "(no title)"
    return _rows(draft, name, "title", 1, 1)


def _rows(
    draft: Draft, name: str, kind: str, first: int, last: int, detail: str = ""
) -> Symbol:
    last = max(first, min(last, draft.last_line))
    return _symbol(name, kind, draft.rows(first, last), draft.filled(first), detail)


def _symbol(
    name: str, kind: str, whole: Range, selection: Range, detail: str
) -> Symbol:
    return Symbol(name=name, kind=kind, range=whole, selection=selection, detail=detail)
