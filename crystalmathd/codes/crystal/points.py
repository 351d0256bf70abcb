"""The point groups of MOLECULE, with their operators in Cartesian axes.

CRYSTAL numbers them from 1 to 47 (user's manual, appendix on symmetry groups): as the
classes of crystals are, those with an axis of their own three times, for x, y and z,
and behind them the two groups of the icosahedron. Where a group has two settings in
the plane, or no axes of its own, which is which has not been seen in an output: those
are refused.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.records import DeckError

Array = NDArray[np.float64]

_INVERSION: Final = -np.eye(3)
_CLOSE: Final = 1e-8


def _turn(axis: str, order: int) -> Array:
    """Return a rotation by a full turn / `order` about x, y or z."""
    angle = 2 * np.pi / order
    cosine, sine = np.cos(angle), np.sin(angle)
    first = "xyz".index(axis)
    one, other = (first + 1) % 3, (first + 2) % 3
    matrix = np.zeros((3, 3))
    matrix[first, first] = 1
    matrix[one, one] = matrix[other, other] = cosine
    matrix[other, one], matrix[one, other] = sine, -sine
    return matrix


def _mirror(axis: str) -> Array:
    return _INVERSION @ _turn(axis, 2)


_DIAGONAL: Final = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""A third of a turn about the diagonal of a cube."""

_ALONG: Final = "xyz"

_GENERATORS: Final[dict[int, tuple[Array, ...]]] = {
    1: (),
    2: (_INVERSION,),
    **{3 + at: (_turn(axis, 2),) for at, axis in enumerate(_ALONG)},
    **{6 + at: (_mirror(axis),) for at, axis in enumerate(_ALONG)},
    **{9 + at: (_turn(axis, 2), _INVERSION) for at, axis in enumerate(_ALONG)},
    12: (_turn("z", 2), _turn("x", 2)),
    13: (_mirror("y"), _mirror("z")),
    14: (_mirror("x"), _mirror("z")),
    15: (_mirror("x"), _mirror("y")),
    16: (_turn("z", 2), _turn("x", 2), _INVERSION),
    17: (_turn("z", 4),),
    18: (_INVERSION @ _turn("z", 4),),
    19: (_turn("z", 4), _INVERSION),
    20: (_turn("z", 4), _turn("x", 2)),
    21: (_turn("z", 4), _mirror("x")),
    24: (_turn("z", 4), _turn("x", 2), _INVERSION),
    25: (_turn("z", 3),),
    26: (_turn("z", 3), _INVERSION),
    33: (_turn("z", 6),),
    34: (_turn("z", 3), _mirror("z")),
    35: (_turn("z", 6), _INVERSION),
    36: (_turn("z", 6), _turn("x", 2)),
    37: (_turn("z", 6), _mirror("x")),
    40: (_turn("z", 6), _turn("x", 2), _INVERSION),
    41: (_turn("z", 2), _DIAGONAL),
    42: (_turn("z", 2), _DIAGONAL, _INVERSION),
    43: (_turn("z", 4), _DIAGONAL),
    44: (_INVERSION @ _turn("z", 4), _DIAGONAL),
    45: (_turn("z", 4), _DIAGONAL, _INVERSION),
}

NUMBERS: Final = tuple(_GENERATORS)
"""The groups whose operators are known."""


def point_operators(number: int, line: int) -> list[Array]:
    """Return the operators of a point group, the identity first.

    Raises
    ------
    DeckError
        If the setting of this group is not known.
    """
    if number not in _GENERATORS:
        raise DeckError(
            line,
            f"the setting of point group {number} is not known here; write all atoms "
            "with group 1.",
        )
    found: list[Array] = [np.eye(3)]
    for element in found:
        for generator in _GENERATORS[number]:
            product = generator @ element
            if np.abs(np.array(found) - product).max(axis=(1, 2)).min() > _CLOSE:
                found.append(product)
    return found
