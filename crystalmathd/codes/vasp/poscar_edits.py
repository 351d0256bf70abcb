"""Changing a POSCAR in its place."""

import math
import re

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.lines import lines_of
from crystalmathd.codes.vasp.poscar import Poscar, parse
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Structure, Vector


def with_positions(poscar: Poscar, positions: tuple[Vector, ...]) -> str:
    """Return the text with other positions; flags, labels and all else stay.

    `positions` in the coordinates that the file uses. Raises InputRefusedError for
    another number of atoms.
    """
    if len(positions) != poscar.n_atoms:
        raise InputRefusedError(f"POSCAR has {poscar.n_atoms} atoms")
    lines = lines_of(poscar.text)
    for index, (old, new) in enumerate(zip(poscar.positions, positions, strict=True)):
        if old == new:
            continue
        at = poscar.first + index
        body = lines[at].rstrip("\r\n")
        rest = re.sub(r"^\s*\S+\s+\S+\s+\S+", "", body)
        lines[at] = _row(new) + rest + (lines[at][len(body) :] or "")
    return "".join(lines)


def moved(poscar: Poscar, structure: Structure) -> str:
    """Return the text with the lattice and the positions of another structure.

    Species, flags and labels stay; the scale becomes 1, velocities are left out.
    Raises InputRefusedError for another number of atoms.
    """
    lines = lines_of(without_tail(poscar))
    ending = line_ending(poscar.text)
    lines[1] = f"   1.0{ending}"
    lines[2:5] = [_row(one) + ending for one in structure.lattice_a]
    same_scale = parse("".join(lines))
    inverse = _inverse(structure.lattice_a)
    positions = tuple(
        one if poscar.is_cartesian else _times(one, inverse)
        for one in structure.positions_a
    )
    return with_positions(same_scale, positions)


def without_tail(poscar: Poscar) -> str:
    """Return the text without velocities and predictors."""
    text = poscar.text[: len(poscar.text) - len(poscar.tail)]
    return text if text.endswith("\n") else text + line_ending(text)


def _row(values: tuple[float, ...]) -> str:
    return "".join(f" {value:21.16f}" for value in values)


def _inverse(lattice: tuple[Vector, ...]) -> Tensor:
    (a, b, c), (d, e, f), (g, h, i) = lattice
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if math.isclose(det, 0.0, abs_tol=1e-12):
        raise InputRefusedError("the lattice vectors lie in one plane")
    return (
        ((e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det),
        ((f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det),
        ((d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det),
    )


def _times(one: Vector, matrix: Tensor) -> Vector:
    x, y, z = (
        one[0] * matrix[0][k] + one[1] * matrix[1][k] + one[2] * matrix[2][k]
        for k in range(3)
    )
    return x, y, z
