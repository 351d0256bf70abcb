"""Energies of the bands as pw.x prints them, and the gap between them."""

import re
from dataclasses import dataclass, field
from typing import ClassVar, Final

from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.espresso.system import System, floats
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Bands, Gap
from crystalmathd.models.structures import Vector

_K: Final = re.compile(r"^ +k =(.{21}).*band")
_K_NUMBER: Final = re.compile(r"-?\d+\.\d{4}")
_ENERGY: Final = re.compile(r"-?\d+\.\d{4}|\*+")
_BEHIND: Final = ("the ", "highest", "!", "Writing", "convergence")
_PLANE_WAVES: Final = re.compile(r"\( *(\d+) PWs\)")
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
        read = _Eigenvalues()
        for line in self.report.lines[self.start :]:
            if not read.take(line):
                break
        return self._model(read), read.n_plane_waves

    def _model(self, read: "_Eigenvalues") -> Bands | None:
        n_bands = self.system.n_bands
        spins = read.spins
        sizes = {len(energies) for spin in spins for energies in spin}
        if not spins or len({len(spin) for spin in spins}) > 1 or len(sizes) != 1:
            return None
        if n_bands is not None and sizes != {n_bands}:
            return None
        exact = self.system.kpoints
        cartesian = exact if len(exact) == len(spins[0]) else tuple(read.kpoints)
        kpoints = [self.system.fractional(k) for k in cartesian]
        return Bands(
            energies_ev=tuple(tuple(tuple(e) for e in spin) for spin in spins),
            kpoints=tuple(k for k in kpoints if k is not None),
            fermi_ev=self.fermi_ev,
        )

    def gaps(self, energies: Energies | None) -> tuple[Gap, ...]:
        """Return the gap over both spins first; `energies` must be of the same run."""
        level = self.fermi_ev if self.top_ev is None else self.top_ev
        printed = self._printed_gap(energies)
        if level is None or energies is None:
            return () if printed is None else (printed,)
        whole = printed or gap(energies, level)
        gaps = [] if whole is None else [whole]
        for spin, one in zip(("up", "down"), energies, strict=False):
            of_spin = gap((one,), level, spin) if len(energies) > 1 else None
            gaps += [] if of_spin is None else [of_spin]
        return tuple(gaps)

    def _printed_gap(self, energies: Energies | None) -> Gap | None:
        if self.top_ev is None or self.bottom_ev is None:
            return None
        return Gap(
            gap_ev=max(0.0, self.bottom_ev - self.top_ev),
            is_direct=_is_direct(energies or (), self.top_ev, self.bottom_ev),
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


def gap(energies: Energies, level_ev: float, spin: str | None = None) -> Gap | None:
    """Return the gap at the k-points that were computed, around a level.

    A band that has energies on both sides makes a metal: the gap is 0. None if there
    is no band above or below.
    """
    level = level_ev + ROUNDING_EV
    below: list[float] = []
    above: list[float] = []
    for one in energies:
        for band in zip(*one, strict=True):
            most = max(band)
            if most <= level:
                below.append(most)
                continue
            least = min(band)
            if least <= level:
                return Gap(gap_ev=0.0, spin=spin)
            above.append(least)
    if not below or not above:
        return None
    top, bottom = max(below), min(above)
    return Gap(
        gap_ev=bottom - top,
        is_direct=_is_direct(energies, top, bottom),
        spin=spin,
        top_of_valence_ev=top,
        bottom_of_conduction_ev=bottom,
    )


def _is_direct(energies: Energies, top_ev: float, bottom_ev: float) -> bool | None:
    """Tell whether one k-point has both edges; None if the edges are not there."""
    tops: set[int] = set()
    bottoms: set[int] = set()
    for one in energies:
        for band in zip(*one, strict=True):
            if abs(max(band) - top_ev) < ROUNDING_EV:
                tops.update(k for k, e in enumerate(band) if top_ev - e < ROUNDING_EV)
            if abs(min(band) - bottom_ev) < ROUNDING_EV:
                bottoms.update(
                    k for k, e in enumerate(band) if e - bottom_ev < ROUNDING_EV
                )
    if not tops or not bottoms:
        return None
    return bool(tops & bottoms)


@dataclass(slots=True)
class _Eigenvalues:
    """Lists of eigenvalues of one loop: a head with k, then rows of eight."""

    spins: list[list[list[float]]] = field(default_factory=list)
    kpoints: list[Vector] = field(default_factory=list)
    n_plane_waves: int | None = None
    is_reading: bool = False

    def take(self, line: str) -> bool:
        """Take a line; False once what stands behind the lists has begun."""
        words = line.strip()
        if not words:
            return True
        if words[0] in "-*0123456789":
            if "SPIN" in words:
                self.spins.append([])
            elif self.is_reading:
                self._take_row(words)
        elif words.startswith("k ="):
            self._take_head(line)
        elif words.startswith("occupation"):
            self.is_reading = False
        else:
            return not words.startswith(_BEHIND)
        return True

    def _take_head(self, line: str) -> None:
        match = _K.match(line)
        numbers = [float(n) for n in _K_NUMBER.findall(match[1])] if match else []
        self.is_reading = len(numbers) == len("xyz")
        if not self.is_reading:
            return
        if not self.spins:
            self.spins.append([])
        if len(self.spins) == 1:
            self.kpoints.append((numbers[0], numbers[1], numbers[2]))
        self.spins[-1].append([])
        waves = _PLANE_WAVES.search(line)
        if waves is not None and not any(numbers) and self.n_plane_waves is None:
            self.n_plane_waves = int(waves[1])

    def _take_row(self, words: str) -> None:
        row = self.spins[-1][-1]
        try:
            row += [float(word) for word in words.split()]
        except ValueError:  # numbers of nine columns may touch each other
            values = [fortran_float(word) for word in _ENERGY.findall(words)]
            self.is_reading = bool(values) and None not in values
            row += [value for value in values if value is not None]
