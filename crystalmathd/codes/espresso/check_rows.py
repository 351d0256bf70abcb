"""Rows of cards that pw.x stops at: flags, occupations, constraints, forces, labels.

Source: stops of pw.x 6.7 (read_cards, setup).
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.espresso.cards import Card, Row
from crystalmathd.codes.espresso.coordinates import is_coordinate
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.contacts import triple

_FLAGS: Final = slice(4, 7)
_FULL: Final = 7
_AXES: Final = 3
_FLAT: Final = 1e-6
"""Volume of a cell of unit vectors below which they lie in a plane."""

_CONSTRAINTS: Final = frozenset(
    {"type_coord", "atom_coord", "distance", "planar_angle", "torsional_angle"}
    | {"bennett_proj", "potential_wall", "electric_potential"}
)


def row_findings(
    named: Mapping[str, Card], values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    """Yield the findings; `values`: of the namelists by name, in small letters."""
    yield from _flags(named.get("ATOMIC_POSITIONS"), values, places)
    yield from _group(named.get("ATOMIC_POSITIONS"), values, places)
    yield from _twice(named, values, places)
    yield from _forces(named.get("ATOMIC_FORCES"), values, places)
    yield from _occupations(named.get("OCCUPATIONS"), values, places)
    yield from _constraints(named.get("CONSTRAINTS"), values, places)
    yield from _plane(named.get("CELL_PARAMETERS"), values, places)


def _at(
    row: Row, places: Places, code: str, message: str, fix: str = "", word: int = 0
) -> InputFinding:
    line = places.position(row.start)[0]
    return places.at(line, code, ERROR, message, fix=fix, word=word)


def _flags(
    card: Card | None, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    if card is None or "space_group" in values:
        return
    for row in card.rows[: whole_number(values.get("nat", "")) or 0]:
        if len(row.words) != _FULL:
            continue
        for at, word in enumerate(row.words[_FLAGS], start=_FLAGS.start):
            if word not in {"0", "1"}:
                is_whole = whole_number(word) is not None
                yield places.at(
                    places.position(row.start)[0],
                    "pw.flags",
                    WARNING if is_whole else ERROR,
                    f"{shown(word)} stands where 1 lets the coordinate move and 0 keeps"
                    " it.",
                    fix=_meant(word),
                    word=at,
                )
                break


def _meant(word: str) -> str:
    letter = word.lstrip(".")[:1].upper()
    number = fortran_float(word)
    if letter in {"T", "F"}:
        return f"write {int(letter == 'T')}"
    return f"write {number:g}" if number in {0.0, 1.0} else "write 1"


def _group(
    card: Card | None, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    has_group = (whole_number(values.get("space_group", "")) or 0) > 0
    if card is not None and has_group and card.option in {"crystal", "alat"}:
        yield places.span(
            card.start,
            card.head_end,
            "pw.card-option",
            ERROR,
            "With space_group, positions are given as crystal_sg.",
            fix="write ATOMIC_POSITIONS crystal_sg",
        )


def has_twice(named: Mapping[str, Card]) -> bool:
    """Tell whether ATOMIC_SPECIES has a label twice, of which an atom lacks its own."""
    card = named.get("ATOMIC_SPECIES")
    labels = [row.words[0] for row in card.rows] if card is not None else []
    return len(set(labels)) < len(labels) and bool(_lacking(named))


def _lacking(named: Mapping[str, Card]) -> list[str]:
    """Return the labels of atoms that ATOMIC_SPECIES has not."""
    species, atoms = named.get("ATOMIC_SPECIES"), named.get("ATOMIC_POSITIONS")
    if species is None or atoms is None:
        return []
    known = {row.words[0] for row in species.rows}
    used = dict.fromkeys(row.words[0] for row in atoms.rows)
    return [label for label in used if label not in known]


def _twice(
    named: Mapping[str, Card], values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    seen: set[str] = set()
    card = named.get("ATOMIC_SPECIES")
    rows = card.rows if card is not None else ()
    lacking = _lacking(named) if card is not None else []
    for row in rows[: whole_number(values.get("ntyp", "")) or 0]:
        label = row.words[0]
        if label in seen:
            message = f"The species {shown(label)} stands twice."
            fix = f"give it another label, such as {label}1, or delete it"
            if len(lacking) == 1:
                message = (
                    f"{message[:-1]}, and {shown(lacking[0])} of an atom not once."
                )
                fix = f"write {lacking[0]}"
            yield _at(row, places, "pw.species", message, fix)
        seen.add(label)


def _forces(
    card: Card | None, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    rows = card.rows if card is not None else ()
    for row in rows[: whole_number(values.get("nat", "")) or 0]:
        numbers = [fortran_float(word) for word in row.words[1 : 1 + _AXES]]
        if len(numbers) < _AXES or None in numbers:
            message = f"{shown(' '.join(row.words))} is no force on an atom."
            yield _at(row, places, "pw.force", message, "give label x y z, Ry/bohr")


def _occupations(
    card: Card | None, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    if values.get("occupations") != "from_input":
        return
    bands, spins = whole_number(values.get("nbnd", "")), values.get("nspin", "1")
    if card is None or not bands:  # which is told at the key
        return
    words = [(row, at, word) for row in card.rows for at, word in enumerate(row.words)]
    wanted = bands * (2 if spins == "2" else 1)
    most = 2.0 if spins == "1" else 1.0  # electrons of a level
    for row, at, word in words[:wanted]:
        number = fortran_float(word)
        if number is None and is_coordinate(word):  # 4/3: read as coordinates are
            continue
        if number is None or not 0 <= number <= most:
            message = f"{shown(word)} is no occupation: a number from 0 to {most:g}."
            yield _at(row, places, "pw.occupations", message, word=at)
            return
    if len(words) < wanted:
        yield places.span(
            card.start,
            card.end,
            "pw.occupations",
            ERROR,
            f"{wanted} bands are to be occupied, but {len(words)} numbers stand here.",
            fix=f"give {wanted} numbers",
        )


def _constraints(
    card: Card | None, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    calculation = values.get("calculation", "scf")
    if card is None or calculation not in {"relax", "md"}:
        return
    count = whole_number(card.rows[0].words[0]) if card.rows else None
    if count is None:
        message = "CONSTRAINTS begins with the number of constraints."
        yield places.span(
            card.start,
            card.rows[0].end if card.rows else card.head_end,
            "pw.constraint",
            ERROR,
            message,
            fix=f"put {max(len(card.rows), 1)} on a line before them",
        )
        return
    if calculation == "relax" and values.get("ion_dynamics", "bfgs") == "bfgs":
        yield places.span(
            card.start,
            card.head_end,
            "pw.constraint",
            ERROR,
            "ion_dynamics = 'bfgs' takes no CONSTRAINTS.",
            fix="write ion_dynamics = 'damp' into &IONS",
        )
    for row in card.rows[1 : count + 1]:
        name = row.words[0].strip("'\"").lower()
        if name not in _CONSTRAINTS:
            known = ", ".join(sorted(_CONSTRAINTS))
            message = f"{shown(row.words[0])} is no constraint: {known}."
            yield _at(row, places, "pw.constraint", message)


def _plane(
    card: Card | None, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    """Yield three vectors that lie in a plane."""
    if card is None or whole_number(values.get("ibrav", "")) != 0:
        return
    rows = [
        [number for word in row.words[:_AXES] if (number := _finite(word)) is not None]
        for row in card.rows[:_AXES]
    ]
    if len(rows) < _AXES or any(len(row) < _AXES for row in rows):
        return
    volume = triple([(x, y, z) for x, y, z in rows])
    size = math.prod(math.hypot(*row) for row in rows)
    if size == 0 or abs(volume) < _FLAT * size:
        yield places.span(
            card.rows[0].start,
            card.rows[_AXES - 1].end,
            "pw.cell",
            WARNING,  # pw.x goes on to the k-points, and stops at some of them
            "The three vectors lie in a plane: the cell has no volume.",
            fix="correct a vector",
        )


def _finite(word: str) -> float | None:
    number = fortran_float(word)
    is_small = number is not None and math.isfinite(number) and abs(number) < 1 / _FLAT
    return number if is_small else None
