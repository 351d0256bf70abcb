"""Findings with what an editor can do about them: edits, and the lines they name.

What a finding says in `fix` is for people. Where it says exactly what to write, as in
"write TOLINTEG" or "delete this line", the change can be made for them; everything else
needs a person who knows what was meant.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from crystalmathd.codes.draft import Draft, line_end, span
from crystalmathd.codes.line_fixes import line_edits
from crystalmathd.models.editing import Diagnostic, Fix, Range, RelatedPlace, TextEdit
from crystalmathd.models.inputs import InputFinding

_WRITE: Final = re.compile(r"write (\S+?)(?:, or .*)?")
_MESH: Final = re.compile(r"write (\d+ \d+ \d+ [01] [01] [01])")
_WORD: Final = re.compile(r"[^\s,]+")
_LINE: Final = re.compile(r"\blines? (\d{1,7})\b")
_COUNTS: Final = {"basis.primitives": 2, "basis.shells": 1}
"""Which word of its record is the count that is wrong."""

_BEFORE: Final = {
    "put END before this line": "END",
    "put / on a line before it": "/",
    "put in the title (line 1)": "title",
    "put a title on a line before this one": "title",
    "put in 99 0, which closes the list of basis sets": "99 0",
}
_BEHIND_LAST: Final = {"put END at the end": "END"}
_THIS_LINE: Final = "delete this line"
_THESE_LINES: Final = "delete these lines"
_THIS_STATEMENT: Final = "delete this statement"
_PARTING: Final = ";,"
"""What stands between the statements of a line: `;` in INCAR, `,` in a namelist."""


def diagnostics(findings: Iterable[InputFinding], draft: Draft) -> Iterator[Diagnostic]:
    """Yield the findings with their fixes, and the other lines that they name."""
    for one in findings:
        yield Diagnostic(
            code=one.code,
            severity=one.severity,
            message=one.message,
            fix=one.fix,
            file=one.file,
            line=one.line,
            column=one.column,
            end_line=one.end_line or one.line,
            end_column=one.end_column
            or (None if one.line is None else len(draft.line(one.line)) + 1),
            source=one.source,
            related=tuple(_related(one, draft)),
            fixes=tuple(_fixes(one, draft)),
        )


def _related(finding: InputFinding, draft: Draft) -> Iterator[RelatedPlace]:
    named = dict.fromkeys(int(number) for number in _LINE.findall(finding.message))
    for line in named:
        if line != finding.line and 0 < line <= len(draft.lines):
            place = draft.filled(line)
            yield RelatedPlace(
                line=place.line,
                column=place.column,
                end_line=place.end_line,
                end_column=place.end_column,
                message="here",
            )


def _fixes(finding: InputFinding, draft: Draft) -> Iterator[Fix]:
    edits = line_edits(finding, draft)
    edit = None if edits else _edit(finding, draft)
    if edit is not None:
        edits = (edit,)
    if edits:
        title = finding.fix.partition(", or ")[0]
        title = title[:1].upper() + title[1:]
        yield Fix(title=title, edits=edits)


def _edit(finding: InputFinding, draft: Draft) -> TextEdit | None:
    line, last = finding.line, finding.end_line
    if line is None or finding.column is None or finding.end_column is None:
        return None
    last = last or line
    if finding.fix in {_THIS_LINE, _THESE_LINES}:
        # What "this line" is about may go on below it: an END and the BASISSET behind.
        gone = line if finding.fix == _THIS_LINE else last
        return _without_lines(line, gone, draft)
    if finding.fix == _THIS_STATEMENT:
        statement = Range(
            line=line,
            column=finding.column,
            end_line=last,
            end_column=finding.end_column,
        )
        return _without_statement(statement, draft)
    if finding.fix in _BEFORE:
        return edit_of(
            Range(line=line, column=1, end_line=line, end_column=1),
            _BEFORE[finding.fix] + line_end(draft),
        )
    if finding.fix in _BEHIND_LAST:
        return _behind_last(_BEHIND_LAST[finding.fix], finding, draft)
    mesh = _MESH.fullmatch(finding.fix)
    match = mesh or _WRITE.fullmatch(finding.fix)
    place = _named(finding, draft) if mesh is None else _row(finding, draft)
    return None if match is None or place is None else edit_of(place, match[1])


def _named(finding: InputFinding, draft: Draft) -> Range | None:
    """Return the one word that a finding is about; None if there are several."""
    line, column, end = finding.line or 1, finding.column or 1, finding.end_column or 1
    if finding.code in _COUNTS:
        words = list(_WORD.finditer(draft.line(line)))
        index = _COUNTS[finding.code]
        if index >= len(words):
            return None
        return span(line, words[index].start(), words[index].end())
    # Of a wrong count, the range goes on to the last of what is counted.
    is_on_one = finding.end_line in {None, line}
    place = span(line, column - 1, end - 1) if is_on_one else draft.filled(line)
    return place if len(draft.cut(place).split()) == 1 else None


def _row(finding: InputFinding, draft: Draft) -> Range | None:
    """Return the row of numbers that a finding is about; None if it has none."""
    line, column, end = finding.line or 1, finding.column or 1, finding.end_column or 1
    place = span(line, column - 1, end - 1)
    is_one = finding.end_line in {None, line}
    return place if is_one and draft.cut(place)[:1].isdecimal() else None


def edit_of(place: Range, new_text: str) -> TextEdit:
    return TextEdit(
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        new_text=new_text,
    )


def _without_lines(line: int, last: int, draft: Draft) -> TextEdit:
    if last < len(draft.lines):
        place = Range(line=line, column=1, end_line=last + 1, end_column=1)
    elif line > 1:
        before = len(draft.line(line - 1)) + 1
        end = len(draft.line(last)) + 1
        place = Range(line=line - 1, column=before, end_line=last, end_column=end)
    else:
        place = draft.rows(line, last)
    return edit_of(place, "")


def _without_statement(place: Range, draft: Draft) -> TextEdit:
    """Return the edit that takes a statement out with the sign that parts it.

    Its lines go too if nothing else stands on them.
    """
    first, last = draft.line(place.line), draft.line(place.end_line)
    before, after = first[: place.column - 1], last[place.end_column - 1 :]
    behind = after.lstrip()
    if behind[:1] and behind[0] in _PARTING:
        behind = behind[1:].lstrip()
    if not before.strip() and not behind:
        return _without_lines(place.line, place.end_line, draft)
    kept = before.rstrip()
    is_last = not behind and kept[-1:] in tuple(_PARTING)
    start = len(kept[:-1].rstrip()) if is_last else len(before)
    end = len(last) - len(behind)
    return edit_of(
        Range(
            line=place.line,
            column=start + 1,
            end_line=place.end_line,
            end_column=end + 1,
        ),
        "",
    )


def _behind_last(word: str, finding: InputFinding, draft: Draft) -> TextEdit:
    """Return the edit that puts in as many words as blocks are open."""
    named = finding.message.partition("have no END: ")[2]
    words = [word] * (named.count(",") + 1)
    at = len(draft.line(draft.last_line)) + 1
    end = line_end(draft)
    place = Range(
        line=draft.last_line, column=at, end_line=draft.last_line, end_column=at
    )
    return edit_of(place, "".join(end + one for one in words))


def edits_between(draft: Draft, new: Sequence[str]) -> Iterator[TextEdit]:
    """Yield edits of whole lines: runs of lines that differ; none is added or lost."""
    # Within a run, the edit writes the line ends anew: with CR they may be of any kind.
    longest = 1 if "\r" in draft.text else len(new)
    first: int | None = None
    for at in range(len(new) + 1):
        differs = at < len(new) and draft.lines[at] != new[at]
        if first is not None and (not differs or at - first == longest):
            place = draft.rows(first + 1, at)
            yield edit_of(place, "\n".join(new[first:at]))
            first = None
        if differs and first is None:
            first = at
