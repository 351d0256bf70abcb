"""Whether the cell and the positions of a POSCAR have sizes that a crystal can have."""

import math
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.models.structures import Vector
from crystalmathd.structures.contacts import (
    CLOSE_A,
    Near,
    closest_pair,
    fractions_of,
    triple,
)

_VOLUME_A3: Final = 3.0
_LONGEST_A: Final = 1000.0
_INSIDE: Final = 1.05
_AWAY: Final = 2.0
"""A fraction that is no slip of rounding, and no atom that has moved a bit."""
_FAR: Final = 10.0
_FIRST_VECTOR: Final = 3


def length_findings(read: Poscar, places: Places) -> Iterator[InputFinding]:
    """Yield the findings; of one cause, one."""
    long = next(_too_long(read, places), None)
    cell = long or _scale(read, places)
    yield from _left_handed(read, places)
    if cell is not None:
        yield cell
        return
    volume = abs(triple(read.lattice_a)) / read.n_atoms
    if volume < _VOLUME_A3:
        yield places.at(
            2,
            "poscar.volume",
            WARNING,
            f"{volume:.2f} Å³ for each atom is unlikely.",
            fix="correct the scale (line 2) or the vectors",
        )
    far = next(_far(read, places), None)
    yield from _overlaps(read, places) if far is None else (far,)


def _left_handed(read: Poscar, places: Places) -> Iterator[InputFinding]:
    if triple(read.lattice_a) < 0:
        yield places.at(
            3,
            "poscar.left-handed",
            WARNING,
            "The three vectors are left-handed: VASP asks for two to be exchanged.",
            fix="exchange two vectors, and their coordinates",
            last=5,
        )


def _too_long(read: Poscar, places: Places) -> Iterator[InputFinding]:
    for line, row in enumerate(read.lattice_a, start=_FIRST_VECTOR):
        length = math.hypot(*row)
        if length > _LONGEST_A:
            yield places.at(
                line,
                "poscar.cell",
                WARNING,
                f"A vector of {length:.4g} Å is unlikely.",
                fix="correct the vector, or the scale (line 2)",
            )


def _scale(read: Poscar, places: Places) -> InputFinding | None:
    """Return the finding of a cell in which an atom meets its own image."""
    found = closest_pair([(0.0, 0.0, 0.0)], read.lattice_a)
    if found is None:
        return None
    short = [at for at, row in enumerate(read.lattice_a) if math.hypot(*row) < CLOSE_A]
    said = f"An atom and its own image are {found.distance_a:.2f} Å apart"
    if len(short) == 1:
        return places.at(
            _FIRST_VECTOR + short[0],
            found.code,
            found.severity,
            f"{said}: this vector is too short.",
            fix="correct the vector",
        )
    return places.at(
        2,
        found.code,
        found.severity,
        f"{said}: the cell is too small, with the scale"
        f" {shown(places.lines[1].strip())}.",
        fix="correct the scale (line 2) or the vectors",
    )


def _overlaps(read: Poscar, places: Places) -> Iterator[InputFinding]:
    found = _closest(read)
    if found is None:
        return
    distance, one, other = found
    said = f"atoms {one + 1} and {other + 1} are {distance:.2f} Å apart."
    unit = "Å" if read.is_cartesian else "fractions of the vectors"
    is_other_unit = _are_fractions(read) or (_beyond(read) and _are_lengths(read))
    if is_other_unit and found.severity == ERROR:  # else a bond that is squeezed
        looks = "fractions of the vectors" if read.is_cartesian else "Å"
        yield places.at(
            read.first,
            found.code,
            found.severity,
            f"The positions look like {looks}: as {unit}, {said}",
            fix="write Direct" if read.is_cartesian else "write Cartesian",
        )
        return
    yield places.at(
        read.first + 1 + other,
        found.code,
        found.severity,
        said[:1].upper() + said[1:],
        fix="delete one of them, or correct the coordinates",
    )


def _beyond(read: Poscar) -> bool:
    return any(abs(x) > _INSIDE for row in read.positions for x in row)


def _closest(read: Poscar) -> Near | None:
    if not read.is_cartesian:
        return closest_pair(read.positions, read.lattice_a)
    fractions = _as_cartesian(read)
    return closest_pair(fractions, read.lattice_a) if fractions else None


def _as_cartesian(read: Poscar) -> list[Vector] | None:
    return fractions_of(read.cartesian_positions(), read.lattice_a)


def _are_fractions(read: Poscar) -> bool:
    """Tell whether positions in Å are good ones as fractions, and no other."""
    is_small = all(abs(x) <= 1 for row in read.positions for x in row)
    return (
        read.is_cartesian
        and is_small
        and closest_pair(read.positions, read.lattice_a) is None
    )


def _far(read: Poscar, places: Places) -> Iterator[InputFinding]:
    """Yield the first position that lies cells away from the cell."""
    positions = _as_cartesian(read) if read.is_cartesian else read.positions
    rows = enumerate(positions or (), start=read.first + 1)
    line, row = next((one for one in rows if max(map(abs, one[1])) > _AWAY), (0, ()))
    if not row:
        return
    most = max(map(abs, row))
    if not read.is_cartesian and _are_lengths(read):
        yield places.at(
            read.first,
            "poscar.mode",
            WARNING,
            f"Line {line} has {most:g}: the positions look like Å, not like fractions"
            " of the vectors.",
            fix="write Cartesian",
        )
    elif most > _FAR:
        yield places.at(
            line,
            "poscar.far",
            WARNING,
            f"This atom lies {most:.3g} cells away from the cell.",
            fix="correct the coordinates",
        )


def _are_lengths(read: Poscar) -> bool:
    """Tell whether fractions would be good positions within the cell as Å."""
    inside = None if read.is_cartesian else fractions_of(read.positions, read.lattice_a)
    return (
        inside is not None
        and all(abs(x) <= 1 for row in inside for x in row)
        and closest_pair(inside, read.lattice_a) is None
    )
