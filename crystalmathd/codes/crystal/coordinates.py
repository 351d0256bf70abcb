"""The tables of lattice vectors and atoms → Structure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.strain import Cell, strained
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import ANGSTROM_PER_BOHR

WAVEFUNCTION: Final = " GEOMETRY FOR WAVE FUNCTION"
FINAL: Final = " FINAL OPTIMIZED GEOMETRY"
_TABLE: Final = " ATOMS IN THE ASYMMETRIC UNIT"
_VECTORS: Final = " DIRECT LATTICE VECTORS CARTESIAN COMPONENTS (ANGSTROM)"
_CARTESIAN: Final = " CARTESIAN COORDINATES - PRIMITIVE CELL"
_GHOSTS: Final = " * ATOMS TRANSFORMED INTO GHOSTS"
_PROPERTIES_VECTORS: Final = " DIRECT LATTICE VECTOR COMPONENTS ("
_PROPERTIES_ATOMS: Final = "   ATOM N.AT.  SHELL    X(A)      Y(A)      Z(A)"

_DIMENSION: Final = re.compile(r"DIMENSIONALITY OF THE SYSTEM +(\d)")
_COUNT: Final = re.compile(r"ATOMS IN THE UNIT CELL: *(\d{1,9})(?!\d)")
_GHOST: Final = re.compile(r"(?<!\d)(\d{1,9})\( *\d+\)")
_NEAR: Final = 12
"""Lines between the title of a geometry and its table of atoms, at most."""

_FLAGS: Final = frozenset({"T", "F"})
"""Whether an atom belongs to the asymmetric unit."""

_FORMAL_LENGTH_A: Final = 500.0
"""What CRYSTAL prints as the length of a direction that is not periodic."""

_CONVENTIONAL: Final = 100
"""Numbers from here on say which basis set or pseudopotential: Z is the remainder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One printed geometry: where its atoms stand, its cell and dimension.

    `cell`: lengths in Å and angles in degrees, None for a molecule.
    """

    dimension: int
    cell: Cell | None
    volume_a3: float | None
    numbers: tuple[int, ...]
    coordinates: tuple[Vector, ...]
    """Fractional along periodic directions, Å along the others."""


def read_initial(marked: MarkedLines) -> Structure | None:
    """Return the geometry that the wavefunction is computed for first."""
    title = marked.first(WAVEFUNCTION)
    if title is not None:
        return _with_vectors(marked, title, _end_of_geometry(marked, title))
    # A test of the geometry ends before: the last of its tables is the edited one.
    for table in reversed(marked.starting(_TABLE)):
        structure = _with_vectors(marked, table, len(marked.lines))
        if structure is not None:
            return structure
    return _from_properties(marked)


def read_final(marked: MarkedLines, stop: int) -> Structure | None:
    """Return the last geometry that an optimisation before `stop` ended with."""
    title = marked.last(FINAL, 0, stop)
    return None if title is None else _with_vectors(marked, title, len(marked.lines))


def read_table(
    marked: MarkedLines, start: int, stop: int, dimension: int
) -> Table | None:
    """Read the first table of atoms in `start:stop`; None if it is not whole."""
    line = marked.first(_TABLE, start, stop)
    if line is None:
        return None
    count = _COUNT.search(marked.lines[line])
    rows = _rows(marked.lines, line + 3, int(count[1]) if count else 0)
    if not rows:
        return None
    cell, volume_a3 = _cell(marked, line) if dimension else (None, None)
    if dimension and cell is None:
        return None
    return Table(
        dimension=dimension,
        cell=cell,
        volume_a3=volume_a3,
        numbers=tuple(number for number, _ in rows),
        coordinates=tuple(vector for _, vector in rows),
    )


def placed(table: Table, before: Structure) -> Structure | None:
    """Move the atoms of `before` to a table's positions, in the cell it has become."""
    lattice = before.lattice_a
    if table.cell is not None:
        lattice = strained(before.lattice_a, table.cell)
    if len(table.numbers) != before.n_atoms or len(lattice) != table.dimension:
        return None
    return Structure(
        dimension=before.dimension,
        lattice_a=lattice,
        atomic_numbers=before.atomic_numbers,
        positions_a=_cartesian(table.coordinates, lattice),
        labels=before.labels,
    )


def _ghosts(marked: MarkedLines) -> frozenset[int]:
    """Return the atoms (from 1) that keyword GHOSTS took the nucleus from."""
    ghosts: set[int] = set()
    for title in marked.starting(_GHOSTS):
        for line in marked.lines[title + 1 :]:
            found = _GHOST.findall(line)
            if not found:
                break
            ghosts.update(map(int, found))
    return frozenset(ghosts)


def _end_of_geometry(marked: MarkedLines, start: int) -> int:
    """Return where the input's geometry ends; later vectors are of other points."""
    ends = (
        marked.first(" LOCAL ATOMIC FUNCTIONS BASIS SET", start),
        marked.first(FINAL, start),
    )
    return min((end for end in ends if end is not None), default=len(marked.lines))


def _with_vectors(marked: MarkedLines, title: int, stop: int) -> Structure | None:
    ghosts = _ghosts(marked)
    dimension = _dimension(marked, title)
    table = read_table(marked, title, stop, dimension)
    if table is None:
        return None
    if not dimension:
        return _structure(0, (), table.numbers, table.coordinates, ghosts)
    vectors = marked.first(_VECTORS, title, stop)
    lattice = () if vectors is None else _vectors(marked.lines, vectors + 2, dimension)
    if len(lattice) != dimension:
        return None
    atoms = marked.first(_CARTESIAN, title, stop)
    rows = [] if atoms is None else _rows(marked.lines, atoms + 4, len(table.numbers))
    positions = (
        tuple(vector for _, vector in rows)
        if len(rows) == len(table.numbers)
        else _cartesian(table.coordinates, lattice)
    )
    return _structure(dimension, lattice, table.numbers, positions, ghosts)


def _dimension(marked: MarkedLines, title: int) -> int:
    match = _DIMENSION.search(marked.line(title))
    if match is not None:
        return int(match[1])
    header = marked.first(_TABLE, title)
    text = "" if header is None else marked.line(header + 1)
    return text.count("/")


def _from_properties(marked: MarkedLines) -> Structure | None:
    """Read what `properties` prints of the wavefunction: three decimals of an Å."""
    atoms = marked.first(_PROPERTIES_ATOMS)
    if atoms is None:
        return None
    rows = _property_rows(marked.lines, atoms + 2)
    title = marked.first(_PROPERTIES_VECTORS)
    lattice: tuple[Vector, ...] = ()
    if title is not None:
        lattice = _vectors(marked.lines, title + 1, len("abc"))
        if "(BOHR)" in marked.lines[title]:
            lattice = tuple(_scaled(vector, ANGSTROM_PER_BOHR) for vector in lattice)
        lattice = tuple(vector for vector in lattice if not _is_formal(vector))
    if not rows:
        return None
    numbers = tuple(number for number, _ in rows)
    positions = tuple(vector for _, vector in rows)
    return _structure(len(lattice), lattice, numbers, positions, frozenset())


def _property_rows(lines: Sequence[str], start: int) -> list[tuple[int, Vector]]:
    rows = []
    for line in lines[start:]:
        fields = line[:14].split()
        vector = _vector(line[19:].split()[:3])
        if len(fields) < 2 or not fields[1].isdecimal() or vector is None:  # noqa: PLR2004  # number, Z
            break
        rows.append((int(fields[1]), vector))
    return rows


def _is_formal(vector: Vector) -> bool:
    return abs(max(map(abs, vector)) - _FORMAL_LENGTH_A) < 1e-3  # noqa: PLR2004  # Å


def _cell(marked: MarkedLines, table: int) -> tuple[Cell | None, float | None]:
    """Read the cell that is printed above a table of atoms."""
    for number in range(table - 1, max(table - _NEAR, -1), -1):
        line = marked.lines[number]
        if line.startswith(" PRIMITIVE CELL"):
            values = [fortran_float(text) for text in marked.line(number + 2).split()]
            numbers = [value for value in values if value is not None]
            if len(numbers) == len(values) == 6:  # noqa: PLR2004  # lengths and angles
                a, b, c, alpha, beta, gamma = numbers
                return (a, b, c, alpha, beta, gamma), _volume(line)
    return None, None


def _volume(line: str) -> float | None:
    _, _, text = line.partition("VOLUME=")
    return fortran_float(text.split()[0]) if text.split() else None


def _rows(lines: Sequence[str], start: int, count: int) -> list[tuple[int, Vector]]:
    """Read `number [T|F] Z symbol x y z [radius]`; nothing if a row is missing."""
    rows: list[tuple[int, Vector]] = []
    for line in lines[start : start + count]:
        fields = line.split()
        try:
            at = 4 if fields[1] in _FLAGS else 3
            number = int(fields[at - 2])
            x, y, z = float(fields[at]), float(fields[at + 1]), float(fields[at + 2])
        except (ValueError, IndexError):
            return []
        if number < 0 or not math.isfinite(x + y + z):
            return []
        rows.append((number, (x, y, z)))
    return rows if len(rows) == count else []


def _vectors(lines: Sequence[str], start: int, count: int) -> tuple[Vector, ...]:
    vectors = (_vector(line.split()) for line in lines[start : start + count])
    return tuple(vector for vector in vectors if vector is not None)


def _vector(fields: Sequence[str]) -> Vector | None:
    if len(fields) != 3:  # noqa: PLR2004
        return None
    try:
        x, y, z = map(float, fields)
    except ValueError:
        return None
    return (x, y, z) if math.isfinite(x + y + z) else None


def _cartesian(
    vectors: tuple[Vector, ...], lattice: tuple[Vector, ...]
) -> tuple[Vector, ...]:
    """Return positions in Å, which they are already where nothing repeats."""
    unit = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    axes = (*lattice, *unit[len(lattice) :])
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = axes[0], axes[1], axes[2]
    return tuple(
        (
            x * ax + y * bx + z * cx,
            x * ay + y * by + z * cy,
            x * az + y * bz + z * cz,
        )
        for x, y, z in vectors
    )


def _structure(
    dimension: int,
    lattice: tuple[Vector, ...],
    numbers: tuple[int, ...],
    positions: tuple[Vector, ...],
    ghosts: frozenset[int],
) -> Structure:
    is_conventional = any(number >= _CONVENTIONAL for number in numbers)
    return Structure(
        dimension=dimension,
        lattice_a=lattice,
        atomic_numbers=tuple(
            0 if atom in ghosts else number % _CONVENTIONAL
            for atom, number in enumerate(numbers, start=1)
        ),
        positions_a=positions,
        labels=tuple(map(str, numbers)) if is_conventional else (),
    )


def _scaled(vector: Vector, factor: float) -> Vector:
    return vector[0] * factor, vector[1] * factor, vector[2] * factor
