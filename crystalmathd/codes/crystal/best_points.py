"""Which geometry of an optimisation is the best one to begin at again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.gui import GeometryFile, read_gui
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.crystal.staging import HISTORY
from crystalmathd.models.restarts import LeftFile
from crystalmathd.models.results import IonicStep, Result
from crystalmathd.models.structures import Structure

_POINT: Final = re.compile(r"opt[ac]0*(\d{1,9})$")
"""opta: atoms moved; optc: the cell too. Written when the SCF of the point ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BestPoint:
    """A point, the reason to choose it, and its geometry in the forms that are there.

    `gui` is a file in the format of fort.34.
    """

    number: int
    reason: str
    structure: Structure | None
    gui: bytes | None


def best_point(
    result: Result | None, left: Sequence[LeftFile], *, not_lowest: str | None = None
) -> BestPoint | None:
    """Return the point of the lowest energy whose SCF converged.

    Energies are those of the output, or those that newer versions write into the
    geometry file of a point. Without energies it is the last point of which a whole
    file is there; None if no point came to its end.

    Parameters
    ----------
    not_lowest
        Why the search does not go down in energy, if it does not: then the best point
        is the last complete one.
    """
    steps = {} if result is None else {step.number: step for step in result.steps}
    files = {
        number: file
        for number, file in _files(left).items()
        if number not in steps or steps[number].is_scf_converged is not False
    }
    known = _energies_ev(steps, files)
    if not_lowest is not None and (known or files):
        best = max({*known, *files})
        reason = (
            f"point {best} is the last complete one; the lowest energy says nothing,"
            f" as {not_lowest}"
        )
    elif known:
        best = min(known, key=lambda number: known[number])
        reason = (
            f"point {best} has the lowest energy of {len(known)} complete ones:"
            f" {known[best]:.6f} eV"
        )
    elif files:
        best = max(files)
        reason = f"point {best} is the last one with a whole file"
    else:
        return None
    return BestPoint(
        number=best,
        reason=reason,
        structure=steps[best].structure if best in steps else None,
        gui=files[best].text if best in files else None,
    )


def _energies_ev(
    steps: dict[int, IonicStep], files: dict[int, GeometryFile]
) -> dict[int, float]:
    """Return the energies of those points whose geometry is known, by number."""
    energies = {
        number: file.energy_ev
        for number, file in files.items()
        if file.energy_ev is not None
    }
    energies |= {
        number: step.energy_ev
        for number, step in steps.items()
        if step.energy_ev is not None
        and step.is_scf_converged is not False
        and (step.structure is not None or number in files)
    }
    return energies


def _files(left: Sequence[LeftFile]) -> dict[int, GeometryFile]:
    """Return the whole geometry files of points by their numbers."""
    found = {}
    for file in left:
        match = _POINT.search(file.name)
        if match is None or file.role != HISTORY or not file.is_whole:
            continue
        try:
            found[int(match[1])] = read_gui(file.data)
        except DeckError:
            continue  # it was cut while it was written
    return found
