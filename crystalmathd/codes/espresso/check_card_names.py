"""Which cards of a pw.x input are missing, twice, misspelt or without their head."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.espresso.cards import NAMES, Card, Row, loose_rows
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_WANTED: Final = ("ATOMIC_SPECIES", "ATOMIC_POSITIONS", "K_POINTS")
_VECTORS: Final = 3
OPTIONS: Final = {
    "ATOMIC_POSITIONS": ("alat", "bohr", "angstrom", "crystal", "crystal_sg"),
    "CELL_PARAMETERS": ("alat", "bohr", "angstrom", "cubic", "hexagonal"),
    "K_POINTS": (
        *("tpiba", "automatic", "crystal", "gamma", "tpiba_b", "crystal_b"),
        *("tpiba_c", "crystal_c"),
    ),
}
_WORD: Final = re.compile(r"^\s*([A-Z_]{6,})\b", re.MULTILINE)
_LONGEST: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """The cards that are not there, and the first row that no card reads."""

    misspelt: Mapping[str, re.Match[str]]
    names: tuple[str, ...]
    first_loose: Row | None

    def __bool__(self) -> bool:
        return bool(self.misspelt or self.names)


def lost_cards(text: str, found: Sequence[Card], numbers: Mapping[str, float]) -> Lost:
    """Return which cards are missing; `numbers`: those of &SYSTEM."""
    given = {one.name for one in found}
    wanted = [*_WANTED, *(["CELL_PARAMETERS"] if numbers.get("ibrav") == 0 else [])]
    missing = [name for name in wanted if name not in given]
    misspelt: dict[str, re.Match[str]] = {}
    for match in _WORD.finditer(text.upper() if len(text) < _LONGEST else ""):
        if missing and match[1] not in NAMES:
            for name in set(near(match[1], NAMES)) & set(missing):
                misspelt.setdefault(name, match)
    return Lost(
        misspelt=misspelt,
        names=tuple(name for name in missing if name not in misspelt),
        first_loose=next(_loose(text, found, numbers), None),
    )


def _loose(
    text: str, found: Sequence[Card], numbers: Mapping[str, float]
) -> Iterator[Row]:
    """Yield the rows before the first card, and those that are more than counted."""
    yield from loose_rows(text)
    counts = {
        "ATOMIC_SPECIES": numbers.get("ntyp"),
        "ATOMIC_POSITIONS": numbers.get("nat"),
        "CELL_PARAMETERS": _VECTORS,
    }
    for one in found:
        count = counts.get(one.name)
        if one.name == "K_POINTS":
            count = {"automatic": 1, "gamma": 0}.get(one.option)
        if count is not None:
            yield from one.rows[max(int(count), 0) :]


def is_unknown(one: Card) -> bool:
    """Tell whether the option of a card is none of those it has."""
    options = OPTIONS.get(one.name, ())
    return bool(one.option and options) and one.option not in options


def name_findings(
    found: Sequence[Card], lost: Lost, places: Places
) -> Iterator[InputFinding]:
    """Yield the findings about the heads of cards."""
    for name, match in lost.misspelt.items():
        yield places.span(
            match.start(1),
            match.end(1),
            "pw.card",
            ERROR,
            f"{match[1]} is no card of pw.x; {name} is.",
            fix=f"write {name}",
        )
    if lost.names and lost.names != ("CELL_PARAMETERS",):
        yield _missing(lost, places)
    counts = Counter(one.name for one in found)
    for one in found:
        if counts[one.name] > 1:
            counts[one.name] = 0
            yield places.span(
                one.start,
                one.head_end,
                "pw.card-twice",
                ERROR,
                f"The card {one.name} stands twice.",
                fix="delete one of the two",
            )
        if is_unknown(one):
            options = OPTIONS[one.name]
            close = near(one.option, options)
            # pw.x looks whether a word is within: it reads `angstroms`.
            is_within = any(option in one.option for option in options)
            yield places.span(
                one.start,
                one.head_end,
                "pw.card-option",
                WARNING if is_within else ERROR,
                f"{one.name} is in units of {', '.join(options)}, not"
                f" {shown(one.option)}.",
                fix=f"write {close[0]}" if close else "",
            )


def _missing(lost: Lost, places: Places) -> InputFinding:
    """Return one finding for all cards that are missing: mostly the end is cut off."""
    names = ", ".join(lost.names)
    # Without K_POINTS pw.x takes one point.
    severity = WARNING if lost.names == ("K_POINTS",) else ERROR
    row = lost.first_loose
    if row is not None:
        return places.span(
            row.start,
            row.end,
            "pw.card-missing",
            severity,
            f"No card reads this line: the first line of {names} is missing.",
            fix=f"put {lost.names[0]} before it",
        )
    verb = "cards {} are" if len(lost.names) > 1 else "card {} is"
    return places.at(
        len(places.lines),
        "pw.card-missing",
        severity,
        f"The {verb.format(names)} missing.",
        fix=f"add {names}",
    )
