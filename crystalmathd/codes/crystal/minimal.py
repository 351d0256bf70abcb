"""The numbers of a cell that its group leaves free: CRYSTAL's minimal cell.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.groups import Setting

Array = NDArray[np.float64]


def minimal_cell(
    lattice_a: Array, kind: str, shape: str | int, setting: Setting
) -> tuple[float, ...]:
    """Return the values of the cell's record that describe a lattice: Å and degrees.

    `lattice_a` (3, 3) holds the conventional vectors as rows. `shape` is the crystal
    system, or the number of values that a slab, polymer or molecule has.
    """
    a, b, c = (float(length) for length in np.linalg.norm(lattice_a, axis=1))
    alpha, beta, gamma = (
        _angle(lattice_a[i], lattice_a[j]) for i, j in ((1, 2), (0, 2), (0, 1))
    )
    unique = {"a": alpha, "b": beta, "c": gamma}.get(setting.unique_axis or "", 0)
    mean = (a + b) / 2
    cell: tuple[float, ...]
    match shape:
        case 0:
            return ()
        case "cubic":
            cell = ((a + b + c) / 3,)
        case "trigonal" if setting.is_rhombohedral:
            cell = ((a + b + c) / 3, (alpha + beta + gamma) / 3)
        case "trigonal" | "hexagonal" | "tetragonal":
            cell = (mean, c)
        case "orthorhombic":
            cell = (a, b, c)
        case "monoclinic":
            cell = (a, b, c, unique)
        case "triclinic":
            cell = (a, b, c, alpha, beta, gamma)
        case 1:
            cell = (mean if kind == "SLAB" else a,)
        case 2:
            cell = (a, b)
        case _:
            cell = (a, b, gamma)
    return cell


def _angle(one: Array, other: Array) -> float:
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(cosine)))
