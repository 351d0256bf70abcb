"""Three vectors for what repeats in fewer directions: a box with vacuum in it."""

import math
from typing import Final

from crystalmathd.models.structures import Structure, Vector

_AXES: Final = 3
_FLAT: Final = 1e-6


class BoxRefusedError(Exception):
    """Periodic directions that do not lie along the axes they are expected on."""


def boxed(structure: Structure, vacuum_a: float) -> Structure:
    """Return the structure in a cell of three vectors, itself if it is a crystal.

    A slab repeats along x and y, a polymer along x; perpendicular to that, and around
    a molecule (in a cube), there are at least `vacuum_a` Å between images. The centre
    of the atoms is at 0 along the added vectors, which every operator leaves there.

    Raises
    ------
    BoxRefusedError
        If a vector of a slab or polymer leaves the plane, or the axis.
    """
    n_periodic = len(structure.lattice_a)
    if n_periodic == _AXES:
        return structure
    for vector in structure.lattice_a:
        if any(abs(x) > _FLAT for x in vector[n_periodic:]):
            raise BoxRefusedError(
                f"a structure that repeats in {n_periodic} directions is expected"
                f" along {'xyz'[:n_periodic]}"
            )
    spans = [
        max(at[axis] for at in structure.positions_a)
        - min(at[axis] for at in structure.positions_a)
        for axis in range(_AXES)
    ]
    # One length in all added directions: a square or a cube keeps most operators.
    length = math.ceil(max(spans[n_periodic:]) + vacuum_a)
    added = tuple(_along(axis, float(length)) for axis in range(n_periodic, _AXES))
    return Structure(
        dimension=_AXES,
        lattice_a=(*structure.lattice_a, *added),
        atomic_numbers=structure.atomic_numbers,
        positions_a=_centred(structure.positions_a, n_periodic),
        labels=structure.labels,
    )


def _along(axis: int, length: float) -> Vector:
    x, y, z = (length if one == axis else 0.0 for one in range(_AXES))
    return x, y, z


def _centred(positions: tuple[Vector, ...], n_periodic: int) -> tuple[Vector, ...]:
    count = len(positions)
    middle = [math.fsum(at[axis] for at in positions) / count for axis in range(_AXES)]
    middle[:n_periodic] = [0.0] * n_periodic
    return tuple((x - middle[0], y - middle[1], z - middle[2]) for x, y, z in positions)
