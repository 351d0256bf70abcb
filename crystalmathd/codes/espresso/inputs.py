"""Input files of Quantum ESPRESSO: namelists and the species card, read tolerantly.

Source: INPUT_PW and its siblings of Quantum ESPRESSO 6.7. Names are case-insensitive,
`!` begins a comment, strings stand in single or double quotes. At a `#` in a namelist
pw.x stops: what stands behind it is meant as a comment, and read as one here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_ITEM: Final = r"(?:'(?:[^']|'')*'|\"[^\"]*\"|[^\s,'\"!/&=]++)"
_NO_NAME: Final = r"(?!\s*(?:\([^)]*\)\s*)?=)"
_NO_ELEMENT: Final = r"(?![A-Za-z_]\w*\s*\([^)=]*\)\s*=)"  # hubbard_v(1,2,1) =
_NAME: Final = r"(?<!\w)([A-Za-z_]\w*)\s*(\([^)]*\))?\s*=\s*"
_VALUE: Final = rf"({_ITEM}(?:(?:\s*,\s*|\s+){_NO_ELEMENT}{_ITEM}{_NO_NAME})*)"
_ASSIGNMENT: Final = re.compile(_NAME + _VALUE)
_FROM_1: Final = re.compile(r"\(1?:\d*\)$")
"""An array from its first element on, which is its bare name: `celldm(1:3)`."""

_BARE_NAME: Final = re.compile(_NAME + "$")
_BARE_VALUE: Final = re.compile(rf"\s*{_NO_ELEMENT}{_VALUE}{_NO_NAME}")
QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_COMMENT: Final = re.compile(r"""('[^'\n]*'|"[^"\n]*")|[!].*""")
_HASH: Final = re.compile(r"""('[^'\n]*'|"[^"\n]*")|[#].*""")
_OPENING: Final = re.compile(r"^\s*[&$](\w+)(.*)$")
_CLOSING: Final = re.compile(
    r"^\s*(/(?!\w)|[&$]end\b)|(?<=[\s,\w.])(/(?=$|[\s&!])|[&$]end\b)",
    re.IGNORECASE,
)
_N_SPECIES_FIELDS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class EspressoInput:
    """What is read of an input: its namelists in order, and the pseudopotentials.

    `namelists` has lower-case names; values are text without their quotes.
    `pseudopotentials` are the file names in the card ATOMIC_SPECIES.
    """

    namelists: Mapping[str, Mapping[str, str]]
    pseudopotentials: tuple[str, ...]

    @property
    def first_namelist(self) -> str | None:
        return next(iter(self.namelists), None)

    def value(self, name: str) -> str | None:
        """Return a value, whichever namelist it stands in."""
        for values in self.namelists.values():
            if name in values:
                return values[name]
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """`name = value` in a namelist, both in lower case as far as they are names.

    `name` has its index, as in `celldm(1)`; the value, which may be a list of values,
    is text[start:end], and the name begins at text[name_start].
    """

    namelist: str
    name: str
    value: str
    start: int
    end: int
    name_start: int


def read_input(text: str) -> EspressoInput:
    """Read an input file; lines that are not understood are passed over."""
    namelists: dict[str, dict[str, str]] = {}
    cards: list[str] = []
    for namelist, line, _ in parted_lines(text):
        if namelist is None:
            cards.append(line)
        else:
            namelists.setdefault(namelist, {})
    for one in assignments(text):
        bare = one.name.partition("(")[0]
        namelists[one.namelist][bare] = unquoted(one.value).strip()
    return EspressoInput(namelists=namelists, pseudopotentials=_pseudopotentials(cards))


def assignments(text: str) -> Iterator[Assignment]:
    """Yield every assignment in a namelist, in order."""
    waiting: tuple[re.Match[str], int] | None = None
    for namelist, line, offset in parted_lines(text):
        begin = 0
        if waiting is not None and namelist is not None:
            value = _BARE_VALUE.match(line)
            if value is not None:  # of a name on a line above
                begin = value.end()
                yield _assignment(namelist, *waiting, value, 1, offset)
        if line.strip() or namelist is None:
            waiting = None
        if namelist is None:
            continue
        for match in _ASSIGNMENT.finditer(line, begin):
            yield _assignment(namelist, match, offset, match, 3, offset)
        if (bare := _BARE_NAME.search(line, begin)) is not None:
            waiting = bare, offset


def _assignment(
    namelist: str,
    name: re.Match[str],
    name_offset: int,
    value: re.Match[str],
    group: int,
    offset: int,
) -> Assignment:
    written = (name[1] + "".join((name[2] or "").split())).lower()
    return Assignment(
        namelist=namelist,
        name=_FROM_1.sub("", written),
        value=value[group],
        start=offset + value.start(group),
        end=offset + value.end(group),
        name_start=name_offset + name.start(),
    )


def parted_lines(text: str) -> Iterator[tuple[str | None, str, int]]:
    """Yield (namelist, line without its comment, where it starts in the text)."""
    current: str | None = None
    offset = 0
    for raw in text.splitlines(keepends=True):
        line = _without_comment(raw.rstrip("\r\n"))
        start = offset
        offset += len(raw)
        if current is None and (match := _OPENING.match(line)):
            current = match[1].lower()
            line, start = match[2], start + match.start(2)
        if current is None:
            yield None, line, start
            continue
        if "#" in line:
            line = _HASH.sub(lambda match: match[1] or "", line)
        end = closing_at(line)
        yield current, line[:end], start
        if end is not None:
            current = None


def closing_at(line: str) -> int | None:
    """Return where `/` or `&end` closes a namelist; Fortran reads nothing behind it.

    None where nothing does.
    """
    bare = QUOTED.sub(lambda match: "_" * len(match[0]), _without_comment(line))
    match = _CLOSING.search(bare)
    if match is None or re.search("['\"]", bare[: match.start()]):  # an open string
        return None
    return match.start(match.lastindex or 0)


def _without_comment(line: str) -> str:
    return _COMMENT.sub(lambda match: match[1] or "", line)


def unquoted(value: str) -> str:
    """Return a string without its quotes; anything else, a list too, as it is."""
    if QUOTED.fullmatch(value):
        return value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1]
    return value


def _pseudopotentials(cards: list[str]) -> tuple[str, ...]:
    """Return the third column of ATOMIC_SPECIES: symbol, mass, file."""
    names: list[str] = []
    is_inside = False
    for card in cards:
        words = card.split("#")[0].split()
        if not words:
            continue
        if words[0].upper() == "ATOMIC_SPECIES":
            is_inside = True
        elif is_inside and len(words) == _N_SPECIES_FIELDS:
            names.append(words[2])
        else:
            is_inside = False
    return tuple(dict.fromkeys(names))
