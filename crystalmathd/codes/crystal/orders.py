"""The order in which CRYSTAL numbers the operators of a group.

It decides which number each image of an atom has, and so what ATOMSUBS or MODISYMM
mean. Rotations stand before the others, which have the order of the rotations that
they are with the inversion. Got from the operators that CRYSTAL09 to 17 printed for 20
groups of all systems but the triclinic.

This needs numpy, which is not there in every installation: it is imported inside
functions.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CLOSE: Final = 0.05

_RIGHT_ANGLED: Final = """
x,y,z    -x,-y,z  x,-y,-z  -x,y,-z
z,x,y    y,z,x    -z,-x,y  -y,z,-x  z,-x,-y  -y,-z,x  -z,x,-y  y,-z,-x
-y,-x,-z y,x,-z   y,-x,z   -y,x,z
-x,-z,-y -z,-y,-x x,z,-y   -z,y,x   x,-z,y   z,y,-x   -x,z,y   z,-y,x
"""
_HEXAGONAL: Final = """
x,y,z     -x,-y,z   -y,x-y,z -x+y,-x,z x-y,x,z   y,-x+y,z
x-y,-y,-z -x,-x+y,-z y,x,-z  -y,-x,-z  x,x-y,-z  -x+y,y,-z
"""
_N_ABOUT_AXIS: Final = 6


def crystal_order(rotations: Array, *, is_hexagonal: bool) -> NDArray[np.int64]:
    """Return the indices that put operators, (n, 3, 3), into CRYSTAL's order.

    `is_hexagonal`: they are those of hexagonal axes.
    """
    table = _matrices(_HEXAGONAL if is_hexagonal else _RIGHT_ANGLED)
    is_proper = np.linalg.det(rotations) > 0
    has_inversion = any(np.allclose(one, -np.eye(3)) for one in rotations)
    keys = []
    for rotation, proper in zip(rotations, is_proper, strict=True):
        rank = _rank(rotation if proper else -rotation, table)
        if is_hexagonal and not proper and not has_inversion:
            # Seen in P -6 2 c: vertical mirror planes before what the axis makes.
            rank = (rank - _N_ABOUT_AXIS) % len(table)
        keys.append((not proper, rank))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return np.array(order, dtype=np.int64)


def _rank(rotation: Array, table: Array) -> int:
    found = np.abs(table - rotation).max(axis=(1, 2)) < _CLOSE
    return int(found.argmax()) if found.any() else len(table)


def _matrices(table: str) -> Array:
    return np.array(
        [[_row(part) for part in word.split(",")] for word in table.split()]
    )


def _row(part: str) -> list[float]:
    row = [0.0, 0.0, 0.0]
    for sign, axis in re.findall(r"([+-]?)([xyz])", part):
        row["xyz".index(axis)] += -1 if sign == "-" else 1
    return row
