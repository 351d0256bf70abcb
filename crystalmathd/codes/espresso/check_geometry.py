"""What is unlikely about the crystal that a pw.x input means, and units left open."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from crystalmathd.codes.espresso.cards import Card
from crystalmathd.codes.espresso.coordinates import TOO_LARGE
from crystalmathd.codes.espresso.inputs import Assignment
from crystalmathd.codes.espresso.meaning import Meaning, meaning
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.contacts import Near, closest_pair, fractions_of, nearest
from crystalmathd.units import ANGSTROM_PER_BOHR

_AXES: Final = 3
_INSIDE: Final = 1.05
_AWAY: Final = 2.0
"""A fraction that is no slip of rounding, and no atom that has moved a bit."""
_FAR: Final = 10.0
_LONGEST_A: Final = 1000.0
_WITH_C: Final = frozenset({4, 6, 7})
"""ibrav of hexagonal and tetragonal cells."""
_LARGE_RATIO: Final = 4.0
_MOST_VACUUM: Final = 0.6
_APART_A: Final = 8.0
_LENGTHS: Final = frozenset({"celldm(1)", "celldm", "a"})
_UNITS: Final = {
    "ATOMIC_POSITIONS": "alat",
    "CELL_PARAMETERS": "alat, or bohr without celldm(1) and A",
}


def geometry_findings(
    text: str,
    named: Mapping[str, Card],
    given: Sequence[Assignment],
    places: Places,
) -> Iterator[InputFinding]:
    """Yield the findings; `named`: the cards of the text, `given`: its namelists."""
    for name, unit in _UNITS.items():
        card = named.get(name)
        if card is not None and not card.option:
            yield places.span(
                card.start,
                card.head_end,
                "pw.unit",
                WARNING,
                f"{name} has no unit: pw.x takes {unit}, and calls it deprecated.",
                fix=f"write the unit behind {name}",
            )
    card = named.get("ATOMIC_POSITIONS")
    read = meaning(text)
    lengths = [math.hypot(*row) for row in read.lattice_a]
    if max(lengths, default=0.0) > _LONGEST_A:
        yield _too_long(lengths, given, named.get("CELL_PARAMETERS"), places)
    elif card is not None and read.structure is not None:
        yield from _ratio(given, read, read.structure, places)
        # Nothing where a coordinate is a formula, or the group has to make the atoms.
        yield from _positions(text, card, read, read.structure, places)


def _too_long(
    lengths: Sequence[float],
    given: Sequence[Assignment],
    card: Card | None,
    places: Places,
) -> InputFinding:
    length = max(lengths)
    start, end = next(
        ((one.name_start, one.end) for one in given if one.name in _LENGTHS), (0, 0)
    )
    if card is not None and len(card.rows) >= _AXES:
        row = card.rows[lengths.index(length)]
        start, end = row.start, row.end
    return places.span(
        start,
        end,
        "pw.cell",
        WARNING,
        f"A vector of the cell has {length:.4g} Å, which is unlikely.",
        fix="correct the length, or its unit",
    )


def _ratio(
    given: Sequence[Assignment], read: Meaning, structure: Structure, places: Places
) -> Iterator[InputFinding]:
    """Yield celldm(3) that is rather c than c/a: planes of atoms are far apart then.

    One plane, or a slab, may have as much vacuum as it likes.
    """
    last = {one.name: one for one in given}
    ratio, a = (
        fortran_float(last[name].value) if name in last else None
        for name in ("celldm(3)", "celldm(1)")
    )
    if read.ibrav not in _WITH_C or not ratio or not a or ratio < _LARGE_RATIO:
        return
    fractions = fractions_of(structure.positions_a, read.lattice_a) or []
    heights = sorted({round(z % 1.0, 3) % 1.0 for _, _, z in fractions})
    gaps = [
        (after - before) % 1.0 for before, after in pairwise([*heights, *heights[:1]])
    ]
    c = ratio * a * ANGSTROM_PER_BOHR
    if len(heights) > 1 and max(gaps) <= _MOST_VACUUM and min(gaps) * c > _APART_A:
        one = last["celldm(3)"]
        yield places.span(
            one.start,
            one.end,
            "pw.lattice",
            WARNING,
            f"celldm(3) is c/a, with which c is {c:.4g} Å; as c in bohr, c/a would be"
            f" {ratio / a:.4f}.",
            fix=f"write {ratio / a:.4f}",
        )


def _positions(
    text: str, card: Card, read: Meaning, structure: Structure, places: Places
) -> Iterator[InputFinding]:
    """Yield the shortest distance, if atoms lie in each other, or one that is far."""
    fractions = fractions_of(structure.positions_a, read.lattice_a) or []
    most = [max(map(abs, at)) for at in fractions]
    near, largest = nearest(structure), max(most, default=0.0)
    unit = _meant(card, read, fractions)
    is_in_other = near is not None and near.severity == ERROR
    is_odd = is_in_other or (card.option == "crystal" and largest > _AWAY)
    if unit and is_odd:
        yield _wrong_unit(text, card, unit, near, places)
    elif _FAR < largest < TOO_LARGE:  # else it is told at the number
        row = card.rows[most.index(largest)]
        yield places.span(
            row.start,
            row.end,
            "pw.far",
            WARNING,
            f"This atom lies {largest:.3g} cells away from the cell.",
            fix=f"correct the coordinates, or the unit ({card.option or 'alat'})",
        )
    elif near is not None:
        yield _overlap(card, near, places)


def _meant(card: Card, read: Meaning, fractions: list[Vector]) -> str:
    """Return the unit in which the numbers would be good ones within the cell."""
    lattice = read.lattice_a
    if card.option != "crystal":
        numbers = [
            tuple(fortran_float(word) or 0.0 for word in row.words[1 : 1 + _AXES])
            for row in card.rows[: len(fractions)]
        ]
        is_small = all(abs(x) <= 1 for at in numbers for x in at)
        crystal = [(x, y, z) for x, y, z in numbers]
        return "crystal" if is_small and closest_pair(crystal, lattice) is None else ""
    if not any(abs(x) > _INSIDE for at in fractions for x in at):
        return ""
    for unit, scale in (("angstrom", 1.0), ("bohr", ANGSTROM_PER_BOHR)):
        positions = [(x * scale, y * scale, z * scale) for x, y, z in fractions]
        inside = fractions_of(positions, lattice) or []
        is_inside = all(abs(x) <= 1 for at in inside for x in at)
        if is_inside and closest_pair(inside, lattice) is None:
            return unit
    return ""


def _wrong_unit(
    text: str, card: Card, unit: str, near: Near | None, places: Places
) -> InputFinding:
    """Return the finding at the unit of ATOMIC_POSITIONS."""
    names = {"crystal": "fractions of the cell", "angstrom": "Å", "bohr": "bohr"}
    head = text[card.start : card.head_end].lower()
    at = head.rfind(card.option) if card.option else -1
    start = card.start + max(at, 0)
    far = "" if near is None else f": atoms are {near.distance_a:.2f} Å apart"
    return places.span(
        start,
        start + len(card.option) if at >= 0 else card.head_end,
        "pw.unit" if near is None else near.code,
        WARNING if near is None else near.severity,
        f"The coordinates look like {names[unit]}, not like"
        f" {names.get(card.option, 'units of alat')}{far}.",
        fix=f"write {unit}" if at >= 0 else f"write ATOMIC_POSITIONS {unit}",
    )


def _overlap(card: Card, found: Near, places: Places) -> InputFinding:
    distance, first, last = found
    row = card.rows[last]
    if first == last:
        return places.span(
            card.start,
            card.head_end,
            found.code,
            found.severity,
            f"The cell is too small: an atom and its own image are {distance:.2f} Å"
            " apart.",
            fix="correct the cell, or its unit",
        )
    return places.span(
        row.start,
        row.end,
        found.code,
        found.severity,
        f"Atoms {first + 1} and {last + 1} are {distance:.2f} Å apart.",
        fix=f"delete one of them, or correct coordinates, cell or unit"
        f" ({card.option or 'alat'})",
    )


def vector_findings(card: Card, places: Places) -> Iterator[InputFinding]:
    """Yield the rows of CELL_PARAMETERS that are no three numbers."""
    for row in card.rows[:_AXES]:
        numbers = [fortran_float(word) for word in row.words[:_AXES]]
        if len(numbers) < _AXES or None in numbers:
            yield places.span(
                row.start,
                row.end,
                "pw.cell",
                ERROR,
                f"{shown(' '.join(row.words))} is no vector: three numbers.",
                fix="give x y z",
            )
