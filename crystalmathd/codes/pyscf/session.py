"""A whole calculation with its report. Only the engine imports this: it needs PySCF."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import spglib
from numpy.linalg import LinAlgError

from crystalmathd.codes.crystal.alterations import altered
from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.pyscf import meanfield
from crystalmathd.codes.pyscf.basis import atom_name
from crystalmathd.codes.pyscf.calculation import Calculation
from crystalmathd.codes.pyscf.report import Report
from crystalmathd.codes.pyscf.systems import CellRefusedError, build_system
from crystalmathd.units import EV_PER_HARTREE

__all__ = ["CellRefusedError", "run"]

_LOWERING: Final = frozenset({"MODISYMM", "SYMMREMO"})
"""Keywords behind which atoms of one orbit may differ."""

_NO_GAP_EV: Final = 0.01
_SHIFT_WORTH_TELLING_A: Final = 1e-3


def run(calculation: Calculation, memory_mb: int | None, report: Report) -> bool:
    """Compute, report, and return whether the SCF converged.

    Raises
    ------
    DeckError, CellRefusedError
        If the deck asks for what cannot be computed.
    """
    meanfield.use_directory(Path.cwd())
    report.line("LIBRARIES", spglib=spglib.__version__, threads=meanfield.n_threads())
    cell = altered(primitive_cell(calculation.geometry), calculation.edits)
    _report_cell(cell, report)
    for word in calculation.edits:
        report.line(f"EDITED {word.written}", line=word.line)
    _check_spins(calculation, cell)
    system = build_system(calculation, cell, memory_mb)
    solver = meanfield.build_method(calculation, system)
    report.line(
        "BASIS",
        functions=system.nao_nr(),
        shells=system.nbas,
        electrons=system.nelectron,
    )
    if calculation.spin.is_polarised:
        alpha, beta = system.nelec
        report.line("SPIN", alpha=alpha, beta=beta)
    if meanfield.is_periodic(solver):
        _build_integrals(solver, report)
    report.phase(
        "scf",
        max_cycles=calculation.max_cycles,
        tolerance_hartree=f"{calculation.tolerance_hartree:.0e}",
    )
    start = time.monotonic()
    with _failures_named():
        outcome = meanfield.run(
            solver, calculation.spin, lambda step: _report_cycle(step, report)
        )
    report.line("PHASE_END scf", seconds=f"{time.monotonic() - start:.1f}")
    _report_outcome(outcome, cell, report)
    return outcome.is_converged


@contextmanager
def _failures_named() -> Iterator[None]:
    """Turn what PySCF raises for a calculation that it cannot make into a sentence."""
    try:
        yield
    except (RuntimeError, NotImplementedError, LinAlgError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        raise CellRefusedError(f"PySCF stopped: {reason}") from error


def _check_spins(calculation: Calculation, cell: Cell) -> None:
    """Refuse spins that are not those of atoms, or against the deck's symmetry."""
    spins = dict(calculation.spin.of_atoms)
    if any(label > len(cell.labels) for label in spins):
        raise CellRefusedError(
            f"Line {calculation.spin.line}: ATOMSPIN names an atom that is not there."
        )
    by_source: dict[int, set[int]] = {}
    for at, source in enumerate(cell.sources, start=1):
        by_source.setdefault(source, set()).add(spins.get(at, 0))
    is_lowered = any(word.name in _LOWERING for word in calculation.ignored)
    if not is_lowered and any(len(found) > 1 for found in by_source.values()):
        raise CellRefusedError(
            f"Line {calculation.spin.line}: ATOMSPIN gives different spins to atoms "
            "that the group makes from one; MODISYMM tells CRYSTAL to part them."
        )


def _report_cell(cell: Cell, report: Report) -> None:
    setting = cell.setting
    if cell.dimension == 0:
        report.line("MOLECULE", atoms=len(cell.labels), point_group=setting.number)
        _report_atoms(cell, report)
        return
    report.line(
        "CELL",
        atoms=len(cell.labels),
        volume_a3=f"{cell.volume_a3:.6f}",
        space_group=setting.number,
        symbol=setting.symbol,
        hall_number=setting.hall_number,
        choice=setting.choice or "-",
    )
    for vector in cell.lattice_a:
        x, y, z = (f"{value:.8f}" for value in vector)
        report.line("VECTOR", x_a=x, y_a=y, z_a=z)
    _report_atoms(cell, report)


def _report_atoms(cell: Cell, report: Report) -> None:
    for label, position in zip(cell.labels, cell.positions_a, strict=True):
        x, y, z = (f"{value:.8f}" for value in position)
        report.line("ATOM", name=atom_name(label), x_a=x, y_a=y, z_a=z)
    if cell.largest_shift_a > _SHIFT_WORTH_TELLING_A:
        report.text(
            "WARNING",
            f"An atom was moved by {cell.largest_shift_a:.4f} Å on to the special "
            "position that it stands beside.",
        )
    for line in cell.repeated_lines:
        report.text(
            "WARNING",
            f"Line {line}: the group makes this atom from one above; it was dropped.",
        )


def _build_integrals(solver: meanfield.Solver, report: Report) -> None:
    report.phase(
        "integrals",
        k_points=meanfield.n_k_points(solver),
        fitting_functions=meanfield.n_fitting_functions(solver),
        exchange="yes" if meanfield.needs_exchange(solver) else "no",
        size_mb=f"{meanfield.integral_size_mb(solver):.0f}",
    )
    with _failures_named():
        seconds = meanfield.build_integrals(solver)
    report.line("PHASE_END integrals", seconds=f"{seconds:.1f}")


def _report_cycle(step: meanfield.CycleStep, report: Report) -> None:
    report.line(
        f"CYCLE {step.number}",
        energy_hartree=f"{step.energy:.10f}",
        delta_hartree=f"{step.delta:.3e}",
        gradient=f"{step.gradient:.3e}",
        seconds=f"{step.seconds:.1f}",
    )


def _report_outcome(outcome: meanfield.Outcome, cell: Cell, report: Report) -> None:
    report.line(
        "CONVERGED",
        answer="yes" if outcome.is_converged else "no",
        cycles=outcome.n_cycles,
    )
    is_molecule = cell.dimension == 0
    if outcome.gap_ev is not None:
        key = "orbital_gap_ev" if is_molecule else "mesh_gap_ev"
        report.line("GAP", **{key: f"{outcome.gap_ev:.4f}"})
        if not is_molecule and outcome.gap_ev < _NO_GAP_EV:
            report.text(
                "WARNING",
                "The mesh shows no gap: a metal wants fractional occupations, which "
                "this engine has not.",
            )
    for label, moment in zip(cell.labels, outcome.moments_bohr, strict=False):
        report.line("MOMENT", name=atom_name(label), bohr=f"{moment:.4f}")
    if outcome.moments_bohr:
        total = sum(outcome.moments_bohr)
        report.line("MAGNETISATION", bohr=f"{total:.4f}")
    if outcome.spin_square is not None:
        report.line("SPIN_SQUARE", value=f"{outcome.spin_square:.4f}")
    report.line(
        "ENERGY",
        kind="total",
        hartree=f"{outcome.energy:.10f}",
        ev=f"{outcome.energy * EV_PER_HARTREE:.8f}",
        per="molecule" if is_molecule else "primitive_cell",
    )
