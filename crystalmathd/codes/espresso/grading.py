"""How far a run of pw.x may be trusted."""

from dataclasses import dataclass
from itertools import chain
from typing import Final

from crystalmathd.codes.espresso.motion import (
    EV_A_PER_RY_BOHR,
    Motion,
    Step,
)
from crystalmathd.models.results import Grade
from crystalmathd.units import GPA_PER_KBAR

OUTSIDE: Final = "final_scf_outside_thresholds"
UNCONVERGED_BANDS: Final = "bands_not_converged"
UNCHECKED_CELL: Final = "cell_without_final_run"

BAND_STRUCTURES: Final = frozenset({"nscf", "bands"})

_SLACK: Final = 1.02
"""Forces, stress and thresholds are printed with few digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a run is judged by.

    `has_bands`: all eigenvalues were computed; of many k-points they are not printed.
    """

    calculation: str | None
    is_scf_converged: bool | None
    is_geometry_converged: bool | None
    is_normal_end: bool
    has_bands: bool
    warnings: tuple[str, ...]
    motion: Motion

    @property
    def grade(self) -> Grade:
        """A relaxed cell needs a static run with its own plane waves."""
        if self.is_scf_converged is False or self.is_geometry_converged is False:
            return Grade.NOT_CONVERGED
        is_band_structure = self.calculation in BAND_STRUCTURES
        is_done = self.has_bands if is_band_structure else self.is_scf_converged
        if not self.is_normal_end or not is_done:
            return Grade.UNKNOWN
        return Grade.LOOSE if self.flags else Grade.CONVERGED

    @property
    def flags(self) -> tuple[str, ...]:
        """The reasons for a grade that is not plainly converged."""
        if self.calculation in BAND_STRUCTURES:
            is_open = any("eigenvalues not converged" in w for w in self.warnings)
            return (UNCONVERGED_BANDS,) if is_open else ()
        if self.is_geometry_converged is not True:
            return ()
        motion = self.motion
        if motion.has_new_cell and not motion.has_final_scf:
            return (UNCHECKED_CELL,)
        return (OUTSIDE,) if motion.has_final_scf and is_outside(motion) else ()


def is_outside(motion: Motion) -> bool:
    """Tell whether the static run after a relaxation breaks its thresholds.

    The number of plane waves is another one there, so forces and stress are. A
    component that was above the threshold in the last step of the relaxation too is
    not free (fixed atoms, `cell_dofree`) and is not judged.
    """
    at = motion.final_from
    if not at or at >= len(motion.steps):
        return False
    before, final = motion.steps[at - 1], motion.steps[-1]
    force = motion.thresholds.get("max_force")
    cell = motion.thresholds.get("cell_gradient")
    target = motion.target_pressure_gpa
    return _is_broken(
        _largest_force(before), _largest_force(final), force, EV_A_PER_RY_BOHR
    ) or _is_broken(
        _largest_stress(before, target),
        _largest_stress(final, target),
        cell,
        GPA_PER_KBAR,
    )


def _is_broken(
    before: float | None, after: float | None, threshold: float | None, unit: float
) -> bool:
    if before is None or after is None or threshold is None:
        return False
    limit = threshold * unit * _SLACK
    return before <= limit < after


def _largest_force(step: Step) -> float | None:
    return max((abs(f) for f in chain(*step.forces_ev_a)), default=None)


def _largest_stress(step: Step, target_gpa: float) -> float | None:
    if step.stress_gpa is None:
        return None
    return max(
        abs(s - target_gpa * (i == j))
        for i, row in enumerate(step.stress_gpa)
        for j, s in enumerate(row)
    )
