"""What atoms bring along beside their element: moments, labels, what may move."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure, Vector

_SAME_MOMENT: Final = 2
"""Decimals of a µB in which moments of one kind are alike."""


def kinds_of(sourced: SourcedStructure) -> tuple[int, ...]:
    """Return a number an atom, the same for atoms that nothing tells apart.

    The signs of moments count, so that an antiferromagnetic order is kept.
    """
    seen: dict[tuple[Any, ...], int] = {}
    return tuple(
        seen.setdefault(_key(sourced, n), len(seen) + 1)
        for n in range(sourced.structure.n_atoms)
    )


def _key(sourced: SourcedStructure, n: int) -> tuple[Any, ...]:
    structure = sourced.structure
    moment = round(sourced.moments_ub[n], _SAME_MOMENT) if sourced.moments_ub else 0.0
    return (
        structure.atomic_numbers[n],
        moment + 0.0,
        sourced.may_move[n] if sourced.may_move else (),
    )


def with_atoms(
    sourced: SourcedStructure,
    atoms: Sequence[int],
    positions_a: Sequence[Vector],
    lattice_a: Sequence[Vector],
) -> SourcedStructure:
    """Return a structure whose atoms are copies of others, with what they bring along.

    `atoms`: which atom of `sourced` (from 0) each is a copy of. The charge stays that
    of a cell with as many atoms per formula unit.
    """
    before = sourced.structure
    structure = Structure(
        dimension=len(lattice_a),
        lattice_a=tuple(lattice_a),
        atomic_numbers=tuple(before.atomic_numbers[n] for n in atoms),
        positions_a=tuple(positions_a),
        labels=tuple(before.labels[n] for n in atoms) if before.labels else (),
    )
    moments, flags = sourced.moments_ub, sourced.may_move
    return replace(
        sourced,
        structure=structure,
        charge=sourced.charge * len(atoms) / before.n_atoms,
        moments_ub=tuple(moments[n] for n in atoms) if moments else (),
        may_move=tuple(flags[n] for n in atoms) if flags else (),
    )


def vectors_of(rows: NDArray[np.float64]) -> tuple[Vector, ...]:
    """Return the rows of an array, (n, 3), as vectors."""
    return tuple((float(x), float(y), float(z)) for x, y, z in rows)
