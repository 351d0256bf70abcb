"""What may stand at a place of an input of VASP."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from crystalmathd.codes.draft import Draft, snippet_text
from crystalmathd.codes.vasp import incar
from crystalmathd.codes.vasp.hovering import explained
from crystalmathd.codes.vasp.incar_tags import TagFacts, tags
from crystalmathd.codes.vasp.poscar_parts import parts_of
from crystalmathd.models.editing import Completion, Range

_WORD: Final = re.compile(r"[A-Za-z_][\w-]*")
_VALUE: Final = re.compile(r"[^\s=;#!]+")
_REMARK: Final = re.compile(r"[#!]")
_WORDS_OF: Final = {
    "ALGO": "Normal Fast VeryFast All Damped Conjugate Exact Subrot Eigenval None",
    "GGA": "PE PS 91 RP RE AM B3 B5 BF CA PBE OR BO MK ML",
    "METAGGA": "SCAN R2SCAN RSCAN TPSS RTPSS M06L MBJ MS0 MS1 MS2",
    "PREC": "Accurate Normal Single Low Medium High",
    "ISMEAR": "-5 -4 -1 0 1 2",
    "LORBIT": "10 11 12",
    "IVDW": "0 10 11 12 13 20 21 202",
    "LREAL": ".FALSE. Auto On .TRUE.",
}
"""Words that a tag takes among others."""

_LINE_3: Final = (
    ("Gamma", "a mesh with Γ on it"),
    ("Monkhorst-Pack", "a mesh by Monkhorst and Pack"),
    ("Automatic", "a mesh by one length"),
    ("Line-mode", "lines through the zone"),
    ("Reciprocal", "points in units of the reciprocal vectors"),
    ("Cartesian", "points in units of 2π/scale"),
)


def complete_incar(draft: Draft, line: int, column: int) -> Iterator[Completion]:
    """Yield tags, or behind `=` values of the tag."""
    text = draft.line(line)[: max(column - 1, 0)]
    if _REMARK.search(text):
        return
    statement = text.rpartition(";")[2]
    name, sign, _ = statement.partition("=")
    if not sign:
        place = draft.prefix(line, column, _WORD)
        if not draft.cut_before(place, ";").strip():
            given = set(incar.parse(draft.text).values)
            behind = draft.line(line)[place.end_column - 1 :].lstrip()
            yield from _tags(given, place, has_sign=behind.startswith("="))
        return
    facts = tags().get(name.strip().upper())
    if facts is not None:
        place = draft.prefix(line, column, _VALUE)
        yield from _items(_values(facts), place, facts.name)


def _tags(given: set[str], place: Range, *, has_sign: bool) -> Iterator[Completion]:
    for facts in tags().values():
        first = _values(facts)[0] if _values(facts) else ""
        default = snippet_text(facts.default or first)
        is_given = facts.name in given
        value = "" if has_sign else f" = ${{1:{default}}}"
        yield Completion(
            label=facts.name,
            kind="keyword",
            insert=facts.name + value,
            range=place,
            sort=f"{2 if is_given else 1}{facts.name}",
            detail=facts.description,
            documentation=explained(facts),
        )


def _values(facts: TagFacts) -> list[str]:
    if facts.type == "l":
        return [".TRUE.", ".FALSE."]
    found = [*facts.options, *_WORDS_OF.get(facts.name, "").split()]
    default = [facts.default] if facts.default else []
    return list(dict.fromkeys([*default, *found]))


def _items(values: Iterable[str], place: Range, detail: str) -> Iterator[Completion]:
    for at, value in enumerate(values):
        yield Completion(
            label=value,
            kind="value",
            insert=snippet_text(value),
            range=place,
            sort=f"{at:03}",
            detail=detail,
        )


def complete_poscar(draft: Draft, line: int, column: int) -> Iterator[Completion]:
    """Yield the words that say how the positions are given."""
    parts = parts_of(draft.lines[: line - 1])
    place = draft.prefix(line, column, _WORD)
    if parts.counts is None or draft.line(line)[: place.column - 1].strip():
        return
    if line == parts.counts + 1:
        yield from _items(["Direct", "Cartesian", "Selective dynamics"], place, "mode")
    elif line == (parts.selective or 0) + 1:
        yield from _items(["Direct", "Cartesian"], place, "mode")


def complete_kpoints(draft: Draft, line: int, column: int) -> Iterator[Completion]:
    """Yield the modes, on the line of the mode."""
    place = draft.prefix(line, column, _WORD)
    if line != len("123") or draft.line(line)[: place.column - 1].strip():
        return
    for at, (name, detail) in enumerate(_LINE_3):
        yield Completion(
            label=name,
            kind="value",
            insert=name,
            range=place,
            sort=str(at),
            detail=detail,
        )
