"""What can be done to a structure, step by step."""

from dataclasses import dataclass
from typing import Final

from crystalmathd.models.sourced import SourcedStructure

SUPERCELL: Final = "supercell"
PRIMITIVE: Final = "primitive"
CONVENTIONAL: Final = "conventional"
STANDARDISED: Final = "standardised"
SLAB: Final = "slab"
STRAIN: Final = "strain"
DISPLACE: Final = "displace"
RATTLE: Final = "rattle"
VACANCY: Final = "vacancy"
SUBSTITUTE: Final = "substitute"
REDUCE: Final = "reduce"
VACUUM: Final = "vacuum"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One change; `kind` says which fields count.

    supercell: `matrix`, whole numbers, rows in units of the old vectors.
    primitive, conventional: other vectors for the same atoms; standardised: the
    conventional cell in its standard orientation, atoms on their exact sites. With
    `tolerance_a`; a shift above 0.01 Å is refused unless `may_shift`.
    slab: `miller` of the conventional cell, `layers` of atoms or `thickness_a`,
    `termination` (which layer is the lowest, from 0), `vacuum_a` (None: a true slab
    that repeats in two directions).
    strain: `matrix`, 3 × 3, symmetric or not; positions follow.
    displace: `atoms` (from 1) by `vector_a`. rattle: all atoms by a random vector of at
    most `amplitude_a`, from `seed`.
    vacancy: `atoms`, or one atom of `element`. substitute: `atoms`, or all of
    `element`, by `new_element`.
    reduce: keep `dimension` directions, those without vacuum.
    vacuum: three vectors, with `vacuum_a` where nothing repeats.
    """

    kind: str
    matrix: tuple[tuple[float, float, float], ...] = ()
    tolerance_a: float = 0.01
    may_shift: bool = False
    miller: tuple[int, int, int] | None = None
    layers: int | None = None
    thickness_a: float | None = None
    termination: int = 0
    vacuum_a: float | None = None
    atoms: tuple[int, ...] = ()
    vector_a: tuple[float, float, float] | None = None
    amplitude_a: float | None = None
    seed: int = 0
    element: str | None = None
    new_element: str | None = None
    dimension: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Transformed:
    """What came of the steps; `notes`: a sentence or more for each that has one."""

    sourced: SourcedStructure
    notes: tuple[str, ...] = ()
