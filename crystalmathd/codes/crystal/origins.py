"""Which of the equal origins of a space group a crystal is written in.

Most groups look the same from several points (rock salt from either atom, diamond from
eight). The one is taken that puts the first atom of the structure next to zero, as in
the literature.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.sites import Site, chosen_image
from crystalmathd.codes.crystal.standing import Standing

Array = NDArray[np.float64]

_QUARTERS: Final = (0.0, 0.25, 0.5, 0.75)
_THIRDS: Final = ((1 / 3, 2 / 3), (2 / 3, 1 / 3))
_STEPS: Final = np.array(
    [
        *product(_QUARTERS, repeat=3),
        *((x, y, z) for x, y in _THIRDS for z in _QUARTERS),
    ]
)
"""Fractions of the cell by which equal origins are apart; no step at all is first."""

_ZERO: Final = 1e-9


def best_origin(
    standing: Standing, sites: Sequence[Site]
) -> tuple[Standing, tuple[Site, ...]]:
    """Return a crystal seen from the best of its group's equal origins."""
    found = [_moved(sites, step, standing) for step in _equal_steps(standing)]
    best = min(found, key=lambda one: [_key(site) for site in one[1]])
    return replace(standing, shift=standing.shift + best[0]), best[1]


def _equal_steps(standing: Standing) -> Array:
    """Return the steps that change no operator, but for whole lattice vectors.

    Along an axis that the group leaves free every step would do: none is made there.
    """
    rotations = standing.setting.rotations
    changes = np.einsum("mij,nj->nmi", rotations, _STEPS) - _STEPS[:, None, :]
    is_equal = np.abs(standing.nearest(changes)).max(axis=(1, 2)) < _ZERO
    is_fixed = np.abs(_STEPS @ rotations.mean(axis=0).T).max(axis=1) < _ZERO
    steps: Array = _STEPS[is_equal & is_fixed]
    return steps


def _moved(
    sites: Sequence[Site], step: Array, standing: Standing
) -> tuple[Array, tuple[Site, ...]]:
    moved = tuple(
        replace(site, coordinates=chosen_image(site.coordinates + step, standing))
        for site in sites
    )
    return step, moved


def _key(site: Site) -> tuple[float, ...]:
    x, y, z = np.round(site.coordinates, 6).tolist()
    return (round(x + y + z, 6), x, y, z)
