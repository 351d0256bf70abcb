"""What is unlikely about the crystal that a pw.x input means, and units left open."""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.espresso.cards import Card
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.contacts import closest_pair, fractions_of

OVERLAP: Final = "pw.overlap"
_TOO_CLOSE_A: Final = 0.5
_CLOSE_A: Final = 0.7
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
    if structure is None or len(structure.lattice_a) != _AXES:
        return
    fractions = fractions_of(structure.positions_a, structure.lattice_a)
    if fractions is None:
        return
    found = closest_pair(fractions, structure.lattice_a, _CLOSE_A)
    if found is None:
        return
    distance, one, other = found
    first, last = sorted((one, other))
    row = card.rows[last]
    yield places.span(
        row.start,
        row.end,
        OVERLAP,
        ERROR if distance < _TOO_CLOSE_A else WARNING,
        f"Atoms {first + 1} and {last + 1} are {distance:.2f} Å apart.",
        fix=f"delete one of them, or correct coordinates, cell or unit"
        f" ({card.option or 'alat'})",
    )
