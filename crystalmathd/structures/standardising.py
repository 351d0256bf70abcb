"""Other vectors for the same crystal: primitive, conventional, standard.

numpy, scipy and spglib are needed: this is imported inside functions.
"""

import warnings
from dataclasses import replace
from typing import Final

import numpy as np

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import PRIMITIVE, STANDARDISED, Step
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import kinds_of, vectors_of, with_atoms
from crystalmathd.structures.symmetry import spglib_cell, symmetry

LARGEST_SHIFT_A: Final = 0.01
"""DECISIONS 27: what is more is asked, never made in silence."""
_AXES: Final = 3


def standardised(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the crystal in other vectors, by `step.kind`.

    Moments count: the cell of an antiferromagnet is a magnetic one. Only
    `standardised` moves atoms (on to their sites) and turns the crystal.

    Raises
    ------
    StructureFaultError
        If it is no crystal, no group is found, or atoms would move too far.
    """
    import spglib  # noqa: PLC0415 - not in every installation

    structure = sourced.structure
    if structure.dimension != _AXES:
        raise StructureFaultError(
            f"only crystals have a {step.kind} cell here; this structure repeats in "
            f"{structure.dimension} directions"
        )
    kinds = kinds_of(sourced)
    if step.kind == STANDARDISED and not step.may_shift:
        refuse_shift(sourced, step.tolerance_a)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = spglib.standardize_cell(
                spglib_cell(structure, kinds),
                to_primitive=step.kind == PRIMITIVE,
                no_idealize=step.kind != STANDARDISED,
                symprec=step.tolerance_a,
            )
        except spglib.SpglibError:
            found = None
    if found is None:
        raise StructureFaultError(
            f"no symmetry is found within {step.tolerance_a:g} Å; do atoms overlap?"
        )
    lattice, fractions, types = found
    first = {kind: kinds.index(kind) for kind in set(kinds)}
    made = with_atoms(
        sourced,
        [first[int(kind)] for kind in types],
        vectors_of(np.array(fractions) @ np.array(lattice)),
        vectors_of(np.array(lattice)),
    )
    if made.structure.labels and len(set(structure.labels)) > len(first):
        made = replace(made, structure=replace(made.structure, labels=()))
    return made


def refuse_shift(sourced: SourcedStructure, tolerance_a: float) -> None:
    """See that no atom is further from the place that its group has for it.

    Raises
    ------
    StructureFaultError
        If one is, by more than 0.01 Å.
    """
    found = symmetry(sourced.structure, kinds_of(sourced), tolerance_a)
    shift = None if found is None else found.largest_shift_a
    if shift is not None and shift > LARGEST_SHIFT_A:
        raise StructureFaultError(
            f"an atom would move by {shift:.4f} Å; more than {LARGEST_SHIFT_A} Å has "
            "to be allowed (--may-shift)"
        )
