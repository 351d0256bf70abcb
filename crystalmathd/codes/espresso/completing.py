"""What may stand at a place of an input of pw.x."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from crystalmathd.codes.draft import Draft, snippet_text
from crystalmathd.codes.espresso.cards import card, cards
from crystalmathd.codes.espresso.check_card_names import OPTIONS
from crystalmathd.codes.espresso.check_hubbard import PARAMETERS, PROJECTORS
from crystalmathd.codes.espresso.functionals import NAMES
from crystalmathd.codes.espresso.hovering import explained
from crystalmathd.codes.espresso.inputs import assignments
from crystalmathd.codes.espresso.outline import namelists
from crystalmathd.codes.espresso.pw_keys import KeyFacts, keys
from crystalmathd.codes.espresso.pw_texts import NAMELISTS, card_texts
from crystalmathd.models.editing import Completion, Range

_WORD: Final = re.compile(r"&?[A-Za-z_]*\w*")
_VALUE: Final = re.compile(r"[^\s,=]+")
_OPTION: Final = re.compile(r"[A-Za-z][\w-]*")
_HEADS: Final = {**OPTIONS, "HUBBARD": PROJECTORS}
_KEY_BEFORE: Final = re.compile(r"([A-Za-z_]\w*)\s*(?:\([^)]*\))?\s*=\s*[^\s,=]*$")
_PSEUDOS: Final = (".upf", ".rrkj3", ".vdb", ".van", ".psml")
_FILE: Final = 2
"""Words before the pseudopotential in ATOMIC_SPECIES."""

_CARDS: Final = {
    "ATOMIC_SPECIES": "\n  ${1:Si} ${2:28.085} ${3:Si.upf}",
    "ATOMIC_POSITIONS": " ${1:crystal}\n  ${2:Si} ${3:0.0 0.0 0.0}",
    "K_POINTS": " automatic\n  ${1:6 6 6} ${2:0 0 0}",
    "HUBBARD": " (ortho-atomic)\n  U ${1:Fe-3d} ${2:4.0}",
    "CELL_PARAMETERS": " angstrom\n  ${1:1 0 0}\n  ${2:0 1 0}\n  ${3:0 0 1}",
}


def complete_pw(draft: Draft, line: int, column: int) -> Iterator[Completion]:
    """Yield keys and their values in a namelist, cards and their options outside."""
    before = draft.line(line)[: max(column - 1, 0)]
    if "!" in before:
        return
    home = _namelist(draft, line)
    value = _KEY_BEFORE.search(before)
    if home and value is not None:
        facts = keys().get(value[1].lower())
        if facts is not None:
            place = draft.prefix(line, column, _VALUE)
            yield from _items(_values(facts), place, facts.name)
        return
    place = draft.prefix(line, column, _WORD)
    if home:
        yield from _keys(draft, home, place)
        return
    words = before.split()
    if (
        words
        and words[0].upper() in _HEADS
        and (before[-1:] in {" ", "{", "("} or len(words) > 1)
    ):
        place = draft.prefix(line, column, _OPTION)
        yield from _items(_HEADS[words[0].upper()], place, words[0].upper())
    elif not before[: place.column - 1].strip():
        yield from _labels(draft, line, place)
        yield from _outer(place)
    elif len(words) >= _FILE and _card(draft, line) == "ATOMIC_SPECIES":
        place = draft.prefix(line, column, _VALUE)
        files = [name for name in draft.beside if name.lower().endswith(_PSEUDOS)]
        yield from _items(sorted(files), place, "file beside the input", kind="file")


def _namelist(draft: Draft, line: int) -> str:
    """Return the namelist that a line stands in; empty: none, or its `/`."""
    if draft.line(line).strip().lower() in {"/", "&end"}:
        return ""
    # Whatever is being written on the line, it belongs to what is open before it.
    before = [*draft.lines[: line - 1], "_ = 0"]
    inside = [name for name, first, last in namelists(before) if first < line <= last]
    return inside[-1] if inside else ""


def _keys(draft: Draft, home: str, place: Range) -> Iterator[Completion]:
    given = {one.name for one in assignments(draft.text) if one.namelist == home}
    behind = draft.line(place.line)[place.end_column - 1 :].lstrip()
    for facts in keys().values():
        if facts.namelist != home or facts.is_foreign:
            continue
        sort = "0" if facts.is_required else "3" if facts.default == "old" else "1"
        sort = "2" if facts.name in given else sort
        yield Completion(
            label=facts.name,
            kind="keyword",
            insert=facts.name
            + ("" if behind.startswith("=") else f" = ${{1:{_example(facts)}}}"),
            range=place,
            sort=sort + facts.name,
            detail=facts.default or "",
            documentation=explained(facts),
        )


def _values(facts: KeyFacts) -> list[str]:
    if facts.type == "l":
        return [".true.", ".false."]
    quote = "'" if facts.type == "s" else ""
    known = NAMES if facts.name == "input_dft" else facts.options
    found = [f"{quote}{one}{quote}" for one in known]
    has_default = facts.default not in {None, "required", "old"}
    default = [f"{quote}{facts.default}{quote}"] if has_default else []
    return list(dict.fromkeys([*default, *found]))


def _example(facts: KeyFacts) -> str:
    values = _values(facts)
    if values:
        return snippet_text(values[0])
    return "''" if facts.type == "s" else ""


def _card(draft: Draft, line: int) -> str:
    """Return the card that a line stands in, its first line not counted."""
    before = cards("\n".join(draft.lines[: line - 1]))
    return before[-1].name if before else ""


def _labels(draft: Draft, line: int, place: Range) -> Iterator[Completion]:
    if _card(draft, line) == "ATOMIC_POSITIONS":
        species = card(draft.text, "ATOMIC_SPECIES")
        rows = species.rows if species is not None else ()
        names = dict.fromkeys(row.words[0] for row in rows)
        yield from _items(names, place, "species of this input")
    elif _card(draft, line) == "HUBBARD":
        yield from _items(PARAMETERS, place, "parameter, eV")


def _items(
    values: Iterable[str], place: Range, detail: str, *, kind: str = "value"
) -> Iterator[Completion]:
    for at, value in enumerate(values):
        yield Completion(
            label=value,
            kind=kind,
            insert=snippet_text(value),
            range=place,
            sort=f"{at:03}",
            detail=detail,
        )


def _outer(place: Range) -> Iterator[Completion]:
    for at, (name, text) in enumerate(NAMELISTS.items()):
        label = f"&{name.upper()}"
        yield Completion(
            label=label,
            kind="block",
            insert=f"{label}\n  ${{1}}\n/",
            range=place,
            sort=f"1{at}",
            detail=text,
        )
    for name, text in card_texts().items():
        yield Completion(
            label=name,
            kind="block",
            insert=name + _CARDS.get(name, ""),
            range=place,
            sort=f"2{name}",
            detail=text,
        )
