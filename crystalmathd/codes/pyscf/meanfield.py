"""One SCF with PySCF. Only the engine imports this.

Energies in hartree per primitive cell or molecule, lengths in Å.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyscf import dft as molecular_dft
from pyscf import lib
from pyscf import scf as molecular_scf
from pyscf.pbc import df, dft, scf

from crystalmathd.codes.pyscf.basis import fitting_basis
from crystalmathd.codes.pyscf.calculation import Calculation
from crystalmathd.codes.pyscf.grids import crystal_grids
from crystalmathd.codes.pyscf.half_mesh import use_half_of_mesh
from crystalmathd.codes.pyscf.moments import atom_moments, start_density
from crystalmathd.codes.pyscf.spins import Spin
from crystalmathd.codes.pyscf.systems import CellRefusedError, System
from crystalmathd.units import EV_PER_HARTREE

# PySCF has no types: these names only say what is meant.
Solver = Any

_BYTES_PER_COMPLEX: Final = 16
EXCHANGE_DIVERGENCE: Final = "ewald"
_MOLECULAR_GRID: Final = 5
"""Of PySCF's grids, 0 to 9: CO in B3LYP differs by 7e-7 hartree between 3 and 5."""


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
    """How an SCF ended. `gap_ev` is the smallest gap between points of the mesh.

    `moments_bohr` are α minus β electrons of each atom (Mulliken), empty for a
    closed-shell SCF; `spin_square` is <S²> of a molecule.
    """

    energy: float
    is_converged: bool
    n_cycles: int
    gap_ev: float | None
    moments_bohr: tuple[float, ...] = ()
    spin_square: float | None = None


def build_method(calculation: Calculation, system: System) -> Solver:
    """Return PySCF's mean-field object: of a crystal with Gaussian density fitting."""
    if calculation.mesh is None:
        solver = _molecular(calculation, system)
    else:
        solver = _periodic(calculation, system, calculation.mesh)
    solver.conv_tol = calculation.tolerance_hartree
    solver.max_cycle = calculation.max_cycles
    solver.chkfile = None
    return solver


def _molecular(calculation: Calculation, molecule: System) -> Solver:
    is_polarised = calculation.spin.is_polarised
    functional = calculation.method.functional
    if functional is None:
        solver = (molecular_scf.UHF if is_polarised else molecular_scf.RHF)(molecule)
    else:
        make = molecular_dft.UKS if is_polarised else molecular_dft.RKS
        solver = make(molecule, xc=functional)
        solver.grids.level = _MOLECULAR_GRID
    return solver


def _periodic(
    calculation: Calculation, cell: System, mesh: tuple[int, int, int]
) -> Solver:
    # k and -k give the same energies and densities: half of the points is enough.
    points = cell.make_kpts(mesh, time_reversal_symmetry=True)
    is_polarised = calculation.spin.is_polarised
    functional = calculation.method.functional
    if functional is None:
        make = scf.KUHF if is_polarised else scf.KRHF
        solver = make(cell, points, exxdiv=EXCHANGE_DIVERGENCE)
    else:
        make = dft.KUKS if is_polarised else dft.KRKS
        solver = make(cell, points, xc=functional, exxdiv=EXCHANGE_DIVERGENCE)
        # PySCF's default for periodic systems is a uniform grid, which cannot
        # hold the density of core electrons.
        solver.grids = crystal_grids(cell)
    if is_polarised:
        # PySCF takes the spin of a cell for that of all its k points together.
        solver.nelec = tuple(int(n) * points.nkpts for n in cell.nelec)
    is_half_enough = not needs_exchange(solver)
    fit = df.GDF(cell, points.kpts_ibz if is_half_enough else points.kpts)
    fit.auxbasis = fitting_basis(cell, calculation.basis)
    solver.with_df = fit
    if is_half_enough:
        use_half_of_mesh(solver)
    return solver


def is_periodic(solver: Solver) -> bool:
    return hasattr(solver, "with_df") and hasattr(solver, "kpts")


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
    pairs = (
        n_points * (n_points + 1) // 2
        if needs_exchange(solver)
        else int(solver.kpts.nkpts_ibz)
    )
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


def run(solver: Solver, spin: Spin, on_cycle: Callable[[CycleStep], None]) -> Outcome:
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
    energy = float(solver.kernel(start_density(solver, spin)))
    is_molecule = not is_periodic(solver)
    return Outcome(
        energy=energy,
        is_converged=bool(solver.converged),
        n_cycles=n_cycles,
        gap_ev=_gap_ev(solver),
        moments_bohr=atom_moments(solver) if spin.is_polarised else (),
        spin_square=float(solver.spin_square()[0])
        if spin.is_polarised and is_molecule
        else None,
    )


def _gap_ev(solver: Solver) -> float | None:
    energies, occupations = _flat(solver.mo_energy), _flat(solver.mo_occ)
    if not (occupations == 0).any():
        return None
    gap = energies[occupations == 0].min() - energies[occupations > 0].max()
    return float(gap) * EV_PER_HARTREE


def _flat(values: Any) -> NDArray[np.float64]:  # noqa: ANN401 nested as PySCF likes
    """Return numbers that stand in lists of arrays: of spins, of k points, or both."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        return values
    return np.concatenate([_flat(part) for part in values])


def use_directory(path: Path) -> None:
    """Let PySCF keep its large temporary files in `path`."""
    lib.param.TMPDIR = str(path)


def n_threads() -> int:
    return int(lib.num_threads())
