"""Energies of the bands as pw.x prints them, and the gap between them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.espresso.system import System, floats
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Bands, Gap
from crystalmathd.models.structures import Vector

_K_COLUMNS: Final = 21
_GAMMA: Final = (" 0.0000 0.0000 0.0000", " 0.0000 0.0000-0.0000")
_CLOSED: Final = 2
"""What stands behind the head of a list: its rows, and the rest."""
_K_NUMBER: Final = re.compile(r"-?\d+\.\d{4}")
_ENERGY: Final = re.compile(r"-?\d+\.\d{4}|\*+")
_PLANE_WAVES: Final = re.compile(r"\( *(\d{1,9}) PWs\)")
ROUNDING_EV: Final = 1.01e-4
"""Energies of bands are printed with four digits behind the point."""

Energies = tuple[tuple[tuple[float, ...], ...], ...]
"""[spin][k][band], eV."""


@dataclass(slots=True)
class Levels:
    """Where the last list of eigenvalues begins, and the levels printed behind it."""

    report: Report
    system: System
    is_response: bool = False
    start: int | None = None
    is_band_structure: bool = False
    fermi_ev: float | None = None
    spin_fermi_ev: tuple[float, ...] = ()
    top_ev: float | None = None
    bottom_ev: float | None = None

    @property
    def has_occupations(self) -> bool:
        """Whether pw.x looked for a Fermi level: it does not for a path of bands."""
        return self.fermi_ev is not None or self.top_ev is not None

    def _take_start(self, at: int) -> None:
        """Forget the levels of the loop before; ph.x prints none for its own loops."""
        if self.is_response:
            return
        self.start = at
        self.fermi_ev = self.top_ev = self.bottom_ev = None
        self.spin_fermi_ev = ()

    def _take_band_structure(self, _: int) -> None:
        self.is_band_structure = True

    def _take_fermi(self, at: int) -> None:
        numbers = floats(self.report.line(at))
        if len(numbers) == 1:
            self.fermi_ev = numbers[0]
        self.spin_fermi_ev = tuple(numbers)

    def _take_highest(self, at: int) -> None:
        numbers = floats(self.report.line(at))
        if numbers:
            self.top_ev = numbers[0]
            self.bottom_ev = numbers[1] if len(numbers) > 1 else None

    def bands(self) -> tuple[Bands | None, int | None]:
        """Return the last eigenvalues, and the plane waves at Γ, as far as printed."""
        if self.start is None:
            return None, None
        title = self.report.lines[self.start]
        lists = _lists(self.report.text[self.report.text.rfind(title) :])
        energies = lists.energies()
        n_bands = self.system.n_bands
        if not energies or n_bands not in {None, len(energies[0][0])}:
            return None, lists.n_plane_waves
        exact = self.system.kpoints
        is_same = len(exact) == len(energies[0])
        kpoints = self.system.fractional(exact if is_same else lists.kpoints())
        bands = Bands(energies_ev=energies, kpoints=kpoints, fermi_ev=self.fermi_ev)
        return bands, lists.n_plane_waves

    def gaps(self, energies: Energies | None) -> tuple[Gap, ...]:
        """Return the gap over both spins first; `energies` must be of the same run."""
        edges = [_edges(one) for one in energies or ()]
        both = [edge for one in edges for edge in one]
        level = self.fermi_ev if self.top_ev is None else self.top_ev
        whole = self._printed_gap(both)
        if level is not None and energies is not None:
            whole = whole or gap(both, level)
            spins = zip(("up", "down"), edges, strict=False) if len(edges) > 1 else ()
            split = [gap(one, level, spin) for spin, one in spins]
        else:
            split = []
        return tuple(one for one in (whole, *split) if one is not None)

    def _printed_gap(self, edges: "Sequence[_Edge]") -> Gap | None:
        if self.top_ev is None or self.bottom_ev is None:
            return None
        return Gap(
            gap_ev=max(0.0, self.bottom_ev - self.top_ev),
            is_direct=_is_direct(edges, self.top_ev, self.bottom_ev),
            top_of_valence_ev=self.top_ev,
            bottom_of_conduction_ev=self.bottom_ev,
        )

    HEADS: ClassVar[Heads] = {
        "End of self-consistent calculation": _take_start,
        "End of band structure calculation": _take_start,
        "Band Structure Calculation": _take_band_structure,
        "the Fermi energy is": _take_fermi,
        "the spin up/dw Fermi": _take_fermi,
        "highest occupied": _take_highest,
    }


_Edge = tuple[float, float, tuple[float, ...]]
"""Least and greatest energy of a band, and all of them, one a k-point."""


def _edges(energies: tuple[tuple[float, ...], ...]) -> list[_Edge]:
    return [(min(band), max(band), band) for band in zip(*energies, strict=True)]


def gap(edges: Sequence[_Edge], level_ev: float, spin: str | None = None) -> Gap | None:
    """Return the gap at the k-points that were computed, around a level.

    A band that has energies on both sides makes a metal: the gap is 0. None if there
    is no band above or below.
    """
    level = level_ev + ROUNDING_EV
    below = [most for _, most, _ in edges if most <= level]
    above = [least for least, _, _ in edges if least > level]
    if len(below) + len(above) < len(edges):
        return Gap(gap_ev=0.0, spin=spin)
    if not below or not above:
        return None
    top, bottom = max(below), min(above)
    return Gap(
        gap_ev=bottom - top,
        is_direct=_is_direct(edges, top, bottom),
        spin=spin,
        top_of_valence_ev=top,
        bottom_of_conduction_ev=bottom,
    )


def _is_direct(edges: Sequence[_Edge], top_ev: float, bottom_ev: float) -> bool | None:
    """Tell whether one k-point has both edges; None if the edges are not there."""
    tops: set[int] = set()
    bottoms: set[int] = set()
    for least, most, band in edges:
        if abs(most - top_ev) < ROUNDING_EV:
            tops.update(k for k, e in enumerate(band) if top_ev - e < ROUNDING_EV)
        if abs(least - bottom_ev) < ROUNDING_EV:
            bottoms.update(k for k, e in enumerate(band) if e - bottom_ev < ROUNDING_EV)
    if not tops or not bottoms:
        return None
    return bool(tops & bottoms)


@dataclass(frozen=True, slots=True)
class _Lists:
    """Lists of eigenvalues: [spin][k] the rows of one as text, and its head."""

    rows: list[list[str]]
    heads: list[str]

    @property
    def n_plane_waves(self) -> int | None:
        """The plane waves at Γ."""
        gamma = next((head for head in self.heads if head.startswith(_GAMMA)), "")
        match = _PLANE_WAVES.search(gamma)
        return None if match is None else int(match[1])

    def kpoints(self) -> list[Vector]:
        """Return the k-points as they stand in the heads, with four digits."""
        found = (_K_NUMBER.findall(head[:_K_COLUMNS]) for head in self.heads)
        return [
            (float(k[0]), float(k[1]), float(k[2]))
            for k in found
            if len(k) == len("xyz")
        ]

    def energies(self) -> Energies:
        """Return the numbers; nothing if the lists differ in length or hold stars."""
        spins = [_numbers(rows) for rows in self.rows]
        sizes = {len(energies) for spin in spins for energies in spin}
        counts = {len(spin) for spin in spins}
        is_whole = len(counts) == len(sizes) == 1 and 0 not in counts | sizes
        return tuple(spins) if is_whole else ()


def _lists(block: str) -> _Lists:
    """Cut a block of lists: a line with k, an empty line, rows of eight, an empty line.

    One that is not closed was cut off while it was written: it is left out.
    """
    rows: list[list[str]] = [[]]
    heads: list[str] = []
    for text in block.split(" k =")[1:]:
        head, *rest = text.split("\n\n", 2)
        if "band" not in head or len(rest) < _CLOSED:
            break
        rows[-1].append(rest[0])
        if len(rows) == 1:
            heads.append(head)
        if "SPIN" in rest[1]:
            rows.append([])
    return _Lists([spin for spin in rows if spin], heads)


def _numbers(lists: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    """Return the numbers of each list: all at once, if none touches another one."""
    counts = {text.count(".") for text in lists}
    if len(counts) == 1:
        size = counts.pop()
        try:
            flat = tuple(map(float, " ".join(lists).split()))
        except ValueError:
            flat = ()
        is_clear = size > 0 and len(flat) == size * len(lists)
        if is_clear and math.isfinite(math.fsum(flat)):
            return tuple(flat[n : n + size] for n in range(0, len(flat), size))
    return tuple(_touching(text) for text in lists)


def _touching(rows: str) -> tuple[float, ...]:
    """Return numbers of nine columns; none if one of them is not there."""
    values = [fortran_float(word) for word in _ENERGY.findall(rows)]
    return () if None in values else tuple(v for v in values if v is not None)
