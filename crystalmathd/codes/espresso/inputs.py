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
_ASSIGNMENT: Final = re.compile(
    r"([A-Za-z_]\w*)\s*(\([^)]*\))?\s*=\s*"
    rf"({_ITEM}(?:(?:\s*,\s*|\s+){_ITEM}{_NO_NAME})*)"
)
QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_COMMENT: Final = re.compile(r"""('[^'\n]*'|"[^"\n]*")|[!].*""")
_HASH: Final = re.compile(r"""('[^'\n]*'|"[^"\n]*")|[#].*""")
_OPENING: Final = re.compile(r"^\s*&(\w+)(.*)$")
_CLOSING: Final = re.compile(r"^\s*(?:/|&end)\s*$", re.IGNORECASE)
_CLOSING_BEHIND: Final = re.compile(r"^(.*[\s,'\"\w.])/\s*$")
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
    for namelist, line, offset in parted_lines(text):
        for match in _ASSIGNMENT.finditer(line if namelist is not None else ""):
            yield Assignment(
                namelist=namelist or "",
                name=(match[1] + "".join((match[2] or "").split())).lower(),
                value=match[3],
                start=offset + match.start(3),
                end=offset + match.end(3),
                name_start=offset + match.start(),
            )


def parted_lines(text: str) -> Iterator[tuple[str | None, str, int]]:
    """Yield (namelist, line without its comment, where it starts in the text)."""
    current: str | None = None
    offset = 0
    for raw in text.splitlines(keepends=True):
        line = _COMMENT.sub(lambda match: match[1] or "", raw.rstrip("\r\n"))
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
        closing = _CLOSING_BEHIND.match(line)
        is_closed = closing is not None and closing[1].count("'") % 2 == 0
        yield current, line if closing is None else closing[1], start
        if is_closed or _CLOSING.match(line):
            current = None


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
