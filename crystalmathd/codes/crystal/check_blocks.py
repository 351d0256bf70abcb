"""What may be wrong where the reader stops among keywords: changes worth a trial."""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.blocks import may_close
from crystalmathd.codes.crystal.check_repairs import Repair, Stop
from crystalmathd.codes.crystal.check_strangers import (
    choices_of,
    library_name,
    near_in,
    no_keyword,
    open_blocks,
    out_of_place,
    rows_behind,
    titled,
)
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.crystal.words import BLOCKS, PROPERTY_BLOCKS, spelling
from crystalmathd.codes.places import shown
from crystalmathd.models.inputs import ERROR, WARNING

_ANY_ROW: Final = "1 1 1 1 1 1 1 1 1 1 1 1"
"""A record that holds whatever a keyword wants: what is too much is not read."""

_MOST_ENDS: Final = 3
_SHELL_WORDS: Final = 5
_VALUES: Final = {
    "FMIXING": "give a percentage, such as 30",
    "TOLDEE": "give the exponent alone: 7 for 10^-7 Ha",
    "BAND": "give both ends of each line as integers in units of 1/ISS: with ISS 8,"
    " 4 is 0.5",
    "SHRINK": "give two integers, such as 8 8; or 0 8 and three factors on the next"
    " line",
    "SPINLOCK": "give two integers: α minus β electrons, and SCF cycles",
}
"""What to give a keyword, where its values are often mistaken."""

_OUTERMOST: Final = (["scf"], ["properties"])
"""Nothing is read behind their END: put in anywhere, it would leave nothing unread."""


def repairs(stop: Stop[object]) -> Iterator[Repair]:
    """Yield changes of the record where the reader stopped, and of those around."""
    yield from library_name(stop)
    yield from record_repairs(stop)
    yield from _other_spelling(stop)
    yield from _data(stop)
    yield from out_of_place(stop)


def record_repairs(stop: Stop[object]) -> Iterator[Repair]:
    """Yield what may be wrong with a record of any kind, and ENDs before it."""
    yield from same_twice(stop)
    yield from _no_record(stop)
    yield from _ends(stop)


def same_twice(stop: Stop[object]) -> Iterator[Repair]:
    """Yield each record near the stop that is the one before it once more."""
    entries = [line - 1 for what, line in stop.marks if what in {"entry", "basis"}]
    last = stop.last_mark("keyword", "atoms", "entry", "basis") or 0
    begin = min([last, stop.at, *entries[-2:]])
    if stop.last_mark("block") is None:
        begin = 1
    for at in range(max(begin, 1), min(stop.at + 1, len(stop.lines))):
        text = stop.text(at).split()
        if text and text == stop.text(at - 1).split():
            is_end = text[0][:3] == "END"
            yield Repair(
                start=at,
                stop=at + 1,
                lines=(),
                code="end.extra" if is_end else "record.twice",
                message=f"{shown(stop.text(at))} stands on the line before too.",
                fix="delete this line",
                line=stop.number(at),
                # Two equal shells may well be meant.
                cost=2 if len(text) == _SHELL_WORDS else 0,
            )


def _no_record(stop: Stop[object]) -> Iterator[Repair]:
    """Yield the blank lines, or the comments, that stand here, as one fault."""
    is_blank = not stop.text(stop.at).strip()
    end = stop.at
    while end < len(stop.lines) and _is_no_record(stop.text(end)):
        end += 1
    if end == stop.at:
        return
    yield Repair(
        start=stop.at,
        stop=end,
        lines=(),
        code="line.blank" if is_blank else "line.comment",
        message="A blank line among keywords: CRYSTAL takes it for a keyword without a"
        " name and stops."
        if is_blank
        else "CRYSTAL has no comments: it takes this line for a keyword.",
        fix="delete this line" if end == stop.at + 1 else "delete these lines",
        line=stop.number(stop.at),
        last=stop.number(end - 1),
    )


def _is_no_record(text: str) -> bool:
    return not text.strip() or text.lstrip()[:1] in {"#", "!"}


def _other_spelling(stop: Stop[object]) -> Iterator[Repair]:
    words = stop.words(stop.at)
    if not words or is_number(words[0]):
        return
    word, block = words[0], (open_blocks(stop) or [""])[-1]
    choices = choices_of(block)
    upper = word.upper()
    exact = upper in choices or spelling(block, upper) or upper[:3] == "END"
    if exact and word != upper:
        yield _spelled(stop, word, upper, code="keyword.case", cost=0)
    # BANDS of FREQCALC is nothing that an input of properties may be meant to hold.
    kin = PROPERTY_BLOCKS if block in PROPERTY_BLOCKS else BLOCKS
    is_elsewhere = any(upper in BLOCKS[one] for one in kin)
    for one in () if upper in choices or is_elsewhere else near_in(upper, block)[:3]:
        yield _spelled(stop, word, one, code="keyword.unknown", cost=1)


def _spelled(
    stop: Stop[object], word: str, other: str, *, code: str, cost: int
) -> Repair:
    message = (
        f"{shown(word)}: CRYSTAL reads keywords in capitals only."
        if code == "keyword.case"
        else no_keyword(word, other)
    )
    # HSEsol and mPW1PW91 are written so in texts about CRYSTAL, and no deck shows it.
    is_name = code == "keyword.case" and not word.islower() and _is_functional(other)
    return Repair(
        start=stop.at,
        stop=stop.at + 1,
        lines=(stop.text(stop.at).replace(word, other, 1),),
        code=code,
        message=message,
        fix=f"write {other}",
        line=stop.line,
        word=0,
        cost=cost,
        severity=WARNING if is_name else ERROR,
    )


def _is_functional(word: str) -> bool:
    return word in BLOCKS["dft"] and not any(
        word in BLOCKS[block] for block in ("geometry", "scf", "optgeom")
    )


def _ends(stop: Stop[object]) -> Iterator[Repair]:
    blocks = open_blocks(stop)
    inner = blocks[-1] if blocks else ""
    for what, line in stop.marks[-2:]:
        kind, _, name = what.partition(" ")
        if kind == "end" and not may_close(stop.words(line - 1), name):
            yield Repair(
                start=line - 1,
                stop=line - 1,
                lines=("END",),
                code="end.missing",
                message=f"{shown(stop.text(line - 1))} closes {titled(name)}, whose own"
                " END is missing.",
                fix="put END before this line",
                line=stop.number(line - 1),
                cost=1,
            )
    is_cut = stop.at >= len(stop.lines)
    is_data = is_number((stop.words(stop.at) or [""])[0])
    most = _MOST_ENDS if is_cut else int(blocks not in _OUTERMOST)
    for n in range(1, most + 1 if blocks else 1):
        yield Repair(
            start=stop.at,
            stop=stop.at,
            lines=("END",) * n,
            code="end.missing",
            message=_no_end(stop, inner)
            if not is_cut
            else "The deck ends, but these blocks have no END: "
            + ", ".join(titled(one, "") for one in reversed(blocks[-n:]))
            + ".",
            fix="put END before this line" if not is_cut else "put END at the end",
            line=stop.line,
            # Numbers follow the END of the geometry block only.
            cost=2 if is_cut or inner == "geometry" or not is_data else 5,
        )
    for at in (stop.at, stop.at - 1):
        if stop.words(at) and stop.words(at)[0][:3].upper() == "END":
            yield Repair(
                start=at,
                stop=at + 1,
                lines=(),
                code="end.extra",
                message=f"{shown(stop.text(at))} closes a block that is closed already,"
                " or that goes on below.",
                fix="delete this line",
                line=stop.number(at),
                cost=2,
            )


def _on_its_line(stop: Stop[object], keyword: int) -> Iterator[Repair]:
    word, *values = stop.words(keyword) or [""]
    if values and is_number(values[0]):
        yield Repair(
            start=keyword,
            stop=keyword + 1,
            lines=(word, " ".join(values)),
            code="record.missing",
            message=f"CRYSTAL reads the values of {word} from the line below it, not"
            " from its own.",
            fix=f"move {' '.join(values)[:40]} to a line of its own, below {word}",
            line=stop.number(keyword),
            cost=1,
        )


def _data(stop: Stop[object]) -> Iterator[Repair]:
    """Yield a record too few, one too many and a count that is wrong."""
    keyword = stop.last_mark("keyword")
    blocks = open_blocks(stop)
    if keyword is None or not blocks or stop.last_mark(f"block {blocks[-1]}") is None:
        return
    word = (stop.words(keyword) or [""])[0]
    yield from _on_its_line(stop, keyword)
    entries = _entries_behind(stop, keyword, blocks[-1])
    if entries is not None:
        yield Repair(
            start=keyword + 1,
            stop=keyword + 2,
            lines=(str(entries),),
            code="record.count",
            message=f"{word} counts {stop.text(keyword + 1).strip()} entries, but"
            f" {entries} {'follows' if entries == 1 else 'follow'}.",
            fix=f"write {entries}, or as many entries as are counted",
            line=stop.number(keyword + 1),
            last=stop.number(keyword + rows_behind(stop, keyword)),
            cost=1,
        )
    here = stop.words(stop.at)
    is_word = (
        any(spelling(block, here[0].upper()) for block in BLOCKS) if here else True
    )
    is_awaited = stop.error is not None and stop.error.code != "keyword.unknown"
    given = f"give the values of {word}"
    if is_awaited and not is_word and here[0][:3].upper() != "END":
        yield Repair(
            start=stop.at,
            stop=stop.at + 1,
            lines=(_ANY_ROW,),
            code="record.value",
            message=stop.said,
            fix=_exponent(word, here) or _VALUES.get(word, given)
            if stop.error is not None and stop.error.code == "record.value"
            else given,
            line=stop.line,
            cost=2,
        )
    yield Repair(
        start=stop.at,
        stop=stop.at,
        lines=(_ANY_ROW,),
        code="record.missing",
        message=_too_few(stop, word, blocks[-1]),
        fix=_VALUES.get(word, f"give all values of {word} below it"),
        line=stop.number(max(keyword, stop.at - 1)),
        cost=2,
    )
    at = keyword + 1
    if at < stop.at:
        yield Repair(
            start=at,
            stop=at,
            lines=("1",),
            code="record.missing",
            message=f"{word} lacks the record that should stand first below it.",
            fix=f"give the values of {word} on the line below it",
            line=stop.number(keyword),
            last=stop.number(at),
            cost=3,
        )


def _exponent(word: str, written: list[str]) -> str:
    """Return what to write for a threshold that is given as a power of ten."""
    match = re.fullmatch(r"1\.?0*[EeDd]-0?(\d{1,2})", written[0])
    return f"write {match[1]}" if match and word == "TOLDEE" else ""


def _no_end(stop: Stop[object], inner: str) -> str:
    message = f"The END of {titled(inner)} is missing before this line"
    what, line = stop.marks[-1]
    kind, _, name = what.partition(" ")
    if kind != "end" or line != stop.at:
        return f"{message}."
    return f"{message}: that of line {stop.number(line - 1)} closes {titled(name)}."


def _too_few(stop: Stop[object], word: str, block: str) -> str:
    shape = BLOCKS.get(block, {}).get(spelling(block, word) or word, "")
    before = shown(stop.text(stop.at)) if stop.text(stop.at) else "the end of the deck"
    if shape == "matrix":
        return (
            f"{word} needs a whole matrix before {before}: as many lines of as many"
            " numbers as there are periodic directions."
        )
    if shape and set(shape) in ({"i"}, {"r"}):
        kind = "integer" if shape[0] == "i" else "number"
        wanted = (
            f"{len(shape)} {kind}s"
            if len(shape) > 1
            else f"{'an' if kind[0] == 'i' else 'a'} {kind}"
        )
        return f"{word} needs {wanted} on the line below it, before {before}."
    return f"{word} needs more values than stand before {before}."


def _entries_behind(stop: Stop[object], keyword: int, block: str) -> int | None:
    """Return how many entries follow the count of a list; None without a list."""
    rows = rows_behind(stop, keyword) - 1
    if rows < 1 or len(stop.words(keyword + 1)) != 1:
        return None
    word = stop.words(keyword)[0]
    shape = BLOCKS.get(block, {}).get(spelling(block, word) or word, "")
    begin, _, each = shape.partition("N:")
    if begin != "i;" or not each or ";" in each:
        return rows
    # These may stand on any number of lines.
    n_values = sum(len(stop.words(keyword + 2 + at)) for at in range(rows))
    return n_values // len(each) or None
