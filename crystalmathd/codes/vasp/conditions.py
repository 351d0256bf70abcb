"""Troubles that no single line of VASP names, found in what the whole run gave.

custodian's handlers for runs that did not converge, rose in energy, drift or are
smeared too much look at numbers, not at texts; so do these rows.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from crystalmathd.codes.vasp.fault_rows import (
    ALL_BANDS,
    CUSTODIAN,
    GAUSSIAN,
    GO_ON,
    LESS_MIXING,
    NORMAL,
    SMALLER_STEPS,
    unspoken,
)
from crystalmathd.models.faults import (
    Continue,
    Effect,
    Evidence,
    Fault,
    Finding,
    Remedy,
    ScaleValue,
    SetValue,
    Severity,
)
from crystalmathd.models.results import Result

_MOST_LOOPS: Final = 10
"""So many loops in a row without convergence: it will not come of itself."""
_JUMP_EV: Final = 1.0
"""Of an atom, from one ionic step to the next."""

_MORE_CYCLES: Final = Remedy(
    text="Go on from the orbitals of the run with more steps.",
    edits=(
        Continue(kind="scf"),
        ScaleValue(key="NELM", factor=2.0, default=60.0, is_integer=True),
    ),
)

Test = Callable[[Result], bool]


def _loop_failed(result: Result) -> bool:
    return result.is_normal_end is True and result.is_scf_converged is False


def _loops_failed(result: Result) -> bool:
    """Say whether many loops in a row failed; the last one may be under way."""
    loops = [loop.is_converged for loop in result.scf_loops[:-1]][-_MOST_LOOPS:]
    return len(loops) == _MOST_LOOPS and all(one is False for one in loops)


def _ions_failed(result: Result) -> bool:
    return result.is_normal_end is True and result.is_geometry_converged is False


def _jumped(result: Result) -> bool:
    energies = [step.energy_ev for step in result.steps if step.energy_ev is not None]
    rises = [later - one for one, later in pairwise(energies)]
    return bool(result.n_atoms and rises) and (
        max(rises) / (result.n_atoms or 1) > _JUMP_EV
    )


def _has_flag(flag: str) -> Test:
    return lambda result: flag in result.flags


CONDITIONS: Final[tuple[tuple[Fault, Test], ...]] = (
    (
        unspoken(
            "scf_not_converged",
            "The electronic loop used all its steps.",
            "EDIFF was not reached within NELM: energy and forces are not those of the"
            " ground state. Version 5 says that it was all the same.",
            _MORE_CYCLES,
            NORMAL,
            ALL_BANDS,
            source=f"{CUSTODIAN}, UnconvergedErrorHandler",
        ),
        _loop_failed,
    ),
    (
        unspoken(
            "non_converging",
            f"{_MOST_LOOPS} electronic loops in a row did not converge.",
            "It will not come of itself: the algorithm or the mixing does not fit.",
            NORMAL,
            ALL_BANDS,
            LESS_MIXING,
            source=f"{CUSTODIAN}, NonConvergingErrorHandler",
        ),
        _loops_failed,
    ),
    (
        unspoken(
            "geometry_not_converged",
            "The optimisation used all its steps.",
            "EDIFFG was not reached within NSW.",
            GO_ON,
            Remedy(
                text="Go on with the quasi-Newton algorithm.",
                effect=Effect.NUMERICAL,
                edits=(
                    Continue(kind="optimisation"),
                    SetValue(key="IBRION", value="1"),
                ),
            ),
            source=f"{CUSTODIAN}, UnconvergedErrorHandler",
        ),
        _ions_failed,
    ),
    (
        unspoken(
            "potim",
            "The energy rose by more than 1 eV an atom in one ionic step.",
            "The steps are too long: the geometry gets worse, not better.",
            SMALLER_STEPS,
            Remedy(
                text="Use damped dynamics.",
                effect=Effect.NUMERICAL,
                edits=(
                    SetValue(key="IBRION", value="3"),
                    SetValue(key="SMASS", value="0.75"),
                ),
            ),
            source=f"{CUSTODIAN}, PotimErrorHandler",
            severity=Severity.WARNING,
        ),
        _jumped,
    ),
    (
        unspoken(
            "large_sigma",
            "The smearing decides the energy.",
            "Its entropy is more than 1 meV an atom: forces belong to the free energy,"
            " and σ→0 is a rough estimate.",
            Remedy(
                text="Smear less.",
                effect=Effect.PHYSICS,
                edits=(ScaleValue(key="SIGMA", factor=0.5, default=0.2, least=0.01),),
            ),
            source=f"{CUSTODIAN}, LargeSigmaHandler",
            severity=Severity.WARNING,
        ),
        _has_flag("large_smearing_entropy"),
    ),
    (
        unspoken(
            "positive_energy",
            "The energy is positive.",
            "The electrons are in no bound state: atoms overlap, or the loop went"
            " astray.",
            NORMAL,
            SMALLER_STEPS,
            source=f"{CUSTODIAN}, PositiveEnergyErrorHandler",
            severity=Severity.WARNING,
        ),
        _has_flag("positive_energy"),
    ),
    (
        unspoken(
            "incorrect_smearing",
            "A metal was relaxed with the tetrahedron method.",
            "Its forces are wrong by several per cent: ISMEAR = -5 is for insulators,"
            " or for one energy.",
            Remedy(
                text="Use Methfessel-Paxton smearing.",
                effect=Effect.PHYSICS,
                edits=(
                    SetValue(key="ISMEAR", value="2"),
                    SetValue(key="SIGMA", value="0.2"),
                ),
            ),
            GAUSSIAN,
            source=f"{CUSTODIAN}, IncorrectSmearingHandler",
            severity=Severity.WARNING,
        ),
        _has_flag("tetrahedra_in_a_metal"),
    ),
    (
        unspoken(
            "kspacing_metal",
            "The mesh is too coarse for a metal.",
            "KSPACING above 0.22 Å⁻¹ goes for insulators.",
            Remedy(
                text="Take a mesh for metals.",
                effect=Effect.PHYSICS,
                edits=(SetValue(key="KSPACING", value="0.22"),),
            ),
            source=f"{CUSTODIAN}, KspacingMetalHandler",
            severity=Severity.WARNING,
        ),
        _has_flag("coarse_mesh_of_a_metal"),
    ),
    (
        unspoken(
            "drift",
            "The forces drift more than they are to be converged to.",
            "Their sum should vanish and is above EDIFFG: the grids are too coarse.",
            Remedy(
                text="Use denser grids, and go on.",
                effect=Effect.NUMERICAL,
                edits=(
                    Continue(kind="optimisation"),
                    SetValue(key="PREC", value="Accurate"),
                ),
            ),
            source=f"{CUSTODIAN}, DriftErrorHandler",
            severity=Severity.WARNING,
        ),
        _has_flag("force_drift"),
    ),
)


def result_findings(result: Result) -> tuple[Finding, ...]:
    """Return what the numbers of a run say, fatal findings first."""
    line = result.energy_source
    evidence = (
        (Evidence(file=line.file, line=line.line, text=line.text),) if line else ()
    )
    found = [
        Finding(fault=fault, evidence=evidence)
        for fault, holds in CONDITIONS
        if holds(result)
    ]
    return tuple(sorted(found, key=lambda one: one.fault.severity != Severity.FATAL))
