"""What is wrong in the namelists of a pw.x input: statements, keys, values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from crystalmathd.codes.espresso.cards import NAMES
from crystalmathd.codes.espresso.check_tasks import task_findings
from crystalmathd.codes.espresso.check_values import (
    SOURCE,
    is_true,
    items,
    value_findings,
)
from crystalmathd.codes.espresso.inputs import (
    Assignment,
    assignments,
    closing_at,
    parted_lines,
    unquoted,
)
from crystalmathd.codes.espresso.misspelt import meant
from crystalmathd.codes.espresso.pw_keys import keys
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

NAMELISTS: Final = ("control", "system", "electrons", "ions", "cell", "fcp", "rism")
_WANTED: Final = ("control", "system", "electrons")
_MOVING: Final = frozenset({"relax", "md", "vc-relax", "vc-md"})
_MOVED: Final = frozenset({"fcp_mu", "fcp_mass", "fcp_tempw", "vdw_table_name"})
"""Keys that stand in another namelist in other versions."""

_OPENING: Final = re.compile(r"^\s*[&$](\w+)")
_STRAY: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\([^)]*\))?\s*=")
_LEFT: Final = re.compile(r"[^\s,]+")
_BROKEN: Final = re.compile(
    r"([A-Za-z_]\w*)\s*=\s*(/[^\s,!'\"=]+|'[^'\"\n,!]*|\"[^'\"\n,!]*)"
)
"""A path without quotes that begins with `/`, or a string without its last one."""


def unclosed(text: str, places: Places) -> InputFinding | None:
    """Return the finding of the first namelist without its `/`, if there is one."""
    opened = ""
    for namelist, line, offset in parted_lines(text):
        opened = namelist or ""
        words = line.split()
        if namelist is None:
            continue
        begin = _OPENING.match(line)
        is_card = bool(words) and words[0].upper() in NAMES and "=" not in line
        if begin is not None or is_card:
            return _no_slash(opened, offset, offset + len(line.rstrip()), places)
    if opened and closing_at(text.splitlines()[-1]) is None:
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
    yield from _hashes(text, places)
    yield from _namelists(text, found, places)
    yield from _statements(text, found, places)
    last = {one.name: one for one in found}
    values = {name: unquoted(one.value).strip() for name, one in last.items()}
    for one in found:
        if one.namelist in NAMELISTS:
            of_it = [
                *_assignment(one, last[one.name], places),
                *value_findings(one, values, places),
            ]
            is_read = _is_read(one.namelist, values)
            yield from of_it if is_read else map(_unread, of_it)
    yield from task_findings(last, values, places)
    yield from _required(text, {one.name.partition("(")[0] for one in found}, places)


def _hashes(text: str, places: Places) -> Iterator[InputFinding]:
    """Yield each `#` that is to begin a comment; behind a `/` nothing is read."""
    for namelist, line, offset in parted_lines(text) if "#" in text else ():
        at = offset + len(line)
        if namelist in NAMELISTS and text.startswith("#", at):
            yield places.span(
                at,
                at + 1,
                "pw.comment",
                ERROR,
                "# begins no comment in a namelist: pw.x stops here.",
                fix="write !",
            )


def _is_read(namelist: str, values: Mapping[str, str]) -> bool:
    """Tell whether pw.x reads a namelist; it passes over those it has no use for."""
    calculation = values.get("calculation", "scf").lower()
    return {
        "ions": calculation in _MOVING,
        "cell": calculation.startswith("vc-"),
        "fcp": is_true(values.get("lfcp", "")),
        "rism": is_true(values.get("trism", "")),
    }.get(namelist, True)


def _unread(finding: InputFinding) -> InputFinding:
    """Return what a finding is in a namelist that has no effect.

    pw.x 6.7 stopped at options of &IONS in an scf run too.
    """
    is_harmless = finding.severity == ERROR and finding.code != "pw.option"
    return replace(finding, severity=WARNING) if is_harmless else finding


def value_of(found: Sequence[Assignment], name: str) -> str | None:
    """Return a value without its quotes, in lower case."""
    values = [unquoted(one.value).strip() for one in found if one.name == name]
    return values[0].lower() if values else None


def _opened(text: str) -> dict[str, int]:
    """Return the namelists of a text, and where they begin."""
    places: dict[str, int] = {}
    for match in re.finditer(r"^[ \t]*[&$](\w+)", text, re.MULTILINE):
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
        if name in opened or name in meant(opened, NAMELISTS):
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
        is_path = left is not None and left[0].startswith("/")  # of `./tmp`
        if left is not None and not is_path and re.search(r"[A-Za-z'\"]", left[0]):
            end = offset + left.end()
            yield _no_statement(text, offset + left.start(), end, namelist, places)


def _no_statement(
    text: str, start: int, end: int, namelist: str, places: Places
) -> InputFinding:
    broken = _BROKEN.match(text, start)
    if broken is not None and _is_string(broken[1]):
        return _unquoted(broken, places)
    return places.span(
        start,
        end,
        "pw.statement",
        ERROR,
        f"{shown(text[start:end])} is no `key = value` in &{namelist.upper()}.",
        fix="write key = value; strings stand in quotes, comments behind !",
    )


def _is_string(name: str) -> bool:
    facts = keys().get(name.lower())
    return facts is not None and facts.type == "s"


def _unquoted(broken: re.Match[str], places: Places) -> InputFinding:
    """Return the finding of a string that lacks its quotes, or the last of them."""
    value = broken[2].rstrip()
    has_first = value[:1] in {"'", '"'}
    right = f"{value}{value[0]}" if has_first else f"'{value}'"
    said = "lacks the quote at its end" if has_first else "is a string in quotes"
    return places.span(
        broken.start(2),
        broken.start(2) + len(value),
        "pw.type",
        ERROR,
        f"{broken[1].lower()} {said}"
        + ("." if has_first else f", not {shown(value)}: pw.x takes / for the end."),
        fix=f"write {right}" if " " not in right else f"put {right[0]} behind it",
        source=SOURCE,
    )


def _assignment(
    one: Assignment, last: Assignment, places: Places
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
            source=SOURCE,
        )
        return
    if one.namelist != facts.namelist and bare not in _MOVED:
        yield places.span(
            one.name_start,
            end,
            "pw.namelist",
            ERROR,
            f"{bare} belongs to &{facts.namelist.upper()}, not to"
            f" &{one.namelist.upper()}.",
            fix=f"put it into &{facts.namelist.upper()}",
            source=SOURCE,
        )
        return
    if one is not last and last.namelist == one.namelist:
        # Of a list, a shorter one behind it replaces the beginning alone.
        is_lost = len(items(one.value)) == 1
        yield places.span(
            one.name_start,
            one.end,
            "pw.twice",
            WARNING,
            f"{one.name} stands on line {places.position(last.name_start)[0]} again;"
            " the last one counts.",
            fix="delete this statement" if is_lost else "delete one of the two",
        )


def _required(text: str, given: set[str], places: Places) -> Iterator[InputFinding]:
    opened = _opened(text)
    given = given | meant(given, keys())
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
                source=SOURCE,
            )
