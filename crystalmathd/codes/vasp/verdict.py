"""What kind of run it was, whether it converged, and how far it may be trusted."""

import math
from typing import Final

from crystalmathd.codes.vasp.run import Run, Step
from crystalmathd.models.progress import Measure
from crystalmathd.models.results import Grade

RELAXATIONS: Final = frozenset({1, 2, 3})
"""IBRION of quasi-Newton, conjugate gradients and damped dynamics."""

_VTST: Final = frozenset({44})
"""The improved dimer method: it ends at a saddle point."""

_MANY_BODY: Final = (
    ("GW", "gw"),
    ("BSE", "bse"),
    ("TDHF", "bse"),
    ("TIMEEV", "bse"),
    ("CHI", "gw"),
    ("ACFDT", "rpa"),
    ("RPA", "rpa"),
)
"""Parts of the names that ALGO takes."""

_DISPLACEMENTS: Final = frozenset({5, 6})
_PERTURBATIONS: Final = frozenset({7, 8})
_READ_DENSITY: Final = 10
"""ICHARG above which the charge density is kept as it was read."""

_ENTROPY_EV: Final = 0.001
"""Of an atom: a larger −TS means that SIGMA decides the energy."""

_TETRAHEDRA: Final = -3
"""ISMEAR below it: the tetrahedron method."""
_METAL_SPACING: Final = 0.22
"""KSPACING in Å⁻¹."""
_LAST: Final = 3

_ROUNDING_EV: Final = 1.01e-8
"""Of a difference of energies with eight digits."""
_RIGID_A: Final = 1e-4


def is_relaxing(run: Run) -> bool:
    # NSW = 1 moves nothing: it is a static run.
    moves = RELAXATIONS | _VTST
    return (run.integer("NSW") or 0) > 1 and run.integer("IBRION") in moves


def many_body(run: Run) -> str | None:
    """Return gw, bse or rpa for what goes beyond a density functional."""
    algorithm = run.tags.get("ALGO", "").upper()
    return next((kind for word, kind in _MANY_BODY if word in algorithm), None)


def calculation(run: Run) -> str | None:
    """Return the kind of run; None without any settings."""
    if not run.tags:
        return None
    ibrion = run.integer("IBRION")
    n_moves = run.integer("NSW") or 0
    density_is_kept = (run.integer("ICHARG") or 0) > _READ_DENSITY
    kinds = (
        ("elastic_band", run.is_image or (run.integer("IMAGES") or 0) > 0),
        ("elastic", run.elastic is not None),
        ("frequencies", ibrion in _DISPLACEMENTS | _PERTURBATIONS),
        ("molecular_dynamics", ibrion == 0 and n_moves > 0),
        ("transition_state", is_relaxing(run) and ibrion in _VTST),
        ("optimisation", is_relaxing(run)),
        ("response", run.is_on("LEPSILON") or run.is_on("LCALCEPS")),
        ("bands", density_is_kept and run.is_line_mode),
        ("nscf", density_is_kept),
    )
    found = (kind for kind, is_it in kinds if is_it)
    return many_body(run) or next(found, "scf")


def reference_step(run: Run) -> Step | None:
    """Return the step whose energy is that of the structure: the last one that ended.

    With displaced atoms (IBRION 5 and 6) that is the first: the others are not at
    the geometry that the frequencies are of.
    """
    ended = [step for step in run.steps if step.zero_ev is not None]
    if not ended:
        return None
    return ended[0 if run.integer("IBRION") in _DISPLACEMENTS else -1]


def is_geometry_converged(run: Run) -> bool | None:
    return run.has_accuracy if is_relaxing(run) else None


def is_scf_converged(run: Run) -> bool | None:
    """Say whether the last loop converged; displaced atoms count all."""
    if not run.steps:
        return None
    if run.integer("IBRION") in _DISPLACEMENTS:
        said = [step.is_converged for step in run.steps]
        return None if None in said else all(said)
    return run.steps[-1].is_converged


def criteria(run: Run) -> tuple[Measure, ...]:
    """Return the last test of EDIFF and of EDIFFG with their thresholds."""
    if not run.steps:
        return ()
    found = _electronic(run, run.steps[-1])
    if is_relaxing(run) and (moved := _ionic(run)):
        found.append(moved)
    return tuple(found)


def _electronic(run: Run, last: Step) -> list[Measure]:
    """Return the changes that the last loop compared with EDIFF, as far as printed.

    It ends when both are below. Where a file was cut before it said so, the numbers
    would contradict that it has not.
    """
    limit = run.number("EDIFF")
    if limit is None or run.is_exact:
        return []
    names = ("energy_change", "eigenvalue_change")
    found = []
    for name, change in zip(names, last.changes_ev, strict=False):
        if change is None:
            continue
        # The loop compares numbers that are not rounded.
        is_met = last.is_converged is True and abs(change) <= limit + _ROUNDING_EV
        found.append(_measure(name, abs(change), limit, "eV", is_met=is_met))
    if last.is_converged is False and all(one.is_met for one in found):
        return []
    return found


def _ionic(run: Run) -> Measure | None:
    """Return what EDIFFG asks for: forces if it is negative, else the energy."""
    limit = run.number("EDIFFG")
    steps = [step for step in run.steps if step.zero_ev is not None]
    if not limit or not steps:
        return None
    if limit < 0:
        if not steps[-1].forces_ev_a:
            return None
        force = max(math.hypot(*one) for one in steps[-1].forces_ev_a)
        return _measure(
            "max_force", force, -limit, "eV/Å", is_met=run.has_accuracy is True
        )
    energies = [step.free_ev for step in steps[-2:] if step.free_ev is not None]
    if len(energies) < len("ab"):
        return None
    change = abs(energies[1] - energies[0])
    return _measure(
        "ionic_energy_change", change, limit, "eV", is_met=run.has_accuracy is True
    )


def _measure(
    name: str, value: float, limit: float, unit: str, *, is_met: bool = False
) -> Measure:
    # Atoms that are held fixed have forces too: VASP does not count them.
    return Measure(
        name=name,
        value=value,
        threshold=limit,
        unit=unit,
        is_met=is_met or value <= limit,
    )


def grade(run: Run) -> Grade:
    """Grade by what was printed."""
    scf = is_scf_converged(run)
    if scf is False or is_geometry_converged(run) is False:
        return Grade.NOT_CONVERGED
    if not run.has_ended or not scf:
        return Grade.UNKNOWN
    return Grade.LOOSE if _has_changed_cell(run) else Grade.CONVERGED


def flags(run: Run, *, is_metal: bool | None) -> tuple[str, ...]:
    """Return reasons for doubt that are no failures."""
    found = []
    if is_metal and is_relaxing(run) and (run.integer("ISMEAR") or 0) < _TETRAHEDRA:
        found.append("tetrahedra_in_a_metal")
    if is_metal and (run.number("KSPACING") or 0.0) > _METAL_SPACING:
        found.append("coarse_mesh_of_a_metal")
    if _drifts(run):
        found.append("force_drift")
    if _has_changed_cell(run):
        found.append("variable_cell_without_static_run")
    step = reference_step(run)
    n_atoms = run.integer("NIONS")
    if step and n_atoms and step.free_ev is not None and step.internal_ev is not None:
        if abs(step.free_ev - step.internal_ev) / n_atoms > _ENTROPY_EV:
            found.append("large_smearing_entropy")
        if step.zero_ev is not None and step.zero_ev > 0:
            found.append("positive_energy")
    if any(step.is_converged is False for step in run.steps[:-1]):
        found.append("scf_not_converged_in_a_step")
    return tuple(found)


def _drifts(run: Run) -> bool:
    """Say whether the forces' sum is above EDIFFG, on average of the last steps."""
    limit = run.number("EDIFFG")
    drifts = [step.drift_ev_a for step in run.steps if step.drift_ev_a]
    last = [math.hypot(*one) for one in drifts[-_LAST:]]
    if limit is None or limit >= 0 or len(last) < _LAST or not is_relaxing(run):
        return False
    return sum(last) / len(last) > -limit


def _has_changed_cell(run: Run) -> bool:
    """Say whether the basis is that of another cell than the last one."""
    last = next((s.structure for s in reversed(run.steps) if s.structure), None)
    if run.initial is None or last is None or not is_relaxing(run):
        return False
    return any(
        abs(x - y) > _RIGID_A
        for one, other in zip(run.initial.lattice_a, last.lattice_a, strict=True)
        for x, y in zip(one, other, strict=True)
    )
