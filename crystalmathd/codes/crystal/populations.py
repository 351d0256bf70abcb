"""Mulliken charges and spins of the atoms."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.models.quantities import Charges

_ANALYSIS: Final = " MULLIKEN POPULATION ANALYSIS"
_CHARGES: Final = " TOTAL ATOMIC CHARGES:"
_SPINS: Final = " TOTAL ATOMIC SPINS  :"
_SUM: Final = " SUMMED SPIN DENSITY"

_ROW: Final = re.compile(r"^ {0,3} *\d+ [A-Z][A-Z ] +\d+ +(-?\d+\.\d{3})")
_TOTAL: Final = re.compile(r"(-?\d+\.\d+) *$")
_NUMBER: Final = re.compile(r"-?\d+\.\d{7}")
"""Seven decimals: neighbours may touch (`-0.0000001-0.0000002`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Populations:
    """`charges` as a Result holds them; `magnetisation_bohr` is their sum of spins."""

    charges: Charges | None = None
    magnetisation_bohr: float | None = None


def read_analysis(marked: MarkedLines, start: int = 0) -> Populations:
    """Read the last Mulliken analysis (keyword PPAN) behind the line `start`."""
    electrons: tuple[float, ...] = ()
    moments: tuple[float, ...] = ()
    total = None
    for line in marked.starting(_ANALYSIS, start):
        atoms = _atoms(marked.lines, line)
        if "ALPHA-BETA" in marked.line(line - 1):
            moments = atoms
            total = _total(marked.lines[line])
        else:
            electrons, moments, total = atoms, (), None
    if not electrons:
        return Populations()
    charges = Charges(scheme="mulliken", electrons=electrons, moments_bohr=moments)
    return Populations(charges=charges, magnetisation_bohr=total)


def read_cycle(marked: MarkedLines, start: int, stop: int) -> Populations:
    """Read the charges and spins that the last cycle of `start:stop` began with."""
    line = marked.last(_CHARGES, start, stop)
    if line is None:
        return Populations()
    electrons = _numbers(marked.lines, line)
    spin_line = marked.first(_SPINS, line, stop)
    moments = () if spin_line is None else _numbers(marked.lines, spin_line)
    total_line = marked.first(_SUM, line, stop)
    total = None if total_line is None else _total(marked.lines[total_line])
    if total is None and moments:
        total = math.fsum(moments)
    if not electrons:
        return Populations()
    charges = Charges(scheme="mulliken", electrons=electrons, moments_bohr=moments)
    return Populations(charges=charges, magnetisation_bohr=total)


def first_moments(marked: MarkedLines, start: int, stop: int) -> tuple[float, ...]:
    """Return the spins of the atoms in the first cycle of `start:stop`."""
    line = marked.first(_SPINS, start, stop)
    return () if line is None else _numbers(marked.lines, line)


def _atoms(lines: Sequence[str], start: int) -> tuple[float, ...]:
    """Return the charge of each atom, the first number of its row.

    A row goes on in lines that begin with more blanks; the table ends where the next
    one (shells, then overlaps) begins.
    """
    values: list[float] = []
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if match := _ROW.match(line):
            values.append(float(match[1]))
        elif values and line.lstrip()[:4] in _TABLE_ENDS:
            break
    return tuple(values)


_TABLE_ENDS: Final = frozenset({"ATOM", "OVER", "TTTT", "MMMM"})


def _total(line: str) -> float | None:
    """Return the sum that ends a line; the field may touch the words before it."""
    match = _TOTAL.search(line)
    return None if match is None else float(match[1])


def _numbers(lines: Sequence[str], title: int) -> tuple[float, ...]:
    values: list[float] = []
    for number in range(title + 1, len(lines)):
        found = _NUMBER.findall(lines[number])
        if not found or not lines[number].startswith(" " * 2):
            break
        values += map(float, found)
    return tuple(values)
