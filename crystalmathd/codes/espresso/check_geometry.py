"""What is unlikely about the crystal that a pw.x input means, and units left open."""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.espresso.cards import Card
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.contacts import nearest

_AXES: Final = 3
_UNITS: Final = {
    "ATOMIC_POSITIONS": "alat",
    "CELL_PARAMETERS": "alat, or bohr without celldm(1) and A",
}


def geometry_findings(
    text: str, named: Mapping[str, Card], places: Places
) -> Iterator[InputFinding]:
    """Yield the findings; `named`: the cards of the text by their names."""
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
    if card is not None:
        yield from _overlap(text, card, places)


def _overlap(text: str, card: Card, places: Places) -> Iterator[InputFinding]:
    """Yield the shortest distance, if atoms lie in each other.

    Nothing where a coordinate is a formula, or the group has yet to make the atoms.
    """
    structure = meaning(text).structure
    found = None if structure is None else nearest(structure)
    if found is None:
        return
    distance, first, last = found
    row = card.rows[last]
    yield places.span(
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
