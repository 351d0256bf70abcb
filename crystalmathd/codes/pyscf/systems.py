"""Atoms as PySCF's cell or molecule. Only the engine imports this."""

from typing import Any, Final

from pyscf import gto as molecular_gto
from pyscf.pbc import gto

from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.pyscf.basis import atom_name, pyscf_basis
from crystalmathd.codes.pyscf.calculation import Calculation, check_label

# PySCF has no types: this name only says what is meant.
System = Any

_PRECISION: Final = 1e-8
"""PySCF's `cell.precision`: what lattice sums may leave out, hartree."""

_NEUTRAL: Final = 1e-6
_DEFAULT_MEMORY_MB: Final = 2000
_SMALLEST_MEMORY_MB: Final = 500


class CellRefusedError(Exception):
    """A calculation that the engine cannot make; the message says why."""


def build_system(
    calculation: Calculation, cell: Cell, memory_mb: int | None = None
) -> System:
    """Return PySCF's cell, or its molecule if nothing repeats.

    Raises
    ------
    CellRefusedError
        If it is charged, or its electrons do not go with the spin of the deck.
    DeckError
        If the basis set has no such shell.
    """
    if cell.dimension not in (0, 3):
        raise CellRefusedError("The embedded engine runs crystals and molecules only.")
    for label in set(cell.labels):
        check_label(calculation.basis, label, calculation.basis.line)
    protons = sum(label % 100 for label in cell.labels)
    _check_neutral(calculation, cell, protons)
    atoms = zip(cell.labels, cell.positions_a, strict=True)
    options: dict[str, Any] = {
        "atom": [(atom_name(label), tuple(position)) for label, position in atoms],
        "basis": pyscf_basis(calculation.basis, cell.labels),
        "spin": n_unpaired(calculation, protons),
        "unit": "Angstrom",
        "cart": False,
        "max_memory": max(memory_mb or _DEFAULT_MEMORY_MB, _SMALLEST_MEMORY_MB),
        "verbose": 0,
    }
    if calculation.mesh is None:
        return molecular_gto.M(**options)
    return gto.M(a=cell.lattice_a, precision=_PRECISION, **options)


def n_unpaired(calculation: Calculation, electrons: int) -> int:
    """Return the α minus β electrons of a cell with so many electrons.

    Raises
    ------
    CellRefusedError
        If the deck's spin and the number of electrons exclude each other.
    """
    spin = calculation.spin
    if not spin.is_polarised:
        if electrons % 2:
            raise CellRefusedError(
                f"There are {electrons} electrons, an odd number; that wants UHF, or "
                "SPIN in the DFT block."
            )
        return 0
    number = electrons % 2 if spin.n_unpaired is None else spin.n_unpaired
    if (electrons - number) % 2 or abs(number) > electrons:
        raise CellRefusedError(
            f"Line {spin.line}: {electrons} electrons cannot have {number} more α than "
            "β electrons."
        )
    return number


def _check_neutral(calculation: Calculation, cell: Cell, protons: int) -> None:
    electrons = _formal_electrons(calculation, cell)
    if electrons is not None and abs(electrons - protons) > _NEUTRAL:
        raise CellRefusedError(
            f"The shells hold {electrons:g} electrons and the nuclei have {protons} "
            "protons; the embedded engine runs neutral systems only."
        )


def _formal_electrons(calculation: Calculation, cell: Cell) -> float | None:
    """Return the sum of the shells' formal charges; None for a library's basis."""
    if calculation.basis.name is not None:
        return None
    by_label = {
        entry.label: sum(shell.electrons for shell in entry.shells)
        for entry in calculation.basis.entries
    }
    return sum(by_label[label] for label in cell.labels)
