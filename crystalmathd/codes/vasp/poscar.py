"""POSCAR and CONTCAR of VASP 4 to 6, without loss.

    comment
    scale (negative: the volume; three: one an axis)
    three lattice vectors
    [symbols]                     not in version 4
    numbers of atoms
    [Selective dynamics]
    Direct | Cartesian
    positions [T T F] [label]
    [velocities and what else a CONTCAR keeps]

Source: vasp.at wiki, page POSCAR.
"""

import re
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.lines import bare_lines, lines_of
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.vasp.run import tensor, vector
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.contacts import triple
from crystalmathd.structures.elements import atomic_number

_FIRST_COUNT: Final = 5
"""Index of the line with the symbols or, in version 4, the numbers of atoms."""
_ON_A_LINE: Final = 20
_NO_SPECIES: Final = frozenset({"direct", "cartesian", "selective"})
_MOST_ATOMS: Final = 1_000_000
_TOO_LARGE: Final = 1e9
"""No length, Å, no volume, Å³, and no coordinate is as large; `1e400` is infinite."""
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][-+]?\d+)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Poscar:
    """`positions` as written, on lines `first` and following (from 0).

    `symbols` one a species; empty if the file names none. `lattice_a` in Å.
    `flags`: what may move, one an atom; empty without selective dynamics. `tail`:
    all behind the positions, verbatim.
    """

    text: str
    comment: str
    scale: tuple[float, ...]
    lattice_a: Tensor
    symbols: tuple[str, ...]
    counts: tuple[int, ...]
    is_selective: bool
    is_cartesian: bool
    first: int
    positions: tuple[Vector, ...]
    flags: tuple[tuple[bool, bool, bool], ...]
    tail: str

    @property
    def n_atoms(self) -> int:
        return sum(self.counts)

    @property
    def has_velocities(self) -> bool:
        rows = [_floats(line.split()) for line in bare_lines(self.tail)]
        return any(len(row) == len("xyz") and any(row) for row in rows)

    def structure(self, symbols: tuple[str, ...] = ()) -> Structure | None:
        """Return the structure; None if no file says which elements they are.

        `symbols`, one a species, are those of the POTCAR, for a file of version 4.
        """
        names = self.symbols or symbols
        numbers = [atomic_number(element(name)) for name in names]
        if len(numbers) != len(self.counts) or not all(numbers):
            return None
        atoms = [
            number or 0
            for number, count in zip(numbers, self.counts, strict=True)
            for _ in range(count)
        ]
        return Structure(
            dimension=3,
            lattice_a=self.lattice_a,
            atomic_numbers=tuple(atoms),
            positions_a=self.cartesian_positions(),
        )

    def cartesian_positions(self) -> tuple[Vector, ...]:
        """Return the positions in Å."""
        if self.is_cartesian:
            sx, sy, sz = _axes(self.scale, self._raw_volume())
            return tuple((x * sx, y * sy, z * sz) for x, y, z in self.positions)
        one, two, three = self.lattice_a
        return tuple(
            (
                a * one[0] + b * two[0] + c * three[0],
                a * one[1] + b * two[1] + c * three[1],
                a * one[2] + b * two[2] + c * three[2],
            )
            for a, b, c in self.positions
        )

    def _raw_volume(self) -> float:
        if len(self.scale) == 1 and self.scale[0] < 0:
            rows = [_floats(_words(line)[:3]) for line in bare_lines(self.text)[2:5]]
            return _volume(rows)
        return 1.0


def element(name: str) -> str:
    """Return the element of a species' name: `Ti_pv`, `Si/1a2b3c`, `O2-`."""
    match = re.match(r"[A-Za-z]+", name)
    return match[0] if match else ""


def parse(text: str) -> Poscar:
    """Read a POSCAR.

    Raises
    ------
    InputRefusedError
        If it is cut or VASP could not read it; the message names the line.
    """
    lines = bare_lines(text)
    if len(lines) < _FIRST_COUNT + 3:
        raise InputRefusedError("POSCAR is cut: it ends before the positions")
    scale, lattice = _lattice(lines)
    symbols, counts, at = _species(lines)
    at, is_selective = _selective(lines, at)
    is_cartesian = lines[at].lstrip()[:1] in set("CcKk") if at < len(lines) else False
    if at < len(lines) and len(_floats(_words(lines[at]))) >= len("xyz"):
        raise InputRefusedError(
            f"POSCAR line {at + 1} is a position: Direct or Cartesian is missing before"
        )
    first = at + 1
    body = lines[first : first + sum(counts)]
    if len(body) < sum(counts):
        raise InputRefusedError(
            f"POSCAR is cut: {len(body)} of {sum(counts)} positions are there"
        )
    positions, flags = _positions(body, first, is_selective=is_selective)
    ends = lines_of(text)
    return Poscar(
        text=text,
        comment=lines[0],
        scale=scale,
        lattice_a=lattice,
        symbols=symbols,
        counts=counts,
        is_selective=is_selective,
        is_cartesian=is_cartesian,
        first=first,
        positions=positions,
        flags=flags,
        tail="".join(ends[first + len(body) :]),
    )


def _lattice(lines: list[str]) -> tuple[tuple[float, ...], Tensor]:
    scale = _floats(_words(lines[1])[:3])
    if not scale or (len(scale) > 1 and len(scale) < len("xyz")):
        scale = scale[:1]
    if not scale or not all(scale) or not _are_sound(scale):
        raise InputRefusedError("POSCAR line 2 is no scaling factor")
    rows = [_floats(_words(line)[:3]) for line in lines[2:5]]
    for number, row in enumerate(rows, start=3):
        if not _are_sound(row):
            raise InputRefusedError(f"POSCAR line {number} is no vector of a lattice")
    if any(len(row) != len("xyz") for row in rows) or _volume(rows) < 1e-9:  # noqa: PLR2004
        raise InputRefusedError("POSCAR lines 3 to 5 are no lattice")
    axes = _axes(scale, _volume(rows))
    scaled = [tuple(x * s for x, s in zip(row, axes, strict=True)) for row in rows]
    lattice = tensor(scaled)
    if lattice is None:
        raise InputRefusedError("POSCAR lines 3 to 5 are no lattice")
    return scale, lattice


def _axes(scale: tuple[float, ...], volume: float) -> tuple[float, float, float]:
    """Return the factor of each Cartesian axis; a negative scale is the volume."""
    if len(scale) == len("xyz"):
        return scale[0], scale[1], scale[2]
    factor = scale[0]
    if factor < 0:
        factor = (-factor / volume) ** (1 / 3)
    return factor, factor, factor


def _species(lines: list[str]) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Return symbols, numbers of atoms and the index of the line behind them."""
    at = _FIRST_COUNT
    words, behind = _entries(lines, at)
    symbols: tuple[str, ...] = ()
    if words and not words[0].isdigit():
        symbols = tuple(words)
        if words[0].lower() in _NO_SPECIES:
            raise InputRefusedError(
                f"POSCAR line {at + 1} is {words[0]}, where species or numbers of atoms"
                " should be"
            )
        at = behind
        words, behind = _entries(lines, at)
    counts: list[int] = []
    for word in words:
        count = whole_number(word)
        if count is None:
            break
        counts.append(count)
    if not counts or not 0 < sum(counts) <= _MOST_ATOMS:
        raise InputRefusedError(f"POSCAR line {at + 1} holds no numbers of atoms")
    if symbols and len(symbols) < len(counts):
        raise InputRefusedError(
            f"POSCAR names {len(symbols)} species and counts {len(counts)}"
        )
    return symbols[: len(counts)], tuple(counts), behind


def _entries(lines: list[str], at: int) -> tuple[list[str], int]:
    """Return the species, or numbers, from a line on, and the index of the next line.

    VASP writes twenty on a line, and the others on further lines.
    """
    words = lines[at].split()
    is_number = words[:1] != [] and words[0].isdigit()
    at += 1
    while words and len(words) % _ON_A_LINE == 0 and at < len(lines):
        more = lines[at].split()
        if not more or more[0].isdigit() != is_number:
            break
        words += more
        at += 1
    return words, at


def _selective(lines: list[str], at: int) -> tuple[int, bool]:
    if at >= len(lines):
        raise InputRefusedError("POSCAR is cut: it ends before the positions")
    is_selective = lines[at].lstrip()[:1] in {"S", "s"}
    return at + is_selective, is_selective


def _positions(
    body: list[str], first: int, *, is_selective: bool
) -> tuple[tuple[Vector, ...], tuple[tuple[bool, bool, bool], ...]]:
    positions: list[Vector] = []
    flags: list[tuple[bool, bool, bool]] = []
    for number, line in enumerate(body, start=first + 1):
        words = _words(line)
        found = vector(_floats(words[:3]))
        if found is None or not _are_sound(found):
            raise InputRefusedError(f"POSCAR line {number} is no position: {line}")
        positions.append(found)
        if is_selective:
            said = [word.lstrip(".")[:1].upper() == "T" for word in words[3:6]]
            x, y, z = (said + [True] * 3)[:3]
            flags.append((x, y, z))
    return tuple(positions), tuple(flags)


def _words(line: str) -> list[str]:
    """Return the words of a row of numbers, which commas part as well as blanks."""
    return line.replace(",", " ").split()


def _are_sound(numbers: tuple[float, ...]) -> bool:
    return all(abs(one) < _TOO_LARGE for one in numbers)


def _floats(words: list[str]) -> tuple[float, ...]:
    values: list[float] = []
    for word in words:
        if not _NUMBER.match(word):
            break
        values.append(float(word.replace("D", "e").replace("d", "e")))
    return tuple(values)


def _volume(rows: list[tuple[float, ...]]) -> float:
    if any(len(row) != len("xyz") for row in rows) or len(rows) != len("abc"):
        return 0.0
    (a, b, c), (d, e, f), (g, h, i) = rows
    return abs(triple(((a, b, c), (d, e, f), (g, h, i))))
