"""`ibrav` and `celldm` → the vectors of the cell.

Source: INPUT_PW of Quantum ESPRESSO 6.7 (Modules/latgen.f90). Versions before 6.4.1
have another second vector for ibrav=-13.
"""

import math
from collections.abc import Mapping
from typing import Final

from crystalmathd.models.structures import Vector
from crystalmathd.units import ANGSTROM_PER_BOHR

Lattice = tuple[Vector, Vector, Vector]

_HALF: Final = 0.5
_COSINES: Final = {
    12: ("cosab", None, None),
    13: ("cosab", None, None),
    -12: (None, "cosac", None),
    -13: (None, "cosac", None),
    5: ("cosab", None, None),
    -5: ("cosab", None, None),
    14: ("cosbc", "cosac", "cosab"),
}
"""ibrav → which cosines are celldm(4), celldm(5), celldm(6)."""


def celldm(values: Mapping[str, float], ibrav: int) -> tuple[float, ...]:
    """Return celldm(1…6), celldm(1) in bohr, from celldm or A, B, C and cosines.

    `values` has lower-case names; what is not given is 0.
    """
    if "a" not in values:
        return tuple(values.get(f"celldm({n})", 0.0) for n in range(1, 7))
    a = values["a"]
    ratios = [values.get(name, 0.0) / a if a else 0.0 for name in ("b", "c")]
    cosines = [
        0.0 if name is None else values.get(name, 0.0)
        for name in _COSINES.get(ibrav, (None, None, None))
    ]
    return (a / ANGSTROM_PER_BOHR, *ratios, *cosines)


def lattice_a(ibrav: int, parameters: tuple[float, ...]) -> Lattice | None:
    """Return the vectors in Å; None for ibrav=0, unknown numbers, impossible cells."""
    a, b_a, c_a, c4, c5, c6 = parameters
    unit = _unit_lattice(ibrav, b_a, c_a, (c4, c5, c6))
    if unit is None or a <= 0:
        return None
    scale = a * ANGSTROM_PER_BOHR
    one, two, three = ((x * scale, y * scale, z * scale) for x, y, z in unit)
    return one, two, three


def _unit_lattice(
    ibrav: int, b: float, c: float, cosines: tuple[float, float, float]
) -> Lattice | None:
    """Return the vectors in units of a; b and c are b/a and c/a."""
    if ibrav in _CUBIC:
        return _CUBIC[ibrav]
    if ibrav in {4, 6, 7}:
        return _with_axis(ibrav, c) if c > 0 else None
    if abs(ibrav) == _TRIGONAL:
        return _trigonal(cosines[0], is_along_111=ibrav < 0)
    return _with_three_lengths(ibrav, b, c, cosines) if b > 0 and c > 0 else None


def _with_three_lengths(
    ibrav: int, b: float, c: float, cosines: tuple[float, float, float]
) -> Lattice | None:
    if ibrav in {8, 9, -9, 91, 10, 11}:
        return _orthorhombic(ibrav, b, c)
    if ibrav in {12, -12, 13, -13}:
        return _monoclinic(ibrav, b, c, cosines)
    return _triclinic(b, c, cosines) if ibrav == _TRICLINIC else None


_TRIGONAL: Final = 5
_TRICLINIC: Final = 14
_H: Final = _HALF
_CUBIC: Final[dict[int, Lattice]] = {
    1: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    2: ((-_H, 0.0, _H), (0.0, _H, _H), (-_H, _H, 0.0)),
    3: ((_H, _H, _H), (-_H, _H, _H), (-_H, -_H, _H)),
    -3: ((-_H, _H, _H), (_H, -_H, _H), (_H, _H, -_H)),
}


def _with_axis(ibrav: int, c: float) -> Lattice:
    hexagonal, tetragonal = 4, 6
    if ibrav == hexagonal:
        return (1.0, 0.0, 0.0), (-_H, math.sqrt(3) / 2, 0.0), (0.0, 0.0, c)
    if ibrav == tetragonal:
        return (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, c)
    return (_H, -_H, c / 2), (_H, _H, c / 2), (-_H, -_H, c / 2)


def _trigonal(cosine: float, *, is_along_111: bool) -> Lattice | None:
    if not -_H < cosine < 1:
        return None
    x = math.sqrt((1 - cosine) / 2)
    y = math.sqrt((1 - cosine) / 6)
    z = math.sqrt((1 + 2 * cosine) / 3)
    if not is_along_111:
        return (x, -y, z), (0.0, 2 * y, z), (-x, -y, z)
    u = (z - 2 * math.sqrt(2) * y) / math.sqrt(3)
    v = (z + math.sqrt(2) * y) / math.sqrt(3)
    return (u, v, v), (v, u, v), (v, v, u)


def _orthorhombic(ibrav: int, b: float, c: float) -> Lattice:
    x, y, z = _H, b / 2, c / 2
    known: dict[int, Lattice] = {
        8: ((1.0, 0.0, 0.0), (0.0, b, 0.0), (0.0, 0.0, c)),
        9: ((x, y, 0.0), (-x, y, 0.0), (0.0, 0.0, c)),
        -9: ((x, -y, 0.0), (x, y, 0.0), (0.0, 0.0, c)),
        91: ((1.0, 0.0, 0.0), (0.0, y, -z), (0.0, y, z)),
        10: ((x, 0.0, z), (x, y, 0.0), (0.0, y, z)),
        11: ((x, y, z), (-x, y, z), (-x, -y, z)),
    }
    return known[ibrav]


def _monoclinic(
    ibrav: int, b: float, c: float, cosines: tuple[float, float, float]
) -> Lattice | None:
    cosine = cosines[0] if ibrav > 0 else cosines[1]
    if abs(cosine) >= 1:
        return None
    sine = math.sqrt(1 - cosine**2)
    tilted_b = (b * cosine, b * sine, 0.0)
    tilted_c = (c * cosine, 0.0, c * sine)
    known: dict[int, Lattice] = {
        12: ((1.0, 0.0, 0.0), tilted_b, (0.0, 0.0, c)),
        -12: ((1.0, 0.0, 0.0), (0.0, b, 0.0), tilted_c),
        13: ((_H, 0.0, -c / 2), tilted_b, (_H, 0.0, c / 2)),
        -13: ((_H, b / 2, 0.0), (-_H, b / 2, 0.0), tilted_c),
    }
    return known[ibrav]


def _triclinic(
    b: float, c: float, cosines: tuple[float, float, float]
) -> Lattice | None:
    alpha, beta, gamma = cosines
    squared = 1 + 2 * alpha * beta * gamma - alpha**2 - beta**2 - gamma**2
    if abs(gamma) >= 1 or squared <= 0:
        return None
    sine = math.sqrt(1 - gamma**2)
    return (
        (1.0, 0.0, 0.0),
        (b * gamma, b * sine, 0.0),
        (
            c * beta,
            c * (alpha - beta * gamma) / sine,
            c * math.sqrt(squared) / sine,
        ),
    )
