"""What is wrong in KPOINTS, and with its mesh for the cell of the POSCAR beside."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.vasp import kpoints
from crystalmathd.codes.vasp.check_incar import structure_beside
from crystalmathd.codes.vasp.kpoints import Kpoints, Mode
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.models.structures import Vector

_LINE: Final = re.compile(r"\bline (\d+)")
_STYLE: Final = 3
"""The line that says how the points are given."""
_SHIFT: Final = 4
"""Index of the line behind the divisions of a mesh."""

_AXES: Final = 3
_FINEST: Final = 100
_FAR: Final = 20.0
"""Of a point in units of the reciprocal vectors, or of 2π/Å."""
_FEWEST_ON_LINE: Final = 2
_HEXAGONAL_DEG: Final = (59.5, 60.5, 119.5, 120.5)
_SAME: Final = 1e-3


def check_kpoints(
    name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; the POSCAR among `beside` gives the cell."""
    places = Places(text, name)
    try:
        read = kpoints.parse(text)
    except InputRefusedError as error:
        # A way that is misspelt is taken for another one, which then lacks its lines.
        yield next(_style(places), None) or _refused(str(error), places)
        return
    yield from _style(places)
    yield from _head(read, places)
    structure = structure_beside(beside)
    if structure is not None and read.mesh is not None:
        yield from _for_cell(read, structure.lattice_a, places)


def _refused(message: str, places: Places) -> InputFinding:
    match = _LINE.search(message)
    line = int(match[1]) if match else len(places.lines)
    return places.at(line, "kpoints.unreadable", ERROR, f"{message}.")


def _style(places: Places) -> Iterator[InputFinding]:
    """Yield the way to give k-points if it is none that VASP's manual has."""
    if len(places.lines) < _STYLE or not places.lines[1].split():
        return
    style = places.lines[_STYLE - 1].strip()
    is_mesh = places.lines[1].split()[0] == "0"
    if is_mesh and style[:1].upper() == "L":
        yield places.at(
            2,
            "kpoints.points",
            ERROR,
            "Line-mode needs the number of points on each line, not 0.",
            fix="write 40",
            word=0,
        )
    elif not is_mesh and style[:1].upper() in set("GMA"):
        count = places.lines[1].split()[0]
        yield places.at(
            2,
            "kpoints.points",
            WARNING,
            f"{shown(style)} makes a mesh, for which this line is 0; with"
            f" {shown(count)} VASP looks for a list of points.",
            fix="write 0",
            word=0,
        )
    elif style[:1].upper() not in set("GMACKR" if is_mesh else "LRCKD"):
        yield places.at(
            _STYLE,
            "kpoints.style",
            WARNING,
            f"{shown(style)} is no way to give k-points that is documented.",
            fix="write Gamma" if is_mesh else "write Reciprocal",
        )


def _head(read: Kpoints, places: Places) -> Iterator[InputFinding]:
    if read.mode is Mode.LINES and read.n_points < _FEWEST_ON_LINE:
        yield places.at(
            2, "kpoints.points", WARNING, "A line needs more than one point."
        )
    if read.weights and len(read.weights) == len(read.points) and not any(read.weights):
        yield places.at(4, "kpoints.weights", WARNING, "All points have the weight 0.")
    yield from _behind(read, places)
    yield from _far(read, places)
    for at, factor in enumerate(read.mesh or ()):
        if factor > _FINEST:
            yield places.at(
                4,
                "kpoints.mesh",
                WARNING,
                f"{factor:g} divisions are unusually many.",
                word=at,
            )


def _far(read: Kpoints, places: Places) -> Iterator[InputFinding]:
    """Yield the first point that is nowhere near the zone."""
    if all(abs(x) <= _FAR for point in read.points for x in point):
        return
    for at, line in enumerate(places.lines[_STYLE:], start=_STYLE + 1):
        most = max(map(abs, kpoints.numbers_of(line)[:_AXES]), default=0.0)
        if most > _FAR:
            message = f"A coordinate of {most:.4g} is far outside of the zone."
            yield places.at(at, "kpoints.points", WARNING, message)
            return


def _behind(read: Kpoints, places: Places) -> Iterator[InputFinding]:
    """Yield a line behind the mesh that is no shift, and points that are not read."""
    rows = [kpoints.numbers_of(line) for line in places.lines]
    if read.mode is Mode.LINES:
        yield from _end_of_path(rows, places)
    if read.mesh is not None and len(places.lines) > _SHIFT and places.lines[_SHIFT]:
        shift = rows[_SHIFT]
        is_shift = len(shift) >= len("xyz") and all(abs(value) <= 1 for value in shift)
        if places.lines[_SHIFT].strip() and not is_shift:
            yield places.at(
                _SHIFT + 1,
                "kpoints.shift",
                WARNING,
                f"{shown(places.lines[_SHIFT].strip())} is no shift: three numbers, in"
                " parts of a division of the mesh.",
                fix="write 0 0 0",
            )
    if read.mode is Mode.POINTS:
        yield from _weights(rows[_STYLE : _STYLE + read.n_points], places)
    behind = 3 + read.n_points
    if read.mode is Mode.POINTS and len(rows) > behind and len(rows[behind]) > _AXES:
        yield places.at(
            behind + 1,
            "kpoints.points",
            WARNING,
            f"Line 2 counts {read.n_points} points: this one is not read.",
            fix="correct the number on line 2, or delete this line",
        )


def _weights(
    rows: Sequence[tuple[float, ...]], places: Places
) -> Iterator[InputFinding]:
    for at, row in enumerate(rows, start=_STYLE + 1):
        if len(row) == _AXES:
            yield places.at(
                at,
                "kpoints.weights",
                ERROR,
                "This point has no weight: VASP reads four numbers.",
                fix="give a weight behind each point, or write Line-mode on line 3",
            )
            return


def _end_of_path(
    rows: Sequence[tuple[float, ...]], places: Places
) -> Iterator[InputFinding]:
    """Yield the line at which VASP stops to read, if a path goes on behind it."""
    for at in range(_SHIFT, len(rows)):
        if places.lines[at].partition("!")[0].strip() and not rows[at]:
            if any(len(row) >= _AXES for row in rows[at:]):
                yield places.at(
                    at + 1,
                    "kpoints.points",
                    WARNING,
                    f"{shown(places.lines[at].strip())} is no point: VASP reads nothing"
                    " from here on.",
                    fix="give three numbers",
                )
            return


def _for_cell(
    read: Kpoints, lattice: Sequence[Vector], places: Places
) -> Iterator[InputFinding]:
    if read.mode is not Mode.MONKHORST or read.mesh is None:
        return
    a, b, _ = lattice
    angle = _angle(a, b)
    low, high, lower, higher = _HEXAGONAL_DEG
    lengths = math.hypot(*a), math.hypot(*b)
    is_hexagonal = (low < angle < high or lower < angle < higher) and math.isclose(
        *lengths, rel_tol=_SAME
    )
    if is_hexagonal and any(n % 2 == 0 for n in read.mesh[:2]):
        yield places.at(
            3,
            "kpoints.hexagonal",
            WARNING,
            "An even Monkhorst-Pack mesh breaks the symmetry of a hexagonal cell.",
            fix="write Gamma",
            source="https://www.vasp.at/wiki/index.php/KPOINTS",
        )


def _angle(one: Vector, other: Vector) -> float:
    product = sum(x * y for x, y in zip(one, other, strict=True))
    norm = math.hypot(*one) * math.hypot(*other)
    return math.degrees(math.acos(max(-1.0, min(1.0, product / norm)))) if norm else 0.0
