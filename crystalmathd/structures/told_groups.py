"""The space group that a database says, and the one that the atoms have."""

from typing import Final

from crystalmathd.models.previews import Warned
from crystalmathd.models.sourced import SourcedStructure

_LOOSE_A: Final = 0.1
"""What Materials Project looks for groups with."""
_GROUPS: Final = range(1, 231)
_AXES: Final = 3


def space_group_number(said: object) -> int | None:
    """Return what a database says as a number; None if that is no space group."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return int(said) if said in _GROUPS else None


def other_group(sourced: SourcedStructure) -> Warned | None:
    """Tell of a group that is not what the database says of its atoms as they came.

    Databases look at elements only: moments tell no atoms apart here. spglib and numpy
    are needed.
    """
    origin = sourced.origin
    structure = sourced.structure
    if origin.space_group is None or origin.steps or structure.dimension != _AXES:
        return None
    from crystalmathd.structures.symmetry import (  # noqa: PLC0415 - numpy
        DEFAULT_TOLERANCE_A,
        symmetry,
    )

    found = symmetry(structure, None, DEFAULT_TOLERANCE_A)
    if found is None or found.number == origin.space_group:
        return None
    loose = symmetry(structure, None, _LOOSE_A)
    is_near = loose is not None and loose.number == origin.space_group
    return Warned(
        code="structure.space_group",
        message=f"{origin.source or 'The database'} says {origin.space_group}, the "
        f"atoms have {found.number} ({found.symbol}) within {found.tolerance_a:g} Å.",
        fix=f"Within {_LOOSE_A:g} Å they have it: `structure transform SOURCE "
        f"--standardise --tolerance {_LOOSE_A:g} --may-shift` puts them on its sites."
        if is_near
        else "Compare the structure with the page of the entry: a site may be wrong.",
    )
