"""Forces on the atoms and stress of the cell, as a gradient calculation prints them."""

from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Vector
from crystalmathd.units import ANGSTROM_PER_BOHR, EV_PER_HARTREE, GPA_PER_EV_A3

_FORCES: Final = " CARTESIAN FORCES"
"""CRYSTAL06 prints no unit behind it; it is hartree/bohr in every version."""

_STRESS: Final = "STRESS TENSOR, IN HARTREE/BOHR^3:"
_STRESS_ROWS: Final = 4
"""Lines from the title to the first row: three say the order of the components."""

_FORCE_WIDTH: Final = 20
"""Columns of a component, the last three of a row."""

EV_A_PER_HARTREE_BOHR: Final = EV_PER_HARTREE / ANGSTROM_PER_BOHR
GPA_PER_HARTREE_BOHR3: Final = EV_PER_HARTREE / ANGSTROM_PER_BOHR**3 * GPA_PER_EV_A3


def read_forces(marked: MarkedLines, start: int, stop: int) -> tuple[Vector, ...]:
    """Return the last forces of `start:stop` in eV/Å, one vector an atom."""
    title = marked.last(_FORCES, start, stop)
    if title is None:
        return ()
    forces = []
    for line in marked.lines[title + 2 : stop]:
        force = _force(line)
        if force is None:
            break
        forces.append(force)
    return tuple(forces)


def read_stress(marked: MarkedLines, start: int, stop: int) -> Tensor | None:
    """Return the last stress of `start:stop` in GPa, positive under compression.

    CRYSTAL's own sign is the other one: its pressure is minus a third of the trace.
    """
    title = marked.last(_STRESS, start, stop)
    if title is None:
        return None
    first = title + _STRESS_ROWS
    rows = [_row(line.split()) for line in marked.lines[first : first + 3]]
    whole = [row for row in rows if row is not None]
    if len(whole) != len("xyz"):
        return None
    return (whole[0], whole[1], whole[2])


def pressure_gpa(stress: Tensor | None) -> float | None:
    if stress is None:
        return None
    return (stress[0][0] + stress[1][1] + stress[2][2]) / 3


def _force(line: str) -> Vector | None:
    """Read `number Z fx fy fz`; a component may fill its columns."""
    body = line.rstrip()
    fields = [
        fortran_float(body[len(body) - _FORCE_WIDTH * place :][:_FORCE_WIDTH].strip())
        for place in (3, 2, 1)
    ]
    if len(body) <= 3 * _FORCE_WIDTH or len(body[:-60].split()) < len(("atom", "Z")):
        return None
    x, y, z = fields
    if x is None or y is None or z is None:
        return None
    unit = EV_A_PER_HARTREE_BOHR
    return x * unit, y * unit, z * unit


def _row(fields: Sequence[str]) -> Vector | None:
    values = [fortran_float(field) for field in fields]
    if len(values) != len("xyz"):
        return None
    x, y, z = values
    if x is None or y is None or z is None:
        return None
    unit = -GPA_PER_HARTREE_BOHR3
    return x * unit, y * unit, z * unit
