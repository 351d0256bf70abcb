"""One periodic SCF with PySCF. Only the engine imports this.

Energies in hartree per primitive cell, lengths in Å.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pyscf import lib
from pyscf.pbc import df, dft, gto, scf

from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.pyscf.basis import atom_name, fitting_basis, pyscf_basis
from crystalmathd.codes.pyscf.calculation import Calculation
from crystalmathd.codes.pyscf.grids import crystal_grids
from crystalmathd.units import EV_PER_HARTREE

# PySCF has no types: these names only say what is meant.
Crystal = Any
Solver = Any

_PRECISION: Final = 1e-8
"""PySCF's `cell.precision`: what lattice sums may leave out, hartree."""

_NEUTRAL: Final = 1e-6
_BYTES_PER_COMPLEX: Final = 16
_DEFAULT_MEMORY_MB: Final = 2000
_SMALLEST_MEMORY_MB: Final = 500
EXCHANGE_DIVERGENCE: Final = "ewald"


class CellRefusedError(Exception):
    """A calculation that the engine cannot make; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleStep:
    """What one SCF cycle gave; hartree per cell."""

    number: int
    energy: float
    delta: float
    gradient: float
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How an SCF ended. `gap_ev` is the smallest gap between points of the mesh."""

    energy: float
    is_converged: bool
    n_cycles: int
    gap_ev: float | None


def build_cell(
    calculation: Calculation, cell: Cell, memory_mb: int | None = None
) -> Crystal:
    """Return PySCF's cell.

    Raises
    ------
    CellRefusedError
        If the cell is charged or has an odd number of electrons.
    DeckError
        If the basis set has no such shell.
    """
    electrons = _formal_electrons(calculation, cell)
    protons = sum(label % 100 for label in cell.labels)
    if electrons is not None and abs(electrons - protons) > _NEUTRAL:
        raise CellRefusedError(
            f"The shells hold {electrons:g} electrons and the cell has {protons} "
            "protons; the embedded engine runs neutral cells only."
        )
    if protons % 2:
        raise CellRefusedError(
            f"The primitive cell has {protons} electrons, an odd number; the embedded "
            "engine runs closed shells only."
        )
    atoms = zip(cell.labels, cell.positions_a, strict=True)
    return gto.M(
        a=cell.lattice_a,
        atom=[(atom_name(label), tuple(position)) for label, position in atoms],
        basis=pyscf_basis(calculation.basis, calculation.geometry),
        unit="Angstrom",
        cart=False,
        precision=_PRECISION,
        max_memory=max(memory_mb or _DEFAULT_MEMORY_MB, _SMALLEST_MEMORY_MB),
        verbose=0,
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


def build_method(calculation: Calculation, cell: Crystal) -> Solver:
    """Return PySCF's mean-field object, with Gaussian density fitting."""
    # k and -k give the same energies and densities: half of the points is enough.
    points = cell.make_kpts(calculation.mesh, time_reversal_symmetry=True)
    functional = calculation.method.functional
    if functional is None:
        solver = scf.KRHF(cell, points, exxdiv=EXCHANGE_DIVERGENCE)
    else:
        solver = dft.KRKS(cell, points, xc=functional, exxdiv=EXCHANGE_DIVERGENCE)
        # PySCF's default for periodic systems is a uniform grid, which cannot
        # hold the density of core electrons.
        solver.grids = crystal_grids(cell)
    fit = df.GDF(cell, points.kpts)
    fit.auxbasis = fitting_basis(cell, calculation.basis)
    solver.with_df = fit
    solver.conv_tol = calculation.tolerance_hartree
    solver.max_cycle = calculation.max_cycles
    solver.chkfile = None
    return solver


def needs_exchange(solver: Solver) -> bool:
    """Return whether Fock exchange is part of the Hamiltonian."""
    if not hasattr(solver, "xc"):
        return True
    return bool(solver._numint.libxc.is_hybrid_xc(solver.xc))  # noqa: SLF001 PySCF has no other way


def n_k_points(solver: Solver) -> int:
    """Return the points of the whole mesh, equivalent ones counted apart."""
    return int(solver.kpts.nkpts)


def n_fitting_functions(solver: Solver) -> int:
    auxiliary = df.df.make_auxcell(solver.cell, solver.with_df.auxbasis)
    return int(auxiliary.nao_nr())


def integral_size_mb(solver: Solver) -> float:
    """Return an upper estimate of what the fitted integrals take on disk."""
    n_points = n_k_points(solver)
    n_functions = solver.cell.nao_nr()
    pairs = n_points * (n_points + 1) // 2 if needs_exchange(solver) else n_points
    values = pairs * n_fitting_functions(solver) * n_functions**2
    return float(values * _BYTES_PER_COMPLEX / 1e6)


def build_integrals(solver: Solver) -> float:
    """Fit the integrals; return the seconds it took.

    Raises
    ------
    CellRefusedError
        If they would not fit on the disk of the scratch directory.
    """
    free_mb = shutil.disk_usage(Path.cwd()).free / 1e6
    size_mb = integral_size_mb(solver)
    if size_mb > free_mb:
        raise CellRefusedError(
            f"The fitted integrals would take {size_mb:.0f} MB and the scratch "
            f"directory has {free_mb:.0f} MB; use a smaller SHRINK or basis set."
        )
    start = time.monotonic()
    solver.with_df.build(j_only=not needs_exchange(solver))
    return time.monotonic() - start


def run(solver: Solver, on_cycle: Callable[[CycleStep], None]) -> Outcome:
    """Run the SCF; `on_cycle` is called after every cycle."""
    start = time.monotonic()
    n_cycles = 0
    last: float | None = None

    def callback(state: dict[str, Any]) -> None:
        nonlocal n_cycles, last
        n_cycles += 1
        energy = float(state["e_tot"])
        before = last if last is not None else float(state["last_hf_e"])
        last = energy
        on_cycle(
            CycleStep(
                number=n_cycles,
                energy=energy,
                delta=energy - before,
                gradient=float(state["norm_gorb"]),
                seconds=time.monotonic() - start,
            )
        )

    solver.callback = callback
    energy = float(solver.kernel())
    return Outcome(
        energy=energy,
        is_converged=bool(solver.converged),
        n_cycles=n_cycles,
        gap_ev=_gap_ev(solver),
    )


def _gap_ev(solver: Solver) -> float | None:
    energies = np.concatenate(solver.mo_energy)
    occupations = np.concatenate(solver.mo_occ)
    if not (occupations == 0).any():
        return None
    gap = energies[occupations == 0].min() - energies[occupations > 0].max()
    return float(gap) * EV_PER_HARTREE


def use_directory(path: Path) -> None:
    """Let PySCF keep its large temporary files in `path`."""
    lib.param.TMPDIR = str(path)


def n_threads() -> int:
    return int(lib.num_threads())
