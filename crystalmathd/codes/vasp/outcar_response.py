"""Vibrations, elastic constants and the response to a field, from an OUTCAR."""

import re
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp.outcar import Outcar
from crystalmathd.codes.vasp.run import Run, row, tensor
from crystalmathd.models.quantities import (
    Dielectric,
    Elastic,
    Mode,
    Phonons,
    Tensor,
    Vibrations,
)
from crystalmathd.units import GPA_PER_KBAR

_MODE: Final = re.compile(r"^ *\d+ f(/i)? *= .*?(\S+) +cm-1")
_VOIGT: Final = (0, 1, 2, 4, 5, 3)
"""XX YY ZZ XY YZ ZX, as VASP prints them, in the order XX YY ZZ YZ ZX XY."""
_END_OF_MODES: Final = ("Eigenvectors after", "Finite differences", "Degree of")


def read_response(outcar: Outcar, run: Run) -> None:
    """Read what IBRION 5 to 8 and LEPSILON print behind the last step."""
    born = _born_charges(outcar)
    modes = _modes(outcar)
    if modes or born:
        points = (Phonons(q=(0.0, 0.0, 0.0), modes=modes),) if modes else ()
        run.vibrations = Vibrations(points=points, born_charges=born)
    run.dielectric = _dielectric(outcar)
    run.elastic = _elastic(outcar)


def _modes(outcar: Outcar) -> tuple[Mode, ...]:
    """Return the modes from the softest; VASP prints the hardest first.

    They are printed once more divided by the root of the masses.
    """
    place = outcar.last("modes")
    if place is None:
        return ()
    frequencies = []
    for line in outcar.lines[place + 1 :]:
        if match := _MODE.match(line):
            value = fortran_float(match[2])
            if value is None:
                return ()
            frequencies.append(-value if match[1] else value)
        elif line.lstrip().startswith(_END_OF_MODES):
            break
    return tuple(Mode(frequency_cm=value) for value in sorted(frequencies))


def _rows_below(outcar: Outcar, place: int, n_rows: int) -> list[tuple[float, ...]]:
    """Return the numbers of the table below a heading and a rule."""
    lines = outcar.lines[place + 1 : place + 5 + n_rows]
    for offset, line in enumerate(lines):
        if "----" in line:
            return [row(text) for text in lines[offset + 1 : offset + 1 + n_rows]]
    return []


def _dielectric(outcar: Outcar) -> Dielectric | None:
    electronic: Tensor | None = None
    ionic: Tensor | None = None
    for place in outcar.all("dielectric"):
        found = tensor(_rows_below(outcar, place, 3))
        if "IONIC" in outcar.lines[place]:
            ionic = found
        elif "excluding" not in outcar.lines[place] or electronic is None:
            electronic = found
    return dielectric_of(electronic, ionic)


def dielectric_of(electronic: Tensor | None, ionic: Tensor | None) -> Dielectric | None:
    """Return the response; VASP prints what the ions add, not the sum."""
    if electronic is None:
        return None
    static = None
    if ionic is not None:
        static = tensor(
            [
                tuple(x + y for x, y in zip(one, other, strict=True))
                for one, other in zip(electronic, ionic, strict=True)
            ]
        )
    return Dielectric(electronic=electronic, static=static, ionic=ionic)


def _born_charges(outcar: Outcar) -> tuple[Tensor, ...]:
    place = outcar.last("born")
    if place is None:
        return ()
    charges: list[Tensor] = []
    at = place + 2
    while outcar.lines[at : at + 1] and outcar.lines[at].lstrip().startswith("ion"):
        rows = [row(line)[1:] for line in outcar.lines[at + 1 : at + 4]]
        found = tensor(rows)
        if found is None:
            return ()
        charges.append(found)
        at += 4
    return tuple(charges)


def _elastic(outcar: Outcar) -> Elastic | None:
    """Return the constants with relaxed ions, or else those with clamped ions."""
    place = outcar.last("elastic")
    if place is None:
        place = outcar.last("elastic_clamped")
    if place is None:
        return None
    rows = []
    for line in outcar.lines[place + 1 : place + 3 + len(_VOIGT)]:
        name, _, numbers = line.strip().partition(" ")
        if name.upper() in {"XX", "YY", "ZZ", "XY", "YZ", "ZX"}:
            rows.append(row(numbers))
    if len(rows) != len(_VOIGT) or any(len(values) != len(_VOIGT) for values in rows):
        return None
    return Elastic(
        constants_gpa=tuple(
            tuple(rows[i][j] * GPA_PER_KBAR for j in _VOIGT) for i in _VOIGT
        ),
        piezoelectric_c_m2=_piezoelectric(outcar),
    )


def _piezoelectric(outcar: Outcar) -> tuple[tuple[float, ...], ...]:
    """Return the electronic part and, where the ions were moved, theirs with it."""
    total: list[list[float]] = []
    for place in outcar.all("piezoelectric"):
        if "C/m^2" not in outcar.lines[place]:
            continue
        rows = []
        for line in outcar.lines[place + 1 : place + 7]:
            name, _, numbers = line.strip().partition(" ")
            if name in {"x", "y", "z"} and len(values := row(numbers)) == len(_VOIGT):
                rows.append([values[i] for i in _VOIGT])
        if len(rows) != len("xyz"):
            continue
        if "IONIC" in outcar.lines[place] and total:
            total = [
                [x + y for x, y in zip(one, other, strict=True)]
                for one, other in zip(total, rows, strict=True)
            ]
        else:
            total = rows
    return tuple(tuple(values) for values in total)
