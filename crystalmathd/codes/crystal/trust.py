"""How far a result may be trusted: grade and flags, from what was printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.models.progress import Measure
from crystalmathd.models.results import Grade

_CLEAR_SPIN: Final = 0.5
"""Bohr magnetons of an atom that certainly was magnetic at the start."""

_LOST_SPIN: Final = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the grade rests on. `first_moments` are the atoms' spins in the first cycle.

    `is_cell_fixed_at_end`: the last energies of a cell optimisation were computed
    with the integrals chosen for its last cell (FINALRUN), not for its first.
    """

    is_scf_converged: bool | None
    is_geometry_converged: bool | None
    is_normal_end: bool
    measures: tuple[Measure, ...] = ()
    is_cell_fixed_at_end: bool = True
    has_level_shift: bool = False
    is_spin_locked: bool = False
    gap_has_closed: bool = False
    first_moments: tuple[float, ...] = ()
    moments: tuple[float, ...] = ()


def grade(facts: Facts) -> Grade:
    if facts.is_scf_converged is False or facts.is_geometry_converged is False:
        return Grade.NOT_CONVERGED
    if not facts.is_normal_end or not facts.is_scf_converged:
        return Grade.UNKNOWN
    is_loose = facts.is_geometry_converged and (
        not facts.is_cell_fixed_at_end
        or not all(measure.is_met for measure in facts.measures)
    )
    return Grade.LOOSE if is_loose else Grade.CONVERGED


def flags(facts: Facts) -> tuple[str, ...]:
    """Return the reasons for doubt (`Result.flags`), as far as they hold."""
    raised = {
        "level_shift_at_end": facts.has_level_shift,
        "spin_locked_at_end": facts.is_spin_locked,
        "spin_lost": is_spin_lost(facts.first_moments, facts.moments),
        "gap_closed": facts.gap_has_closed,
    }
    return tuple(name for name, is_raised in raised.items() if is_raised)


def is_spin_lost(first: Sequence[float], last: Sequence[float]) -> bool:
    """Whether atoms that began magnetic lost their spin, or turned against others.

    That all spins turn together is the same state.
    """
    if len(first) != len(last):
        return False
    pairs = [
        (before, after)
        for before, after in zip(first, last, strict=True)
        if abs(before) > _CLEAR_SPIN
    ]
    if any(abs(after) < _LOST_SPIN for _, after in pairs):
        return True
    return len({before * after > 0 for before, after in pairs}) > 1
