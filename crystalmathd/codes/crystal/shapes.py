"""The data behind a keyword, read by the shape that its table gives."""

from collections.abc import Callable
from typing import Final

from crystalmathd.codes.crystal.records import DeckError, Records, is_number
from crystalmathd.codes.numbers import whole_number

_MOST_REPEATS: Final = 100_000


def read_data(
    records: Records, shape: str, word: str, line: int, dimension: int | None = None
) -> list[str]:
    """Read the data of a keyword that stands on `line`; not its sub-block.

    The shapes are those of `words`; a part ``{block}`` is left to the caller. Without
    the `dimension` of the structure a matrix is all that starts with a number.
    """
    values: list[str] = []
    count = "0"
    for part in filter(None, shape.split(";")):
        if part == "matrix" and dimension:
            kinds = "r" * dimension**2
            values += records.read(kinds, word, line=line, is_list=True)
        elif part in _SPECIAL:
            values += _SPECIAL[part](records, values, word, line)
        elif part.startswith("N"):
            # One count may say how long several lists are.
            values += _repeated(records, count, part, word, line)
            continue
        elif not part.startswith("{"):
            values += records.read(part, word, line=line)
        count = values[-1] if values else "0"
    return values


def opened_block(shape: str) -> str | None:
    """Return the sub-block that a keyword of this shape opens."""
    last = shape.rpartition(";")[2]
    return last.strip("{}") if last.startswith("{") else None


def _repeated(
    records: Records, count: str, part: str, word: str, line: int
) -> list[str]:
    repeats = _count(count, word, line)
    kinds = part[2:]
    if part[1] == ":":
        return records.read(kinds * repeats, word, line=line, is_list=True)
    return [
        value for _ in range(repeats) for value in records.read(kinds, word, line=line)
    ]


def _count(value: str, word: str, line: int) -> int:
    count = whole_number(value.removeprefix("+"))
    if count is None or not 0 <= count <= _MOST_REPEATS:
        raise DeckError(line, f"{word} counts {value} entries.")
    return count


def _numeric(records: Records, values: list[str], word: str, line: int) -> list[str]:
    del values, word, line
    return [value for record in records.take_numeric() for value in record.words]


def _title(records: Records, values: list[str], word: str, line: int) -> list[str]:
    del values, line
    return [records.take(f"the title of {word}").text.strip()]


def _here(records: Records, values: list[str], word: str, line: int) -> list[str]:
    """Read `VERSION 3`, which ran in CRYSTAL17, as well as the 3 on the next line."""
    del values
    behind = records.words_at(line)[1:2]
    return (
        behind
        if behind and is_number(behind[0])
        else records.read("i", word, line=line)
    )


def _shrink(records: Records, values: list[str], word: str, line: int) -> list[str]:
    del values
    factors = records.read("ii", word, line=line)
    if int(factors[0]) == 0:
        factors += records.read("iii", word, line=line)
    return factors


def _band(records: Records, values: list[str], word: str, line: int) -> list[str]:
    """Read the lines of a band structure: six integers, or the labels of two points."""
    _, n_lines, *_ = values
    ends: list[str] = []
    wanted = _count(n_lines, word, line)
    for at in range(wanted):
        record = records.peek()
        is_numeric = record is None or record.is_blank or record.starts_with_number
        # Two labels stand on one record: one word is what follows the path.
        if record is not None and not is_numeric and len(record.words) == 1:
            raise DeckError(
                record.number,
                f"{word} counts {wanted} lines of the path, but "
                f"{at} {'stands' if at == 1 else 'stand'} here.",
                "record.missing",
            )
        ends += records.read("iiiiii" if is_numeric else "aa", word, line=line)
    return ends


def _doss(records: Records, values: list[str], word: str, line: int) -> list[str]:
    """Read the energy range, if the bands do not give it, and the projections."""
    n_projections, first_band, last_band = values[0], values[2], values[3]
    found: list[str] = []
    if int(first_band) < 0 and int(last_band) < 0:
        found += records.read("rr", word, line=line)
    for _ in range(_count(n_projections, word, line)):
        record = records.peek()
        head = record.words[0] if record is not None and record.words else "0"
        n_members = whole_number(head.lstrip("+-")) or 0
        n_members = _count(str(n_members), word, line)
        found += records.read("i" * (1 + n_members), word, line=line, is_list=True)
    return found


_SPECIAL: Final[dict[str, Callable[[Records, list[str], str, int], list[str]]]] = {
    "?": _numeric,
    "matrix": _numeric,
    "title": _title,
    "here": _here,
    "shrink": _shrink,
    "band": _band,
    "doss": _doss,
}
