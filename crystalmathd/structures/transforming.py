"""Changes of a structure, one after the other, each written down with its origin.

numpy, scipy and spglib are needed: this is imported inside functions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from crystalmathd.models.previews import Symmetry
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import (
    CONVENTIONAL,
    DISPLACE,
    PRIMITIVE,
    RATTLE,
    REDUCE,
    SLAB,
    STANDARDISED,
    STRAIN,
    SUBSTITUTE,
    SUPERCELL,
    VACANCY,
    VACUUM,
    Step,
    Transformed,
)
from crystalmathd.structures.defects import substituted, vacancy
from crystalmathd.structures.distortions import displaced, rattled, strained
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import kinds_of
from crystalmathd.structures.reducing import reduced, with_vacuum
from crystalmathd.structures.soundness import check_atoms
from crystalmathd.structures.standardising import standardised
from crystalmathd.structures.step_text import described
from crystalmathd.structures.supercells import supercell
from crystalmathd.structures.surfaces import slab
from crystalmathd.structures.symmetry import DEFAULT_TOLERANCE_A, symmetry

MOST_STEPS: Final = 50


def transformed(sourced: SourcedStructure, steps: Sequence[Step]) -> Transformed:
    """Return the structure after all steps, and what is to be said of each.

    `origin.steps` names them with all that they need to be done again.

    Raises
    ------
    StructureFaultError
        If a step cannot be done; the message names it.
    """
    if len(steps) > MOST_STEPS:
        raise StructureFaultError(f"{len(steps)} steps are more than {MOST_STEPS}")
    if sourced.partial and steps:
        raise StructureFaultError(
            f"sites are partly occupied ({sourced.partial[0].rstrip('.')}): make an "
            "ordered structure first"
        )
    notes: list[str] = []
    for number, step in enumerate(steps, start=1):
        said = f"step {number} ({described(step)})"
        try:
            sourced, note = _done(sourced, step)
            check_atoms(sourced)
        except (StructureFaultError, ValueError) as error:
            raise StructureFaultError(f"{said}: {error}") from error
        notes.append(f"{described(step)}: {note}")
    return Transformed(sourced=sourced, notes=tuple(notes))


def _done(sourced: SourcedStructure, step: Step) -> tuple[SourcedStructure, str]:
    before = _group(sourced)
    more = ""
    if step.kind == SLAB:
        made, more = slab(sourced, step)
    elif step.kind in _CHANGES:
        made = _CHANGES[step.kind](sourced, step)
    else:
        known = ", ".join((*_CHANGES, SLAB))
        raise StructureFaultError(f"there is no such step. Known: {known}")
    origin = replace(
        made.origin,
        kind="transformed",
        steps=(*sourced.origin.steps, described(step)),
    )
    after = _group(made)
    n_atoms = made.structure.n_atoms
    note = f"{more} {n_atoms} atoms; {_symmetry_text(before, after)}.".strip()
    return replace(made, origin=origin), note


def _group(sourced: SourcedStructure) -> Symmetry | None:
    return symmetry(sourced.structure, kinds_of(sourced), DEFAULT_TOLERANCE_A)


def _symmetry_text(before: Symmetry | None, after: Symmetry | None) -> str:
    """Say what symmetry is there, and what it was if it has changed."""
    if after is None:
        return "no group is known of it"
    said = f"{after.kind} {_name(after)}"
    if before is None or (before.kind, before.symbol) == (after.kind, after.symbol):
        return said
    return f"{said} (before: {before.kind} {_name(before)})"


def _name(found: Symmetry) -> str:
    return found.symbol if found.number is None else f"{found.symbol} ({found.number})"


_CHANGES: Final[Mapping[str, Callable[[SourcedStructure, Step], SourcedStructure]]] = {
    SUPERCELL: supercell,
    PRIMITIVE: standardised,
    CONVENTIONAL: standardised,
    STANDARDISED: standardised,
    STRAIN: strained,
    DISPLACE: displaced,
    RATTLE: rattled,
    VACANCY: vacancy,
    SUBSTITUTE: substituted,
    REDUCE: reduced,
    VACUUM: with_vacuum,
}
