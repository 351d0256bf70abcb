"""The rod group of a chain, as far as the reader of decks knows their operators.

CRYSTAL lists 99 rod groups; the operators that it has for them have been seen in no
output but for group 1. Group 2 has the inversion, about which there is no doubt.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import shortest
from crystalmathd.codes.crystal.standing import Atoms, Standing, as_given, setting_of

Array = NDArray[np.float64]


def rod_standing(atoms: Atoms, tolerance_a: float) -> Standing:
    """Return a chain in rod group 2 if it has a centre of inversion, else in 1."""
    given = as_given(atoms)
    centre = _centre(atoms, tolerance_a)
    if centre is None:
        return given
    return replace(given, setting=setting_of("POLYMER", 2), shift=-centre)


def _centre(atoms: Atoms, tolerance_a: float) -> Array | None:
    """Return a centre of inversion in fractions and Å; None if there is none."""
    fractions = atoms.fractions
    # Across the chain nothing repeats: the centre of all atoms must be the centre.
    middle = fractions.mean(axis=0)
    rarest = np.argmin(np.bincount(atoms.kinds)[1:]) + 1
    of_kind = fractions[atoms.kinds == rarest]
    across = (of_kind + of_kind[0]) / 2 - middle
    is_partner = np.linalg.norm(across[:, 1:], axis=1) < tolerance_a
    for partner in of_kind[is_partner]:
        for half in (0.0, 0.5):
            centre = np.array([(of_kind[0] + partner)[0] / 2 + half, *middle[1:]])
            if _is_centre(centre, fractions, atoms, tolerance_a):
                return centre
    return None


def _is_centre(
    centre: Array, fractions: Array, atoms: Atoms, tolerance_a: float
) -> bool:
    steps = shortest(
        (2 * centre - fractions)[:, None, :] - fractions[None, :, :], atoms.dimension
    )
    away = np.linalg.norm(steps @ atoms.vectors_a, axis=2)
    away[atoms.kinds[:, None] != atoms.kinds[None, :]] = np.inf
    return bool((away.min(axis=1) < tolerance_a).all())
