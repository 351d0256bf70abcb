"""Band gap and Fermi energy at the end of an SCF, in eV."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Gap
from crystalmathd.units import EV_PER_HARTREE

_INSULATING: Final = " INSULATING STATE"
_CONDUCTING: Final = " POSSIBLY CONDUCTING STATE"
_SPIN_LOCKED: Final = " SPIN LOCKING:"
_SHIFTED_FERMI: Final = " LOCKING - FERMI ENERGY ALTERED BY LEVEL SHIFTER"
_STATES: Final = (_INSULATING, _CONDUCTING, _SPIN_LOCKED, _SHIFTED_FERMI)

_HEADER: Final = " N. OF SCF CYCLES"
_EDGE: Final = re.compile(r" BAND +(\d{1,9}); K +(\d{1,9}); EIG +(\S+) AU")
_GAP: Final = re.compile(r"(IN)?DIRECT ENERGY BAND GAP: +(\S+) eV")
_FERMI: Final = re.compile(r"EFERMI\(AU\) *(\S+)")
_NO_EDGES: Final = {1: "EIG -1.0000000E+00 AU", 2: "EIG  1.0000000E+00 AU"}
"""What CRYSTAL09 prints as edges while SPINLOCK holds, and computes none."""

_FINAL_GAP: Final = re.compile(r"^ +(?:(ALPHA|BETA) )?BAND GAP: +(\S+) +eV")
_FINAL_FERMI: Final = re.compile(r"^ +FERMI ENERGY: +(\S+) Ha")
_NOT_COMPUTED_HA: Final = -1.0
"""What stands as the Fermi energy of a wavefunction that has none yet."""

_SPINS: Final = {"ALPHA": "up", "BETA": "down"}
_BLOCK: Final = 6
"""Lines after the state: edges at their k-points and at Γ, and the gap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """The state of the bands after a diagonalisation.

    With a level shifter the virtual bands lie too high: there is no gap then.
    """

    gaps: tuple[Gap, ...] = ()
    fermi_ev: float | None = None
    has_gap: bool | None = None
    is_spin_locked: bool = False


def read_levels(marked: MarkedLines, start: int, stop: int) -> Levels:
    """Read the last state of the bands that `start:stop` prints."""
    states = marked.starting_any(_STATES, start, stop)
    if not states:
        return Levels()
    last = marked.lines[states[-1]]
    if last.startswith(_CONDUCTING):
        return Levels(gaps=(Gap(gap_ev=0.0),), fermi_ev=_fermi_ev(last), has_gap=False)
    if last.startswith(_SPIN_LOCKED):
        return Levels(is_spin_locked=True)
    if "LEVEL SHIFTER" in last:
        return Levels()
    if all(edge in marked.line(states[-1] + n) for n, edge in _NO_EDGES.items()):
        return Levels(is_spin_locked=True)
    gaps = [_gap(marked, states[-1])]
    if (
        gaps[0] is not None
        and gaps[0].spin == "down"
        and len(states) > 1
        and marked.lines[states[-2]].startswith(_INSULATING)
    ):
        gaps.insert(0, _gap(marked, states[-2]))
    return Levels(gaps=tuple(gap for gap in gaps if gap is not None), has_gap=True)


def was_insulating(marked: MarkedLines, start: int, stop: int) -> bool:
    """Whether most cycles of an SCF had a gap; the first ones often differ."""
    insulating = marked.starting(_INSULATING, start, stop)
    return len(insulating) > len(marked.starting(_CONDUCTING, start, stop))


def read_header(marked: MarkedLines) -> Levels:
    """Read the Fermi energy that `properties` prints of the wavefunction.

    Three digits; of an insulator it is the top of its valence bands.
    """
    line = marked.first(_HEADER)
    if line is None:
        return Levels()
    fermi_ha = fortran_float(marked.lines[line].rsplit(maxsplit=1)[-1])
    return Levels(fermi_ev=None if fermi_ha == _NOT_COMPUTED_HA else _in_ev(fermi_ha))


def read_final_levels(marked: MarkedLines, optimisation_end: int) -> Levels:
    """Read the gaps that are printed behind `OPT END` (CRYSTAL17 and later)."""
    gaps: list[Gap] = []
    fermi_ev = None
    for line in marked.lines[optimisation_end + 1 : optimisation_end + 1 + _BLOCK]:
        if match := _FINAL_GAP.match(line):
            value = fortran_float(match[2])
            if value is not None:
                gaps.append(Gap(gap_ev=value, spin=_SPINS.get(match[1] or "")))
        elif match := _FINAL_FERMI.match(line):
            fermi_ev = _ev(match[1])
    if fermi_ev is not None and not gaps:
        gaps = [Gap(gap_ev=0.0)]
    has_gap = any(gap.gap_ev > 0 for gap in gaps) if gaps else None
    return Levels(gaps=tuple(gaps), fermi_ev=fermi_ev, has_gap=has_gap)


def merged(final: Levels, scf: Levels) -> Levels:
    """Give the final gaps what the SCF of the same geometry says about their edges."""
    if not final.gaps:
        return scf
    edges = {gap.spin: gap for gap in scf.gaps}
    gaps = tuple(
        replace(edges[gap.spin], gap_ev=gap.gap_ev) if gap.spin in edges else gap
        for gap in final.gaps
    )
    fermi_ev = scf.fermi_ev if final.fermi_ev is None else final.fermi_ev
    return replace(final, gaps=gaps, fermi_ev=fermi_ev)


def _gap(marked: MarkedLines, state: int) -> Gap | None:
    """Read one block; the gap is that of the edges where no gap is printed."""
    block = _block(marked.lines[state + 1 : state + 1 + _BLOCK])
    top, bottom = _edge(block, "TOP"), _edge(block, "BOTTOM")
    gap_ev = is_direct = None
    for line in block:
        if match := _GAP.search(line):
            gap_ev, is_direct = fortran_float(match[2]), match[1] is None
    if gap_ev is None and top is not None and bottom is not None:
        gap_ev, is_direct = bottom[1] - top[1], top[0] == bottom[0]
    if gap_ev is None:
        return None
    title = marked.line(state - 1).split() if state else []
    return Gap(
        gap_ev=gap_ev,
        is_direct=is_direct,
        spin=_SPINS.get(title[0]) if title else None,
        top_of_valence_ev=None if top is None else top[1],
        bottom_of_conduction_ev=None if bottom is None else bottom[1],
    )


def _block(lines: Sequence[str]) -> list[str]:
    block = []
    for line in lines:
        if "VALENCE BANDS" not in line and "VIRTUAL BANDS" not in line:
            if "BAND GAP:" in line:
                block.append(line)
            break
        block.append(line)
    return block


def _edge(block: Sequence[str], name: str) -> tuple[int, float] | None:
    """Return k-point and energy of an edge; the one at Γ, printed after it, is not."""
    for line in block:
        match = _EDGE.search(line) if line.startswith(f" {name} ") else None
        if match is not None:
            energy_ev = _ev(match[3])
            return None if energy_ev is None else (int(match[2]), energy_ev)
    return None


def _fermi_ev(line: str) -> float | None:
    match = _FERMI.search(line)
    return None if match is None else _ev(match[1])


def _ev(number: str) -> float | None:
    return _in_ev(fortran_float(number))


def _in_ev(energy_ha: float | None) -> float | None:
    return None if energy_ha is None else energy_ha * EV_PER_HARTREE
