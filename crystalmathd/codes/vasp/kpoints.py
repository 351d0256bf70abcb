"""KPOINTS without loss: meshes, lists of points and lines through the zone.

    comment
    0                        or the number of points (of each line)
    Gamma | Monkhorst | Auto, Cartesian | Reciprocal, Line-mode
    …

Source: vasp.at wiki, page KPOINTS.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.lines import bare_lines, lines_of
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.models.structures import Vector


class Mode(StrEnum):
    """How the points are given."""

    GAMMA = "gamma"
    MONKHORST = "monkhorst"
    AUTOMATIC = "automatic"
    """By one length, centred on Γ."""
    VECTORS = "vectors"
    """By generating vectors."""
    POINTS = "points"
    LINES = "lines"


_STYLES: Final = {"G": Mode.GAMMA, "M": Mode.MONKHORST, "A": Mode.AUTOMATIC}
_REMARK: Final = re.compile(r"[!#](.*)$")
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kpoints:
    """`points` in units of the reciprocal lattice unless `is_cartesian`.

    `mesh` and `shift` of a mesh; `length` of the automatic one; `weights` of a list;
    `labels` of the ends of lines, as they stand behind them.
    """

    text: str
    comment: str
    mode: Mode
    n_points: int
    is_cartesian: bool = False
    mesh: tuple[int, int, int] | None = None
    shift: Vector = (0.0, 0.0, 0.0)
    length: float | None = None
    points: tuple[Vector, ...] = ()
    weights: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


def parse(text: str) -> Kpoints:
    """Read KPOINTS.

    Raises
    ------
    InputRefusedError
        If VASP could not read it; the message names the line.
    """
    lines = bare_lines(text)
    if len(lines) < len("123"):
        raise InputRefusedError("KPOINTS is cut: it has less than three lines")
    count = lines[1].split()[:1]
    n_points = whole_number(count[0]) if count else None
    if n_points is None:
        raise InputRefusedError("KPOINTS line 2 is no number of points")
    letter = lines[2].lstrip()[:1].upper()
    if n_points == 0:
        return _mesh(text, lines, letter)
    if letter == "L":
        return _lines(text, lines, n_points)
    return _points(text, lines, n_points, letter)


def _mesh(text: str, lines: list[str], letter: str) -> Kpoints:
    mode = _STYLES.get(letter, Mode.VECTORS)
    body = [numbers_of(line) for line in lines[3:]]
    first = body[0] if body else ()
    if mode is Mode.AUTOMATIC:
        if not first:
            raise InputRefusedError("KPOINTS line 4 is no length")
        return Kpoints(
            text=text, comment=lines[0], mode=mode, n_points=0, length=first[0]
        )
    if mode is Mode.VECTORS:
        vectors = [_vector(row, at) for at, row in enumerate(body[:4], start=4)]
        if len(vectors) < len("abc"):
            raise InputRefusedError("KPOINTS lacks generating vectors")
        return Kpoints(
            text=text,
            comment=lines[0],
            mode=mode,
            n_points=0,
            is_cartesian=letter in {"C", "K"},
            points=tuple(vectors[:3]),
            shift=vectors[3] if len(vectors) > len("abc") else (0.0, 0.0, 0.0),
        )
    if len(first) < len("abc") or any(n < 1 or n != int(n) for n in first[:3]):
        raise InputRefusedError("KPOINTS line 4 holds no three divisions")
    shift = body[1] if len(body) > 1 and len(body[1]) >= len("abc") else (0.0, 0.0, 0.0)
    return Kpoints(
        text=text,
        comment=lines[0],
        mode=mode,
        n_points=0,
        mesh=(int(first[0]), int(first[1]), int(first[2])),
        shift=(shift[0], shift[1], shift[2]),
    )


def _lines(text: str, lines: list[str], n_points: int) -> Kpoints:
    if len(lines) < len("1234"):
        raise InputRefusedError("KPOINTS is cut: line 4 is missing")
    points: list[Vector] = []
    labels: list[str] = []
    for at, line in enumerate(lines[4:], start=5):
        if not _REMARK.sub("", line).strip():
            continue
        row = numbers_of(line)
        if not row and points and len(points) % 2 == 0:
            break  # VASP stops reading where no number comes
        points.append(_vector(row, at))
        labels.append(_label(line))
    if not points or len(points) % 2:
        raise InputRefusedError("KPOINTS: every line needs two ends")
    return Kpoints(
        text=text,
        comment=lines[0],
        mode=Mode.LINES,
        n_points=n_points,
        is_cartesian=lines[3].lstrip()[:1].upper() in {"C", "K"},
        points=tuple(points),
        labels=tuple(labels),
    )


def _points(text: str, lines: list[str], n_points: int, letter: str) -> Kpoints:
    body = lines[3 : 3 + n_points]
    if len(body) < n_points:
        raise InputRefusedError(
            f"KPOINTS is cut: {len(body)} of {n_points} points are there"
        )
    rows = [numbers_of(line) for line in body]
    return Kpoints(
        text=text,
        comment=lines[0],
        mode=Mode.POINTS,
        n_points=n_points,
        is_cartesian=letter in {"C", "K"},
        points=tuple(_vector(row, at) for at, row in enumerate(rows, start=4)),
        weights=tuple(row[3] for row in rows if len(row) > len("xyz")),
        labels=tuple(_label(line) for line in body),
    )


def _label(line: str) -> str:
    """Return what stands behind the numbers of a line: `X`, `! Γ`."""
    if match := _REMARK.search(line):
        return match[1].strip()
    rest = [word for word in line.split() if fortran_float(word) is None]
    return " ".join(rest)


def numbers_of(line: str) -> tuple[float, ...]:
    """Return the numbers that a line begins with."""
    values: list[float] = []
    for word in _REMARK.sub("", line).split():
        value = fortran_float(word)
        if value is None:
            break
        values.append(value)
    return tuple(values)


def _vector(row: tuple[float, ...], line: int) -> Vector:
    if len(row) < len("xyz"):
        raise InputRefusedError(f"KPOINTS line {line} holds no three numbers")
    return row[0], row[1], row[2]


KEYS: Final = ("MESH", "SHIFT", "CENTRE")


def get_value(text: str, key: str) -> str | None:
    """Return MESH (`4 4 4`), SHIFT or CENTRE (`Gamma`, `Monkhorst`) of a mesh."""
    found = parse(text)
    lines = bare_lines(text)
    if found.mesh is None:
        raise InputRefusedError("these KPOINTS are no mesh")
    at = _line_of(key)
    if at >= len(lines) or not lines[at].strip():
        return None
    n_words = 1 if key.upper() == "CENTRE" else 3
    return " ".join(lines[at].split()[:n_words])


def set_value(text: str, key: str, value: str) -> str:
    """Return KPOINTS with one line of a mesh replaced, its remark kept."""
    at = _line_of(key)
    get_value(text, key)
    lines = lines_of(text)
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    while len(lines) <= at:
        if not lines[-1].endswith("\n"):
            lines[-1] += ending
        lines.append(ending)
    body = lines[at].rstrip("\r\n")
    old = list(_WORD.finditer(body))[: 1 if key.upper() == "CENTRE" else 3]
    begin, end = (old[0].start(), old[-1].end()) if old else (0, 0)
    lines[at] = body[:begin] + value + body[end:] + lines[at][len(body) :]
    new = "".join(lines)
    # What VASP would not read as a mesh is refused here.
    if parse(new).mesh is None:
        raise InputRefusedError(f"{value} is no {key} of a mesh")
    return new


def _line_of(key: str) -> int:
    lines = {"CENTRE": 2, "MESH": 3, "SHIFT": 4}
    if key.upper() not in lines:
        raise InputRefusedError(f"KPOINTS has no {key}; there are {', '.join(KEYS)}")
    return lines[key.upper()]
