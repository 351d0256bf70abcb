"""Which geometry of an optimisation is the best one to begin at again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.staging import HISTORY
from crystalmathd.models.restarts import LeftFile
from crystalmathd.models.results import IonicStep, Result
from crystalmathd.models.structures import Structure

_POINT: Final = re.compile(r"opt[ac]0*(\d+)$")
"""opta: atoms moved; optc: the cell too. Written when the SCF of the point ends."""
_N_HEAD: Final = 3
_N_BEFORE_OPERATORS: Final = 4
_N_LINES: Final = 4
"""Of an operator: three rows of the rotation, and the translation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BestPoint:
    """A point, the reason to choose it, and its geometry in the forms that are there.

    `gui` is a file in the format of fort.34.
    """

    number: int
    reason: str
    structure: Structure | None
    gui: bytes | None


def best_point(result: Result | None, left: Sequence[LeftFile]) -> BestPoint | None:
    """Return the point of the lowest energy whose SCF converged.

    Without energies it is the last one of which a whole file is there; None if no
    point came to its end.
    """
    files = _files(left)
    steps = [
        (energy, step)
        for energy, step in _complete(result)
        if step.structure is not None or step.number in files
    ]
    if steps:
        energy, best = min(steps, key=lambda found: found[0])
        return BestPoint(
            number=best.number,
            reason=(
                f"point {best.number} has the lowest energy of {len(steps)} complete"
                f" ones: {energy:.6f} eV"
            ),
            structure=best.structure,
            gui=files.get(best.number),
        )
    if files:
        last = max(files)
        return BestPoint(
            number=last,
            reason=f"point {last} is the last one with a whole file",
            structure=None,
            gui=files[last],
        )
    return None


def _complete(result: Result | None) -> list[tuple[float, IonicStep]]:
    """Return the points whose SCF came to its end, each with its energy in eV."""
    if result is None:
        return []
    return [
        (step.energy_ev, step)
        for step in result.steps
        if step.energy_ev is not None and step.is_scf_converged is not False
    ]


def _files(left: Sequence[LeftFile]) -> dict[int, bytes]:
    """Return the whole geometry files of points by their numbers."""
    found = {}
    for file in left:
        match = _POINT.search(file.name)
        if match and file.role == HISTORY and file.is_whole and is_whole_gui(file.data):
            found[int(match[1])] = file.data
    return found


def is_whole_gui(data: bytes) -> bool:
    """Say whether a file in the format of fort.34 holds all that its counts announce.

    A line with the kind of lattice, three vectors, a number of operators with four
    lines each, a number of atoms with a line each.
    """
    lines = data.decode("ascii", "replace").splitlines()
    if len(lines) <= _N_BEFORE_OPERATORS or len(lines[0].split()) < _N_HEAD:
        return False
    n_operators = _count(lines[_N_BEFORE_OPERATORS])
    if n_operators is None:
        return False
    at = _N_BEFORE_OPERATORS + 1 + _N_LINES * n_operators
    n_atoms = _count(lines[at]) if at < len(lines) else None
    return n_atoms is not None and len(lines) > at + n_atoms


def _count(line: str) -> int | None:
    word = line.split()[:1]
    return int(word[0]) if word and word[0].isdecimal() else None
