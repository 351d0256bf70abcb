"""FREQCALC: what an output says about vibrations, at Γ and at other q-points.

Source: outputs of CRYSTAL06 to 22 with INTENS, INTRAMAN, SCELPHONO, DISPERSION,
BANDS and PDOS.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.crystal import thermodynamics
from crystalmathd.codes.crystal.modes import ModeSet, expand, read_raman, read_sets
from crystalmathd.codes.crystal.thermodynamics import ThermodynamicsReader
from crystalmathd.codes.numbers import fortran_float, fortran_floats
from crystalmathd.models.quantities import Phonons, Tensor, Vibrations
from crystalmathd.models.structures import Vector

_MODES: Final = "    MODES "
_POINT: Final = "  DISPERSION K POINT"
_PATH: Final = "  PHONONS ALONG PATH"
_MESH: Final = " * WITH SHRINKING FACTORS"
_UNITS: Final = "  THE POSITION OF THE POINTS IS"
_BORN: Final = " ATOMIC BORN CHARGE TENSOR"
_HEADS: Final = (
    _MODES,
    _POINT,
    _PATH,
    _MESH,
    _UNITS,
    _BORN,
    *thermodynamics.HEADS,
)
_BEGINNINGS: Final = frozenset(head[:4] for head in _HEADS)
"""A set is asked faster than each of the heads."""

_COORDINATES: Final = re.compile(
    rf"{_POINT} NUMBER +(\d{{1,9}}) COORD: +[RC]\(([^)]*)\) +WEIGHT: *(\S+)"
)
_FACTORS: Final = re.compile(r"IS\d *= *(\d{1,9})")
_DENOMINATOR: Final = re.compile(r"DENOMINATOR +(\d{1,9})")
_ATOM: Final = re.compile(r" ATOM +\d+ .* DYNAMIC CHARGE ")
_GAMMA: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Point:
    """A q-point as announced; `q` is None where its units were not printed."""

    q: Vector | None
    weight: float | None
    number: str


def read_vibrations(lines: Sequence[str]) -> Vibrations | None:
    """Read the vibrations of one run; None if it printed none.

    If frequencies were computed more than once (QHA), those of the last time.
    """
    reading = _Reading()
    for index, line in enumerate(lines):
        if line[:4] in _BEGINNINGS and line.startswith(_HEADS):
            reading.take(lines, index)
    return reading.vibrations()


@dataclass(slots=True)
class _Reading:
    points: list[tuple[_Point, tuple[ModeSet, ...]]] = field(default_factory=list)
    raman: dict[int, float] = field(default_factory=dict)
    born_charges: tuple[Tensor, ...] = ()
    functions: ThermodynamicsReader = field(default_factory=ThermodynamicsReader)
    units: tuple[int, ...] = ()
    is_path: bool = False
    announced: _Point | None = None

    def take(self, lines: Sequence[str], index: int) -> None:
        line = lines[index]
        if line.startswith(_MODES):
            self._take_table(lines, index)
        elif line.startswith(_POINT):
            self._take_point(lines, index)
        elif line.startswith(_BORN):
            self.born_charges = _born_charges(lines, index)
        elif line.startswith(_MESH):
            self.units = tuple(int(n) for n in _FACTORS.findall(line))
        elif line.startswith(_PATH):
            self.is_path = True
        elif line.startswith(_UNITS):
            match = _DENOMINATOR.search(line)
            self.units = (int(match[1]),) * 3 if match else ()
        else:
            self.functions.take(line)

    def _take_table(self, lines: Sequence[str], index: int) -> None:
        if "I_tot" in lines[index]:
            self.raman = read_raman(lines, index)
        elif "EIGV" in lines[index]:
            self._keep(read_sets(lines, index))

    def _take_point(self, lines: Sequence[str], index: int) -> None:
        match = _COORDINATES.match(lines[index])
        if match is None:
            return
        weight = None if self.is_path else fortran_float(match[3])
        number = match[1]
        self.announced = _Point(
            q=_in_units(fortran_floats(match[2]), self.units),
            weight=weight,
            number=number,
        )
        # The first point of a path has no heading above its modes.
        if sets := read_sets(lines, index):
            self._keep(sets)

    def _keep(self, sets: tuple[ModeSet, ...]) -> None:
        if not sets:
            return
        point = self.announced
        self.announced = None
        if point is None:
            point = _Point(q=_GAMMA, weight=None, number="1")
        if point.number == "1" and not self.is_path:
            self.points = []
            self.raman = {}
            self.functions = ThermodynamicsReader()
        self.points.append((point, sets))

    def vibrations(self) -> Vibrations | None:
        points = tuple(
            self._phonons(point.q, point.weight, sets)
            for point, sets in self.points
            if point.q is not None
        )
        zero_point_ev = self.functions.zero_point_ev
        if not points and zero_point_ev is None and not self.born_charges:
            return None
        return Vibrations(
            points=points,
            zero_point_ev=zero_point_ev,
            thermodynamics=tuple(self.functions.points),
            born_charges=self.born_charges,
        )

    def _phonons(
        self, q: Vector, weight: float | None, sets: tuple[ModeSet, ...]
    ) -> Phonons:
        raman: Mapping[int, float] = self.raman if q == _GAMMA else {}
        modes = expand(sets, raman, has_intensities=self._has_intensities(sets))
        return Phonons(q=q, weight=weight, modes=tuple(modes))

    def _has_intensities(self, sets: tuple[ModeSet, ...]) -> bool:
        """Say whether they were computed: without INTENS all are printed as 0.00."""
        return bool(self.born_charges) or any(s.infrared_km_mol for s in sets)


def _in_units(
    coordinates: tuple[float, ...] | None, units: tuple[int, ...]
) -> Vector | None:
    """Divide by the shrinking factors; Γ needs none."""
    if coordinates is None or len(coordinates) != len(_GAMMA):
        return None
    if not any(coordinates):
        return _GAMMA
    if len(units) != len(_GAMMA) or not all(units):
        return None
    x, y, z = (c / n for c, n in zip(coordinates, units, strict=True))
    return x, y, z


def _born_charges(lines: Sequence[str], heading: int) -> tuple[Tensor, ...]:
    """Read a tensor for each atom: a title, numbers of the columns, three rows."""
    tensors: list[Tensor] = []
    index = heading + 1
    while index < len(lines):
        line = lines[index]
        if _ATOM.match(line):
            tensor = _tensor(lines[index + 1 : index + 6])
            if tensor is None:
                break
            tensors.append(tensor)
            index += 6
        elif line.strip() and "DYNAMIC CHARGE" not in line:
            break
        else:
            index += 1
    return tuple(tensors)


def _tensor(lines: Sequence[str]) -> Tensor | None:
    rows = []
    for line in lines[2:]:
        numbers = fortran_floats(line)
        if numbers is None or len(numbers) != 1 + len(_GAMMA):
            return None
        rows.append((numbers[1], numbers[2], numbers[3]))
    return (rows[0], rows[1], rows[2]) if len(rows) == len(_GAMMA) else None
