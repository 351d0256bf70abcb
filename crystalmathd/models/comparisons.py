"""When two energies may be subtracted, and what stands against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crystalmathd.models.structures import Vector


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """What an energy depends on beside the structure; None: it is not known.

    `bases`: element or label → basis set, pseudopotential or POTCAR dataset, in one
    line. `tolerances`: keyword → value, of those that change an energy; a keyword that
    was not written is left out, and `defaults` says whose default counts then.
    """

    code: str
    functional: str | None = None
    bases: Mapping[str, str] | None = None
    tolerances: Mapping[str, str] | None = None
    defaults: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparable:
    """All that decides whether an energy may be subtracted from another."""

    method: Method
    energy_ev: float | None
    energy_kind: str | None
    grade: str
    n_atoms: int | None
    reduced_formula: str | None
    mesh: tuple[int, int, int] | None
    lattice_a: tuple[Vector, ...] = ()
    n_orbitals: int | None = None
    """Basis functions of atoms in the cell; None for plane waves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """Why two energies must not be subtracted: what differs, and how it is in each."""

    what: str
    first: str
    second: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyDifference:
    """Second minus first. None where there are obstacles.

    `per_cell_ev` is None for cells of different size as well. `remarks`: what is not
    known and so was not compared.
    """

    per_cell_ev: float | None = None
    per_atom_ev: float | None = None
    obstacles: tuple[Obstacle, ...] = ()
    remarks: tuple[str, ...] = field(default=())
