"""What is seen of a structure before anything is computed, and what looks wrong.

numpy, scipy, spglib and pymatgen are needed: this is imported inside functions.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Final

from crystalmathd.models.previews import Contact, Gap, Look, Preview, Warned
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol
from crystalmathd.structures.formula import formula, reduced_formula
from crystalmathd.structures.kinds import kinds_of
from crystalmathd.structures.looks import colour, covalent_radius_a
from crystalmathd.structures.masses import standard_weight
from crystalmathd.structures.neighbours import shortest_contact
from crystalmathd.structures.shape import NAMES, bonded_dimension, gaps
from crystalmathd.structures.symmetry import symmetries
from crystalmathd.structures.told_groups import other_group

CLOSE: Final = 0.7
"""Of the sum of the covalent radii."""
LOWEST_G_CM3: Final = 0.3
HIGHEST_G_CM3: Final = 25.0
"""Osmium has 22.6; aerogels are no crystals."""
_G_PER_AMU_IN_A3: Final = 1.66053906892
"""CODATA 2022: atomic mass constant in 1e-24 g; 1 Å³ is 1e-24 cm³."""
_CRYSTAL: Final = 3


def preview(sourced: SourcedStructure) -> Preview:
    """Return all that is seen of a structure."""
    structure = sourced.structure
    reduced, units = reduced_formula(structure.atomic_numbers)
    contact = shortest_contact(structure)
    bonded = bonded_dimension(structure) if any(structure.atomic_numbers) else None
    empty = gaps(structure)
    density = density_g_cm3(structure)
    group = other_group(sourced)
    warned = (
        *_partial(sourced),
        *_contacts(structure, contact),
        *_density(density, empty),
        *_vacuum(structure, bonded, empty),
        *([group] if group else []),
    )
    return Preview(
        sourced=sourced,
        formula=formula(structure.atomic_numbers),
        reduced_formula=reduced,
        n_units=units,
        n_atoms=structure.n_atoms,
        dimension=structure.dimension,
        cell=structure.cell,
        volume_a3=structure.volume_a3,
        area_a2=_area_a2(structure),
        density_g_cm3=density,
        bonded_dimension=bonded,
        gaps=empty,
        shortest=contact,
        symmetries=symmetries(structure, kinds_of(sourced)),
        warnings=warned,
        looks=looks(structure),
    )


def looks(structure: Structure) -> tuple[Look, ...]:
    """Return how each element is drawn, in the order in which they stand."""
    return tuple(
        Look(
            atomic_number=number,
            symbol=symbol(number),
            colour=colour(number),
            radius_a=covalent_radius_a(number),
            count=count,
        )
        for number, count in Counter(structure.atomic_numbers).items()
    )


def density_g_cm3(structure: Structure) -> float | None:
    """Return the density; None unless it repeats in three directions."""
    if not structure.volume_a3:
        return None
    weight = math.fsum(
        standard_weight(number) for number in structure.atomic_numbers if number
    )
    return weight * _G_PER_AMU_IN_A3 / structure.volume_a3


def _area_a2(structure: Structure) -> float | None:
    if structure.dimension != len("ab"):
        return None
    (ax, ay, az), (bx, by, bz) = structure.lattice_a
    return math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)


def _partial(sourced: SourcedStructure) -> Iterator[Warned]:
    if sourced.partial:
        n_more = len(sourced.partial) - 1
        more = f" And {n_more} more." if n_more else ""
        yield Warned(
            code="structure.partial_occupancy",
            message=sourced.partial[0] + more,
            fix="Make an ordered cell (supercell and substitute): no input is made of "
            "a disordered one.",
        )


def _contacts(structure: Structure, contact: Contact | None) -> Iterator[Warned]:
    if contact is None or contact.distance_a >= CLOSE * contact.radii_a:
        return
    names = [
        f"{symbol(structure.atomic_numbers[n - 1])} {n}"
        for n in (contact.first, contact.second)
    ]
    yield Warned(
        code="structure.short_distance",
        message=f"{names[0]} and {names[1]} are {contact.distance_a:.3f} Å apart; "
        f"their covalent radii sum up to {contact.radii_a:.2f} Å.",
        fix="Look for atoms that stand twice, or a wrong unit or scale.",
    )


def _density(density: float | None, empty: tuple[Gap, ...]) -> Iterator[Warned]:
    if density is None or LOWEST_G_CM3 <= density <= HIGHEST_G_CM3:
        return
    if density < LOWEST_G_CM3 and empty:
        return  # the vacuum is told
    yield Warned(
        code="structure.density",
        message=f"A density of {density:.3g} g/cm³ is unlikely for a crystal.",
        fix="Look at the unit of the cell: Å or bohr, or a scale.",
    )


def _vacuum(
    structure: Structure, bonded: int | None, empty: tuple[Gap, ...]
) -> Iterator[Warned]:
    """Tell of a crystal that holds something smaller (and a slab, a polymer)."""
    if bonded is None or not empty:
        return
    real = structure.dimension - len(empty)
    if bonded > real:
        return  # bonds go across what looks empty
    width = ", ".join(f"{gap.width_a:.1f} Å along {gap.direction}" for gap in empty)
    yield Warned(
        code="structure.vacuum",
        message=f"The cell holds {NAMES[real]} in vacuum ({width}), and says that it "
        f"repeats in {structure.dimension} directions.",
        fix=f"`structure transform SOURCE --reduce {real}` makes {NAMES[real]} of it; "
        "for a code that has crystals only, it is right as it is.",
    )
