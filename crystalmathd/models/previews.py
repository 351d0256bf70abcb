"""What is seen of a structure before anything is computed."""

from dataclasses import dataclass

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Symmetry:
    """The group that a structure has within a tolerance.

    `kind`: space group, layer group or point group. `number` is None of a point group,
    whose `symbol` is Schoenflies'. `n_operators` is None if there is no
    end to them. `largest_shift_a`: how far the atom that is farthest
    from its exact site would move to be there; None: that is not known.
    """

    tolerance_a: float
    kind: str
    number: int | None
    symbol: str
    n_operators: int | None
    largest_shift_a: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """The shortest distance: between atoms `first` and `second`, counted from 1."""

    distance_a: float
    first: int
    second: int
    radii_a: float
    """Sum of the covalent radii of the two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Empty space across a direction of the cell: `a`, `b` or `c`."""

    direction: str
    width_a: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """Something that may be a mistake; `code` is stable, `fix` says what to do."""

    code: str
    message: str
    fix: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How an element is drawn: Jmol's colour, and its covalent radius in Å."""

    atomic_number: int
    symbol: str
    colour: str
    radius_a: float
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """A structure with what is seen of it.

    `formula`: Hill order, the whole cell; `reduced_formula` is of one of its
    `n_units`. `cell`: None unless it repeats in three directions. `area_a2` of a slab.
    `bonded_dimension`: in how many directions chains of bonds go on; None without
    atoms near each other. `symmetries`: one a tolerance; empty where no group of the
    kind is known (polymers).
    """

    sourced: SourcedStructure
    formula: str
    reduced_formula: str
    n_units: int
    n_atoms: int
    dimension: int
    cell: Cell | None
    volume_a3: float | None
    area_a2: float | None
    density_g_cm3: float | None
    bonded_dimension: int | None
    gaps: tuple[Gap, ...]
    shortest: Contact | None
    symmetries: tuple[Symmetry, ...]
    warnings: tuple[Warned, ...]
    looks: tuple[Look, ...]
