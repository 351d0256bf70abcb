"""Atoms in a cell, as a code prints them."""

import math
from dataclasses import dataclass
from typing import Final

Vector = tuple[float, float, float]
Cell = tuple[float, float, float, float, float, float]
"""a, b, c in Å, alpha, beta, gamma in degrees."""

_FORMAL_A: Final = ((500.0, 0.0, 0.0), (0.0, 500.0, 0.0), (0.0, 0.0, 500.0))
"""CRYSTAL's vectors for directions without periodicity: polymers repeat along x, slabs
along x and y. Source: tables of cell parameters in outputs of versions 09 to 23."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """Atoms, and the vectors along which they repeat.

    `dimension`: number of periodic directions (3 crystal, 2 slab, 1 polymer, 0
    molecule). `lattice_a`: as many vectors in Å as there are periodic directions.
    `atomic_numbers` (0 for a ghost) and `positions_a` (Cartesian, Å) have one entry
    an atom, for all atoms of the cell as run, in the code's own order.
    """

    dimension: int
    lattice_a: tuple[Vector, ...]
    atomic_numbers: tuple[int, ...]
    positions_a: tuple[Vector, ...]
    labels: tuple[str, ...] = ()
    """What the input calls the atoms, where it tells more than the element."""

    @property
    def n_atoms(self) -> int:
        return len(self.atomic_numbers)

    @property
    def volume_a3(self) -> float | None:
        """Volume of the cell in Å³; None without three periodic directions."""
        if len(self.lattice_a) != len("abc"):
            return None
        a, b, c = self.lattice_a
        return abs(_dot(a, _cross(b, c)))

    @property
    def cell(self) -> Cell | None:
        """a, b, c in Å, alpha, beta, gamma in degrees; None unless 3D."""
        if len(self.lattice_a) != len("abc"):
            return None
        return _cell(self.lattice_a)

    @property
    def formal_cell(self) -> Cell | None:
        """As `cell`, also of slabs and polymers; None of a molecule.

        A direction along which nothing repeats has the formal length and the right
        angles that CRYSTAL prints for it.
        """
        if not self.lattice_a:
            return None
        return _cell((*self.lattice_a, *_FORMAL_A[len(self.lattice_a) :]))

    @property
    def fractional(self) -> tuple[Vector, ...] | None:
        """Positions in units of the lattice vectors, not wrapped; None unless 3D."""
        if not self.volume_a3:
            return None
        a, b, c = self.lattice_a
        signed = _dot(a, _cross(b, c))
        across = (_cross(b, c), _cross(c, a), _cross(a, b))
        return tuple(
            (
                _dot(at, across[0]) / signed,
                _dot(at, across[1]) / signed,
                _dot(at, across[2]) / signed,
            )
            for at in self.positions_a
        )


def _cell(lattice_a: tuple[Vector, ...]) -> Cell | None:
    a, b, c = lattice_a
    lengths = math.hypot(*a), math.hypot(*b), math.hypot(*c)
    if not all(lengths):
        return None
    return (*lengths, _angle(b, c), _angle(a, c), _angle(a, b))


def _dot(one: Vector, other: Vector) -> float:
    return math.fsum(x * y for x, y in zip(one, other, strict=True))


def _cross(one: Vector, other: Vector) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )


def _angle(one: Vector, other: Vector) -> float:
    cosine = _dot(one, other) / (math.hypot(*one) * math.hypot(*other))
    return round(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))), 12)
