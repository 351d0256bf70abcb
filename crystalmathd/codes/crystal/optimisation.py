"""The points of a geometry optimisation, in the order of the run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from crystalmathd.codes.crystal import coordinates, printed
from crystalmathd.codes.crystal.cycles import (
    OPTIMISATION_ENDS,
    POINTS,
    Energy,
    Loop,
)
from crystalmathd.codes.crystal.forces import read_forces, read_stress
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.progress import Measure
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.results import IonicStep
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import EV_PER_HARTREE

_MEASURE: Final = re.compile(
    r"^ (MAX|RMS) (GRADIENT|DISPLAC\.) +(\S+) +THRESHOLD +(\S+) +CONVERGED (YES|NO)"
)
_NAMES: Final = {"GRADIENT": "gradient", "DISPLAC.": "displacement"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A point: its number, its lines, the energy that was printed last for it."""

    number: int
    start: int
    stop: int
    energy: Energy | None
    n_cycles: int | None
    varies_cell: bool
    measures: tuple[Measure, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """`* OPT END - CONVERGED * …` and where it stands."""

    line: int
    is_converged: bool
    energy: Energy | None
    points: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Gradient:
    """Forces in eV/Å and stress in GPa of one geometry."""

    forces_ev_a: tuple[Vector, ...] = ()
    stress_gpa: Tensor | None = None


def read_points(
    marked: MarkedLines, loops: Sequence[Loop], stop: int
) -> tuple[Point, ...]:
    """Return the points of an optimisation; `loops` are those of the same lines."""
    bounds = marked.starting_any((*POINTS, *OPTIMISATION_ENDS), 0, stop)
    return tuple(
        _point(marked, start, stop, loops)
        for start, stop in pairwise([*bounds, stop])
        if printed.POINT.match(marked.lines[start])
    )


def read_end(marked: MarkedLines, stop: int) -> End | None:
    """Return the last end of an optimisation before the line `stop`."""
    lines = marked.starting_any(OPTIMISATION_ENDS, 0, stop)
    end = printed.optimisation_end(marked.lines[lines[-1]]) if lines else None
    if end is None:
        return None
    energy_ha = end.energy_ha
    return End(
        line=lines[-1],
        is_converged=end.is_converged,
        energy=(
            None if energy_ha is None else Energy(energy_ha=energy_ha, line=lines[-1])
        ),
        points=end.points,
    )


def read_gradient(marked: MarkedLines, start: int, stop: int) -> Gradient:
    return Gradient(
        forces_ev_a=read_forces(marked, start, stop),
        stress_gpa=read_stress(marked, start, stop),
    )


def steps(
    marked: MarkedLines,
    points: Sequence[Point],
    loops: Mapping[int, Loop],
    gradients: Mapping[int, Gradient],
    first: Structure | None,
) -> tuple[IonicStep, ...]:
    """Return the points with their geometries.

    `loops` and `gradients` by position among the points: what was printed for them,
    here or in SCFOUT.LOG. `first` is the geometry of the first point.
    """
    found = []
    known = first
    for place, point in enumerate(points):
        structure = _structure(marked, point, known)
        if structure is None and place == 0:
            structure = first
        known = structure or known
        gradient = gradients.get(place, Gradient())
        loop = loops.get(place)
        found.append(
            IonicStep(
                number=point.number,
                energy_ev=_ev(point.energy),
                structure=structure,
                forces_ev_a=matching(gradient.forces_ev_a, structure),
                stress_gpa=gradient.stress_gpa,
                measures=point.measures,
                is_scf_converged=None if loop is None else loop.is_converged,
            )
        )
    return tuple(found)


def _point(marked: MarkedLines, start: int, stop: int, loops: Sequence[Loop]) -> Point:
    title = marked.lines[start]
    match = printed.POINT.match(title)
    own = [loop for loop in loops if start < loop.closed <= stop]
    energy, n_cycles = None, None
    for line in marked.starting(" TOTAL ENERGY(", start, stop):
        if printed_point := printed.point_energy(marked.lines[line]):
            n_cycles = printed_point.cycles
            if printed_point.energy_ha is not None:
                energy = Energy(energy_ha=printed_point.energy_ha, line=line)
    corrected = next((loop.total for loop in reversed(own) if loop.total), None)
    if corrected is not None and (energy is None or corrected.line > energy.line):
        energy = corrected
    return Point(
        number=0 if match is None else int(match[1]),
        start=start,
        stop=stop,
        energy=energy,
        n_cycles=n_cycles,
        varies_cell="CELL" in title,
        measures=_measures(marked, start, stop),
    )


def _measures(marked: MarkedLines, start: int, stop: int) -> tuple[Measure, ...]:
    """Return the tests of a point; of several that its lines hold, the last ones."""
    measures: dict[str, Measure] = {}
    for line in marked.starting_any((" MAX ", " RMS "), start, stop):
        match = _MEASURE.match(marked.lines[line])
        value = fortran_float(match[3]) if match else None
        threshold = fortran_float(match[4]) if match else None
        if match is None or value is None or threshold is None:
            continue
        name = f"{match[1].lower()}_{_NAMES[match[2]]}"
        measures[name] = Measure(
            name=name,
            value=value,
            threshold=threshold,
            unit="a.u.",
            is_met=match[5] == "YES",
        )
    return tuple(measures.values())


def _structure(
    marked: MarkedLines, point: Point, before: Structure | None
) -> Structure | None:
    if before is None:
        return None
    table = coordinates.read_table(marked, point.start, point.stop, before.dimension)
    return None if table is None else coordinates.placed(table, before)


def matching(
    forces: tuple[Vector, ...], structure: Structure | None
) -> tuple[Vector, ...]:
    if structure is not None and len(forces) != structure.n_atoms:
        return ()
    return forces


def _ev(energy: Energy | None) -> float | None:
    return None if energy is None else energy.energy_ha * EV_PER_HARTREE
