"""XYZ and extended XYZ → structure: the last frame of a file.

Sources: https://github.com/libAtoms/extxyz for `Lattice`, `pbc` and `Properties`; a
plain file has a symbol or number and three coordinates, Å, an atom.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import SYMBOLS, atomic_number
from crystalmathd.structures.faults import StructureFaultError

MOST_ATOMS: Final = 1_000_000
_PAIR: Final = re.compile(r"""([A-Za-z_]\w*)\s*=\s*("[^"]*"|\{[^}]*\}|\S+)""")
_DEFAULT_COLUMNS: Final = (("species", 0, 1), ("pos", 1, 3))
_MOMENTS: Final = ("magmoms", "initial_magmoms", "magmom")
_TRUE: Final = frozenset({"T", "TRUE", "1"})
_AXES: Final = 3

_ORDERS: Final[Mapping[tuple[int, ...], tuple[int, int, int]]] = {
    (): (0, 1, 2),
    (0,): (0, 1, 2),
    (1,): (1, 2, 0),
    (2,): (2, 0, 1),
    (0, 1): (0, 1, 2),
    (0, 2): (2, 0, 1),
    (1, 2): (1, 2, 0),
    (0, 1, 2): (0, 1, 2),
}
"""Axes that repeat → an order that has them first. Even permutations are rotations:
they keep the hand of the atoms."""

Columns = tuple[tuple[str, int, int], ...]
"""Name, first word and number of words of each property of an atom."""


def read_xyz(text: str, origin: Origin) -> SourcedStructure:
    """Read the last frame; the title says which of how many.

    Raises
    ------
    StructureFaultError
        If a line is not what it should be.
    """
    lines = text.splitlines()
    frames = _frames(lines)
    start, count = frames[-1]
    comment = lines[start + 1] if start + 1 < len(lines) else ""
    pairs = {key.lower(): value.strip('"{}') for key, value in _PAIR.findall(comment)}
    columns = _columns(pairs.get("properties"), start + 2)
    rows = [_row(lines, number, columns) for number in _numbers(start, count)]
    lattice, order = _lattice(pairs, start + 2)
    structure = Structure(
        dimension=len(lattice),
        lattice_a=lattice,
        atomic_numbers=tuple(number for number, _, _ in rows),
        positions_a=tuple(_turned(at, order) for _, at, _ in rows),
    )
    moments = [moment for _, _, moment in rows if moment is not None]
    title = "" if pairs else comment.strip()
    if len(frames) > 1:
        title = f"{title} frame {len(frames)} of {len(frames)}".strip()
    return SourcedStructure(
        structure=structure,
        origin=origin,
        moments_ub=tuple(moments) if len(moments) == count else (),
        title=title,
    )


def _numbers(start: int, count: int) -> range:
    return range(start + 2, start + 2 + count)


def _frames(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return first line (from 0) and number of atoms of every frame."""
    found = []
    at = 0
    while at < len(lines):
        word = lines[at].strip()
        if not word:
            at += 1
            continue
        if not (word.isascii() and word.isdecimal()) or len(word) > len("1000000"):
            raise StructureFaultError("the number of atoms should stand here", at + 1)
        count = int(word)
        if not 0 < count <= MOST_ATOMS:
            raise StructureFaultError(f"{count} is no number of atoms", at + 1)
        if at + 2 + count > len(lines):
            raise StructureFaultError(
                f"the file ends before the last of {count} atoms", len(lines)
            )
        found.append((at, count))
        at += 2 + count
    if not found:
        raise StructureFaultError("it is empty")
    return found


def _columns(said: str | None, line: int) -> Columns:
    """Read `species:S:1:pos:R:3:…`."""
    if said is None:
        return _DEFAULT_COLUMNS
    words = said.split(":")
    columns = []
    at = 0
    for name, _, count in zip(words[::3], words[1::3], words[2::3], strict=False):
        if not count.isdecimal() or not 0 < len(count) < len("1000"):
            raise StructureFaultError(f"Properties={said} is not understood", line)
        columns.append((name.lower(), at, int(count)))
        at += int(count)
    names = {name: count for name, _, count in columns}
    if names.get("pos") != _AXES or not names.keys() & {"species", "z"}:
        raise StructureFaultError(f"Properties={said} has no species or pos:R:3", line)
    return tuple(columns)


def _row(
    lines: Sequence[str], at: int, columns: Columns
) -> tuple[int, Vector, float | None]:
    words = lines[at].split()
    number, position, moment = None, None, None
    for name, first, count in columns:
        values = words[first : first + count]
        if len(values) < count:
            raise StructureFaultError(f"{lines[at].strip()!r} is no atom", at + 1)
        if name in {"species", "z"}:
            number = _element(values[0])
        elif name == "pos":
            position = _vector(values)
        elif name in _MOMENTS and count == 1:
            moment = _float(values[0])
    if number is None or position is None:
        raise StructureFaultError(f"{lines[at].strip()!r} is no atom", at + 1)
    return number, position, moment


def _element(word: str) -> int | None:
    """Return the number of a symbol or a number; a label may have digits (`Fe2`)."""
    if word.isascii() and word.isdecimal() and len(word) < len("1000"):
        return int(word) if int(word) < len(SYMBOLS) else None
    letters = re.match(r"[A-Za-z]+", word)
    return None if letters is None else atomic_number(letters[0])


def _lattice(
    pairs: Mapping[str, str], line: int
) -> tuple[tuple[Vector, ...], tuple[int, ...]]:
    """Return the vectors that repeat, and the order of the axes that puts them first.

    Ours repeat along x, or x and y: where a file has its vacuum elsewhere, the axes
    are turned, which moves no atom against another one.
    """
    said = pairs.get("lattice")
    plain = tuple(range(_AXES))
    if said is None:
        return (), plain
    numbers = [_float(word) for word in said.replace(",", " ").split()]
    if len(numbers) != _AXES * _AXES or None in numbers:
        raise StructureFaultError("Lattice should be nine numbers", line)
    rows = [_vector(said.replace(",", " ").split()[at : at + 3]) for at in (0, 3, 6)]
    flags = pairs.get("pbc", "T T T").replace(",", " ").upper().split()
    repeats = [flag in _TRUE for flag in flags]
    if len(repeats) != _AXES:
        raise StructureFaultError("pbc should be three of T and F", line)
    kept = tuple(axis for axis in plain if repeats[axis] and any(rows[axis] or ()))
    order = _ORDERS[kept]
    vectors = [rows[axis] for axis in order[: len(kept)]]
    return tuple(_turned(one, order) for one in vectors if one is not None), order


def _turned(vector: Vector, order: Sequence[int]) -> Vector:
    return vector[order[0]], vector[order[1]], vector[order[2]]


def _vector(words: Sequence[str]) -> Vector | None:
    values = [_float(word) for word in words]
    if len(values) != _AXES or None in values:
        return None
    x, y, z = (value for value in values if value is not None)
    return x, y, z


def _float(word: str) -> float | None:
    try:
        value = float(word.replace("*^", "e").replace("D", "e").replace("d", "e"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
