"""SHRINK for a cell: how many k-points along each primitive reciprocal vector.

This needs numpy, which is not there in every installation: it is imported inside
functions.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import Cell

_SAME: Final = 1e-6
_MOST: Final = 200
"""Points along one vector; more are a mistake in the distance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mesh:
    """IS along the three vectors, 1 where nothing repeats, and ISP."""

    factors: tuple[int, int, int]
    gilat: int
    dimension: int

    def records(self) -> list[str]:
        """Return SHRINK with its data; the form with IS = 0 if the factors differ."""
        periodic = self.factors[: self.dimension]
        if len(set(periodic)) == 1:
            return ["SHRINK", f"{periodic[0]} {self.gilat}"]
        return ["SHRINK", f"0 {self.gilat}", " ".join(map(str, self.factors))]


def mesh_of(
    cell: Cell,
    *,
    spacing_inv_a: float,
    factors: tuple[int, ...] = (),
    gilat: int | None = None,
    is_metal: bool = False,
) -> Mesh | None:
    """Return the mesh of a cell; None for a molecule.

    `spacing_inv_a` is the largest distance between points along a primitive reciprocal
    vector (without 2π), 1/Å; `factors` go before it. A mesh that an operator of the
    cell would map elsewhere gets its largest factor along all vectors: CRYSTAL
    refuses one that breaks the symmetry.

    Raises
    ------
    InputRefusedError
        If the factors that were asked for break the symmetry, are not 1 where nothing
        repeats, or the distance is absurdly small.
    """
    if cell.dimension == 0:
        return None
    found = _asked(cell, factors) if factors else _dense(cell, spacing_inv_a)
    if gilat is not None and gilat < max(found):
        raise InputRefusedError(f"shrink_gilat {gilat} is below {max(found)}.")
    denser = max(found) * (2 if is_metal else 1)
    return Mesh(factors=found, gilat=gilat or denser, dimension=cell.dimension)


def _asked(cell: Cell, factors: tuple[int, ...]) -> tuple[int, int, int]:
    if len(factors) == 1:
        return _along(cell, [factors[0]] * 3)
    if any(factor != 1 for factor in factors[cell.dimension :]):
        raise InputRefusedError(
            f"shrink {' '.join(map(str, factors))}: nothing repeats along the last "
            f"{3 - cell.dimension} vectors, their factors are 1."
        )
    if not keeps_symmetry(cell, factors):
        raise InputRefusedError(
            f"shrink {' '.join(map(str, factors))} breaks the symmetry of the cell: "
            "an operator maps points of this mesh elsewhere."
        )
    return _along(cell, list(factors))


def _dense(cell: Cell, spacing_inv_a: float) -> tuple[int, int, int]:
    reciprocal = np.linalg.inv(cell.lattice_a).T
    lengths = np.linalg.norm(reciprocal, axis=1)
    # Lengths that differ by rounding only must not give different factors.
    wanted = [max(1, math.ceil(one / spacing_inv_a - _SAME)) for one in lengths]
    found = _along(cell, wanted)
    if max(found) > _MOST:
        raise InputRefusedError(
            f"k_spacing_inv_a {spacing_inv_a:g} asks for {max(found)} k-points along "
            "one vector."
        )
    if keeps_symmetry(cell, found):
        return found
    return _along(cell, [max(found)] * 3)


def _along(cell: Cell, wanted: list[int]) -> tuple[int, int, int]:
    one, two, three = (n if at < cell.dimension else 1 for at, n in enumerate(wanted))
    return one, two, three


def keeps_symmetry(cell: Cell, factors: tuple[int, ...]) -> bool:
    """Tell whether every operator maps the points of a mesh on such points."""
    mesh = np.array(factors)
    images = cell.rotations * mesh[None, None, :] / mesh[None, :, None]
    return bool(np.allclose(images, np.round(images), atol=_SAME))
