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
from crystalmathd.models.results import Grade, IonicStep, Result

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
    """Say whether the energy rose by much; a run that converged got over it."""
    if result.grade in {Grade.CONVERGED, Grade.LOOSE} or not result.n_atoms:
        return False
    _, rise = _largest_rise(result)
    return rise / result.n_atoms > _JUMP_EV


def _largest_rise(result: Result) -> tuple[IonicStep | None, float]:
    """Return the step that rose most above the one before, and by how many eV."""
    pairs = [
        (later, later.energy_ev - one.energy_ev)
        for one, later in pairwise(result.steps)
        if one.energy_ev is not None and later.energy_ev is not None
    ]
    return max(pairs, key=lambda one: one[1], default=(None, 0.0))


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
    found = [
        Finding(
            fault=fault,
            evidence=_risen(result) if holds is _jumped else _last_energy(result),
        )
        for fault, holds in CONDITIONS
        if holds(result)
    ]
    return tuple(sorted(found, key=lambda one: one.fault.severity != Severity.FATAL))


def _last_energy(result: Result) -> tuple[Evidence, ...]:
    line = result.energy_source
    if line is None:
        return ()
    return (Evidence(file=line.file, line=line.line, text=line.text),)


def _risen(result: Result) -> tuple[Evidence, ...]:
    """Name the step whose energy is above that of the step before."""
    step, rise = _largest_rise(result)
    file = result.energy_source
    if step is None or step.energy_line is None or file is None:
        return _last_energy(result)
    text = (
        f"ionic step {step.number}: {step.energy_ev:.6f} eV, {rise:.6f} eV above the"
        " step before"
    )
    return (Evidence(file=file.file, line=step.energy_line, text=text),)
