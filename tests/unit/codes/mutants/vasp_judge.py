"""Judges of POSCAR and KPOINTS: strict readers by the pages of the VASP wiki.

They share no code with the checker; pymatgen says what is an element.
"""

import re
from dataclasses import dataclass, field

from pymatgen.core import Element

from tests.unit.codes.mutants.verdicts import RefusedError

_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EeDd][+-]?\d+)?$")
_LOGICAL = re.compile(r"\.?[TtFf]")


@dataclass
class Reading:
    """Lines, and what each was taken for."""

    lines: list[str]
    roles: dict[int, str] = field(default_factory=dict)

    def words(self, line: int) -> list[str]:
        """Return the words of a line (from 1) without a remark."""
        text = self.lines[line - 1] if 1 <= line <= len(self.lines) else ""
        return re.split(r"[!#]", text)[0].split()

    def numbers(self, line: int) -> list[float]:
        """Return the numbers that a line begins with."""
        values: list[float] = []
        for word in self.words(line):
            if not _REAL.match(word):
                break
            values.append(float(re.sub("[dD]", "E", word)))
        return values


def lines_of(text: str) -> list[str]:
    """Return the lines without blank ones at the end."""
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def judge_poscar(text: str) -> Reading:
    """Read a POSCAR; raises `RefusedError`."""
    read = Reading(lines_of(text))
    roles = read.roles
    if len(read.lines) < 7:
        raise RefusedError({len(read.lines)}, "too few lines")
    _cell(read)
    line = _species(read)
    counts = line - 1
    if (read.words(line) or [""])[0][:1] in {"S", "s"}:
        roles[line] = "selective"
        line += 1
    if not read.words(line) or read.numbers(line):
        raise RefusedError({line - 1, line, counts}, "no Direct or Cartesian")
    roles[line] = "mode"
    n_atoms = sum(int(value) for value in read.numbers(counts))
    _rows(read, line + 1, n_atoms, counts)
    return read


def _cell(read: Reading) -> None:
    scale = read.numbers(2)
    rows = [read.numbers(line)[:3] for line in (3, 4, 5)]
    whole = all(len(row) == 3 for row in rows)
    if not scale or not all(scale):
        raise RefusedError({2} if whole else {2, 3, 5}, "no scale")
    if not whole:
        bad = next(line for line in (3, 4, 5) if len(read.numbers(line)) < 3)
        is_garbled = len(read.words(bad)) >= 3 and bool(read.numbers(bad)[1:])
        is_first = len(read.words(bad)) >= 3 and bad < 5
        lines = {bad} if is_garbled or is_first else {2, 3, 4, 5}
        raise RefusedError(lines, "no three vectors")
    (a, b, c), (d, e, f), (g, h, i) = rows
    volume = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(volume) < 1e-6:
        raise RefusedError({3, 4, 5}, "the vectors lie in one plane")
    read.roles.update({1: "comment", 2: "scale", 3: "vector", 4: "vector", 5: "vector"})


def _species(read: Reading) -> int:
    """Read species and counts; return the line behind them."""
    line = 6
    if len(read.numbers(line)) == 3 and "." in read.lines[line - 1]:
        raise RefusedError({3, 4, 5, 6}, "four vectors")
    names = [] if read.numbers(line) else read.words(line)
    for name in names:
        symbol = re.split(r"[_/]", name)[0]
        if not Element.is_valid_symbol(symbol):
            raise RefusedError({line}, f"{name} is no element")
    if names:
        read.roles[line] = "species"
        line += 1
    words = read.words(line)
    if not words or not all(word.isdigit() and int(word) for word in words):
        raise RefusedError({line - 1, line}, "no numbers of atoms")
    if names and len(names) != len(words):
        raise RefusedError({line - 1, line}, "not a number of atoms for each species")
    read.roles[line] = "counts"
    return line + 1


def _rows(read: Reading, first: int, n_atoms: int, counts: int) -> None:
    is_selective = "selective" in read.roles.values()
    seen: dict[tuple[float, ...], int] = {}
    twins: set[int] = set()
    for line in range(first, first + n_atoms):
        place = read.numbers(line)[:3]
        if len(place) < 3:
            is_garbled = len(read.words(line)) >= 3
            lines = {line} if is_garbled else {counts, line - 1, line}
            raise RefusedError(lines, "no position")
        flags = read.words(line)[3:6]
        if is_selective and (
            len(flags) < 3 or not all(_LOGICAL.match(flag) for flag in flags)
        ):
            raise RefusedError({line}, "no flags")
        key = tuple(round(value, 4) for value in place)
        twins |= {line, seen[key]} if key in seen else set()
        seen[key] = line
        read.roles[line] = "position"
    behind = first + n_atoms
    if behind <= len(read.lines) and len(read.numbers(behind)) >= 3:
        raise RefusedError({counts, behind - 1, behind} | twins, "too many positions")
    if twins:
        raise RefusedError(twins, "two atoms in one place")


def judge_kpoints(text: str) -> Reading:
    """Read KPOINTS; raises `RefusedError`."""
    read = Reading(lines_of(text))
    if len(read.lines) < 4:
        raise RefusedError({len(read.lines)}, "too few lines")
    read.roles[1] = "comment"
    words = read.words(2)
    if not words or not words[0].isdigit():
        is_early = bool(words) and words[0][:1].isalpha()
        raise RefusedError({1, 2} if is_early else {2}, "no number of points")
    read.roles[2] = "number"
    style = (read.words(3) or [""])[0][:1].upper()
    if not style.isalpha():
        raise RefusedError({2, 3}, "no way to give points")
    read.roles[3] = "style"
    n_points = int(words[0])
    if n_points == 0:
        _mesh(read, style)
    elif style == "L":
        _lines(read, n_points)
    else:
        _list(read, n_points, style)
    return read


def _mesh(read: Reading, style: str) -> None:
    if style == "A":
        if not read.numbers(4):
            raise RefusedError({3, 4}, "no length")
        read.roles[4] = "length"
        return
    if style in {"C", "K", "R"}:
        bad = [line for line in (4, 5, 6) if len(read.numbers(line)) < 3]
        if bad:
            raise RefusedError({3, *bad}, "no generating vectors")
        return
    if style not in {"G", "M"}:
        raise RefusedError({3}, "no such mesh")
    words = read.words(4)[:3]
    if len(words) < 3 or not all(word.isdigit() and int(word) for word in words):
        raise RefusedError({4} if read.numbers(4) else {3, 4}, "no divisions")
    read.roles[4] = "divisions"
    if len(read.lines) > 4:
        if len(read.numbers(5)) < 3:
            raise RefusedError({5}, "no shift")
        read.roles[5] = "shift"
    if any(abs(value) > 1 for value in read.numbers(5)):
        raise RefusedError({4, 5}, "a shift of more than a division")


def _lines(read: Reading, n_points: int) -> None:
    if n_points < 2:
        raise RefusedError({2}, "a line of one point")
    unit = (read.words(4) or [""])[0][:1].upper()
    if unit not in {"R", "C", "K"}:
        raise RefusedError({3, 4}, "no unit")
    read.roles[4] = "unit"
    ends = [line for line in range(5, len(read.lines) + 1) if read.words(line)]
    for line in ends:
        if len(read.numbers(line)) < 3:
            raise RefusedError({line}, "no end of a line")
        read.roles[line] = "end"
    if len(ends) % 2:
        raise RefusedError(set(range(4, len(read.lines) + 1)), "an end too few")


def _list(read: Reading, n_points: int, style: str) -> None:
    if style not in {"R", "C", "K"}:
        raise RefusedError({2, 3}, "no unit")
    for line in range(4, 4 + n_points):
        if len(read.numbers(line)) < 4:
            is_short = bool(read.words(line))
            raise RefusedError({line} if is_short else {2, line - 1, line}, "no point")
        read.roles[line] = "point"
    behind = 4 + n_points
    if len(read.numbers(behind)) >= 4:
        raise RefusedError({2, behind - 1, behind}, "more points than counted")
