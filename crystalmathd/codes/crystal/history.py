"""The SCFs and geometries of a run, brought together from main output and SCFOUT.LOG.

Without ONELOG the SCFs of the points after the first stand in SCFOUT.LOG, without the
points' numbers. An SCF is known there by its energy, which the main output repeats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.crystal import cycles, optimisation
from crystalmathd.codes.crystal.cycles import Energy, Loop
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.optimisation import End, Gradient, Point
from crystalmathd.models.results import IonicStep, ScfLoop
from crystalmathd.models.structures import Structure
from crystalmathd.units import EV_PER_HARTREE

_SAME_HA: Final = 1e-8
"""Energies that are printed twice differ by less, different points by more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """An SCF and the lines in which it stands."""

    marked: MarkedLines
    loop: Loop

    def gradient(self) -> Gradient:
        return optimisation.read_gradient(self.marked, self.loop.closed, self.loop.stop)


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """`at_points`: position among the points → their SCF, as far as it is known.

    `others`: the SCFs outside of an optimisation.
    """

    marked: MarkedLines
    points: tuple[Point, ...]
    end: End | None
    others: tuple[Loop, ...]
    at_points: Mapping[int, Located] = field(default_factory=dict)

    @property
    def last(self) -> Located | None:
        """The SCF that was computed last, as far as these files show it."""
        if self.others and (not self.points or self._is_behind(self.others[-1])):
            return Located(marked=self.marked, loop=self.others[-1])
        if self.at_points:
            return self.at_points[max(self.at_points)]
        if self.others:
            return Located(marked=self.marked, loop=self.others[-1])
        return None

    @property
    def shows_last(self) -> bool:
        """Whether `last` is the last SCF of all, not one of an earlier point."""
        return (
            not self.points
            or len(self.points) - 1 in self.at_points
            or (bool(self.others) and self._is_behind(self.others[-1]))
        )

    @property
    def final(self) -> Located | None:
        """The SCF of the result's geometry; None if these files do not show it."""
        wanted = [
            loop
            for loop in self.others
            if not loop.is_displaced and (not self.points or self._is_behind(loop))
        ]
        if wanted:
            return Located(marked=self.marked, loop=wanted[-1])
        return self.at_points.get(len(self.points) - 1)

    @property
    def n_cycles(self) -> int | None:
        """Cycles of the last SCF that ended; if none did, of the one that began."""
        located = sorted(self.at_points)
        loops = [
            *(self.at_points[place].loop for place in located),
            *self.others,
        ]
        ended = [loop for loop in loops if loop.end is not None]
        return next((loop.n_cycles for loop in reversed(ended or loops)), None)

    @property
    def has_log(self) -> bool:
        """Whether SCFs of SCFOUT.LOG were found to be of this run."""
        return any(one.marked is not self.marked for one in self.at_points.values())

    @property
    def is_geometry_converged(self) -> bool | None:
        if not self.points:
            return None if self.end is None else self.end.is_converged
        if self.end is None or self.end.line < self.points[-1].start:
            return False
        return self.end.is_converged

    @property
    def n_points(self) -> int | None:
        """The number of the last point, as CRYSTAL counts: restarts count on."""
        if self.points and (self.end is None or self.end.line < self.points[-1].start):
            return self.points[-1].number
        last = self.points[-1].number if self.points else None
        return last if self.end is None else self.end.points or last

    def energy(self) -> Energy | None:
        """Return the energy of the result, in the lines of the main output.

        OPT END if there is one; in an optimisation that was cut, the last point that
        ended; else the last SCF that ended, with what is added to it.
        """
        if self.end is not None and self.end.energy is not None:
            return self.end.energy
        for point in reversed(self.points):
            if point.energy is not None:
                return point.energy
        totals = [
            loop.total
            for loop in self.others
            if loop.total is not None and not loop.is_displaced and not self.points
        ]
        return totals[-1] if totals else None

    def scf_loops(self) -> tuple[ScfLoop, ...]:
        """Return the SCFs by geometry; the displaced ones are counted from 1."""
        found = []
        for place, point in enumerate(self.points):
            if (located := self.at_points.get(place)) is not None:
                found.append(cycles.as_model(located.loop, point.number))
            elif point.n_cycles is not None:
                found.append(_unseen(point))
        displaced = 0
        for loop in self.others:
            displaced += loop.is_displaced
            found.append(cycles.as_model(loop, displaced if loop.is_displaced else 0))
        return tuple(found)

    def steps(self, first: Structure | None) -> tuple[IonicStep, ...]:
        """Return the geometries whose energy was computed; `first` is the first one."""
        if self.points:
            return optimisation.steps(
                self.marked,
                self.points,
                {place: one.loop for place, one in self.at_points.items()},
                {place: one.gradient() for place, one in self.at_points.items()},
                first,
            )
        final = self.final
        if final is None or final.loop.total is None:
            return ()
        gradient = final.gradient()
        step = IonicStep(
            number=1,
            energy_ev=final.loop.total.energy_ha * EV_PER_HARTREE,
            structure=first,
            forces_ev_a=optimisation.matching(gradient.forces_ev_a, first),
            stress_gpa=gradient.stress_gpa,
            is_scf_converged=final.loop.is_converged,
        )
        return (step,)

    def _is_behind(self, loop: Loop) -> bool:
        return self.end is not None and loop.closed > self.end.line


def read_history(marked: MarkedLines, log: MarkedLines | None = None) -> History:
    """Read the SCFs and points of a run; `log` are the lines of its SCFOUT.LOG."""
    loops = cycles.read_loops(marked)
    stop = cycles.displaced_from(marked)
    points = optimisation.read_points(marked, loops, stop)
    at_points = {
        place: Located(marked=marked, loop=loop)
        for place, point in enumerate(points)
        for loop in loops
        if loop.point and point.start < loop.closed <= point.stop
    }
    if log is not None and points:
        at_points |= _from_log(points, at_points, log)
    return History(
        marked=marked,
        points=points,
        end=optimisation.read_end(marked, stop),
        others=tuple(loop for loop in loops if not loop.point),
        at_points=at_points,
    )


def _from_log(
    points: Sequence[Point], known: Mapping[int, Located], log: MarkedLines
) -> dict[int, Located]:
    """Give each point without an SCF the next one of the log with its energy.

    The last point may have no energy yet: then its SCF is the log's next one, if
    those before it were found (the log is of this run) or there are none before.
    """
    loops = cycles.read_loops(log)
    found: dict[int, Located] = {}
    position = 0
    for place, point in enumerate(points):
        if place in known:
            continue
        for number in range(position, len(loops)):
            loop = loops[number]
            if _are_same(loop.total, point.energy) or (
                point.energy is None
                and place == len(points) - 1
                and number == position
                and (found or len(points) - len(known) == 1)
            ):
                found[place] = Located(marked=log, loop=loop)
                position = number + 1
                break
    return found


def _are_same(one: Energy | None, other: Energy | None) -> bool:
    if one is None or other is None:
        return False
    return abs(one.energy_ha - other.energy_ha) < _SAME_HA


def _unseen(point: Point) -> ScfLoop:
    """Return an SCF of which only the number of its cycles is known."""
    return ScfLoop(
        geometry_step=point.number,
        is_converged=None,
        n_cycles=point.n_cycles,
        energies_ev=(),
        deltas_ev=(),
    )
