"""The SCF loops of a run, cycle by cycle, in hartree per cell as printed."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.models.results import ScfLoop
from crystalmathd.units import EV_PER_HARTREE

POINTS: Final = (
    " COORDINATE AND CELL OPTIMIZATION - POINT",
    " COORDINATE OPTIMIZATION - POINT",
    " CELL OPTIMIZATION - POINT",
    " ATOMS OPTIMIZATION - POINT",
    " ATOM ONLY OPTIMIZATION - POINT",
)

OPTIMISATION_ENDS: Final = (" * OPT END", "* OPT END")

_CYCLES: Final = (" CYC ", "CYC  ")
_ENDS: Final = (" == SCF ENDED", "== SCF ENDED")
_DISPLACED: Final = ("    CENTRAL POINT", " STRAIN MATRIX")
_DEFORMED: Final = " * CELL DEFORMATION"
"""Of the input's geometry before the first SCF; behind it, of EOS and ELASTCON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Energy:
    """An energy in hartree and the line (from 0) where it stands."""

    energy_ha: float
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Loop:
    """One SCF. It owns the lines from `start` to `stop`, what follows its end too.

    Its cycles are over at `closed`: what stands behind is of the energy, the forces,
    or already of the next SCF's first density. `total` is the energy with everything
    that is added to the electrons' (dispersion, GCP; with smearing, at 0 K).
    """

    start: int
    closed: int
    stop: int
    point: int
    is_displaced: bool
    energies_ha: tuple[float | None, ...]
    deltas_ha: tuple[float | None, ...]
    last_cycle: int | None
    end: printed.ScfEnd | None = None
    electronic: Energy | None = None
    total: Energy | None = None

    @property
    def is_converged(self) -> bool:
        return self.end is not None and self.end.is_converged

    @property
    def n_cycles(self) -> int | None:
        """What the end says, else the last cycle; CRYSTAL counts from 0."""
        return self.last_cycle if self.end is None else self.end.cycles


class _Series(NamedTuple):
    """The cycles of an SCF, in the fields of a Loop."""

    energies_ha: tuple[float | None, ...]
    deltas_ha: tuple[float | None, ...]
    last_cycle: int | None


class _End(NamedTuple):
    """What the end of an SCF says, in the fields of a Loop."""

    end: printed.ScfEnd | None = None
    electronic: Energy | None = None
    total: Energy | None = None


def read_loops(marked: MarkedLines) -> tuple[Loop, ...]:
    """Return every SCF of these lines; without cycles where only its end is there.

    `point` is the one of the optimisation that it belongs to; 0 outside of one, as is
    what a run computes at the optimised geometry.
    """
    spans = _spans(marked)
    displaced = displaced_from(marked)
    points = marked.starting_any((*POINTS, *OPTIMISATION_ENDS))
    loops = []
    start = 0
    for number, (cycles, end) in enumerate(spans):
        first = cycles[0] if cycles else end
        following = spans[number + 1] if number + 1 < len(spans) else None
        stop = len(marked.lines) if following is None else _first(following)
        if first is None:
            continue
        closed = (cycles[-1] if end is None else end) + 1
        here = bisect_left(points, first)
        series = _series(marked, cycles)
        bound = min(stop, points[here]) if here < len(points) else stop
        ended = _end(marked, end, bound)
        loops.append(
            Loop(
                start=max(start, points[here - 1]) if here else start,
                closed=closed,
                stop=bound,
                point=(
                    _point_number(marked, points[here - 1])
                    if here and first < displaced
                    else 0
                ),
                is_displaced=first > displaced,
                energies_ha=series.energies_ha,
                deltas_ha=series.deltas_ha,
                last_cycle=series.last_cycle,
                end=ended.end,
                electronic=ended.electronic,
                total=ended.total,
            )
        )
        start = closed
    return tuple(loops)


def displaced_from(marked: MarkedLines) -> int:
    """Return the line from which on geometries are displaced or strained on purpose.

    FREQCALC, ELASTCON and EOS compute the reference first; what follows is not the
    run's result, even where it is an optimisation at a fixed volume. Behind the last
    line, if there is none.
    """
    ends = marked.starting_any(_ENDS)
    starts = marked.starting_any(_DISPLACED)
    if ends:
        starts += marked.starting(_DEFORMED, ends[0])
    return min(starts, default=len(marked.lines))


def as_model(loop: Loop, geometry_step: int) -> ScfLoop:
    """Return a loop in eV; it counts as not converged while its end is missing."""
    return ScfLoop(
        geometry_step=geometry_step,
        is_converged=loop.is_converged,
        n_cycles=loop.n_cycles,
        energies_ev=tuple(map(_ev, loop.energies_ha)),
        deltas_ev=tuple(map(_ev, loop.deltas_ha)),
    )


def _spans(marked: MarkedLines) -> list[tuple[list[int], int | None]]:
    """Group the lines of cycles and ends: a cycle with a lower number begins anew."""
    spans: list[tuple[list[int], int | None]] = []
    cycles: list[int] = []
    before = -1
    ends = set(marked.starting_any(_ENDS))
    for number in sorted([*marked.starting_any(_CYCLES), *ends]):
        if number in ends:
            spans.append((cycles, number))
            cycles, before = [], -1
            continue
        cycle = printed.cycle_number(marked.lines[number])
        if cycle is None:
            continue
        if cycle <= before:
            spans.append((cycles, None))
            cycles = []
        cycles.append(number)
        before = cycle
    if cycles:
        spans.append((cycles, None))
    return spans


def _first(span: tuple[list[int], int | None]) -> int:
    cycles, end = span
    return cycles[0] if cycles else (end or 0)


def _point_number(marked: MarkedLines, line: int) -> int:
    match = printed.POINT.match(marked.lines[line])
    return 0 if match is None else int(match[1])


def _series(marked: MarkedLines, numbers: Sequence[int]) -> _Series:
    energies: list[float | None] = []
    deltas: list[float | None] = []
    last = None
    for number in numbers:
        cycle = printed.scf_cycle(marked.lines[number])
        if cycle is not None:
            energies.append(cycle.energy_ha)
            # The first DETOT is the energy itself: there is no cycle before it.
            deltas.append(cycle.delta_ha if cycle.number > 0 else None)
            last = cycle.number
    return _Series(
        energies_ha=tuple(energies), deltas_ha=tuple(deltas), last_cycle=last
    )


def _end(marked: MarkedLines, line: int | None, stop: int) -> _End:
    end = None if line is None else printed.scf_end(marked.lines[line])
    if line is None or end is None:
        return _End()
    electronic = total = _energy(end.energy_ha, line)
    has_smearing = marked.first(" FREE ENERGY      (F)", line, stop) is not None
    if has_smearing and (at := marked.first(" TOTAL ENERGY(", line, stop)):
        point = printed.point_energy(marked.lines[at])
        total = _energy(point.energy_ha if point else None, at) or total
    for at in marked.starting(" TOTAL ENERGY +", line, stop):
        corrected = printed.corrected_energy_ha(marked.lines[at])
        total = _energy(corrected, at) or total
    return _End(end=end, electronic=electronic, total=total)


def _energy(energy_ha: float | None, line: int) -> Energy | None:
    return None if energy_ha is None else Energy(energy_ha=energy_ha, line=line)


def _ev(energy_ha: float | None) -> float | None:
    return None if energy_ha is None else energy_ha * EV_PER_HARTREE
