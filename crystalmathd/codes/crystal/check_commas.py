"""Numbers with a decimal comma: what a person takes for one, Fortran takes for two."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, TypeVar

from crystalmathd.codes.crystal.check_repairs import Line, Stop, read_until_stop
from crystalmathd.codes.crystal.records import Records
from crystalmathd.codes.line_fixes import DECIMAL_COMMA, DECIMAL_POINTS, pointed_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, InputFinding

T = TypeVar("T")
Rows = Mapping[int, Sequence[re.Match[str]]]

_MOST_READ: Final = 100_000
"""How many lines are read again at most to tell which commas are meant as points."""

_NO_NUMBER: Final = "x"


def with_points(
    text: str, name: str, reader: Callable[[Records], T]
) -> tuple[str, list[InputFinding]]:
    """Return a text with points in place of decimal commas, and what to say of these.

    Whether `0,5` is one number or two is not seen from it. It is one where the text
    can be read with a point, as far as before and with no record that is filled up
    from the next: where integers are read (`8,8`), or as many values as the commas
    part, it cannot.
    """
    if "," not in text:
        return text, []
    places = Places(text, name)
    rows: dict[int, list[re.Match[str]]] = {}
    for match in DECIMAL_COMMA.finditer(text):
        line = places.position(match.start())[0]
        # Line 1 is a title in decks, and no number anywhere.
        if line > 1:
            rows.setdefault(line, []).append(match)
    if not rows:
        return text, []
    lines = [(line, at) for at, line in enumerate(places.lines, start=1)]
    meant = set(_meant(lines[:-1] if not lines[-1][0] else lines, [*rows], reader))
    findings = [
        _finding([match for row in group for match in rows[row]], places)
        for is_meant, group in groupby(rows, key=meant.__contains__)
        if is_meant
    ]
    for row in meant:
        for match in rows[row]:
            start, end = match.span()
            text = text[:start] + pointed_number(match) + text[end:]
    return text, findings


def _finding(matches: Sequence[re.Match[str]], places: Places) -> InputFinding:
    """Return one finding for decimal commas that no other comma stands between."""
    first, *more = matches
    one, other = first[0].split(",")
    times = {0: "", 1: " One more number is written so."}
    return places.span(
        first.start(),
        matches[-1].end(),
        "record.comma",
        ERROR,
        f"{shown(first[0])} is two values for CRYSTAL, {one} and {other}: as in every"
        " list that Fortran reads, a comma parts values."
        + times.get(len(more), f" {len(more)} more numbers are written so."),
        fix=DECIMAL_POINTS,
    )


def _meant(
    lines: Sequence[Line], rows: Sequence[int], reader: Callable[[Records], T]
) -> Iterator[int]:
    """Yield the lines on which commas are meant as points."""
    most = _MOST_READ // (2 * max(1, len(lines)))
    before = read_until_stop(lines, reader)
    pointed = _with_points(lines, rows)
    if not _is_as_good(read_until_stop(pointed, reader), before):
        pointed = lines
        for row in rows[:most]:
            trial = _with_points(pointed, [row])
            after = read_until_stop(trial, reader)
            if _is_as_good(after, before):
                pointed, before = trial, after
    for at, row in enumerate(rows):
        if pointed[row - 1] == lines[row - 1]:
            continue
        if at >= most:
            # A list that is long enough to come here is one of atoms or shells.
            yield row
            continue
        # A title may hold such a word, and so may what stands behind the values.
        trial = list(pointed)
        trial[row - 1] = DECIMAL_COMMA.sub(_NO_NUMBER, lines[row - 1][0]), row
        stop = read_until_stop(trial, reader)
        if stop.error is not None and stop.at == row - 1:
            yield row


def _is_as_good(after: Stop[object], before: Stop[object]) -> bool:
    return after.left <= before.left and after.n_splits <= before.n_splits


def _with_points(lines: Sequence[Line], rows: Sequence[int]) -> Sequence[Line]:
    new = list(lines)
    for row in rows:
        text, number = new[row - 1]
        new[row - 1] = DECIMAL_COMMA.sub(pointed_number, text), number
    return new
