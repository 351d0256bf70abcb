"""The cards of a pw.x input, read in order; see `pw_judge`."""

import re

from tests.unit.codes.mutants.verdicts import RefusedError

CARDS = (
    *("ATOMIC_SPECIES", "ATOMIC_POSITIONS", "K_POINTS", "CELL_PARAMETERS"),
    *("CONSTRAINTS", "OCCUPATIONS", "ATOMIC_FORCES", "ATOMIC_VELOCITIES"),
    *("ADDITIONAL_K_POINTS", "SOLVENTS", "HUBBARD"),
)
_UNITS = {
    "ATOMIC_POSITIONS": {"alat", "bohr", "angstrom", "crystal", "crystal_sg"},
    "CELL_PARAMETERS": {"alat", "bohr", "angstrom", "cubic", "hexagonal"},
    "K_POINTS": {
        *("tpiba", "automatic", "crystal", "gamma", "tpiba_b", "crystal_b"),
        *("tpiba_c", "crystal_c"),
    },
}
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EeDd][+-]?\d+)?$")
_FORMULA = re.compile(r"[-+*/^().\dEeDd]*\d[-+*/^().\dEeDdsqrtincoa]*$")


class _Cards:
    """Where the reader of cards stands."""

    def __init__(
        self,
        lines: list[str],
        values: dict[str, str],
        where: dict[str, int],
        roles: dict[int, str],
    ) -> None:
        self.lines = lines
        self.values = values
        self.where = where
        self.roles = roles
        self.heads: dict[str, int] = {}
        self.species: set[str] = set()

    def words(self, line: int) -> list[str]:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return re.split(r"[!#]", text)[0].split()

    def next(self, line: int) -> int:
        """Return the next line that holds something."""
        while line <= len(self.lines) and not self.words(line):
            line += 1
        return line

    def count(self, key: str) -> int:
        return int(self.values[key])

    def is_row(self, line: int) -> bool:
        words = self.words(line)
        return bool(words) and words[0].upper() not in CARDS


def read_cards(
    lines: list[str],
    line: int,
    values: dict[str, str],
    where: dict[str, int],
    roles: dict[int, str],
) -> None:
    """Read the cards from a line on; raises `RefusedError`."""
    cards = _Cards(lines, values, where, roles)
    while (line := cards.next(line)) <= len(lines):
        name = cards.words(line)[0].upper()
        if name not in CARDS:
            # pw.x warns of a card that it does not know, and goes on.
            line += 1
            continue
        if name in cards.heads:
            raise RefusedError({line, cards.heads[name]}, f"{name} twice")
        cards.heads[name] = line
        roles[line] = f"card {name}"
        _unit(cards, name, line)
        reader = _READERS.get(name)
        line = reader(cards, line) if reader is not None else line + 1
    _whole(cards)


def _unit(cards: _Cards, name: str, line: int) -> None:
    words = cards.words(line)[1:]
    known = _UNITS.get(name)
    if known and words and words[0].strip("{}()").lower() not in known:
        raise RefusedError({line}, f"no unit of {name}")


def _species(cards: _Cards, head: int) -> int:
    line = head
    for _ in range(cards.count("ntyp")):
        line = cards.next(line + 1)
        words = cards.words(line)
        if not cards.is_row(line):
            raise RefusedError(
                {head, line - 1, line, cards.where["ntyp"]}, "too few species"
            )
        if len(words) < 3 or not _REAL.match(words[1]):
            raise RefusedError({line}, "no species")
        cards.species.add(words[0])
        cards.roles[line] = "species"
    return line + 1


def _positions(cards: _Cards, head: int) -> int:
    line = head
    seen: dict[tuple[str, ...], int] = {}
    for _ in range(cards.count("nat")):
        line = cards.next(line + 1)
        words = cards.words(line)
        if not cards.is_row(line):
            raise RefusedError(
                {head, line - 1, line, cards.where["nat"]}, "too few atoms"
            )
        is_row = len(words) in {4, 7} and all(map(_FORMULA.match, words[1:4]))
        # With a space group, a letter of a Wyckoff position may take their place.
        if not is_row and "space_group" not in cards.values:
            raise RefusedError({line}, "no atom")
        if cards.species and words[0] not in cards.species:
            species = {at for at, role in cards.roles.items() if role == "species"}
            raise RefusedError({line, *species}, "no such species")
        cards.roles[line] = "atom"
        place = tuple(words[1:4])
        if place in seen and len(place) == 3:
            raise RefusedError({line, seen[place]}, "two atoms in one place")
        seen[place] = line
    return line + 1


def _points(cards: _Cards, head: int) -> int:
    words = [word.strip("{}()").lower() for word in cards.words(head)[1:]]
    unit = words[0] if words else "tpiba"
    if unit == "gamma":
        return head + 1
    line = cards.next(head + 1)
    row = cards.words(line)
    if unit == "automatic":
        is_whole = len(row) >= 6 and all(word.isdigit() for word in row[:6])
        if not is_whole or not all(int(word) for word in row[:3]):
            raise RefusedError({head, line}, "no mesh")
        if not {int(word) for word in row[3:6]} <= {0, 1}:
            raise RefusedError({line}, "no shift of a mesh")
        cards.roles[line] = "mesh"
        return line + 1
    if not row or not row[0].isdigit():
        raise RefusedError({head, line}, "no number of points")
    if len(row) >= 4:
        raise RefusedError({head, line}, "a point where their number should be")
    cards.roles[line] = "number of points"
    count = line
    for _ in range(int(row[0])):
        line = cards.next(line + 1)
        if not cards.is_row(line):
            raise RefusedError({head, count, line - 1, line}, "too few points")
        if len(cards.words(line)) < 4 or not all(
            map(_REAL.match, cards.words(line)[:4])
        ):
            raise RefusedError({line}, "no point")
        cards.roles[line] = "point"
    return line + 1


def _vectors(cards: _Cards, head: int) -> int:
    line = head
    for _ in range(3):
        line = cards.next(line + 1)
        words = cards.words(line)
        if not cards.is_row(line):
            raise RefusedError({head, line - 1, line}, "too few vectors")
        if len(words) < 3 or not all(map(_REAL.match, words[:3])):
            raise RefusedError({line}, "no vector")
        cards.roles[line] = "vector"
    return line + 1


def _whole(cards: _Cards) -> None:
    strays = {
        line
        for line in range(1, len(cards.lines) + 1)
        if cards.words(line) and line > min(cards.heads.values(), default=1)
    } - set(cards.roles)
    last = len(cards.lines)
    for name in ("ATOMIC_SPECIES", "ATOMIC_POSITIONS", "K_POINTS"):
        if name not in cards.heads:
            raise RefusedError({last, *strays, *cards.heads.values()}, f"no {name}")
    has_card = "CELL_PARAMETERS" in cards.heads
    if cards.values.get("ibrav") == "0" and not has_card:
        raise RefusedError({cards.where["ibrav"], last, *strays}, "no cell")
    has_unit = {"celldm", "a"} & set(cards.values)
    head = cards.heads.get("CELL_PARAMETERS", 0)
    if not has_unit and head and cards.words(head)[1:2] == ["alat"]:
        raise RefusedError({cards.where["ibrav"], head}, "no alat")
    if cards.values.get("ibrav", "0") != "0" and has_card:
        raise RefusedError(
            {cards.where["ibrav"], cards.heads["CELL_PARAMETERS"]}, "two cells"
        )


_READERS = {
    "ATOMIC_SPECIES": _species,
    "ATOMIC_POSITIONS": _positions,
    "K_POINTS": _points,
    "CELL_PARAMETERS": _vectors,
}
