"""What is wrong in the namelists of a pw.x input: statements, keys, values."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from crystalmathd.codes.espresso.cards import NAMES
from crystalmathd.codes.espresso.inputs import (
    QUOTED,
    Assignment,
    assignments,
    parted_lines,
    unquoted,
)
from crystalmathd.codes.espresso.pw_keys import KeyFacts, keys
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

NAMELISTS: Final = ("control", "system", "electrons", "ions", "cell", "fcp", "rism")
_WANTED: Final = ("control", "system", "electrons")
_MOVING: Final = frozenset({"relax", "md", "vc-relax", "vc-md"})
_OPENING: Final = re.compile(r"^\s*&(\w+)")
_STRAY: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\([^)]*\))?\s*=")
_LEFT: Final = re.compile(r"[^\s,]+")
_LOGICAL: Final = re.compile(r"\.?[tf](?:rue|alse)?\.?", re.IGNORECASE)
_INTEGER: Final = re.compile(r"[+-]?\d+")
_KINDS: Final = {
    "l": "a logical (.true. or .false.)",
    "i": "an integer",
    "r": "a number",
    "s": "a string in quotes",
}
_SOURCE: Final = "https://www.quantum-espresso.org/Doc/INPUT_PW.html"
_STOPPING: Final = """
calculation occupations restart_mode ibrav smearing mixing_mode diagonalization
ion_dynamics cell_dofree cell_dynamics
"""
_STRICT: Final = frozenset(_STOPPING.split())
"""Keys whose unknown options stop the program at once."""


def unclosed(text: str, places: Places) -> InputFinding | None:
    """Return the finding of the first namelist without its `/`, if there is one."""
    opened = ""
    for namelist, line, offset in parted_lines(text):
        if namelist is not None and not opened:
            opened = namelist
        elif namelist is None:
            opened = ""
            continue
        begin = _OPENING.match(line)
        words = line.split()
        is_card = bool(words) and words[0].upper() in NAMES and "=" not in line
        if begin is not None or is_card:
            return _no_slash(opened, offset, offset + len(line.rstrip()), places)
    last = places.lines[-1].strip() or "".join(places.lines[-2:]).strip()
    if opened and not re.search(r"/\s*$|&end\s*$", last, re.IGNORECASE):
        return _no_slash(opened, len(text.rstrip()), len(text.rstrip()), places)
    return None


def _no_slash(opened: str, start: int, end: int, places: Places) -> InputFinding:
    return places.span(
        start,
        end,
        "pw.unclosed",
        ERROR,
        f"The namelist &{opened.upper()} is not closed before this line.",
        fix="put / on a line before it",
    )


def namelist_findings(text: str, places: Places) -> Iterator[InputFinding]:
    found = tuple(assignments(text))
    yield from _namelists(text, found, places)
    yield from _statements(text, found, places)
    seen: dict[str, int] = {}
    for one in found:
        if one.namelist in NAMELISTS:
            yield from _assignment(one, seen, places)
    yield from _required(text, {one.name.partition("(")[0] for one in found}, places)


def value_of(found: Sequence[Assignment], name: str) -> str | None:
    """Return a value without its quotes, in lower case."""
    values = [unquoted(one.value).strip() for one in found if one.name == name]
    return values[0].lower() if values else None


def _opened(text: str) -> dict[str, int]:
    """Return the namelists of a text, and where they begin."""
    places: dict[str, int] = {}
    for match in re.finditer(r"^[ \t]*&(\w+)", text, re.MULTILINE):
        if match[1].lower() != "end":
            places.setdefault(match[1].lower(), match.start(1) - 1)
    return places


def _namelists(
    text: str, found: Sequence[Assignment], places: Places
) -> Iterator[InputFinding]:
    opened = _opened(text)
    calculation = value_of(found, "calculation") or "scf"
    wanted = [*_WANTED, *(["ions"] if calculation in _MOVING else [])]
    wanted += ["cell"] if calculation.startswith("vc-") else []
    stray = next(_strays(text), None)
    for name in wanted:
        if name in opened:
            continue
        if stray is not None and stray[2] == name:
            yield places.span(
                *stray[:2],
                "pw.namelist-missing",
                ERROR,
                f"This stands in no namelist: &{name.upper()} is missing before it.",
                fix=f"put &{name.upper()} before this line",
            )
        else:
            yield places.at(
                1,
                "pw.namelist-missing",
                ERROR,
                f"The namelist &{name.upper()} is missing ({calculation} needs it).",
                fix=f"add &{name.upper()} and / in the order &CONTROL &SYSTEM"
                " &ELECTRONS &IONS &CELL",
            )
    for name, at in opened.items():
        if name not in NAMELISTS:
            close = near(name, NAMELISTS)
            yield places.span(
                at,
                at + 1 + len(name),
                "pw.namelist",
                ERROR if close else WARNING,
                f"&{name} is no namelist of pw.x.",
                fix=f"write &{close[0].upper()}" if close else "",
            )
    order = [name for name in opened if name in NAMELISTS]
    for one, other in pairwise(order):
        if NAMELISTS.index(one) > NAMELISTS.index(other):
            yield places.span(
                opened[other],
                opened[other] + 1 + len(other),
                "pw.order",
                ERROR,
                f"&{other.upper()} stands behind &{one.upper()}: pw.x reads them in"
                " the order &CONTROL &SYSTEM &ELECTRONS &IONS &CELL.",
                fix=f"put it before &{one.upper()}",
            )


def _strays(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what is assigned outside of namelists: its place, and where it belongs."""
    for namelist, line, offset in parted_lines(text):
        match = _STRAY.match(line) if namelist is None else None
        facts = keys().get(match[1].lower()) if match else None
        if match is not None and facts is not None:
            yield offset + match.start(1), offset + len(line.rstrip()), facts.namelist


def _statements(
    text: str, found: Sequence[Assignment], places: Places
) -> Iterator[InputFinding]:
    """Yield what stands in a namelist and is no `key = value`."""
    at = 0
    for namelist, line, offset in parted_lines(text):
        if namelist not in NAMELISTS:
            continue
        rest = list(line)
        while at < len(found) and found[at].end <= offset:
            at += 1
        for n in range(at, len(found)):
            one = found[n]
            if one.name_start >= offset + len(line):
                break
            for index in range(max(one.name_start - offset, 0), one.end - offset):
                if index < len(rest):
                    rest[index] = " "
        left = _LEFT.search("".join(rest))
        if left is not None and re.search(r"[A-Za-z'\"]", left[0]):
            if left[0].lower() == "&end" or left[0].startswith("/"):
                continue
            yield places.span(
                offset + left.start(),
                offset + left.end(),
                "pw.statement",
                ERROR,
                f"{shown(left[0])} is no `key = value` in &{namelist.upper()}.",
                fix="write key = value; strings stand in quotes, comments behind !",
            )


def _assignment(
    one: Assignment, seen: dict[str, int], places: Places
) -> Iterator[InputFinding]:
    bare = one.name.partition("(")[0]
    end = one.name_start + len(bare)
    facts = keys().get(bare)
    if facts is None:
        close = near(bare, keys())
        yield places.span(
            one.name_start,
            end,
            "pw.unknown",
            ERROR,
            f"{shown(bare)} is no key of pw.x, which stops at a key that it does not"
            " know.",
            fix=f"write {close[0]}" if close else "delete it",
            source=_SOURCE,
        )
        return
    if one.namelist != facts.namelist and bare != "fcp_mu":
        yield places.span(
            one.name_start,
            end,
            "pw.namelist",
            ERROR,
            f"{bare} belongs to &{facts.namelist.upper()}, not to"
            f" &{one.namelist.upper()}.",
            fix=f"put it into &{facts.namelist.upper()}",
            source=_SOURCE,
        )
        return
    if one.name in seen:
        yield places.span(
            one.name_start,
            end,
            "pw.twice",
            WARNING,
            f"{one.name} stands on line {seen[one.name]} too; the last one counts.",
            fix="delete one of the two",
        )
    seen.setdefault(one.name, places.position(one.name_start)[0])
    yield from _value(one, facts, places)


def _value(one: Assignment, facts: KeyFacts, places: Places) -> Iterator[InputFinding]:
    if not is_of_type(one.value, facts.type):
        yield places.span(
            one.start,
            one.end,
            "pw.type",
            ERROR,
            f"{facts.name} is {_KINDS[facts.type]}, not {shown(one.value)}.",
            fix=f"write '{one.value}'" if facts.type == "s" else "",
            source=_SOURCE,
        )
        return
    value = unquoted(one.value).strip().lower()
    if facts.options and value not in facts.options:
        close = near(value, facts.options)
        is_error = facts.name in _STRICT or bool(close)
        yield places.span(
            one.start,
            one.end,
            "pw.option",
            ERROR if is_error else WARNING,
            f"{facts.name} is one of {', '.join(facts.options)}, not {shown(value)}.",
            fix=f"write '{(close or facts.options)[0]}'",
            source=_SOURCE,
        )


def is_of_type(value: str, type_: str) -> bool:
    """Tell whether a namelist's READ takes a value for a variable of this type."""
    items = [item.rpartition("*")[2] for item in value.replace(",", " ").split()]
    if type_ == "s":
        return QUOTED.match(value) is not None
    if type_ == "l":
        return all(_LOGICAL.fullmatch(item) for item in items)
    if type_ == "i":
        return all(_INTEGER.fullmatch(item) for item in items)
    if type_ == "r":
        return all(not item or fortran_float(item) is not None for item in items)
    return True


def _required(text: str, given: set[str], places: Places) -> Iterator[InputFinding]:
    opened = _opened(text)
    for facts in keys().values():
        is_wanted = facts.is_required and facts.namelist in _WANTED
        # A space group decides about the lattice.
        is_wanted = is_wanted and not (facts.name == "ibrav" and "space_group" in given)
        if is_wanted and facts.namelist in opened and facts.name not in given:
            at = opened[facts.namelist]
            yield places.span(
                at,
                at + 1 + len(facts.namelist),
                "pw.required",
                ERROR,
                f"&{facts.namelist.upper()} needs {facts.name}.",
                fix=f"add {facts.name} =",
                source=_SOURCE,
            )
