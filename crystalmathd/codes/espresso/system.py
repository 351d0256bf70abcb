"""What pw.x and ph.x print of the system before they begin: cell, atoms, electrons."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from crystalmathd.codes.espresso.atoms import structure
from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import ANGSTROM_PER_BOHR

_NUMBER: Final = re.compile(r"[-+]?\d+\.\d+(?:[EeDd][-+]?\d+)?")
_SITE_WORDS: Final = 3
_SYMMETRIES: Final = re.compile(r"(?<!\d)(\d{1,9}) Sym\. ?Ops")
_ELECTRONS: Final = re.compile(
    r"= +(\d+\.?\d*)(?: +\(up: +([\d.]+), down: +([\d.]+)\))?"
)
_LONGEST_HEAD: Final = 1 << 20
"""Characters within which the symmetry is told."""
_ROUNDING_ALAT: Final = 1e-4
_SPECIES_FIELDS: Final = 3


@dataclass(slots=True)
class System:
    """The cell, its atoms and electrons as the head of an output gives them.

    `axes`: the cell in units of `alat_a` (Å); `kpoints`: Cartesian, in 2π/alat. A
    static run behind a relaxation prints both again: they are those of the last cell,
    and `reprinted` are its atoms, with fewer digits than the relaxation gave them.
    """

    report: Report
    n_atoms: int | None = None
    alat_a: float | None = None
    axes: tuple[Vector, ...] = ()
    volume_a3: float | None = None
    initial: Structure | None = None
    reprinted: Structure | None = None
    is_reprinting: bool = False
    n_electrons: float | None = None
    n_bands: int | None = None
    n_kpoints: int | None = None
    kpoints: tuple[Vector, ...] = ()
    functional: str | None = None
    valences: dict[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    is_noncollinear: bool = False
    is_spin_polarised: bool = False

    @property
    def n_symmetry_operators(self) -> int | None:
        """Operators of the crystal; 1 if no other symmetry was found."""
        text = self.report.text
        for name in ("Sym. Ops", "Sym.Ops"):
            at = text.find(name, 0, _LONGEST_HEAD)
            found = _SYMMETRIES.search(text, max(0, at - 8)) if at >= 0 else None
            if found is not None:
                return int(found[1])
        return 1 if text.find("No symmetry found", 0, _LONGEST_HEAD) >= 0 else None

    @property
    def cell_charge(self) -> float | None:
        """Valence of the pseudopotentials less the electrons, as both are printed."""
        if self.n_electrons is None or not self.labels:
            return None
        if not all(label in self.valences for label in self.labels):
            return None
        charge = sum(self.valences[label] for label in self.labels) - self.n_electrons
        return round(charge, 2) + 0.0

    def fractional(self, kpoints: Sequence[Vector]) -> tuple[Vector, ...]:
        """Return Cartesian k-points in 2π/alat in units of the reciprocal lattice."""
        if len(self.axes) != len("abc"):
            return ()
        (a, b, c), (d, e, f), (g, h, i) = self.axes
        return tuple(
            (a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z)
            for x, y, z in kpoints
        )

    def _take_atoms(self, at: int) -> None:
        digits = self.report.line(at).rpartition("=")[2].strip()
        self.n_atoms = whole_number(digits)

    def _take_parameter(self, at: int) -> None:
        if self.alat_a is None and (numbers := floats(self.report.line(at))):
            self.alat_a = numbers[0] * ANGSTROM_PER_BOHR

    def _take_celldm(self, at: int) -> None:
        """Take alat with more digits than `lattice parameter` has.

        With ibrav=0 celldm(1) may be a number that pw.x does not use.
        """
        numbers = floats(self.report.line(at))
        if self.initial is not None or not numbers or self.alat_a is None:
            return
        precise = numbers[0] * ANGSTROM_PER_BOHR
        if abs(precise - self.alat_a) < _ROUNDING_ALAT:
            self.alat_a = precise

    def _take_axes(self, at: int) -> None:
        axes = tuple(vector(self.report.line(at + n)) for n in (1, 2, 3))
        self.axes = tuple(axis for axis in axes if axis is not None)

    def _take_volume(self, at: int) -> None:
        numbers = floats(self.report.line(at))
        if numbers and self.volume_a3 is None:
            self.volume_a3 = numbers[0] * ANGSTROM_PER_BOHR**3

    def _take_sites(self, at: int) -> None:
        """Read Cartesian positions in units of alat (`a_0` before version 5)."""
        is_known = self.initial is not None and not self.is_reprinting
        if is_known or "cryst" in self.report.line(at):
            return
        labels: list[str] = []
        positions: list[Vector] = []
        for line in self.report.lines[at + 1 : at + 1 + (self.n_atoms or 0)]:
            position = bracketed(line)
            words = line.split(maxsplit=2)
            if "tau(" not in line or position is None or len(words) < _SITE_WORDS:
                return
            labels.append(words[1])
            positions.append(position)
        if self.alat_a is None or len(self.axes) != len("xyz"):
            return
        if not labels or len(labels) != self.n_atoms:
            return
        self.labels = tuple(labels)
        scale = self.alat_a
        found = structure(
            labels,
            [(x * scale, y * scale, z * scale) for x, y, z in positions],
            tuple((x * scale, y * scale, z * scale) for x, y, z in self.axes),
        )
        if self.is_reprinting:
            self.reprinted = found
        else:
            self.initial = found

    def _take_reprint(self, _: int) -> None:
        self.is_reprinting = True

    def _take_electrons(self, at: int) -> None:
        if match := _ELECTRONS.search(self.report.line(at)):
            self.n_electrons = float(match[1])
            self.is_spin_polarised |= match[2] is not None

    def _take_bands(self, at: int) -> None:
        digits = self.report.line(at).rpartition("=")[2].strip()
        self.n_bands = whole_number(digits)

    def _take_kpoints(self, at: int) -> None:
        words = self.report.line(at).partition("=")[2].split()
        self.n_kpoints = whole_number(words[0]) if words else None
        self.kpoints, read = (), []
        for line in self.report.lines[at + 1 : at + 3 + (self.n_kpoints or 0)]:
            if " wk =" in line and "k(" in line:
                point = bracketed(line.partition(", wk")[0])
                if point is None:
                    return
                read.append(point)
        self.kpoints = tuple(read)

    def _take_functional(self, at: int) -> None:
        name = self.report.line(at).partition("=")[2].partition("(")[0]
        self.functional = " ".join(name.split()) or None

    def _take_species(self, at: int) -> None:
        for row in range(at + 1, at + 200):
            words = self.report.line(row).split()
            valence = fortran_float(words[1]) if len(words) > 1 else None
            if len(words) < _SPECIES_FIELDS or valence is None:
                return
            self.valences[words[0]] = valence

    def _take_noncollinear(self, _: int) -> None:
        self.is_noncollinear = True

    def _take_magnetic(self, _: int) -> None:
        self.is_spin_polarised = True

    HEADS: ClassVar[Heads] = {
        "number of atoms/cell": _take_atoms,
        "lattice parameter": _take_parameter,
        "celldm(1)=": _take_celldm,
        "crystal axes:": _take_axes,
        "unit-cell volume": _take_volume,
        "site n.     atom": _take_sites,
        "number of electrons": _take_electrons,
        "number of Kohn-Sham states": _take_bands,
        "number of k points": _take_kpoints,
        "Exchange-correlation": _take_functional,
        "atomic species   valence": _take_species,
        "Noncollinear calculation": _take_noncollinear,
        "Non magnetic calculation with spin-orbit": _take_noncollinear,
        "Final scf calculation": _take_reprint,
        "A final scf calculation": _take_reprint,
        "Starting magnetic structure": _take_magnetic,
    }


def floats(text: str) -> list[float]:
    """Return the numbers with a decimal point in a text, glued together or not."""
    found = _NUMBER.findall(text)
    try:
        return [float(word) for word in found]
    except ValueError:  # an exponent with the letter D
        values = (fortran_float(word) for word in found)
        return [value for value in values if value is not None]


def bracketed(line: str) -> Vector | None:
    """Return the three numbers in the last brackets of a line."""
    words = line.rpartition("(")[2].partition(")")[0].split()
    try:
        x, y, z = (float(word) for word in words)
    except ValueError:  # glued together, or no numbers
        numbers = floats(line.rpartition("(")[2])
        return (
            (numbers[0], numbers[1], numbers[2]) if len(numbers) == len("xyz") else None
        )
    return (x, y, z) if math.isfinite(x + y + z) else None


def vector(line: str) -> Vector | None:
    """Return three numbers in brackets, or what a card has: the last three."""
    numbers = floats(line.partition("=")[2] or line)
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == len("xyz") else None
