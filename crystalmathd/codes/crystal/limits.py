"""Limits by which a run ended: a successor that keeps them ends in the same way."""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.edits import get_value, set_value
from crystalmathd.codes.crystal.stops import MORE_CYCLES, MORE_POINTS
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.remedies import scaled
from crystalmathd.models.faults import ScaleValue
from crystalmathd.models.results import Result

_USED_UP: Final = "SCF ENDED - TOO MANY CYCLES"


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """A keyword of the deck and its greater value; `before` is None if it had none."""

    key: str
    before: str | None
    value: str

    @property
    def words(self) -> str:
        before = "" if self.before is None else f" from {self.before}"
        return f"the run ended by {self.key}, which is raised{before} to {self.value}"


def raised(text: str, result: Result | None) -> tuple[Raised, ...]:
    """Return what must be raised in a deck because a run used it up."""
    if result is None:
        return ()
    wanted = []
    if _has_used_up_cycles(text, result):
        wanted.append(MORE_CYCLES)
    if _has_used_up_points(text, result):
        wanted.append(MORE_POINTS)
    return tuple(_raise(text, edit) for edit in wanted)


def with_raised(text: str, limits: tuple[Raised, ...]) -> str:
    for limit in limits:
        text = set_value(text, limit.key, limit.value)
    return text


def _raise(text: str, edit: ScaleValue) -> Raised:
    before = get_value(text, edit.key)
    return Raised(key=edit.key, before=before, value=scaled(edit, before))


def _has_used_up_cycles(text: str, result: Result) -> bool:
    if result.is_scf_converged is not False:
        return False
    if _USED_UP in (result.cause or ""):
        return True
    limit = whole_number(get_value(text, MORE_CYCLES.key) or "")
    last = result.scf_loops[-1] if result.scf_loops else None
    return (
        limit is not None
        and last is not None
        and last.is_converged is False
        and (last.n_cycles or 0) >= limit
    )


def _has_used_up_points(text: str, result: Result) -> bool:
    """Say so of an optimisation that stopped there, not of one that was stopped.

    What was asked for besides OPTGEOM's limit did not fail: its last SCF converged.
    """
    if result.is_geometry_converged is not False or result.is_scf_converged is False:
        return False
    before = get_value(text, MORE_POINTS.key)
    default = MORE_POINTS.default
    limit = default if before is None else whole_number(before)
    return isinstance(limit, int) and (result.n_geometry_steps or 0) >= limit
