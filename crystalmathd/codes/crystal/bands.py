"""Band structures as the main output of `properties` prints them.

The path is always there, energies (four digits) only where the deck asks to list them:
those of fort.25 or BAND.DAT are better. Source: outputs of CRYSTAL14 to 23.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.crystal import kpath
from crystalmathd.codes.crystal.kpath import Ends, PathLine
from crystalmathd.codes.numbers import fortran_float, fortran_floats
from crystalmathd.models.quantities import Bands
from crystalmathd.models.structures import Vector
from crystalmathd.units import EV_PER_HARTREE

_TITLE: Final = " *  BAND STRUCTURE "
_RANGE: Final = re.compile(r" \* +FROM BAND +(\d{1,9}) TO BAND +(\d{1,9}) ")
_LINE: Final = re.compile(r" LINE +\d+ \((.{15}):(.{15})\) IN TERMS OF")
_N_POINTS: Final = re.compile(r" *(\d{1,9}) POINTS - SHRINKING_FACTOR *(\d{1,9})")
_STEP: Final = re.compile(r" CARTESIAN COORD\. .* STEP +(\S+)")
_POINT: Final = re.compile(r" *\d+\([ \d*/-]*\) *$")
"""A k-point of the list; its coordinates may be asterisks."""

_WRITTEN: Final = re.compile(r" -%-\dBAND  ((?:.{5}){6})")
_FERMI: Final = re.compile(r" ENERGY RANGE \(A\.U\.\).* EFERMI +(\S+)")
_ALPHA: Final = "    ALPHA      ELECTRONS"
_BETA: Final = "    BETA       ELECTRONS"
_ENERGIES: Final = " " * 12
_FIELD: Final = 5
_ROUNDING: Final = 0.006
"""The coordinates of a line have two decimals."""

_COARSEST: Final = 80
"""Denominator up to which two decimals tell which whole number was meant."""

_MOST_POINTS: Final = 100_000
"""Far above any path; a damaged number must not make millions of points."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedBands:
    """`denominator`: ISS of the path, which fort.25 does not hold."""

    bands: Bands
    denominator: int | None


@dataclass(slots=True)
class _Piece:
    """A LINE of the path as printed: coordinates to two decimals."""

    start: Vector
    end: Vector
    n_points: int = 0
    shrinking_factor: int = 0
    step: float = 0.0


@dataclass(slots=True)
class _Printed:
    n_bands: int | None = None
    pieces: list[_Piece] = field(default_factory=list)
    written: list[tuple[Ends, Ends]] = field(default_factory=list)
    rows: tuple[list[tuple[float, ...]], list[tuple[float, ...]]] = field(
        default_factory=lambda: ([], [])
    )
    spin: int = 0
    fermi: float | None = None

    def take(self, lines: Sequence[str], index: int) -> None:
        line = lines[index]
        if match := _LINE.match(line):
            start, end = _decimals(match[1]), _decimals(match[2])
            if start and end:
                self.pieces.append(_Piece(start=start, end=end))
                self.spin = 0
        elif self.pieces and (match := _N_POINTS.match(line)):
            self.pieces[-1].n_points = int(match[1])
            self.pieces[-1].shrinking_factor = int(match[2])
        elif self.pieces and (match := _STEP.match(line)):
            self.pieces[-1].step = fortran_float(match[1]) or 0.0
        elif line.startswith((_ALPHA, _BETA)):
            self.spin = int(line.startswith(_BETA))
        elif _POINT.match(line):
            self.rows[self.spin].append(_energies(lines, index + 1))
        elif match := _WRITTEN.match(line):
            self._take_written(match[1])
        elif match := _FERMI.match(line):
            self.fermi = fortran_float(match[1])
        elif match := _RANGE.match(line):
            self.n_bands = int(match[2]) - int(match[1]) + 1

    def _take_written(self, text: str) -> None:
        fields = [text[i : i + _FIELD] for i in range(0, len(text), _FIELD)]
        try:
            a, b, c, x, y, z = (int(one) for one in fields)
        except ValueError:
            return
        self.written.append(((a, b, c), (x, y, z)))

    def denominator(self) -> int | None:
        """Find ISS: the shrinking factor of each line is ISS × number of steps."""
        found = set()
        before = (None, *self.pieces)
        for previous, piece in zip(before, self.pieces, strict=False):
            goes_on = previous is not None and previous.end == piece.start
            steps = piece.n_points if goes_on else piece.n_points - 1
            if steps < 1 or piece.shrinking_factor % steps:
                return None
            found.add(piece.shrinking_factor // steps)
        return found.pop() if len(found) == 1 else None

    def path(self) -> list[PathLine]:
        """Return the lines with whole numbers; none if these are not sure."""
        unit = self.denominator()
        n_points = sum(piece.n_points for piece in self.pieces)
        if not unit or n_points > _MOST_POINTS:
            return []
        path = []
        for index, piece in enumerate(self.pieces):
            ends = self.written[index] if index < len(self.written) else None
            if ends is None and unit <= _COARSEST:
                ends = _rounded(piece.start, unit), _rounded(piece.end, unit)
            if ends is None or not _agree(ends, piece, unit):
                return []
            path.append(
                PathLine(
                    start=ends[0],
                    end=ends[1],
                    n_points=piece.n_points,
                    step=piece.step,
                )
            )
        return path

    def energies(self) -> tuple[tuple[tuple[float, ...], ...], ...]:
        """Return the listed energies, if every point of each spin has all bands."""
        spins = [rows for rows in self.rows if rows]
        n_points = sum(piece.n_points for piece in self.pieces)
        is_whole = all(
            len(rows) == n_points and {len(row) for row in rows} == {self.n_bands}
            for rows in spins
        )
        return tuple(tuple(rows) for rows in spins) if is_whole else ()


def read_bands(lines: Sequence[str]) -> PrintedBands | None:
    """Read the first band structure of one run; None if it printed none."""
    printed = _read(lines)
    if printed is None:
        return None
    path = printed.path()
    unit = printed.denominator()
    fermi = printed.fermi
    bands = Bands(
        energies_ev=printed.energies(),
        kpoints=kpath.kpoints(path, unit),
        distances=kpath.distances(path),
        labels=kpath.labels(path, unit),
        fermi_ev=None if fermi is None else fermi * EV_PER_HARTREE,
    )
    return PrintedBands(bands=bands, denominator=unit)


def _read(lines: Sequence[str]) -> _Printed | None:
    titles = [i for i, line in enumerate(lines) if line.startswith(_TITLE)]
    if not titles:
        return None
    printed = _Printed()
    end = titles[1] if len(titles) > 1 else len(lines)
    for index in range(titles[0], end):
        if not lines[index].startswith(_ENERGIES):
            printed.take(lines, index)
        if printed.fermi is not None:
            break
    return printed if printed.pieces else None


def _energies(lines: Sequence[str], start: int) -> tuple[float, ...]:
    """Read the lines of numbers below a k-point, hartree → eV."""
    found: list[float] = []
    for index in range(start, len(lines)):
        numbers = fortran_floats(lines[index])
        if not numbers:
            break
        found += numbers
    return tuple(energy * EV_PER_HARTREE for energy in found)


def _decimals(text: str) -> Vector | None:
    """Read three numbers of five characters: `-0.32 0.68 0.00`."""
    values = [fortran_float(text[i : i + _FIELD].strip()) for i in (0, 5, 10)]
    x, y, z = values
    return None if x is None or y is None or z is None else (x, y, z)


def _rounded(point: Vector, unit: int) -> Ends:
    x, y, z = point
    return round(x * unit), round(y * unit), round(z * unit)


def _agree(ends: tuple[Ends, Ends], piece: _Piece, unit: int) -> bool:
    """Say whether whole numbers are the printed coordinates."""
    return all(
        abs(whole / unit - decimal) < _ROUNDING
        for wholes, decimals in zip(ends, (piece.start, piece.end), strict=True)
        for whole, decimal in zip(wholes, decimals, strict=True)
    )
