"""fort.34, beside a deck `mgo.d12` called `mgo.gui`: a geometry with its operators.

Free format: dimension, centring and crystal system (and what CRYSTAL writes of the
energy); three vectors in Å (500 Å where nothing repeats); the number of operators and
for each three rows and a translation, Cartesian, Å; the number of atoms and for each
its conventional number and position, Å. What follows (space group, its operators) is
kept as it is. Source: the manual of CRYSTAL23, appendix D, and files of 14 to 22.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.lines import bare_lines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import EV_PER_HARTREE

_HEAD: Final = re.compile(r"\s*([0-3])\s+(\d)\s+(\d)(?:\s+(\S.*?))?\s*$", re.ASCII)
_ENERGY: Final = re.compile(r"E +(-?\d\S*)")
_MOST_ATOMS: Final = 1_000_000
_MOST_OPERATORS: Final = 100_000
"""A supercell has the pure translations of its cells among its operators."""

_NO_NUMBER: Final = 1000
_N_VECTORS: Final = 3
_WORDS_OF_ATOM: Final = 4
_IDENTITY: Final = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
NO_REPETITION: Final = ((500.0, 0.0, 0.0), (0.0, 500.0, 0.0), (0.0, 0.0, 500.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """x → rotation · x + translation, Cartesian, Å."""

    rotation: Tensor
    translation_a: Vector


@dataclass(frozen=True, kw_only=True, slots=True)
class GeometryFile:
    """What a .gui holds.

    `vectors_a`: all three as they stand, those of no repetition too.
    `conventional_numbers`: as in a deck, with 100 or more for another basis set or a
    core potential. `comment`: the rest of the first line; `trailer`: the lines behind
    the atoms. `text`: the file itself, None if the geometry was made here.
    """

    structure: Structure
    centring: int
    crystal_system: int
    vectors_a: Tensor
    operators: tuple[Operator, ...]
    conventional_numbers: tuple[int, ...]
    comment: str = ""
    trailer: tuple[str, ...] = ()
    text: bytes | None = None

    @property
    def energy_ev(self) -> float | None:
        """The energy that CRYSTAL wrote beside the geometry of an optimisation."""
        match = _ENERGY.match(self.comment)
        energy = None if match is None else fortran_float(match[1])
        return None if energy is None else energy * EV_PER_HARTREE


def read_gui(data: bytes) -> GeometryFile:
    """Read a geometry file.

    Raises
    ------
    DeckError
        If it is none; it says in which line what was expected.
    """
    lines = _Lines(data.decode("utf-8", "replace"))
    dimension, centring, system, comment = _first_line(lines)
    vectors = _tensor(lines, "a lattice vector")
    n_operators = lines.count("the number of operators", _MOST_OPERATORS)
    operators = tuple(_operators(lines, n_operators))
    n_atoms = lines.count("the number of atoms", _MOST_ATOMS)
    atoms = [_atom(lines) for _ in range(n_atoms)]
    return GeometryFile(
        structure=Structure(
            dimension=dimension,
            lattice_a=vectors[:dimension],
            atomic_numbers=tuple(number % 100 for number, _ in atoms),
            positions_a=tuple(position for _, position in atoms),
        ),
        centring=centring,
        crystal_system=system,
        vectors_a=vectors,
        operators=operators,
        conventional_numbers=tuple(number for number, _ in atoms),
        comment=comment,
        trailer=tuple(lines.rest()),
        text=data,
    )


def without_symmetry(structure: Structure) -> GeometryFile:
    """Make a geometry file of a structure, with the identity as its only operator."""
    dimension = len(structure.lattice_a)
    vectors = [*structure.lattice_a, *NO_REPETITION[dimension:]]
    identity = Operator(rotation=_IDENTITY, translation_a=(0.0, 0.0, 0.0))
    return GeometryFile(
        structure=structure,
        centring=1,
        crystal_system=1,
        vectors_a=(vectors[0], vectors[1], vectors[2]),
        operators=(identity,),
        conventional_numbers=structure.atomic_numbers,
        trailer=("    1    1",),
    )


def write_gui(geometry: GeometryFile) -> bytes:
    """Write a geometry so that it is read back as it is, to the last digit.

    The positions and vectors are those of `structure` and `vectors_a`: a file that
    was read and not changed is better sent on as its `text`.
    """
    structure = geometry.structure
    head = f"{structure.dimension:4d}{geometry.centring:4d}{geometry.crystal_system:4d}"
    lines = [f"{head} {geometry.comment}".rstrip()]
    lines += [_row(vector) for vector in geometry.vectors_a]
    lines.append(f"{len(geometry.operators):5d}")
    for operator in geometry.operators:
        lines += [_row(row) for row in operator.rotation]
        lines.append(_row(operator.translation_a))
    lines.append(f"{structure.n_atoms:5d}")
    lines += [
        f"{number:5d}{_row(position)}"
        for number, position in zip(
            geometry.conventional_numbers, structure.positions_a, strict=True
        )
    ]
    return "\n".join((*lines, *geometry.trailer, "")).encode()


class _Lines:
    """The lines of a file that are not blank, and the place of the reader."""

    def __init__(self, text: str) -> None:
        numbered = enumerate(bare_lines(text), start=1)
        self._lines = [(number, line) for number, line in numbered if line.strip()]
        self._next = 0

    def take(self, expected: str) -> tuple[int, str]:
        if self._next >= len(self._lines):
            last = self._lines[-1][0] if self._lines else 0
            raise DeckError(last + 1, f"the file ends where {expected} should be.")
        number, line = self._lines[self._next]
        self._next += 1
        return number, line

    def numbers(self, expected: str, count: int) -> tuple[int, list[float]]:
        """Read a line that begins with so many numbers; say which line it is."""
        number, line = self.take(expected)
        values = [fortran_float(word) for word in line.split()[:count]]
        found = [value for value in values if value is not None]
        if len(found) < count:
            raise DeckError(number, f"{expected} should be {count} numbers.")
        return number, found

    def count(self, expected: str, most: int) -> int:
        """Read a line that begins with a number of things."""
        number, line = self.take(expected)
        word = line.split()[0]
        if not word.isdecimal() or not word.isascii():
            raise DeckError(number, f"{expected} should be a whole number.")
        if len(word) > len(str(most)) or int(word) > most:
            raise DeckError(number, f"{expected} is more than {most}.")
        return int(word)

    def rest(self) -> Iterator[str]:
        for _, line in self._lines[self._next :]:
            yield line


def _first_line(lines: _Lines) -> tuple[int, int, int, str]:
    expected = "dimension, centring and crystal system"
    number, line = lines.take(expected)
    match = _HEAD.match(line)
    if match is None:
        raise DeckError(number, f"{expected} should be three digits, as in 3 5 6.")
    return int(match[1]), int(match[2]), int(match[3]), match[4] or ""


def _tensor(lines: _Lines, expected: str) -> Tensor:
    a, b, c = (_vector(lines, expected) for _ in range(_N_VECTORS))
    return a, b, c


def _vector(lines: _Lines, expected: str) -> Vector:
    _, (x, y, z) = lines.numbers(expected, _N_VECTORS)
    return x, y, z


def _operators(lines: _Lines, count: int) -> Iterator[Operator]:
    for _ in range(count):
        rotation = _tensor(lines, "a row of an operator")
        translation = _vector(lines, "the translation of an operator")
        yield Operator(rotation=rotation, translation_a=translation)


def _atom(lines: _Lines) -> tuple[int, Vector]:
    line, (number, x, y, z) = lines.numbers("an atom", _WORDS_OF_ATOM)
    if not 0 <= number < _NO_NUMBER or number != int(number):
        raise DeckError(line, f"{number:g} is no conventional atomic number.")
    return int(number), (x, y, z)


def _row(numbers: Sequence[float]) -> str:
    """Write 17 digits, which name a double-precision number without doubt."""
    return "".join(f"{number:25.16E}" for number in numbers)
