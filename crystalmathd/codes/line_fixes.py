"""Edits of lines that a finding says in words: the forms of `fix`, and what they do."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from crystalmathd.codes.draft import Draft, line_end, span
from crystalmathd.models.editing import Range, TextEdit
from crystalmathd.models.inputs import InputFinding
from crystalmathd.structures.elements import atomic_number

DECIMAL_COMMA: Final = re.compile(r"(?<!\S)[-+]?\d+,\d+(?:[EeDd][-+]?\d+)?(?=,?(?!\S))")
"""A word that a person may mean as one number; a comma may part it from the next."""

DECIMAL_POINTS: Final = "write points in place of these commas"

ATOMIC_NUMBERS: Final = "write atomic numbers in place of the symbols"
ON_THIS_LINE: Final = " on this line"
"""Behind "write" and all that the line of a finding is to hold."""


def pointed_number(match: re.Match[str]) -> str:
    """Return a match of DECIMAL_COMMA with a point."""
    return match[0].replace(",", ".")


def line_edits(finding: InputFinding, draft: Draft) -> tuple[TextEdit, ...]:
    """Return the edits of a finding whose fix is one of these; else none."""
    if finding.line is None or finding.column is None or finding.end_column is None:
        return ()
    for form, edits in _FORMS.items():
        match = form.fullmatch(finding.fix)
        if match is not None:
            return tuple(edits(finding, draft, match))
    return ()


def _points(
    finding: InputFinding, draft: Draft, _: re.Match[str]
) -> Iterator[TextEdit]:
    """Yield the edit of all decimal commas from the first to the last of a finding."""
    place = _range(finding)
    start = draft.offset(place.line, place.column)
    text = draft.text[start : draft.offset(place.end_line, place.end_column)]
    yield _edit(place, DECIMAL_COMMA.sub(pointed_number, text))


def _line(
    finding: InputFinding, draft: Draft, match: re.Match[str]
) -> Iterator[TextEdit]:
    yield _edit(draft.filled(finding.line or 1), match[1])


def _fewer_atoms(
    _: InputFinding, draft: Draft, match: re.Match[str]
) -> Iterator[TextEdit]:
    """Yield the edits that take atoms out of a list, and that of their number."""
    gone = [int(line) for line in re.findall(r"\d+", match[1])]
    # The number is the last record of one word above the atoms.
    count = next((n for n in range(gone[0] - 1, 0, -1) if _is_count(draft, n)), None)
    if count is None:
        return
    yield _edit(draft.filled(count), match[2])
    for line in gone:
        yield _edit(Range(line=line, column=1, end_line=line + 1, end_column=1), "")


def _own_line(
    finding: InputFinding, draft: Draft, _: re.Match[str]
) -> Iterator[TextEdit]:
    """Yield the edit that puts what stands behind a keyword on the line below it."""
    line = finding.line or 1
    word, *values = draft.line(line).split(maxsplit=1)
    if values:
        text = f"{word}{line_end(draft)}{values[0].rstrip()}"
        yield _edit(draft.filled(line), text)


def _exchanged(
    finding: InputFinding, draft: Draft, _: re.Match[str]
) -> Iterator[TextEdit]:
    line = finding.line or 1
    if finding.end_line == line + 1:
        yield _edit(draft.filled(line), draft.line(line + 1).strip())
        yield _edit(draft.filled(line + 1), draft.line(line).strip())


def _no_comment(
    finding: InputFinding, draft: Draft, _: re.Match[str]
) -> Iterator[TextEdit]:
    """Yield the edit that takes a comment from a line that holds something else."""
    line = finding.line or 1
    text = draft.line(line)
    kept = re.split("[!#]", text, maxsplit=1)[0].rstrip()
    if kept.strip():
        yield _edit(span(line, len(kept), len(text)), "")


def _below(_: InputFinding, draft: Draft, match: re.Match[str]) -> Iterator[TextEdit]:
    line = int(match[2]) + 1
    place = Range(line=line, column=1, end_line=line, end_column=1)
    yield _edit(place, match[1] + line_end(draft))


def _numbers(
    finding: InputFinding, draft: Draft, _: re.Match[str]
) -> Iterator[TextEdit]:
    """Yield an edit for each line that begins with the symbol of an element."""
    line = finding.line or 1
    for at in range(line, (finding.end_line or line) + 1):
        text = draft.line(at)
        symbol = (text.split() or [""])[0]
        number = atomic_number(symbol)
        if number is not None:
            start = text.index(symbol)
            yield _edit(span(at, start, start + len(symbol)), str(number))


def _is_count(draft: Draft, line: int) -> bool:
    return draft.line(line).strip().isdecimal()


def _range(finding: InputFinding) -> Range:
    line = finding.line or 1
    return Range(
        line=line,
        column=finding.column or 1,
        end_line=finding.end_line or line,
        end_column=finding.end_column or 1,
    )


def _edit(place: Range, text: str) -> TextEdit:
    return TextEdit(
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        new_text=text,
    )


_FORMS: Final[
    dict[
        re.Pattern[str],
        Callable[[InputFinding, Draft, re.Match[str]], Iterator[TextEdit]],
    ]
] = {
    re.compile(DECIMAL_POINTS): _points,
    re.compile(r"delete lines? ([\d, and]+), and write (\d+) as the number of atoms"): (
        _fewer_atoms
    ),
    re.compile(r"move (.+) to a line of its own, below (\S+)"): _own_line,
    re.compile(ATOMIC_NUMBERS): _numbers,
    re.compile("exchange these lines"): _exchanged,
    re.compile("delete the comment"): _no_comment,
    re.compile(r"put (SPIN) in the DFT block, below line (\d+)"): _below,
    re.compile(f"write (.+){ON_THIS_LINE}"): _line,
}
