"""Where the spin of atoms begins and ends. Only the engine imports this."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyscf.data.elements import CONFIGURATION

from crystalmathd.codes.pyscf.spins import Spin

Array = NDArray[np.float64]

# PySCF has no types: these names only say what is meant.
Solver = Any
Density = Any

_PLACES: Final = (2, 6, 10, 14)
"""Electrons of a full s, p, d, f level."""


def start_density(solver: Solver, spin: Spin) -> Density | None:
    """Return the start density with the spins of ATOMSPIN; None for PySCF's own.

    Each atom with spin 1 or -1 gets, of its own density, the share of unpaired
    electrons that the free atom has by Hund's rule.
    """
    if not any(one for _, one in spin.of_atoms):
        return None
    density = np.asarray(solver.get_init_guess())
    total = density[0] + density[1]
    system = solver.mol
    shares = np.zeros(system.natm)
    for label, one in spin.of_atoms:
        number = int(system.atom_charge(label - 1))
        shares[label - 1] = one * _unpaired(number) / number
    of_functions = np.concatenate(
        [
            np.full(last - first, share)
            for share, (_, _, first, last) in zip(
                shares, system.aoslice_by_atom(), strict=True
            )
        ]
    )
    difference = total * (of_functions[:, None] + of_functions) / 2
    return np.array([total + difference, total - difference]) / 2


def _unpaired(number: int) -> int:
    """Return the unpaired electrons of a free atom, at least 1."""
    found = 0
    for electrons, places in zip(CONFIGURATION[number], _PLACES, strict=True):
        rest = electrons % places
        found += min(rest, places - rest)
    return max(1, found)


def atom_moments(solver: Solver) -> tuple[float, ...]:
    """Return the α minus β electrons of each atom (Mulliken)."""
    density = solver.make_rdm1()
    difference, overlap = np.asarray(density[0]) - density[1], solver.get_ovlp()
    if hasattr(solver, "kpts"):
        products = np.einsum(
            "k,kij,kji->i", solver.kpts.weights_ibz, difference, np.asarray(overlap)
        ).real
    else:
        products = np.einsum("ij,ji->i", difference, overlap)
    return tuple(
        float(products[first:last].sum())
        for _, _, first, last in solver.mol.aoslice_by_atom()
    )
