"""What may be wrong where the reader stops among keywords: changes worth a trial."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.blocks import may_close
from crystalmathd.codes.crystal.check_repairs import Repair, Stop
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.crystal.words import BLOCKS, spelling
from crystalmathd.codes.places import shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING

_ANY_ROW: Final = "1 1 1 1 1 1 1 1 1 1 1 1"
"""A record that holds whatever a keyword wants: what is too much is not read."""

_MOST_ENDS: Final = 3
_SHELL_WORDS: Final = 5
_OUTERMOST: Final = (["scf"], ["properties"])
"""Nothing is read behind their END: put in anywhere, it would leave nothing unread."""

_NO_FUNCTIONAL: Final = {
    "LDA": "there is no LDA in one word: write SVWN, or EXCHANGE LDA and CORRELAT VWN",
    "PW91": "there is no PW91 in one word: write EXCHANGE PWGGA and CORRELAT PWGGA",
    "M06-2X": "CRYSTAL writes it M062X",
    "HF-3C": "CRYSTAL writes HF3C … END outside the DFT block",
}


def open_blocks(stop: Stop[object]) -> list[str]:
    """Return the blocks that are open where the reader stopped, the outermost first."""
    blocks: list[str] = []
    for what, _ in stop.marks:
        kind, _, name = what.partition(" ")
        if kind == "block":
            # BASISSET has closed the geometry block without an END.
            blocks = [*([] if name == "scf" else blocks), name]
        elif kind == "end" and blocks:
            blocks.pop()
        elif kind == "basis":
            blocks = []
    return blocks


def repairs(stop: Stop[object]) -> Iterator[Repair]:
    """Yield changes of the record where the reader stopped, and of those around."""
    yield from record_repairs(stop)
    yield from _other_spelling(stop)
    yield from _data(stop)
    yield from _out_of_place(stop)


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
    choices = _choices(block)
    upper = word.upper()
    exact = upper in choices or spelling(block, upper) or upper[:3] == "END"
    if exact and word != upper:
        yield _spelled(stop, word, upper, code="keyword.case", cost=0)
    for one in () if upper in choices else _near(upper, block)[:3]:
        yield _spelled(stop, word, one, code="keyword.unknown", cost=1)


def _choices(block: str) -> list[str]:
    """Return the words that may stand where a keyword of a block does."""
    choices = [*BLOCKS.get(block, {}), "END"]
    if block == "geometry":
        choices.append("BASISSET")
    if block == "scf":
        choices += BLOCKS["basis"]
    return choices


def _spelled(
    stop: Stop[object], word: str, other: str, *, code: str, cost: int
) -> Repair:
    message = (
        f"{shown(word)}: CRYSTAL reads keywords in capitals only."
        if code == "keyword.case"
        else _no_keyword(word, other)
    )
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
                message=f"{shown(stop.text(line - 1))} closes the {name} block, whose"
                " own END is missing.",
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
            message=f"The END of the {inner} block is missing before this line."
            if not is_cut
            else "The deck ends, but these blocks have no END: "
            + ", ".join(reversed(blocks[-n:]))
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


def _data(stop: Stop[object]) -> Iterator[Repair]:
    """Yield a record too few, one too many and a count that is wrong."""
    keyword = stop.last_mark("keyword")
    blocks = open_blocks(stop)
    if keyword is None or not blocks or stop.last_mark(f"block {blocks[-1]}") is None:
        return
    word = (stop.words(keyword) or [""])[0]
    rows = _rows_behind(stop, keyword)
    if keyword + 1 < len(stop.lines) and len(stop.words(keyword + 1)) == 1 and rows > 1:
        yield Repair(
            start=keyword + 1,
            stop=keyword + 2,
            lines=(str(rows - 1),),
            code="record.count",
            message=f"{word} counts {stop.text(keyword + 1).strip()} entries, but"
            f" {rows - 1} records follow.",
            fix=f"write {rows - 1}, or as many records as are counted",
            line=stop.number(keyword + 1),
            last=stop.number(keyword + rows),
            cost=1,
        )
    here = stop.words(stop.at)
    is_word = (
        any(spelling(block, here[0].upper()) for block in BLOCKS) if here else True
    )
    is_awaited = stop.error is not None and stop.error.code != "keyword.unknown"
    if is_awaited and not is_word and here[0][:3].upper() != "END":
        yield Repair(
            start=stop.at,
            stop=stop.at + 1,
            lines=(_ANY_ROW,),
            code="record.value",
            message=stop.said,
            fix=f"give the values of {word}",
            line=stop.line,
            cost=2,
        )
    yield Repair(
        start=stop.at,
        stop=stop.at,
        lines=(_ANY_ROW,),
        code="record.missing",
        message=f"{word} needs more values than stand before"
        f" {shown(stop.text(stop.at))}.",
        fix=f"give the values of {word} on the line below it",
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


def _rows_behind(stop: Stop[object], keyword: int) -> int:
    at = keyword + 1
    while at < len(stop.lines) and stop.words(at) and is_number(stop.words(at)[0]):
        at += 1
    return at - keyword - 1


def _out_of_place(stop: Stop[object]) -> Iterator[Repair]:
    words = stop.words(stop.at)
    if not words:
        return
    rows = 0 if is_number(words[0]) else _rows_behind(stop, stop.at)
    block = (open_blocks(stop) or ["basis"])[-1]
    if is_number(words[0]):
        keyword = stop.last_mark("keyword", "end", "block", "basis") or 0
        while stop.words(stop.at + rows) and is_number(stop.words(stop.at + rows)[0]):
            rows += 1
        rows -= 1
        owner = (stop.words(min(keyword, stop.at - 1)) or ["the line before"])[0]
        code, severity = "record.extra", "error"
        message = f"A record that {owner} does not read; a keyword should stand here."
    else:
        code, severity, message = _stranger(words[0], block)
    meant = "" if is_number(words[0]) else _meant(words[0].upper(), block)
    fix = "delete this line" if not rows else "delete these lines"
    if severity == WARNING:
        fix = ""  # what is not known here may be right
    yield Repair(
        start=stop.at,
        stop=stop.at + 1 + rows,
        lines=(),
        code=code,
        message=message,
        fix=f"write {meant}" if meant else fix,
        line=stop.line,
        last=None if meant else stop.number(stop.at + rows),
        word=0 if meant or not rows else None,
        severity=severity,
        cost=4,
    )


def _stranger(word: str, block: str) -> tuple[str, str, str]:
    """Return code, severity and message of a word that is no keyword of its block."""
    known_lack = _NO_FUNCTIONAL.get(word.upper()) if block == "dft" else None
    if known_lack is not None:
        return "keyword.unknown", ERROR, f"{known_lack}."
    homes = [one for one in BLOCKS if spelling(one, word)]
    said = f"{shown(word)} is no keyword of the {block} block"
    if homes:
        return "keyword.block", ERROR, f"{said}; it belongs to {' or '.join(homes)}."
    meant = _meant(word.upper(), block)
    if meant:
        return "keyword.unknown", ERROR, _no_keyword(word, meant)
    return "keyword.unknown", WARNING, f"{said} that is known here."


def _meant(word: str, block: str) -> str:
    """Return the keyword of a block that an unknown word is nearly; else nothing.

    Its values may be wrong or missing, so that it alone lets the reader not go on.
    """
    if word in _NO_FUNCTIONAL or any(spelling(one, word) for one in BLOCKS):
        return ""
    return next(iter(_near(word, block)), "")


def _near(word: str, block: str) -> list[str]:
    """Return the keywords that a word may be meant for, nearest first.

    HSE03 is no misspelt HSE06, nor PBE1 a PBE: they are other functionals.
    """
    found = near(word, _choices(block))
    if block != "dft":
        return found
    return [one for one in found if _letters(one) != _letters(word)]


def _letters(word: str) -> str:
    return "".join(one for one in word if not one.isdigit())


def _no_keyword(word: str, meant: str) -> str:
    return f"{shown(word)} is no keyword here; {meant} is."
