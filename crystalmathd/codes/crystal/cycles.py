"""The SCF loops of a run, cycle by cycle, in hartree per cell as printed."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.models.results import ScfLoop
from crystalmathd.units import EV_PER_HARTREE

POINTS: Final = (
    " COORDINATE AND CELL OPTIMIZATION - POINT",
    " COORDINATE OPTIMIZATION - POINT",
    " CELL OPTIMIZATION - POINT",
)

OPTIMISATION_ENDS: Final = (" * OPT END", "* OPT END")

_CYCLES: Final = (" CYC ", "CYC  ")
_ENDS: Final = (" == SCF ENDED", "== SCF ENDED")
_DISPLACED: Final = ("    CENTRAL POINT", " STRAIN MATRIX")
"""From here on a run computes geometries that are displaced or strained on purpose."""


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


def read_loops(marked: MarkedLines) -> tuple[Loop, ...]:
    """Return every SCF of these lines; without cycles where only its end is there.

    `point` is the one of the optimisation that it belongs to; 0 outside of one, as is
    what a run computes at the optimised geometry.
    """
    spans = _spans(marked)
    displaced = marked.starting_any(_DISPLACED)
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
        printed_cycles = _cycles(marked, cycles)
        loop = Loop(
            start=max(start, points[here - 1]) if here else start,
            closed=closed,
            stop=min(stop, points[here]) if here < len(points) else stop,
            point=_point_number(marked, points[here - 1]) if here else 0,
            is_displaced=bool(displaced) and displaced[0] < first,
            energies_ha=tuple(cycle.energy_ha for cycle in printed_cycles),
            # The first DETOT is the energy itself: there is no cycle before it.
            deltas_ha=tuple(
                cycle.delta_ha if cycle.number > 0 else None for cycle in printed_cycles
            ),
            last_cycle=printed_cycles[-1].number if printed_cycles else None,
        )
        loops.append(loop if end is None else _with_end(marked, loop, end))
        start = closed
    return tuple(loops)


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


def _cycles(marked: MarkedLines, numbers: Sequence[int]) -> list[printed.ScfCycle]:
    cycles = (printed.scf_cycle(marked.lines[number]) for number in numbers)
    return [cycle for cycle in cycles if cycle is not None]


def _with_end(marked: MarkedLines, loop: Loop, line: int) -> Loop:
    end = printed.scf_end(marked.lines[line])
    if end is None:
        return loop
    electronic = _energy(end.energy_ha, line)
    total = electronic
    has_smearing = marked.first(" FREE ENERGY      (F)", line, loop.stop) is not None
    if has_smearing and (at := marked.first(" TOTAL ENERGY(", line, loop.stop)):
        point = printed.point_energy(marked.lines[at])
        total = _energy(point.energy_ha if point else None, at) or total
    for at in marked.starting(" TOTAL ENERGY +", line, loop.stop):
        corrected = printed.corrected_energy_ha(marked.lines[at])
        total = _energy(corrected, at) or total
    return replace(loop, end=end, electronic=electronic, total=total)


def _energy(energy_ha: float | None, line: int) -> Energy | None:
    return None if energy_ha is None else Energy(energy_ha=energy_ha, line=line)


def _ev(energy_ha: float | None) -> float | None:
    return None if energy_ha is None else energy_ha * EV_PER_HARTREE
