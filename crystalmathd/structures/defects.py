"""Atoms taken out of a structure, or replaced by others.

numpy, scipy and spglib are needed: this is imported inside functions.
"""

from dataclasses import replace
from typing import Final

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import Step
from crystalmathd.structures.distortions import chosen_atoms
from crystalmathd.structures.elements import atomic_number, symbol
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import kinds_of, with_atoms
from crystalmathd.structures.symmetry import dataset

_MOST_NAMED: Final = 6


def vacancy(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure without some atoms, or without one atom of an element.

    Raises
    ------
    StructureFaultError
        If there is no such atom, several sites that differ, or nothing left.
    """
    gone = set(chosen_atoms(sourced, step) if step.atoms else _one_of(sourced, step))
    kept = [n for n in range(sourced.structure.n_atoms) if n not in gone]
    if not kept:
        raise StructureFaultError("no atom would be left")
    structure = sourced.structure
    made = with_atoms(
        sourced,
        kept,
        [structure.positions_a[n] for n in kept],
        structure.lattice_a,
    )
    return replace(made, charge=sourced.charge)


def substituted(sourced: SourcedStructure, step: Step) -> SourcedStructure:
    """Return the structure with some atoms, or all of an element, replaced.

    The moment of a replaced atom is not known any more: it is 0 where others have one.

    Raises
    ------
    StructureFaultError
        If there is no such atom or element.
    """
    new = atomic_number(step.new_element or "")
    if not new:
        raise StructureFaultError(f"{step.new_element} is no element")
    structure = sourced.structure
    changed = set(chosen_atoms(sourced, step) if step.atoms else _all_of(sourced, step))
    numbers = [
        new if n in changed else number
        for n, number in enumerate(structure.atomic_numbers)
    ]
    moments = [
        0.0 if n in changed else moment for n, moment in enumerate(sourced.moments_ub)
    ]
    labels = [
        symbol(new) if n in changed else label
        for n, label in enumerate(structure.labels)
    ]
    return replace(
        sourced,
        structure=replace(
            structure, atomic_numbers=tuple(numbers), labels=tuple(labels)
        ),
        moments_ub=tuple(moments),
    )


def _all_of(sourced: SourcedStructure, step: Step) -> list[int]:
    number = atomic_number(step.element or "")
    numbers = sourced.structure.atomic_numbers
    found = [n for n, one in enumerate(numbers) if number and one == number]
    if not found:
        raise StructureFaultError(f"there is no {step.element} in it")
    return found


def _one_of(sourced: SourcedStructure, step: Step) -> list[int]:
    """Return the first atom of an element, if all of them are equivalent."""
    found = _all_of(sourced, step)
    groups = _equivalent(sourced, step.tolerance_a)
    sites = list(dict.fromkeys(groups[n] for n in found))
    if len(sites) > 1:
        first = [next(n for n in found if groups[n] == site) + 1 for site in sites]
        said = ", ".join(map(str, first[:_MOST_NAMED]))
        raise StructureFaultError(
            f"{step.element} has {len(sites)} kinds of sites; name an atom instead, as "
            f"one of {said}"
        )
    return found[:1]


def _equivalent(sourced: SourcedStructure, tolerance_a: float) -> list[int]:
    """Return a number an atom, the same for those that symmetry relates."""
    structure = sourced.structure
    if structure.dimension in {2, 3}:
        found = dataset(structure, kinds_of(sourced), tolerance_a)
        if found is not None:
            return [int(one) for one in found.equivalent_atoms]
    return list(range(structure.n_atoms))
