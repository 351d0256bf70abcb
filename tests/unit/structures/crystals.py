"""Structures that the tests of this room and of its neighbours are made with."""

from functools import cache
from typing import Any

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.structures.pymatgen_bridge import to_structure

ORIGIN = Origin(kind="file", name="test")


def crystal(
    group: str, lattice: tuple[float, ...], *atoms: tuple[str, float, float, float]
) -> SourcedStructure:
    """Return the conventional cell of a crystal from its irreducible atoms."""
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure

    made = Structure.from_spacegroup(
        group,
        Lattice.from_parameters(*lattice),
        [name for name, *_ in atoms],
        [at for _, *at in atoms],
    )
    return sourced(made)


def sourced(given: Any) -> SourcedStructure:
    bridged = to_structure(given)
    return SourcedStructure(
        structure=bridged.structure,
        origin=ORIGIN,
        moments_ub=bridged.moments_ub,
        partial=bridged.partial,
    )


@cache
def mgo() -> SourcedStructure:
    cell = (4.21, 4.21, 4.21, 90.0, 90.0, 90.0)
    return crystal("Fm-3m", cell, ("Mg", 0, 0, 0), ("O", 0.5, 0.5, 0.5))


@cache
def silicon() -> SourcedStructure:
    return crystal("Fd-3m", (5.43, 5.43, 5.43, 90.0, 90.0, 90.0), ("Si", 0, 0, 0))


@cache
def rutile() -> SourcedStructure:
    cell = (4.594, 4.594, 2.959, 90.0, 90.0, 90.0)
    return crystal("P4_2/mnm", cell, ("Ti", 0, 0, 0), ("O", 0.305, 0.305, 0))


@cache
def corundum() -> SourcedStructure:
    cell = (4.76, 4.76, 12.99, 90.0, 90.0, 120.0)
    return crystal("R-3c", cell, ("Al", 0, 0, 0.352), ("O", 0.306, 0, 0.25))


@cache
def monoclinic() -> SourcedStructure:
    cell = (5.15, 5.21, 5.32, 90.0, 99.2, 90.0)
    atoms = (
        ("Zr", 0.275, 0.040, 0.208),
        ("O", 0.070, 0.332, 0.345),
        ("O", 0.450, 0.757, 0.479),
    )
    return crystal("P2_1/c", cell, *atoms)


@cache
def triclinic() -> SourcedStructure:
    cell = (4.1, 5.2, 6.3, 81.0, 95.0, 103.0)
    return crystal("P-1", cell, ("Ca", 0, 0, 0), ("F", 0.21, 0.32, 0.13))


@cache
def water() -> SourcedStructure:
    from pymatgen.core.structure import Molecule

    places = [[0, 0, 0.117], [0, 0.757, -0.469], [0, -0.757, -0.469]]
    return sourced(Molecule(["O", "H", "H"], places))


def matches(one: SourcedStructure, other: SourcedStructure) -> bool:
    """Tell whether pymatgen takes two crystals for the same one, at the same scale."""
    from pymatgen.analysis.structure_matcher import StructureMatcher

    from crystalmathd.structures.pymatgen_bridge import to_pymatgen

    matcher = StructureMatcher(primitive_cell=True, scale=False, stol=0.01)
    return bool(matcher.fit(to_pymatgen(one), to_pymatgen(other)))
