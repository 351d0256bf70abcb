"""Atoms that lie in each other: no code computes what a person meant by them."""

from crystalmathd.models.inputs import InputFinding
from crystalmathd.models.structures import Structure
from crystalmathd.structures.contacts import nearest
from crystalmathd.structures.elements import symbol


def overlap_findings(structure: Structure) -> tuple[InputFinding, ...]:
    """Tell of the nearest two atoms, across the borders of the cell too."""
    found = nearest(structure)
    if found is None:
        return ()
    one, other = (
        f"{symbol(structure.atomic_numbers[at])} {at + 1}"
        for at in (found.first, found.second)
    )
    is_itself = found.first == found.second
    what = f"{one} and its own image" if is_itself else f"{one} and {other}"
    return (
        InputFinding(
            code=found.code,
            severity=found.severity,
            message=f"{what} are {found.distance_a:.3f} Å apart.",
            fix="Look for atoms that stand twice, or a wrong unit or scale.",
        ),
    )
