"""The charge of the cell: nuclei and cores against electrons."""

import re
from typing import Final

from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.structures import Structure

_CORE: Final = re.compile(
    r"^ ATOMIC NUMBER +(\d{1,9}), NUCLEAR CHARGE +(\S+), .*PSEUDOPOTENTIAL"
)
_PSEUDO: Final = 200
"""Conventional numbers from here on have a pseudopotential in place of their core."""


def cell_charge(
    marked: MarkedLines, structure: Structure | None, n_electrons: float | None
) -> float | None:
    """Return the charge per cell; None if the charge of a core was not printed.

    Where there are ghosts, CRYSTAL says the charge of the nuclei that are left.
    """
    if structure is None or n_electrons is None:
        return None
    left = marked.last(" TOTAL NUCLEAR CHARGE")
    if left is not None:
        nuclei_left = fortran_float(marked.lines[left].rsplit(maxsplit=1)[-1])
        return None if nuclei_left is None else nuclei_left - n_electrons
    cores = _cores(marked)
    numbers = structure.labels or tuple(map(str, structure.atomic_numbers))
    nuclei = 0.0
    for number, label in zip(structure.atomic_numbers, numbers, strict=True):
        if not number:
            continue
        charge = number if int(label) < _PSEUDO else cores.get(number)
        if charge is None:
            return None
        nuclei += charge
    return nuclei - n_electrons


def _cores(marked: MarkedLines) -> dict[int, float]:
    cores: dict[int, float] = {}
    for line in marked.starting(" ATOMIC NUMBER"):
        match = _CORE.match(marked.lines[line])
        charge = fortran_float(match[2]) if match else None
        if match is not None and charge is not None:
            cores[int(match[1])] = charge
    return cores
