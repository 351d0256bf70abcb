"""Inputs of VASP with their columns and signs below each other; no word changes."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from crystalmathd.codes.columns import aligned, same_words, with_remarks
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.places import Places
from crystalmathd.codes.statements import with_signs_aligned
from crystalmathd.codes.vasp import incar
from crystalmathd.codes.vasp.poscar_parts import parts_of

_LATTICE: Final = (3, 5)
_FIRST_DATA: Final = 4
_DIGIT: Final = re.compile(r"\s*[-+.\d]")


def format_incar(draft: Draft) -> list[str]:
    """Return the lines with `=` below each other in each paragraph."""
    kept = _inside_values(draft.text)
    new: list[str] = []
    numbered = enumerate(draft.lines, start=1)
    for is_kept, group in groupby(numbered, lambda one: one[0] in kept):
        lines = [line for _, line in group]
        new += lines if is_kept else with_signs_aligned(lines, "#!")
    before, after = incar.parse(draft.text).tags, incar.parse("\n".join(new)).tags
    is_same = [(t.name, t.value) for t in before] == [(t.name, t.value) for t in after]
    return new if is_same else draft.lines


def _inside_values(text: str) -> set[int]:
    """Return the lines that belong to a value of more than one line."""
    places = Places(text, "")
    found: set[int] = set()
    for tag in incar.parse(text).tags:
        if "\n" in text[tag.value_start : tag.end]:
            first, last = places.position(tag.start)[0], places.position(tag.end)[0]
            found.update(range(first, last + 1))
    return found


def format_poscar(draft: Draft) -> list[str]:
    """Return the lines with lattice and positions in columns."""
    parts = parts_of(draft.lines)
    tables = [_LATTICE] if draft.last_line >= _LATTICE[1] else []
    if parts.first is not None:
        last = min(parts.first + parts.n_atoms - 1, draft.last_line)
        tables += [(parts.first, last)] if last >= parts.first else []
    new = [*draft.lines[:1], *(line.rstrip() for line in draft.lines[1:])]
    for first, last in tables:
        new[first - 1 : last] = with_remarks(new[first - 1 : last], _numbers, "!#")
    return new if same_words(draft.lines, new) else draft.lines


def format_kpoints(draft: Draft) -> list[str]:
    """Return the lines with the points in columns; remarks stay behind them."""
    new = [*draft.lines[:1], *(line.rstrip() for line in draft.lines[1:])]
    for first, last in _rows(new):
        new[first - 1 : last] = with_remarks(new[first - 1 : last], _table, "!#")
    return new if same_words(draft.lines, new) else draft.lines


def _table(rows: list[str]) -> list[str]:
    return aligned(rows, indent="  ")


def _numbers(rows: list[str]) -> list[str]:
    """Return rows of numbers in columns; what else stands among them stays."""
    new: list[str] = []
    for is_row, group in groupby(rows, lambda row: _DIGIT.match(row) is not None):
        some = list(group)
        new += _table(some) if is_row else some
    return new


def _rows(lines: list[str]) -> Iterator[tuple[int, int]]:
    begin = _FIRST_DATA
    for number in range(_FIRST_DATA, len(lines) + 2):
        is_row = number <= len(lines) and _DIGIT.match(lines[number - 1]) is not None
        if not is_row:
            if number > begin:
                yield begin, number - 1
            begin = number + 1
